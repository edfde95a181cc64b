//! Windows: the part that one batch adds to a service's minute, and the totals of that minute.

use std::collections::BTreeMap;

use atalaya_logs::batch::BatchKey;

use crate::catalog::Slot;
use crate::log_pattern::MAX_PATTERNS;
use crate::series::Sums;
use crate::time::Minute;

/// How many window items the log streams of a service are sharded over, so that each item gets few
/// batches a minute and stays near the kilobyte that one write unit pays for (figures in
/// docs/decisions.md).
pub const SHARDS: u8 = 255;

/// Returns the shard of a log stream, below [`SHARDS`], by the stream's hash
/// ([`Batch::stream_hash`](atalaya_logs::batch::Batch::stream_hash)): the same whenever a batch is
/// delivered again.
#[must_use]
pub const fn shard(stream_hash: u64) -> u8 {
    (stream_hash % SHARDS as u64) as u8
}

/// The address of a window item.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ItemKey {
    /// The service.
    pub service: Box<str>,
    /// The event-time minute.
    pub minute: Minute,
    /// The page of catalog slots that the item holds: see [`Slot::page`].
    pub page: u16,
    /// Which of the [`SHARDS`] items, by hash of the log stream: the same whenever a batch is
    /// delivered again.
    pub shard: u8,
}

/// The sums that one batch adds to one window item, all at once or not at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The item.
    pub item: ItemKey,
    /// The key of the batch: an item takes each batch once.
    pub batch: BatchKey,
    /// The sums to add, by slot; all slots are on the item's page.
    pub sums: BTreeMap<Slot, Sums>,
}

/// The most additions that one write can carry: DynamoDB takes 300 operators in an update expression, and the batch's
/// key, the expiry and the writer need some of them. A single series at its widest (258 buckets, three counts and 33
/// causes) stays below.
pub const MAX_OPERATIONS: usize = 296;

/// How many additions of a write to the first page are left for log patterns: one for each pattern,
/// and two for `other`.
const MESSAGE_OPERATIONS: usize = MAX_PATTERNS + 2;

impl Part {
    /// Returns how many numbers the part adds.
    #[must_use]
    pub fn operations(&self) -> usize {
        self.sums.iter().map(operations).sum()
    }

    /// Returns the part itself if a single write can carry it, or else its pieces, as few as
    /// possible, each with whole series.
    ///
    /// The batch key of each piece is tagged with the piece's number, so that each is still added
    /// once. The cut depends on routes, dependencies and log records alone, so a batch that is
    /// delivered again is cut the same way. Log patterns do not take part in it, because the
    /// pattern of a message may have changed since; they go with the first piece, which has room
    /// left for them.
    #[must_use]
    pub fn split(self) -> Vec<Self> {
        let Self {
            item,
            batch,
            mut sums,
        } = self;
        let messages = sums.split_off(&Slot::message(0));
        let mut room = MAX_OPERATIONS;
        if item.page == 0 {
            room -= MESSAGE_OPERATIONS;
        }
        let needed: usize = sums.iter().map(operations).sum();
        if needed <= room {
            sums.extend(messages);
            return vec![Self { item, batch, sums }];
        }
        let mut pieces: Vec<Self> = Vec::new();
        for (slot, sums) in sums {
            let needed = operations((&slot, &sums));
            match pieces.last_mut() {
                Some(piece) if needed <= room => {
                    piece.sums.insert(slot, sums);
                }
                _ => {
                    if !pieces.is_empty() {
                        room = MAX_OPERATIONS;
                    }
                    let mut batch = batch;
                    batch.0[0] ^= pieces.len() as u8 + 1;
                    pieces.push(Self {
                        item: item.clone(),
                        batch,
                        sums: BTreeMap::from([(slot, sums)]),
                    });
                }
            }
            room = room.saturating_sub(needed);
        }
        match pieces.first_mut() {
            // If the first series is so wide that the log patterns do not fit beside it, they form
            // a piece of their own.
            Some(first) if first.operations() + MESSAGE_OPERATIONS > MAX_OPERATIONS => {
                let mut batch = batch;
                batch.0[0] ^= u8::MAX;
                pieces.push(Self {
                    item,
                    batch,
                    sums: messages,
                });
            }
            Some(first) => first.sums.extend(messages),
            None => {}
        }
        pieces.retain(|piece| !piece.sums.is_empty());
        pieces
    }
}

/// Returns how many numbers the sums of one series add.
fn operations((slot, sums): (&Slot, &Sums)) -> usize {
    if slot.message_number().is_some() {
        return 1;
    }
    3 + sums.latency.buckets().count() + sums.causes.len()
}

/// The totals of a service's minute, by slot.
pub type Window = BTreeMap<Slot, Sums>;

/// Adds the sums of one window to another.
pub fn merge(into: &mut Window, from: &Window) {
    for (slot, sums) in from {
        into.entry(*slot).or_default().merge(sums);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(slots: u16, buckets: u16) -> Part {
        let mut wide = Sums {
            count: 1,
            ..Sums::default()
        };
        for n in 0..buckets {
            let bucket = crate::sketch::Bucket::new(n).expect("within the range");
            wide.latency.add_count(bucket, 1);
        }
        let item = ItemKey {
            service: "s".into(),
            minute: Minute(0),
            page: 1,
            shard: 0,
        };
        let sums = (0..slots).map(|slot| (Slot(slot), wide.clone())).collect();
        Part {
            item,
            batch: BatchKey([9; 8]),
            sums,
        }
    }

    #[test]
    fn a_part_too_wide_for_one_write_is_cut_by_series() {
        for (slots, buckets, parts) in [
            (4, 30, 1),
            (4, 71, 1),
            (4, 72, 2),
            (1, 258, 1),
            (2, 258, 2),
            (9, 60, 3),
        ] {
            let whole = part(slots, buckets);
            let cut = whole.clone().split();
            assert_eq!(cut.len(), parts, "{slots} series of {buckets} buckets");
            let keys: std::collections::BTreeSet<_> = cut.iter().map(|part| part.batch).collect();
            assert_eq!(keys.len(), parts, "each is accounted for on its own");
            let mut together = Window::new();
            for part in &cut {
                assert!(part.operations() <= MAX_OPERATIONS);
                merge(&mut together, &part.sums);
            }
            assert_eq!(together, whole.sums, "nothing is lost by the cut");
            assert_eq!(whole.clone().split(), cut, "and it is the same every time");
        }
    }

    #[test]
    fn messages_go_with_the_first_piece_and_do_not_move_the_cut() {
        for (slots, buckets) in [
            (1, 0),
            (4, 58),
            (4, 59),
            (4, 71),
            (9, 60),
            (1, 240),
            (1, 258),
        ] {
            let mut bare = part(slots, buckets);
            bare.item.page = 0;
            let mut full = bare.clone();
            for number in 0..MESSAGE_OPERATIONS as u16 {
                let sums = Sums {
                    count: 1,
                    ..Sums::default()
                };
                full.sums.insert(Slot::message(number), sums);
            }
            let [bare, full] = [bare, full].map(Part::split);
            assert!(full.iter().all(|part| part.operations() <= MAX_OPERATIONS));
            assert_eq!(
                full.iter().map(|part| part.sums.len()).sum::<usize>(),
                usize::from(slots) + MESSAGE_OPERATIONS
            );
            for (bare, full) in bare.iter().zip(&full) {
                assert_eq!((bare.batch, &bare.item), (full.batch, &full.item));
                assert!(
                    bare.sums.keys().all(|slot| full.sums.contains_key(slot)),
                    "{slots} {buckets}"
                );
            }
        }
    }
}
