//! What is remembered of a service's log lines beside its requests: which kinds of errors it is known to log, and how
//! long it is usually silent. Small and of bounded size.

use atalaya_logs::template;

use crate::baseline::wire::{Reader, Writer};
use crate::series::OTHER;
use crate::time::Minute;
use crate::view::MinuteView;

/// The most kinds of errors that are remembered: those met last.
const MAX_KINDS: usize = 24;

/// Minutes without a kind after which a run of it is over.
pub(crate) const RUN_ENDS: i64 = 10;

/// What a minute leaves of a rate: one day.
const DAY_FADE: f64 = 1.0 - 1.0 / 1_440.0;

/// What a day leaves of the longest silence, so that one long night does not make a service deaf for ever.
const SILENCE_FADE: f64 = 0.97;

/// A kind of error messages, and how often it is logged.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Known {
    /// Its fingerprint as a number; 0 stands for all kinds together.
    pub(crate) id: u64,
    /// When it was first met.
    pub(crate) first: Minute,
    /// When it was met last.
    pub(crate) last: Minute,
    /// When the run that goes on, or went on last, began.
    pub(crate) since: Minute,
    /// How often in that run.
    pub(crate) run: u32,
    /// In how many minutes of that run.
    pub(crate) run_minutes: u32,
    /// How often a minute before that run, faded over a day.
    pub(crate) rate: f32,
    /// Until when `rate` was learnt.
    learnt: Minute,
}

/// What is known of a service's lines.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Lines {
    /// The first minute with lines that was seen; nothing is known before it.
    pub(crate) began: Option<Minute>,
    /// The last minute with lines.
    pub(crate) last: Minute,
    /// The longest stretch without lines, in minutes, fading.
    pub(crate) longest: f32,
    /// Lines a minute, faded over a day.
    pub(crate) rate: f32,
    /// Kinds of errors, by fingerprint.
    pub(crate) kinds: Vec<Known>,
}

impl Known {
    fn new(id: u64, minute: Minute) -> Self {
        Self {
            id,
            first: minute,
            last: minute.plus(-RUN_ENDS - 1),
            since: minute,
            run: 0,
            run_minutes: 0,
            rate: 0.0,
            learnt: minute,
        }
    }

    /// Returns its fingerprint as it is told.
    pub(crate) fn name(&self) -> Box<str> {
        format!("{:012x}", self.id).into()
    }

    /// Returns whether it is being logged.
    pub(crate) fn goes_on(&self, minute: Minute) -> bool {
        minute.0 - self.last.0 <= RUN_ENDS && self.run > 0
    }

    fn see(&mut self, minute: Minute, n: u64) {
        if minute.0 - self.last.0 > RUN_ENDS {
            (self.since, self.run, self.run_minutes) = (minute, 0, 0);
        }
        self.last = minute;
        self.run = self.run.saturating_add(n.try_into().unwrap_or(u32::MAX));
        self.run_minutes = self.run_minutes.saturating_add(1);
    }

    fn learn(&mut self, minute: Minute, n: u64) {
        let days = (minute.0 - self.learnt.0).clamp(0, 100_000) as i32;
        let kept = f64::from(self.rate) * DAY_FADE.powi(days);
        self.rate = narrow(kept + n as f64 * (1.0 - DAY_FADE));
        self.learnt = minute;
    }
}

impl Lines {
    /// Sees a minute's lines, before it is judged.
    pub(crate) fn see(&mut self, view: &MinuteView) {
        let minute = view.minute;
        let all: u64 = view.errors.values().sum();
        for (id, n) in kinds_of(view).chain((all > 0).then_some((0, all))) {
            if let Some(at) = self.slot(id, minute) {
                self.kinds[at].see(minute, n);
            }
        }
    }

