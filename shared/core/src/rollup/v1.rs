//! The stored form of a rollup, version 1, frozen: bytes in base64, the version first.
//!
//! Names are stored as their bytes, numbers as LEB128. All causes are listed once, before the
//! routes, which refer to them by index. Of a sketch only the filled buckets are written. Indexes
//! and buckets rise, so each is written as its distance from the one before.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD as BASE64;

use super::{Called, Rollup, Served};
use crate::baseline::wire::{Reader, Writer};
use crate::sketch::{Bucket, Sketch};

const VERSION: u8 = 1;

/// Why a stored rollup cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum RollupError {
    /// It is not base64.
    #[error("stored rollup is not base64")]
    Base64(#[from] base64::DecodeError),
    /// It is of a version that this program does not know.
    #[error("stored rollup has version {0}; this program reads version {VERSION}")]
    Version(u8),
    /// The bytes end too soon, go on too long or mean nothing.
    #[error("stored rollup is damaged")]
    Damaged,
}

/// Returns the stored form.
pub(super) fn write(rollup: &Rollup) -> String {
    let mut writer = Writer::default();
    writer.byte(VERSION);
    let blamed = rollup.routes.values().flat_map(|route| route.causes.keys());
    let blamed: BTreeSet<&str> = blamed.map(|cause| &**cause).collect();
    let blamed: Vec<&str> = blamed.into_iter().collect();
    writer.whole(blamed.len() as u64);
    for cause in &blamed {
        writer.bytes(cause.as_bytes());
    }
    writer.whole(rollup.routes.len() as u64);
    for (name, served) in &rollup.routes {
        writer.bytes(name.as_bytes());
        let Served {
            good,
            bad,
            excluded,
            client_errors,
            causes,
            latency,
        } = served;
        for n in [good, bad, excluded, client_errors] {
            writer.whole(*n);
        }
        writer.whole(causes.len() as u64);
        let mut before = 0;
        for (cause, n) in causes {
            let place = blamed.partition_point(|blamed| *blamed < &**cause);
            writer.whole((place - before) as u64);
            writer.whole(*n);
            before = place;
        }
        write_sketch(latency, &mut writer);
    }
    writer.whole(rollup.dependencies.len() as u64);
    for (name, called) in &rollup.dependencies {
        writer.bytes(name.as_bytes());
        writer.whole(called.calls);
        writer.whole(called.failed);
        write_sketch(&called.latency, &mut writer);
    }
    BASE64.encode(writer.into_bytes())
}

fn write_sketch(sketch: &Sketch, writer: &mut Writer) {
    writer.whole(sketch.buckets().count() as u64);
    let mut before = 0;
    for (bucket, n) in sketch.buckets() {
        writer.whole(u64::from(bucket.number() - before));
        writer.whole(n);
        before = bucket.number();
    }
}

/// Reads the stored form.
pub(super) fn read(body: &str) -> Result<Rollup, RollupError> {
    let bytes = BASE64.decode(body)?;
    let mut reader = Reader::new(&bytes);
    let version = reader.byte().unwrap_or_default();
    if version != VERSION {
        return Err(RollupError::Version(version));
    }
    let rollup = read_rollup(&mut reader).filter(|_| reader.is_over());
    rollup.ok_or(RollupError::Damaged)
}

fn read_rollup(reader: &mut Reader<'_>) -> Option<Rollup> {
    let mut rollup = Rollup::default();
    let mut blamed = Vec::new();
    // Every iteration reads at least a byte, so a number that is too large ends with the bytes.
    for _ in 0..reader.whole()? {
        blamed.push(read_name(reader)?);
    }
    for _ in 0..reader.whole()? {
        let name = read_name(reader)?;
        let mut whole = || reader.whole();
        let (good, bad, excluded, client_errors) = (whole()?, whole()?, whole()?, whole()?);
        let mut causes = BTreeMap::new();
        let mut place = 0_usize;
        for _ in 0..reader.whole()? {
            place = place.checked_add(usize::try_from(reader.whole()?).ok()?)?;
            causes.insert(blamed.get(place)?.clone(), reader.whole()?);
        }
        let served = Served {
            good,
            bad,
            excluded,
            client_errors,
            causes,
            latency: read_sketch(reader)?,
        };
        rollup.routes.insert(name, served);
    }
    for _ in 0..reader.whole()? {
        let name = read_name(reader)?;
        let called = Called {
            calls: reader.whole()?,
            failed: reader.whole()?,
            latency: read_sketch(reader)?,
        };
        rollup.dependencies.insert(name, called);
    }
    Some(rollup)
}

fn read_name(reader: &mut Reader<'_>) -> Option<Box<str>> {
    let name = String::from_utf8(reader.bytes()?).ok()?;
    Some(name.into())
}

fn read_sketch(reader: &mut Reader<'_>) -> Option<Sketch> {
    let mut sketch = Sketch::default();
    let mut number = 0_u64;
    for _ in 0..reader.whole()? {
        number = number.checked_add(reader.whole()?)?;
        let bucket = Bucket::new(u16::try_from(number).ok()?)?;
        sketch.add_count(bucket, reader.whole()?);
    }
    Some(sketch)
}
