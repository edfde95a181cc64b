//! The last minutes and quarter hours of a subject in few bytes: one column for each number.

use std::sync::LazyLock;

use crate::baseline::wire::{Reader, Writer};
use crate::detect::{Quarter, Slice};
use crate::sketch::Bucket;

/// How many numbers are stored for a minute.
const COLUMNS: usize = 9;

/// How many numbers are stored for a quarter hour.
const QUARTER_COLUMNS: usize = 12;

/// All values that a quantile of a sketch can take, in tenths of a millisecond, rising. A quantile
/// is stored as its place among them.
static RUNGS: LazyLock<Vec<u32>> = LazyLock::new(|| {
    let buckets = (0..=Bucket::OVER.number()).filter_map(Bucket::new);
    let mut rungs: Vec<u32> = buckets.map(|bucket| tenths(bucket.value_ms())).collect();
    rungs.dedup();
    rungs
});

/// Returns a duration in tenths of a millisecond, as slices hold it.
pub(super) fn tenths(ms: f64) -> u32 {
    (ms * 10.0) as u32
}

fn rung(tenths: u32) -> i64 {
    RUNGS.partition_point(|rung| *rung < tenths) as i64
}

fn of_rung(rung: i64) -> Option<u32> {
    RUNGS.get(usize::try_from(rung).ok()?).copied()
}

fn numbers(slice: &Slice) -> [i64; COLUMNS] {
    [
        slice.count.into(),
        slice.errors.into(),
        i64::from(slice.count) - i64::from(slice.timed),
        slice.slow.into(),
        slice.tail.into(),
        rung(slice.p50),
        rung(slice.p90),
        slice.due.into(),
        slice.blamed.into(),
    ]
}

fn slice(numbers: [i64; COLUMNS]) -> Option<Slice> {
    let [count, errors, untimed, slow, tail, p50, p90, due, blamed] = numbers;
    let whole = |n: i64| u32::try_from(n).ok();
    Some(Slice {
        count: whole(count)?,
        errors: whole(errors)?,
        timed: whole(count.checked_sub(untimed)?)?,
        slow: whole(slow)?,
        tail: whole(tail)?,
        p50: of_rung(p50)?,
        p90: of_rung(p90)?,
        due: whole(due)?,
        blamed: whole(blamed)?,
    })
}

fn quarter_numbers(quarter: &Quarter) -> [i64; QUARTER_COLUMNS] {
    let sum = &quarter.sum;
    [
        quarter.minutes.into(),
        sum.count.into(),
        sum.errors.into(),
        i64::from(sum.count) - i64::from(sum.timed),
        sum.slow.into(),
        sum.tail.into(),
        quarter.p50.into(),
        quarter.p90.into(),
        sum.due.into(),
        quarter.worst_errors.into(),
        quarter.worst_slow.into(),
        quarter.worst_tail.into(),
    ]
}

fn quarter(numbers: [i64; QUARTER_COLUMNS]) -> Option<Quarter> {
    let [
        minutes,
        count,
        errors,
        untimed,
        slow,
        tail,
        p50,
        p90,
        due,
        most @ ..,
    ] = numbers;
    let whole = |n: i64| u32::try_from(n).ok();
    let sum = Slice {
        count: whole(count)?,
        errors: whole(errors)?,
        timed: whole(count.checked_sub(untimed)?)?,
        slow: whole(slow)?,
        tail: whole(tail)?,
        due: whole(due)?,
        ..Slice::default()
    };
    Some(Quarter {
        minutes: whole(minutes)?,
        sum,
        p50: whole(p50)?,
        p90: whole(p90)?,
        worst_errors: whole(most[0])?,
        worst_slow: whole(most[1])?,
        worst_tail: whole(most[2])?,
    })
}

/// Writes minutes.
pub(super) fn write(slices: &[Slice], writer: &mut Writer) {
    let rows: Vec<_> = slices.iter().map(numbers).collect();
    write_rows(&rows, writer);
}

/// Reads the given number of minutes.
pub(super) fn read(minutes: usize, reader: &mut Reader<'_>) -> Option<Vec<Slice>> {
    read_rows(minutes, reader)?.into_iter().map(slice).collect()
}

/// Writes quarter hours.
pub(super) fn write_quarters(quarters: &[Quarter], writer: &mut Writer) {
    let rows: Vec<_> = quarters.iter().map(quarter_numbers).collect();
    write_rows(&rows, writer);
}

/// Reads the given number of quarter hours.
pub(super) fn read_quarters(quarters: usize, reader: &mut Reader<'_>) -> Option<Vec<Quarter>> {
    let rows = read_rows(quarters, reader)?;
    rows.into_iter().map(quarter).collect()
}

fn write_rows<const N: usize>(rows: &[[i64; N]], writer: &mut Writer) {
    for at in 0..N {
        writer.column(rows.iter().map(|row| row[at]));
    }
}

fn read_rows<const N: usize>(count: usize, reader: &mut Reader<'_>) -> Option<Vec<[i64; N]>> {
    let mut rows = vec![[0; N]; count];
    let columns = 0..N;
    for column in columns {
        reader.column(count, |row, number| rows[row][column] = number)?;
    }
    Some(rows)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn some_slice() -> impl Strategy<Value = Slice> {
        let whole = || prop_oneof![Just(0), 0_u32..40, any::<u32>()];
        let rung = || (0..RUNGS.len()).prop_map(|at| RUNGS[at]);
        (
            [whole(), whole(), whole(), whole()],
            [rung(), rung()],
            [whole(), whole(), whole()],
        )
            .prop_map(|(counts, quantiles, rest)| {
                let ([count, errors, timed, slow], [p50, p90]) = (counts, quantiles);
                let [tail, due, blamed] = rest;
                Slice {
                    count,
                    errors,
                    timed,
                    slow,
                    tail,
                    p50,
                    p90,
                    due,
                    blamed,
                }
            })
    }

    proptest! {
        #[test]
        fn minutes_come_back(slices in prop::collection::vec(some_slice(), 1..40)) {
            let mut writer = Writer::default();
            write(&slices, &mut writer);
            let bytes = writer.into_bytes();
            let mut reader = Reader::new(&bytes);
            prop_assert_eq!(read(slices.len(), &mut reader), Some(slices));
            prop_assert!(reader.is_over());
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = read(15, &mut Reader::new(&bytes));
        }
    }

    #[test]
    fn quiet_minutes_take_few_bytes() {
        let minute = |at: u32| Slice {
            count: 25 + at * 7 % 10,
            timed: 25 + at * 7 % 10,
            slow: at % 3,
            p50: RUNGS[120 + at as usize % 2],
            p90: RUNGS[140 + at as usize % 5],
            due: 2_500 + 20 * at,
            ..Slice::default()
        };
        for (slices, most) in [
            (vec![Slice::default(); 15], 7),
            ((0..15).map(minute).collect(), 70),
        ] {
            let mut writer = Writer::default();
            write(&slices, &mut writer);
            let bytes = writer.into_bytes().len();
            assert!(bytes <= most, "{bytes} bytes");
        }
    }
}
