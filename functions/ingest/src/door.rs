//! The door: one invocation in, its answer out, within the time that it has.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use atalaya_aws::dynamo::DynamoStore;
use atalaya_flow::Flow;
use lambda_runtime::LambdaEvent;
use serde_json::value::RawValue;
use tokio::sync::Mutex;

use crate::desk::{Answer, Desk};
use crate::environment::Environment;
use crate::failure::Failure;
use crate::output::Output;

/// What is kept of an invocation's time for its answer, at most; a tenth of it where that is less.
const MARGIN: Duration = Duration::from_secs(2);

/// The function between Lambda and its desk.
pub(crate) struct Door {
    store: DynamoStore,
    /// Lambda sends one event at a time, so nobody ever waits for it.
    desk: Mutex<Desk<DynamoStore>>,
}

impl Door {
    /// Opens the door over a store.
    pub(crate) fn new(store: DynamoStore, environment: Environment) -> Self {
        let flow = Flow::new(store.clone(), environment.settings);
        let output = Output::of_process();
        let desk = Desk::new(flow, environment.clock, environment.function, output);
        Self {
            store,
            desk: Mutex::new(desk),
        }
    }

    /// Handles one invocation. The event is passed on as it came: it is read in place.
    pub(crate) async fn handle(
        &self,
        event: LambdaEvent<Box<RawValue>>,
    ) -> Result<Answer, Failure> {
        let mut desk = self.desk.lock().await;
        let store = match time_left(event.context.deadline(), SystemTime::now()) {
            Some(left) => self.store.with_deadline(Instant::now() + left),
            None => self.store.clone(),
        };
        desk.serve_by(store);
        let event = event.payload.get().as_bytes();
        desk.handle(event, now_ms()).await.map_err(Failure)
    }
}

/// Returns how long the store may be waited for; `None` where the deadline lies in the past, as the local emulator
/// sends it. The store then has its own limits.
fn time_left(deadline: SystemTime, now: SystemTime) -> Option<Duration> {
    let left = deadline.duration_since(now).ok()?;
    Some(left.saturating_sub(MARGIN.min(left / 10)))
}

/// Returns the machine's time in milliseconds since the epoch.
fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_millis() as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_margin_is_kept_for_the_answer() {
        let now = UNIX_EPOCH + Duration::from_hours(24);
        let ms = Duration::from_millis;
        for (given, left) in [
            (ms(3_000), ms(2_700)),
            (ms(60_000), ms(58_000)),
            (ms(0), ms(0)),
        ] {
            assert_eq!(time_left(now + given, now), Some(left));
        }
        assert_eq!(time_left(UNIX_EPOCH + ms(600_000), now), None);
    }
}
