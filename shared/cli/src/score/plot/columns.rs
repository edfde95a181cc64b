//! Rows thinned to columns of equal time, so that a picture of any series stays small and yet shows each spike.
//!
//! Of a column its first, last, least and greatest row are kept, which draws the same line as all of its rows would
//! (U. Jugel et al., "M4: a visualization-oriented time series data aggregation", VLDB 2014).

use std::collections::BTreeMap;

use atalaya_core::anomaly::Reading;

/// The most columns: more than a picture has pixels to show them.
const MOST: usize = 1_600;

/// A row that is drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Dot {
    pub(super) at_ms: i64,
    pub(super) value: f64,
}

/// The rows of a stretch of time.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Column {
    first: Dot,
    last: Dot,
    least: Dot,
    most: Dot,
    /// The rows that were expected to be something finite, and the sums of that.
    expecting: u32,
    expected: f64,
    low: f64,
    high: f64,
    /// The highest score.
    pub(super) score: f64,
}

impl Column {
    fn of(dot: Dot, reading: &Reading) -> Self {
        let (low, high) = reading.band;
        let finite = [reading.expected, low, high].iter().all(|n| n.is_finite());
        let kept = |n: f64| if finite { n } else { 0.0 };
        Self {
            first: dot,
            last: dot,
            least: dot,
            most: dot,
            expecting: u32::from(finite),
            expected: kept(reading.expected),
            low: kept(low),
            high: kept(high),
            score: reading.score,
        }
    }

    /// Adds rows that came later.
    fn add(&mut self, later: &Self) {
        if later.first.at_ms < self.first.at_ms {
            self.first = later.first;
        }
        if later.last.at_ms >= self.last.at_ms {
            self.last = later.last;
        }
        if later.least.value < self.least.value {
            self.least = later.least;
        }
        if later.most.value > self.most.value {
            self.most = later.most;
        }
        // Means, not sums: sums of huge values would overflow.
        let all = self.expecting + later.expecting;
        if all > 0 {
            let (mine, other) = (self.expecting, later.expecting);
            let part = f64::from(other) / f64::from(all);
            let mean = |a: f64, b: f64| match (mine, other) {
                (0, _) => b,
                (_, 0) => a,
                _ => a * (1.0 - part) + b * part,
            };
            self.expected = mean(self.expected, later.expected);
            self.low = mean(self.low, later.low);
            self.high = mean(self.high, later.high);
        }
        self.expecting = all;
        self.score = self.score.max(later.score);
    }

    /// Returns what is drawn of the values, in order of time.
    pub(super) fn dots(&self) -> Vec<Dot> {
        let mut dots = vec![self.first, self.least, self.most, self.last];
        dots.sort_by_key(|dot| dot.at_ms);
        dots.dedup();
        dots
    }

    /// Returns when it is drawn: in the middle of its rows.
    pub(super) fn at_ms(&self) -> i64 {
        self.first.at_ms + (self.last.at_ms - self.first.at_ms) / 2
    }

    /// Returns what was expected: low, normal, high.
    pub(super) fn expected(&self) -> Option<[f64; 3]> {
        (self.expecting > 0).then_some([self.low, self.expected, self.high])
    }
}

/// The columns of a series.
#[derive(Debug, Default)]
pub(super) struct Columns {
    /// A column is two to this power of milliseconds wide.
    shift: u32,
    columns: BTreeMap<i64, Column>,
}

impl Columns {
    pub(super) fn take(&mut self, at_ms: i64, value: f64, reading: &Reading) {
        let column = Column::of(Dot { at_ms, value }, reading);
        add(&mut self.columns, at_ms >> self.shift, &column);
        while self.columns.len() > MOST {
            self.shift += 1;
            for (key, column) in std::mem::take(&mut self.columns) {
                add(&mut self.columns, key >> 1, &column);
            }
        }
    }

