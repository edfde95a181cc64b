//! The ledger: what became of every log event (law 1, conservation).

use std::collections::BTreeMap;

use atalaya_logs::batch::Reject;

use crate::metric::Refusal;

/// Counts of log events by outcome, and of the writes and losses that followed.
///
/// `received = records + continuations + rejected + filtered + duplicates`, always.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ledger {
    /// Log events that came in.
    pub received: u64,
    /// Events that are a record, or the head of one.
    pub records: u64,
    /// Events that continue the record before them: frames of a stack trace.
    pub continuations: u64,
    /// Events that could not be taken, by reason.
    pub rejected: BTreeMap<Reject, u64>,
    /// Events left out on purpose, such as those of Atalaya's own log groups.
    pub filtered: u64,
    /// Events of batches that were counted before.
    pub duplicates: u64,
    /// Control messages of CloudWatch; they hold no log events.
    pub control: u64,
    /// Series and minutes that a new batch was added to.
    pub windows: u64,
    /// Series that did not fit under a service's cap and were counted as `other`.
    pub folded: u64,
    /// Metric documents that CloudWatch would have dropped, by reason.
    pub refused: BTreeMap<Refusal, u64>,
    /// Excerpts of failures that could not be stored; the batch was counted all the same.
    pub excerpt_failures: u64,
    /// Services whose open minute could not be evaluated; the batch was counted all the same.
    pub open_evaluation_failures: u64,
}

impl Ledger {
    /// Counts one log event that could not be taken.
    pub fn reject(&mut self, reason: Reject) {
        self.received += 1;
        *self.rejected.entry(reason).or_default() += 1;
    }

    /// Returns how many log events could not be taken.
    #[must_use]
    pub fn rejects(&self) -> u64 {
        self.rejected.values().sum()
    }

    /// Returns whether every log event is accounted for.
    #[must_use]
    pub fn balances(&self) -> bool {
        let told = self.records + self.continuations + self.filtered + self.duplicates;
        self.received == told + self.rejects()
    }

    /// Counts all records and continuations as duplicates, because the batch had been counted
    /// before.
    pub fn turn_to_duplicates(&mut self) {
        self.duplicates += self.records + self.continuations;
        (self.records, self.continuations) = (0, 0);
    }

    /// Adds all of another.
    pub fn merge(&mut self, other: &Self) {
        self.received += other.received;
        self.records += other.records;
        self.continuations += other.continuations;
        self.filtered += other.filtered;
        self.duplicates += other.duplicates;
        self.control += other.control;
        self.windows += other.windows;
        self.folded += other.folded;
        self.excerpt_failures += other.excerpt_failures;
        self.open_evaluation_failures += other.open_evaluation_failures;
        for (reason, n) in &other.rejected {
            *self.rejected.entry(*reason).or_default() += n;
        }
        for (reason, n) in &other.refused {
            *self.refused.entry(*reason).or_default() += n;
        }
    }
}
