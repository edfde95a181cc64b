//! The choice of the lines of a batch that show its failures: different failures first, then the
//! worst, then the earliest.
//!
//! The choice depends on the batch alone. While the batch is read, no line is copied and none is
//! masked.

use atalaya_logs::json::Str;

use super::{Chosen, MAX_LINES};

/// How a record failed, the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rank {
    /// A request to the service failed.
    Request,
    /// A call to a dependency failed.
    Call,
    /// The record is logged as an error, and says nothing more.
    Line,
}

/// A record that reports a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Failure {
    /// The index within the batch of the service that it counts for.
    pub service: usize,
    /// How it failed.
    pub rank: Rank,
    /// A hash of the failure; two failures with the same hash count as the same.
    pub kind: u64,
}

/// The lines chosen so far for each service, still in the batch's memory.
#[derive(Debug, Default)]
pub struct Choice<'p> {
    services: Vec<(usize, Vec<Candidate<'p>>)>,
}

/// The text of a record.
#[derive(Debug, Clone)]
pub enum Line<'p> {
    /// As it stands in the batch.
    Whole(Str<'p>),
    /// Joined from several log events, or taken out of its envelope.
    Joined(Box<str>),
}

#[derive(Debug)]
struct Candidate<'p> {
    /// Whether an earlier candidate has the same hash.
    repeats: bool,
    rank: Rank,
    kind: u64,
    at_ms: i64,
    line: Line<'p>,
}

impl Line<'_> {
    fn text(self) -> String {
        match self {
            Self::Whole(line) => line.text().into_owned(),
            Self::Joined(line) => line.into(),
        }
    }
}

impl<'p> Choice<'p> {
    /// Considers a record; `line` is called only if the record is chosen.
    #[cold]
    pub fn consider(&mut self, failure: Failure, at_ms: i64, line: impl FnOnce() -> Line<'p>) {
        let known = self
            .services
            .iter()
            .position(|(service, _)| *service == failure.service);
        let at = known.unwrap_or_else(|| {
            self.services
                .push((failure.service, Vec::with_capacity(MAX_LINES + 1)));
            self.services.len() - 1
        });
        let chosen = &mut self.services[at].1;
        let Failure { rank, kind, .. } = failure;
        let mut repeats = false;
        if let Some(same) = chosen
            .iter_mut()
            .find(|known| !known.repeats && known.kind == kind)
        {
            let worse = rank < same.rank;
            same.repeats = worse;
            repeats = !worse;
        }
        let full = chosen.len() == MAX_LINES;
        if full
            && chosen
                .last()
                .is_some_and(|last| (last.repeats, last.rank) <= (repeats, rank))
        {
            return;
        }
        chosen.push(Candidate {
            repeats,
            rank,
            kind,
            at_ms,
            line: line(),
        });
        // The sort is stable, so of two equal candidates the earlier one stays first.
        chosen.sort_by_key(|known| (known.repeats, known.rank));
        chosen.truncate(MAX_LINES);
    }

    /// Returns the lines chosen for each service, by its index within the batch.
    pub fn finish(self) -> impl Iterator<Item = (usize, Chosen)> {
        self.services.into_iter().map(|(service, chosen)| {
            let line = |known: Candidate<'_>| (known.at_ms, known.line.text());
            let lines = chosen.into_iter().map(line).collect();
            (service, Chosen { lines })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Considers lines of service 0, each with a rank and a hash, and returns the numbers of those
    /// that are chosen.
    fn check(failures: &[(Rank, u64)], expected: &[usize]) {
        let names: Vec<String> = (0..failures.len()).map(|at| at.to_string()).collect();
        let mut choice = Choice::default();
        for ((rank, kind), name) in failures.iter().zip(&names) {
            let failure = Failure {
                service: 0,
                rank: *rank,
                kind: *kind,
            };
            choice.consider(failure, 1, || Line::Whole(Str::bare(name.as_bytes())));
        }
        let found: Vec<_> = choice.finish().collect();
        let texts: Vec<_> = { found[0].1.lines.iter() }
            .map(|(_, text)| text.as_str())
            .collect();
        let expected: Vec<String> = expected.iter().map(usize::to_string).collect();
        assert_eq!(texts, expected, "{failures:?}");
    }

    #[test]
    fn different_kinds_stand_before_the_same_again_and_the_worst_first() {
        use Rank::{Call, Line, Request};
        check(&[(Line, 1)], &[0]);
        check(&[(Line, 1), (Call, 2), (Request, 3)], &[2, 1, 0]);
        check(
            &[(Request, 1), (Request, 1), (Request, 1), (Request, 1)],
            &[0, 1, 2],
        );
        check(
            &[
                (Request, 1),
                (Request, 1),
                (Request, 1),
                (Line, 2),
                (Call, 3),
            ],
            &[0, 4, 3],
        );
        check(&[(Line, 1), (Line, 2), (Line, 3), (Line, 4)], &[0, 1, 2]);
        check(&[(Line, 1), (Line, 2), (Line, 3), (Request, 1)], &[3, 1, 2]);
        check(&[(Line, 1), (Request, 1)], &[1, 0]);
    }

    #[test]
    fn services_are_kept_apart() {
        let mut choice = Choice::default();
        for service in [3, 1, 3] {
            let failure = Failure {
                service,
                rank: Rank::Line,
                kind: 0,
            };
            choice.consider(failure, 1, || Line::Joined("x".into()));
        }
        let found: Vec<_> = choice
            .finish()
            .map(|(at, excerpt)| (at, excerpt.lines.len()))
            .collect();
        assert_eq!(found, [(3, 2), (1, 1)]);
    }
}
