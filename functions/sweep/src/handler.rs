//! The handler: sweeps all services independently, so that the failure of one does not keep the
//! others from being swept.

use atalaya_core::time::Minute;
use atalaya_flow::evaluate_closed::closed_at;
use atalaya_flow::store::Store;
use atalaya_flow::{Flow, FlowError};
use atalaya_lambda::environment::Clock;
use atalaya_lambda::failure::{chain, type_of};
use atalaya_lambda::output::{LogLevel, Output};
use atalaya_lambda::self_metric::SelfMetric;
use atalaya_lambda::settings_cache::SettingsCache;
use serde::{Deserialize, Serialize};

/// The event of the schedule. All fields are optional: a person who invokes the function by hand
/// sends `{}`.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Tick {
    /// The scheduled time, RFC 3339. It is the clock if `ATALAYA_CLOCK` is `event`.
    time: Option<String>,
}

/// The result of a sweep of all services.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Swept {
    /// Services whose minutes are closed.
    services: u64,
    /// Services that could not be swept; the next sweep continues where this one stopped.
    failures: u64,
}

/// The flow of this process, its settings and its output.
pub(crate) struct Handler<S> {
    pub(crate) flow: Flow<S>,
    pub(crate) settings_cache: SettingsCache,
    pub(crate) clock: Clock,
    pub(crate) function: String,
    pub(crate) output: Output,
}

impl<S: Store> Handler<S> {
    /// Sweeps all services once. `wall_ms` is the machine's time in milliseconds since the epoch.
    ///
    /// # Errors
    /// If the list of services cannot be read. A service that fails is counted and logged: the next
    /// sweep, a minute later, closes up to a day of minutes, so an immediate retry would only
    /// double the load.
    pub(crate) async fn handle(&mut self, tick: &Tick, wall_ms: i64) -> Result<Swept, FlowError> {
        let swept = self.sweep(tick, wall_ms).await;
        let mut failures = 1;
        match &swept {
            Ok(swept) => failures = swept.failures,
            Err(error) => {
                let fields = [
                    ("retry", type_of(error).into()),
                    ("error", chain(error).into()),
                ];
                self.output.log(LogLevel::Error, "sweep failed", fields);
            }
        }
        let counts = [
            (
                SelfMetric::Sweeps,
                swept.as_ref().map_or(0, |swept| swept.services),
            ),
            (SelfMetric::SweepFailures, failures),
            self.settings_cache.config_refused(),
        ];
        self.output.about_self(&self.function, wall_ms, &counts);
        swept
    }

    async fn sweep(&mut self, tick: &Tick, wall_ms: i64) -> Result<Swept, FlowError> {
        let store = &self.flow.store;
        let settings = self
            .settings_cache
            .adopt(store, wall_ms, &mut self.output)
            .await?;
        if let Some(settings) = settings {
            self.flow.settings = settings;
        }
        let now_ms = match self.clock {
            Clock::Wall => wall_ms,
            Clock::Event => tick.at_ms().unwrap_or(wall_ms),
        };
        // The first sweep of a service begins with the minute that has just been closed.
        let first = closed_at(now_ms);
        let (mut services, mut failures) = (0, 0);
        for service in in_turn(self.flow.services().await?, now_ms) {
            let swept = self.flow.sweep(&service, first, now_ms, &mut self.output);
            let Err(error) = swept.await else {
                services += 1;
                continue;
            };
            failures += 1;
            let fields = [
                ("service", service.into()),
                ("retry", type_of(&error).into()),
                ("error", chain(&error).into()),
            ];
            self.output.log(LogLevel::Warn, "sweep failed", fields);
        }
        Ok(Swept { services, failures })
    }
}

/// Returns the services in the order of this minute. Each minute begins with another service, so
/// that a sweep that runs out of time leaves out other services than the sweep before.
///
/// Steps of the golden section spread the first services evenly, whatever their number is, and need
/// no memory: a new process continues as an old one would.
fn in_turn(mut services: Vec<String>, now_ms: i64) -> Vec<String> {
    const GOLDEN: f64 = 0.618_033_988_749_895;
    // Beyond a week the fraction would lose digits.
    let minute = Minute::of_ms(now_ms).0.rem_euclid(10_080) as f64;
    let first = (minute * GOLDEN).fract() * services.len() as f64;
    let first = (first as usize).min(services.len());
    services.rotate_left(first);
    services
}

