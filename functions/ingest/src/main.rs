//! The Lambda door for log deliveries.

fn main() {}
