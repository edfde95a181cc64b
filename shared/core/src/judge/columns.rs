//! The last minutes of a subject in few bytes: one column for each number, of differences from minute to minute.
//!
//! A difference is written in zigzag as an exponential Golomb code (Teuhola, "A compression method for clustered
//! bit-vectors", Information Processing Letters 7, 1978), whose order is chosen for each column: a column of zeros
//! takes five bits, a steady one some bits a minute, and a spike no more than twice its own length.

use std::sync::LazyLock;

use crate::baseline::wire::{Reader, Writer};
use crate::detect::{Quarter, Slice};
use crate::sketch::Bucket;

/// Numbers of a minute.
const COLUMNS: usize = 9;

/// Numbers of a quarter hour.
const QUARTER_COLUMNS: usize = 12;

/// Bits that name the order of a column's code, and the order that says that all is 0.
const ORDER_BITS: u32 = 5;
const ZEROS: u32 = (1 << ORDER_BITS) - 1;

/// Quantiles of a sketch take few values: in tenths of a millisecond, rising.
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

/// Reads as many minutes.
pub(super) fn read(minutes: usize, reader: &mut Reader<'_>) -> Option<Vec<Slice>> {
    read_rows(minutes, reader)?.into_iter().map(slice).collect()
}

/// Writes quarter hours.
pub(super) fn write_quarters(quarters: &[Quarter], writer: &mut Writer) {
    let rows: Vec<_> = quarters.iter().map(quarter_numbers).collect();
    write_rows(&rows, writer);
}

/// Reads as many quarter hours.
pub(super) fn read_quarters(quarters: usize, reader: &mut Reader<'_>) -> Option<Vec<Quarter>> {
    let rows = read_rows(quarters, reader)?;
    rows.into_iter().map(quarter).collect()
}

fn write_rows<const N: usize>(rows: &[[i64; N]], writer: &mut Writer) {
    let mut bits = Bits::default();
    let mut column = Vec::with_capacity(rows.len());
    for at in 0..N {
        let mut before = 0;
        column.clear();
        column.extend(rows.iter().map(|row| {
            let difference = row[at] - before;
            before = row[at];
            (difference << 1 ^ difference >> 63) as u64
        }));
        bits.column(&column);
    }
    bits.finish(writer);
}

fn read_rows<const N: usize>(count: usize, reader: &mut Reader<'_>) -> Option<Vec<[i64; N]>> {
    let mut bits = Bits::of(reader.bytes()?);
    let mut rows = vec![[0; N]; count];
    for at in 0..N {
        let order = bits.take(ORDER_BITS)? as u32;
        let mut number = 0_i64;
        for row in &mut rows {
            if order != ZEROS {
                let code = bits.golomb(order)?;
                let difference = (code >> 1) as i64 ^ -((code & 1) as i64);
                number = number.checked_add(difference)?;
            }
            row[at] = number;
        }
    }
    Some(rows)
}

/// Bits, the highest of a byte first.
#[derive(Default)]
struct Bits<'a> {
    written: Vec<u8>,
    unread: &'a [u8],
    /// The bits at hand, in the lowest places.
    held: u64,
    count: u32,
}

impl<'a> Bits<'a> {
    fn of(unread: &'a [u8]) -> Self {
        Self {
            unread,
            ..Self::default()
        }
    }

    fn column(&mut self, numbers: &[u64]) {
        if numbers.iter().all(|n| *n == 0) {
            self.put(ZEROS.into(), ORDER_BITS);
            return;
        }
        let length = |order: u32| -> u32 {
            let code = |n: &u64| 2 * ((n >> order) + 1).ilog2() + 1 + order;
            numbers.iter().map(code).sum()
        };
        // The cost is nearly convex in the order: the mean tells where it is least.
        let mean = numbers.iter().sum::<u64>() / numbers.len() as u64;
        let near = (mean + 1).ilog2().min(ZEROS - 2);
        let orders = near.saturating_sub(2)..=near + 1;
        let order = orders.min_by_key(|order| length(*order)).unwrap_or(near);
        self.put(order.into(), ORDER_BITS);
        for n in numbers {
            let high = (n >> order) + 1;
            let length = high.ilog2();
            self.put(0, length);
            self.put(high, length + 1);
            self.put(n & ((1 << order) - 1), order);
        }
    }

    /// Adds the lowest `width` bits of a number below 2^36.
    fn put(&mut self, n: u64, width: u32) {
        let (n, width) = if width > 32 {
            self.put(n >> 32, width - 32);
            (n & 0xffff_ffff, 32)
        } else {
            (n, width)
        };
        self.held = self.held << width | n;
        self.count += width;
        while self.count >= 8 {
            self.count -= 8;
            self.written.push((self.held >> self.count) as u8);
        }
        self.held &= (1 << self.count) - 1;
    }

    fn finish(mut self, writer: &mut Writer) {
        let rest = (8 - self.count) % 8;
        self.put(0, rest);
        writer.bytes(&self.written);
    }

    fn golomb(&mut self, order: u32) -> Option<u64> {
        let mut length = 0;
        while self.take(1)? == 0 {
            length += 1;
        }
        if length > 40 {
            return None;
        }
        let high = 1 << length | self.take(length)?;
        Some((high - 1) << order | self.take(order)?)
    }

    fn take(&mut self, width: u32) -> Option<u64> {
        if width > 32 {
            let high = self.take(width - 32)?;
            return Some(high << 32 | self.take(32)?);
        }
        while self.count < width {
            let (byte, rest) = self.unread.split_first()?;
            self.unread = rest;
            self.held = self.held << 8 | u64::from(*byte);
            self.count += 8;
        }
        self.count -= width;
        let taken = self.held >> self.count;
        self.held &= (1 << self.count) - 1;
        Some(taken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

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
            let mut reader = Reader(&writer.0);
            prop_assert_eq!(read(slices.len(), &mut reader), Some(slices));
            prop_assert!(reader.0.is_empty());
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = read(15, &mut Reader(&bytes));
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
            assert!(writer.0.len() <= most, "{} bytes", writer.0.len());
        }
    }
}
