//! Progress on standard error, for a person who waits at a terminal; elsewhere nothing is shown.

use std::io::{IsTerminal, stdout};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// How often the display moves, in milliseconds.
const TICK: Duration = Duration::from_millis(200);

/// Shows that inputs are being scanned.
pub(crate) fn reading() -> ProgressBar {
    let bar = ProgressBar::new_spinner().with_message("reading");
    bar.enable_steady_tick(TICK);
    bar
}

/// Shows how many of `total` deliveries have been handled, unless the output goes to the terminal
/// anyway.
pub(crate) fn handling(total: u64) -> ProgressBar {
    if stdout().is_terminal() {
        return ProgressBar::hidden();
    }
    working(total)
}

/// Shows how many of `total` deliveries have been handled, for a command that prints nothing before
/// its end.
pub(crate) fn working(total: u64) -> ProgressBar {
    bar(total, "{bar:40} {pos}/{len} deliveries, {eta} left")
}

/// Shows how many of `total` synthetic services have lived through their days.
#[cfg(feature = "lab")]
pub(crate) fn playing(total: u64) -> ProgressBar {
    bar(total, "{bar:40} {pos}/{len} services, {eta} left")
}

fn bar(total: u64, template: &str) -> ProgressBar {
    let bar = ProgressBar::new(total);
    // A template that is wrong shows the default bar.
    match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

/// Shows how many rows have been scored, unless the output goes to the terminal anyway.
pub(crate) fn rows() -> ProgressBar {
    if stdout().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::no_length();
    match ProgressStyle::with_template("{spinner} {human_pos} rows, {per_sec}") {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
