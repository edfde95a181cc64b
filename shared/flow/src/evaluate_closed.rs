//! Sweep: closes the due minutes of a service, judges each against its baseline, and adds it to the
//! baseline.
//!
//! Several processes may sweep the same service; the first one does the work for all. A sweep
//! stores the service's state only over the version that it read, and writes an alert and its
//! incident before the state. If the process dies between them, the next sweep judges the same
//! minutes again, which gives the same alert, and puts the alert's last event into the incident if
//! it is missing there.

use atalaya_core::change::Change;
use atalaya_core::detect::Finding;
use atalaya_core::judge::{Case, LevelShifts, judge};
use atalaya_core::time::{MINUTE_MS, Minute};

use crate::error::FlowError;
use crate::ingest::Flow;
use crate::sink::Sink;
use crate::store::{Save, Store};

/// How long after its end a minute is closed, in milliseconds. Log events that arrive later still
/// count in the minute's window and metrics, and the minutes that are closed afterwards are judged
/// with them (see [`late`](crate::late)).
pub const LATENESS_MS: i64 = MINUTE_MS;

/// Minutes that one sweep closes at most. When the last sweep is longer ago than this, the older
/// minutes are skipped and never judged.
const MAX_MINUTES: i64 = 24 * 60;

/// Minutes after which a sweep of many minutes stores its progress.
const STORED_MINUTES: i64 = 60;

/// For how many minutes after an alert's last event a sweep checks that its incident holds the
/// event: longer than the process that decided the event can have lived (Lambda ends an invocation
/// after 15 minutes).
const OWED_MINUTES: i64 = 20;

/// How often a sweep starts over after another process wrote first.
const ATTEMPTS: u32 = 3;

/// How far a sweep got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Closed {
    /// No minute is due any more.
    All,
    /// Some minutes are closed and stored, and more are due.
    Some,
    /// Another process wrote first, so this sweep stored nothing.
    Overtaken,
}

/// Returns the newest minute that is closed at a moment.
#[must_use]
pub const fn closed_at(now_ms: i64) -> Minute {
    Minute::of_ms(now_ms.saturating_sub(LATENESS_MS)).plus(-1)
}

impl<S: Store> Flow<S> {
    /// Closes the minutes of one service that are due at `now_ms`, in order, and rolls up its
    /// hours. `first` is the first minute of a service that has no state yet.
    ///
    /// The state is stored after each hour of closed minutes, so that a sweep that is cut off after
    /// a long pause does not lose its progress.
    pub async fn sweep(
        &mut self,
        service: &str,
        first: Minute,
        now_ms: i64,
        sink: &mut impl Sink,
    ) -> Result<(), FlowError> {
        // Boxed, as judging holds a service's state over its awaits: whoever awaits a sweep need not hold it too.
        Box::pin(self.close_all(service, first, now_ms, sink)).await?;
        Box::pin(self.roll_up(service, now_ms)).await
    }

    async fn close_all(
        &mut self,
        service: &str,
        first: Minute,
        now_ms: i64,
        sink: &mut impl Sink,
    ) -> Result<(), FlowError> {
        let mut overtaken = 0;
        loop {
            match self.close(service, first, now_ms, sink).await? {
                Closed::All => return Ok(()),
                Closed::Some => {}
                // Another sweep closes the rest; if instead an evaluation of the open minute wrote
                // the alert, the next attempt judges beside that alert.
                Closed::Overtaken if overtaken == ATTEMPTS => return Ok(()),
                Closed::Overtaken => overtaken += 1,
            }
        }
    }

    async fn close(
        &mut self,
        service: &str,
        first: Minute,
        now_ms: i64,
        sink: &mut impl Sink,
    ) -> Result<Closed, FlowError> {
        let due = closed_at(now_ms);
        let (version, mut state) = self.states.take(&self.store, service, now_ms).await?;
        let next = state.closed_through.map_or(first, |closed| closed.plus(1));
        let next = next.max(due.plus(1 - MAX_MINUTES));
        if next > due {
            self.states.put_back(service, (version, state), now_ms);
            return Ok(Closed::All);
        }
        let last = due.min(next.plus(STORED_MINUTES - 1));
        self.look_again(service, &mut state).await?;
        let changes = self.changes(service, now_ms).await?;
        let mut newest = self.newest_alert(service).await?;
        if let Some((_, last)) = &newest
            && last.judged_through.0 >= next.0 - OWED_MINUTES
        {
            self.owe(last, sink).await?;
        }
        let (level_shifts_version, mut level_shifts) =
            self.level_shifts.take(&self.store, service, now_ms).await?;
        let mut found: Vec<(Finding, i64)> = Vec::new();
        for minute in next.0..=last.0 {
            let minute = Minute(minute);
            // A minute is judged as of the time at which it closes, however late the sweep runs.
            let at_ms = minute.plus(1).start_ms() + LATENESS_MS;
            let known: Vec<Change> = changes
                .iter()
                .filter(|c| c.at_ms <= at_ms)
                .cloned()
                .collect();
            let view = self.view(service, minute).await?;
            let lately = level_shifts.lately(minute);
            let case = Case {
                service,
                last: newest.as_ref().map(|(_, alert)| alert),
                changes: &known,
                tuning: self.settings.tuning(service),
                level_shifts: &lately,
                now_ms: at_ms,
            };
            let judgement = judge(&mut state, &view, &case);
            let findings = judgement.findings.into_iter();
            found.extend(findings.map(|finding| (finding, at_ms)));
            if let Some(told) = judgement.incident
                && !self.tell(&mut newest, told.1, now_ms, sink).await?
            {
                return Ok(Closed::Overtaken);
            }
            let last = newest.as_ref().map(|(_, alert)| alert);
            level_shifts.judge(&state, minute, last);
            let news = level_shifts.found(minute).into_iter();
            let tuning = self.settings.tuning(service);
            let news = news.filter_map(|finding| tuning.apply(finding));
            found.extend(news.map(|finding| (finding, at_ms)));
        }
        // Level shifts are stored before the state: after a crash between the two, the same minutes
        // are judged again and change nothing here.
        let level_shifts = (level_shifts_version, level_shifts);
        if (next.0..=last.0).any(|minute| LevelShifts::due(Minute(minute))) {
            let saved = self
                .level_shifts
                .save(&self.store, service, level_shifts, now_ms);
            if saved.await? == Save::Conflict {
                return Ok(Closed::Overtaken);
            }
        } else {
            self.level_shifts.put_back(service, level_shifts, now_ms);
        }
        let saved = self
            .states
            .save(&self.store, service, (version, state), now_ms);
        if saved.await? == Save::Conflict {
            return Ok(Closed::Overtaken);
        }
        for (finding, at_ms) in &found {
            sink.finding(service, finding, *at_ms);
        }
        Ok(if last < due {
            Closed::Some
        } else {
            Closed::All
        })
    }

    /// Returns the names of all services, including those that other processes have added since.
    pub async fn services(&mut self) -> Result<Vec<String>, FlowError> {
        self.registry.forget_services();
        Ok(self.registry.services(&self.store).await?.to_vec())
    }

    /// Closes the minutes of all services that are due at `now_ms`.
    pub async fn sweep_all(
        &mut self,
        first: Minute,
        now_ms: i64,
        sink: &mut impl Sink,
    ) -> Result<(), FlowError> {
        let services = self.registry.services(&self.store).await?.to_vec();
        for service in services {
            self.sweep(&service, first, now_ms, sink).await?;
        }
        Ok(())
    }
}