impl Tick {
    fn at_ms(&self) -> Option<i64> {
        let time: jiff::Timestamp = self.time.as_ref()?.parse().ok()?;
        Some(time.as_millisecond())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::io::{self, Read as _};

    use atalaya_core::settings::Settings;
    use atalaya_flow::Payload;
    use atalaya_flow::memory::MemoryStore;
    use atalaya_lambda::self_metric::Function;

    use super::*;

    fn handler() -> Handler<MemoryStore> {
        Handler {
            flow: Flow::new(MemoryStore::default(), Settings::default()),
            settings_cache: SettingsCache::of_file(Settings::default()),
            clock: Clock::Event,
            function: "sweep".into(),
            output: Output::on(Box::new(io::sink()), Box::new(io::sink())),
        }
    }

    fn tick(time: &str) -> Tick {
        serde_json::from_str(&format!(r#"{{"id":"x","time":"{time}"}}"#)).expect("is a tick")
    }

    async fn ingest(handler: &mut Handler<MemoryStore>, service: &str) {
        let line = format!(r#"{{\"service\":\"{service}\",\"path\":\"/a\",\"status\":200}}"#);
        let batch = format!(
            r#"{{"messageType":"DATA_MESSAGE","owner":"1","logGroup":"{service}","logStream":"s","logEvents":[
            {{"id":"1","timestamp":1767861720000,"message":"{line}"}}]}}"#
        );
        let payload = Payload::Json(batch.as_bytes());
        let taken = handler.flow.ingest(payload, 0, &mut handler.output).await;
        assert_eq!(taken.expect("memory").ledger.records, 1);
    }

    #[tokio::test]
    async fn services_are_found_as_they_come_and_a_broken_one_hides_no_other() {
        let mut handler = handler();
        let expect = async |handler: &mut Handler<_>, time: &str, services, failures| {
            let swept = handler.handle(&tick(time), 0).await.expect("memory");
            assert_eq!(swept, Swept { services, failures }, "at {time}");
        };
        expect(&mut handler, "2026-01-08T08:44:00Z", 0, 0).await;
        ingest(&mut handler, "loan-api").await;
        expect(&mut handler, "2026-01-08T08:45:00Z", 1, 0).await;
        // Another process adds a service.
        let mut other = Handler {
            flow: Flow::new(std::mem::take(&mut handler.flow.store), Settings::default()),
            ..self::handler()
        };
        ingest(&mut other, "auth").await;
        handler.flow.store = other.flow.store;
        expect(&mut handler, "2026-01-08T08:46:00Z", 2, 0).await;
        let key = atalaya_flow::documents::state::key("loan-api");
        let store = &handler.flow.store;
        let state = store.load(&key).await.expect("memory").expect("is swept");
        let saved = store.save(&key, state.version, "no state").await;
        saved.expect("memory");
        expect(&mut handler, "2026-01-08T08:47:00Z", 1, 1).await;
    }

    #[tokio::test]
    async fn each_self_metric_of_the_table_is_emitted_and_no_other() {
        let (mut metrics, stdout) = io::pipe().expect("a pipe");
        let mut handler = handler();
        handler.output = Output::on(Box::new(stdout), Box::new(io::sink()));
        handler.handle(&Tick::default(), 0).await.expect("memory");
        drop(handler);
        let mut text = String::new();
        metrics.read_to_string(&mut text).expect("UTF-8");
        let document: BTreeMap<&str, serde_json::Value> =
            serde_json::from_str(&text).expect("one document");
        let names = document
            .keys()
            .filter(|name| !["_aws", "Function"].contains(name));
        assert_eq!(
            names.copied().collect::<Vec<_>>(),
            Function::Sweep.metric_names()
        );
    }

    /// If only some of the services can be swept in a minute, none of them waits for long.
    #[test]
    fn each_service_has_its_turn() {
        for (services, swept) in [(1, 1), (7, 2), (40, 25), (200, 150), (200, 20)] {
            let names: Vec<String> = (0..services).map(|n| format!("s{n}")).collect();
            let mut waits = vec![0; services];
            let mut longest = 0;
            for minute in 0..3_000 {
                let order = in_turn(names.clone(), minute * 60_000 + 7);
                assert_eq!(order.len(), services);
                for (place, name) in order.iter().enumerate() {
                    let n: usize = name[1..].parse().expect("a number");
                    waits[n] = if place < swept { 0 } else { waits[n] + 1 };
                    longest = longest.max(waits[n]);
                }
            }
            // If the services were swept in a fixed order, the last would wait for this many
            // minutes.
            let least = services.div_ceil(swept);
            assert!(
                longest <= 3 * least,
                "{swept} of {services}: {longest} rounds"
            );
        }
        assert_eq!(in_turn(Vec::new(), 0), Vec::<String>::new());
    }

    #[test]
    fn a_tick_without_a_usable_time_has_none() {
        for text in ["{}", r#"{"time":"soon"}"#, r#"{"time":null}"#] {
            let tick: Tick = serde_json::from_str(text).expect("is a tick");
            assert_eq!(tick.at_ms(), None, "{text}");
        }
        assert_eq!(
            tick("2026-01-08T08:42:00Z").at_ms(),
            Some(1_767_861_720_000)
        );
    }
}