    /// Learns a minute that was judged. `calm` is whether nothing is wrong: only then are rates learnt.
    pub(crate) fn learn(&mut self, view: &MinuteView, calm: Calm) {
        let (minute, lines) = (view.minute, view.lines.count);
        if lines > 0 {
            let gap = (minute.0 - self.last.0 - 1).max(0) as f64;
            if self.began.is_some() {
                // An outage teaches no more than twice what was known.
                let longest = f64::from(self.longest);
                let days = SILENCE_FADE.powf((gap + 1.0) / 1_440.0);
                self.longest = narrow((longest * days).max(gap.min(2.0 * longest + 5.0)));
            } else {
                self.began = Some(minute);
            }
            self.last = minute;
        }
        if self.began.is_none() {
            // Without a minute that had lines nothing is stored, so nothing is kept in memory either.
            self.kinds.clear();
            return;
        }
        self.rate = narrow(f64::from(self.rate) * DAY_FADE + lines as f64 * (1.0 - DAY_FADE));
        if calm == Calm::Yes {
            let all: u64 = view.errors.values().sum();
            for (id, n) in kinds_of(view).chain((all > 0).then_some((0, all))) {
                if let Some(known) = self.kinds.iter_mut().find(|known| known.id == id) {
                    known.learn(minute, n);
                }
            }
        }
    }

    /// Returns how often all errors together are logged.
    pub(crate) fn all(&self) -> Option<&Known> {
        self.kinds.iter().find(|known| known.id == 0)
    }

    /// Returns where a kind is remembered, and makes room for one that is new.
    fn slot(&mut self, id: u64, minute: Minute) -> Option<usize> {
        if let Some(at) = self.kinds.iter().position(|known| known.id == id) {
            return Some(at);
        }
        if self.kinds.len() >= MAX_KINDS {
            let idle = |(_, known): &(usize, &Known)| known.id != 0 && !known.goes_on(minute);
            let oldest = self.kinds.iter().enumerate().filter(idle);
            let (oldest, _) = oldest.min_by_key(|(_, known)| (known.last, known.id))?;
            self.kinds.remove(oldest);
        }
        self.kinds.push(Known::new(id, minute));
        Some(self.kinds.len() - 1)
    }

    /// Writes the stored form.
    pub(crate) fn write(&self, writer: &mut Writer) {
        let Some(began) = self.began else {
            writer.byte(0);
            return;
        };
        writer.byte(1);
        writer.signed(began.0);
        let after = |minute: Minute| minute.0 - began.0;
        writer.signed(after(self.last));
        writer.whole(self.longest.to_bits().into());
        writer.whole(self.rate.to_bits().into());
        writer.whole(self.kinds.len() as u64);
        for known in &self.kinds {
            writer.whole(known.id);
            for minute in [known.first, known.last, known.since, known.learnt] {
                writer.signed(after(minute));
            }
            for n in [known.run, known.run_minutes, known.rate.to_bits()] {
                writer.whole(n.into());
            }
        }
    }

    /// Reads the stored form, or returns `None` where it is damaged.
    pub(crate) fn read(reader: &mut Reader<'_>) -> Option<Self> {
        if reader.byte()? == 0 {
            return Some(Self::default());
        }
        let began = reader.signed()?;
        let minute = |reader: &mut Reader<'_>| Some(Minute(began.checked_add(reader.signed()?)?));
        let whole = |reader: &mut Reader<'_>| u32::try_from(reader.whole()?).ok();
        let float = |reader: &mut Reader<'_>| {
            let x = f32::from_bits(whole(reader)?);
            (x.is_finite() && x >= 0.0).then_some(x)
        };
        let mut lines = Self {
            began: Some(Minute(began)),
            last: minute(reader)?,
            longest: float(reader)?,
            rate: float(reader)?,
            kinds: Vec::new(),
        };
        for _ in 0..reader.whole()?.min(MAX_KINDS as u64) {
            lines.kinds.push(Known {
                id: reader.whole()?,
                first: minute(reader)?,
                last: minute(reader)?,
                since: minute(reader)?,
                learnt: minute(reader)?,
                run: whole(reader)?,
                run_minutes: whole(reader)?,
                rate: float(reader)?,
            });
        }
        Some(lines)
    }
}

/// Returns a number as it is stored: going on and reading back are the same.
fn narrow(x: f64) -> f32 {
    x as f32
}

/// Whether a minute may teach what is usual.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Calm {
    /// Nothing is wrong.
    Yes,
    /// Something is, or just changed.
    No,
}

/// The kinds of errors of a minute, by fingerprint; what is not kept apart is no kind.
fn kinds_of(view: &MinuteView) -> impl Iterator<Item = (u64, u64)> {
    let named = view.errors.iter().filter(|(name, _)| &***name != OTHER);
    named.filter_map(|(name, n)| {
        let id = u64::from_str_radix(&template::id(name), 16).ok()?;
        Some((id, *n))
    })
}
