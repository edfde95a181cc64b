//! Log lines in, counts out: the counts are exactly those of the reference, however often events
//! are delivered again and however DynamoDB throttles.

use anyhow::ensure;

use super::scene::{Scene, lines};

const LINES: u64 = 10_000;
const TASKS: u64 = 4;

/// Ten thousand lines of four tasks, put into the subscribed log group in forty requests.
pub(super) async fn ten_thousand_lines(mut scene: Scene<'_>) -> anyhow::Result<()> {
    for (n, lines) in (0..).zip(lines(0, LINES).chunks(250)) {
        scene.write(&format!("task-{}", n % TASKS), lines).await?;
    }
    scene.assert_counted("ten thousand lines").await
}

/// The same events are delivered again, at once and later, to processes that have them cached and
/// to one that does not.
pub(super) async fn delivered_again(mut scene: Scene<'_>) -> anyhow::Result<()> {
    let mut events = Vec::new();
    for (n, lines) in (0..).zip(lines(20_000, 1_000).chunks(100)) {
        events.push(scene.event(&format!("task-{n}"), lines)?);
    }
    for event in &events {
        scene.reference_gets(event).await;
        let answered = scene.aws.invoke(&scene.ingest, event)?;
        ensure!(!answered.failed, "{}", answered.body);
    }
    scene.assert_counted("delivered once").await?;
    let alias = format!("{}:{}", scene.ingest, scene.stack.output("alias")?);
    for event in &events {
        for function in [&scene.ingest, &alias] {
            let answered = scene.aws.invoke(function, event)?;
            ensure!(!answered.failed, "{}", answered.body);
        }
    }
    scene.assert_counted("delivered three times").await
}

/// Half of DynamoDB's operations are throttled while lines come in; events that fail for good are
/// redriven afterwards.
pub(super) async fn while_throttled(mut scene: Scene<'_>) -> anyhow::Result<()> {
    let lines = lines(40_000, 2_000);
    for (n, lines) in (0..).zip(lines.chunks(100)) {
        let event = scene.event("task-1", lines)?;
        scene.reference_gets(&event).await;
        match n {
            5 => scene.stack.throttle.throttle(0.5)?,
            15 => scene.stack.throttle.throttle(0.0)?,
            _ => {}
        }
        // As AWS does for a subscription: asynchronously, and with retries.
        scene.aws.invoke_later(&scene.ingest, &event)?;
        std::thread::sleep(std::time::Duration::from_millis(300));
    }
    ensure!(
        scene.stack.throttle.throttled()? > 0,
        "nothing was throttled"
    );
    scene.assert_counted("while DynamoDB throttles").await
}
