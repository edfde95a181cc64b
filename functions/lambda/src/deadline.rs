//! Time: the machine's clock, and the time that an invocation has left.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use atalaya_aws::dynamo::DynamoStore;
use lambda_runtime::Context;

/// The part of an invocation's time that is reserved for its answer, at most; a tenth of the time
/// if that is less.
const MARGIN: Duration = Duration::from_secs(2);

/// Returns the store with the deadline of an invocation.
#[must_use]
pub fn within(store: &DynamoStore, context: &Context) -> DynamoStore {
    match time_left(context.deadline(), SystemTime::now()) {
        Some(left) => store.with_deadline(Instant::now() + left),
        None => store.clone(),
    }
}

/// Returns how long an invocation may run; `None` if the deadline lies in the past, as the local
/// emulator sends it. The calls that are made then have their own limits.
#[must_use]
pub fn time_left(deadline: SystemTime, now: SystemTime) -> Option<Duration> {
    let left = deadline.duration_since(now).ok()?;
    Some(left.saturating_sub(MARGIN.min(left / 10)))
}

/// Returns the machine's time in milliseconds since the epoch.
#[must_use]
pub fn now_ms() -> i64 {
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