    /// Returns the columns in order of time.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Column> + Clone {
        self.columns.values()
    }

    /// Returns the first and the last moment.
    pub(super) fn span(&self) -> Option<(i64, i64)> {
        let first = self
            .columns
            .values()
            .map(|column| column.first.at_ms)
            .min()?;
        let last = self
            .columns
            .values()
            .map(|column| column.last.at_ms)
            .max()?;
        Some((first, last))
    }

    /// Returns the least and the greatest value.
    pub(super) fn range(&self) -> Option<(f64, f64)> {
        let low = |range: Option<f64>, value: f64| Some(range.map_or(value, |r| r.min(value)));
        let high = |range: Option<f64>, value: f64| Some(range.map_or(value, |r| r.max(value)));
        let columns = self.columns.values();
        let least = columns
            .clone()
            .map(|column| column.least.value)
            .fold(None, low)?;
        let most = columns.map(|column| column.most.value).fold(None, high)?;
        Some((least, most))
    }

    /// Cuts the line where so much time passes without a row that drawing it would suggest values
    /// that were never measured.
    pub(super) fn stretches(&self) -> Vec<Vec<&Column>> {
        let mut waits: Vec<i64> = self
            .columns
            .values()
            .zip(self.columns.values().skip(1))
            .map(|(before, after)| after.first.at_ms - before.last.at_ms)
            .collect();
        waits.sort_unstable();
        let usual = waits.get(waits.len() / 2).copied().unwrap_or_default();
        let longest = usual.max(1 << self.shift).saturating_mul(4);
        let mut stretches: Vec<Vec<&Column>> = Vec::new();
        let mut last = None;
        for column in self.columns.values() {
            let joined = last.is_some_and(|last: i64| column.first.at_ms - last <= longest);
            match stretches.last_mut() {
                Some(stretch) if joined => stretch.push(column),
                _ => stretches.push(vec![column]),
            }
            last = Some(column.last.at_ms);
        }
        stretches
    }
}

fn add(columns: &mut BTreeMap<i64, Column>, key: i64, column: &Column) {
    columns
        .entry(key)
        .and_modify(|before| before.add(column))
        .or_insert_with(|| column.clone());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(rows: impl IntoIterator<Item = (i64, f64)>) -> Columns {
        let mut columns = Columns::default();
        for (at_ms, value) in rows {
            let reading = super::super::findings::tests::reading(value, 0.0);
            columns.take(at_ms, value, &reading);
        }
        columns
    }

    #[test]
    fn a_long_series_is_thinned_and_keeps_its_spikes() {
        let spike = 123_457;
        let value = |row: i64| if row == spike { 99.0 } else { (row % 7) as f64 };
        let thin = columns((0..1_000_000).map(|row| (row * 60_000, value(row))));
        assert!(thin.columns.len() <= MOST && thin.columns.len() > MOST / 2);
        assert_eq!(thin.range(), Some((0.0, 99.0)));
        assert_eq!(thin.span(), Some((0, 999_999 * 60_000)));
        let dots = thin.iter().flat_map(Column::dots);
        let seen = dots.into_iter().find(|dot| dot.value > 50.0);
        let expected = Dot {
            at_ms: spike * 60_000,
            value: 99.0,
        };
        assert_eq!(seen, Some(expected));
        assert_eq!(thin.stretches().len(), 1);
    }

    #[test]
    fn a_short_series_keeps_all_its_rows_in_order_of_time() {
        let thin = columns([(3, 1.0), (1, 2.0), (2, 3.0)]);
        let dots: Vec<f64> = thin
            .iter()
            .flat_map(Column::dots)
            .map(|dot| dot.value)
            .collect();
        assert_eq!(dots, [2.0, 3.0, 1.0]);
    }

    #[test]
    fn a_gap_cuts_the_line() {
        let minutes = (0..10).chain(20..30).chain([90]);
        let thin = columns(minutes.map(|minute| (minute * 60_000, 1.0)));
        let lengths: Vec<usize> = thin.stretches().iter().map(Vec::len).collect();
        assert_eq!(lengths, [10, 10, 1]);
    }

    #[test]
    fn the_longest_times_and_the_largest_values_are_drawn() {
        let far = 253_402_300_799_000;
        let thin = columns([(-far, f64::MAX), (far, -f64::MAX), (far, f64::MAX)]);
        assert_eq!(thin.range(), Some((-f64::MAX, f64::MAX)));
        assert_eq!(thin.stretches().len(), 1);
    }
}
