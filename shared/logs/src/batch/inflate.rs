//! The one decoder for anything compressed: base64 and gzip under a ceiling on output and on ratio.
//!
//! libdeflate inflates whole buffers about twice as fast as anything that streams, but reads one gzip member and needs
//! to know its inflated size beforehand. So it serves the case that is nearly always met (one member whose trailer
//! states a credible size), and flate2 streams the rest under the same ceiling; both give the same bytes (tested).

#![expect(
    clippy::disallowed_types,
    reason = "this is the one capped decoder for which raw ones are banned elsewhere"
)]

use std::io::Read;

use base64::engine::general_purpose::STANDARD;
use base64::{DecodeError, Engine};
use memchr::memmem;

use super::BatchError;

/// The most bytes that a payload may inflate to. CloudWatch Logs sends batches below 1 MB of gzip, 5 to 30 times that
/// inflated; a payload beyond is a bomb.
pub const MAX_INFLATED: usize = 100 << 20;

/// What a payload may always inflate to, whatever its ratio: repetitive small batches compress very well.
const FREE_OF_RATIO: usize = 8 << 20;

/// The most that a large payload may grow by; ordinary log lines grow 5 to 30 times, repeated ones 200.
const MAX_RATIO: usize = 400;

const MAGIC: &[u8] = &[0x1f, 0x8b, 0x08];

/// Undoes base64 and gzip into memory that it keeps from payload to payload.
pub struct Inflater {
    gzip: Vec<u8>,
    out: Vec<u8>,
    fast: libdeflater::Decompressor,
}

impl Default for Inflater {
    fn default() -> Self {
        Self {
            gzip: Vec::new(),
            out: Vec::new(),
            fast: libdeflater::Decompressor::new(),
        }
    }
}

impl std::fmt::Debug for Inflater {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Inflater")
            .field("room", &self.out.len())
            .finish_non_exhaustive()
    }
}

impl Inflater {
    /// Undoes base64 and then gzip.
    pub fn base64_gzip(&mut self, payload: &[u8]) -> Result<&[u8], BatchError> {
        let mut gzip = std::mem::take(&mut self.gzip);
        gzip.clear();
        let decoded = STANDARD
            .decode_vec(payload, &mut gzip)
            .map_err(|e| BatchError::NotBase64 {
                at: match e {
                    DecodeError::InvalidByte(at, _)
                    | DecodeError::InvalidLastSymbol(at, _)
                    | DecodeError::InvalidLength(at) => at,
                    DecodeError::InvalidPadding => payload.len(),
                },
            });
        let length = decoded.and_then(|()| self.inflate(&gzip));
        self.gzip = gzip;
        Ok(&self.out[..length?])
    }

    /// Undoes gzip.
    pub fn gzip(&mut self, gzip: &[u8]) -> Result<&[u8], BatchError> {
        let length = self.inflate(gzip)?;
        Ok(&self.out[..length])
    }

    /// Inflates into `self.out` and returns how many bytes of it are the result.
    fn inflate(&mut self, gzip: &[u8]) -> Result<usize, BatchError> {
        if !gzip.starts_with(MAGIC) {
            return Err(BatchError::NotGzip);
        }
        let limit = ceiling(gzip.len());
        // Another magic is another member, or (once in millions of bytes) a coincidence that costs only time.
        let one_member = memmem::find(&gzip[MAGIC.len()..], MAGIC).is_none();
        if let (true, Some(size)) = (one_member, stated_size(gzip))
            && size <= limit
        {
            if self.out.len() < size {
                self.out.resize(size, 0);
            }
            if let Ok(length) = self.fast.gzip_decompress(gzip, &mut self.out[..size])
                && length == size
            {
                return Ok(length);
            }
        }
        self.stream(gzip, limit)
    }

    fn stream(&mut self, gzip: &[u8], limit: usize) -> Result<usize, BatchError> {
        self.out.clear();
        let members = flate2::bufread::MultiGzDecoder::new(gzip);
        let mut capped = members.take(limit as u64 + 1);
        let read = capped.read_to_end(&mut self.out);
        if self.out.len() > limit {
            self.out = Vec::new();
            return Err(BatchError::TooLarge { limit });
        }
        read.map_err(|_| BatchError::DamagedGzip)
    }
}

/// Returns what a payload of this many compressed bytes may inflate to.
fn ceiling(compressed: usize) -> usize {
    compressed
        .saturating_mul(MAX_RATIO)
        .clamp(FREE_OF_RATIO, MAX_INFLATED)
}

/// Returns the size that a gzip member's trailer states.
fn stated_size(gzip: &[u8]) -> Option<usize> {
    let trailer: [u8; 4] = gzip.last_chunk().copied()?;
    usize::try_from(u32::from_le_bytes(trailer)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use proptest::prelude::*;
    use std::io::Write;

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::new(6));
        encoder.write_all(text).expect("in memory");
        encoder.finish().expect("in memory")
    }

    fn check(gzip: &[u8], expected: Result<&[u8], &BatchError>) {
        let mut inflater = Inflater::default();
        let encoded = STANDARD.encode(gzip);
        assert_eq!(
            inflater
                .base64_gzip(encoded.as_bytes())
                .as_ref()
                .map(|out| &**out),
            expected
        );
    }

    #[test]
    fn members_follow_one_another_and_the_same_member_twice_counts_twice() {
        check(&gzip(b"one"), Ok(b"one"));
        check(&[gzip(b"one"), gzip(b"two")].concat(), Ok(b"onetwo"));
        check(&[gzip(b"one"), gzip(b"one")].concat(), Ok(b"oneone"));
        check(&gzip(b""), Ok(b""));
    }

    #[test]
    fn what_is_not_whole_gzip_is_refused_whole() {
        let whole = gzip(b"some text that is long enough to be cut");
        check(b"", Err(&BatchError::NotGzip));
        check(b"plain text", Err(&BatchError::NotGzip));
        check(&whole[..whole.len() - 9], Err(&BatchError::DamagedGzip));
        let mut damaged = whole.clone();
        damaged[15] ^= 0xff;
        check(&damaged, Err(&BatchError::DamagedGzip));
        let mut lies = whole.clone();
        let end = lies.len() - 4;
        lies[end..].copy_from_slice(&3_u32.to_le_bytes());
        check(&lies, Err(&BatchError::DamagedGzip));
        let mut inflater = Inflater::default();
        assert_eq!(
            inflater.base64_gzip(b"AAA*"),
            Err(BatchError::NotBase64 { at: 3 })
        );
    }

    #[test]
    fn a_bomb_is_refused_at_the_ceiling_and_its_memory_given_back() {
        let bomb = gzip(&vec![b'a'; 20 << 20]);
        assert!(bomb.len() * MAX_RATIO < 20 << 20, "denser than any log");
        let limit = ceiling(bomb.len());
        check(&bomb, Err(&BatchError::TooLarge { limit }));
        // A payload whose trailer states too small a size is refused all the same.
        let mut lies = bomb.clone();
        let end = lies.len() - 4;
        lies[end..].copy_from_slice(&3_u32.to_le_bytes());
        check(&lies, Err(&BatchError::TooLarge { limit }));
        let mut inflater = Inflater::default();
        assert!(inflater.gzip(&bomb).is_err());
        assert_eq!(inflater.out.capacity(), 0);
    }

    #[test]
    fn an_inflater_forgets_the_payload_before() {
        let mut inflater = Inflater::default();
        assert_eq!(
            inflater.gzip(&gzip(b"a longer text")),
            Ok(b"a longer text".as_slice())
        );
        assert_eq!(inflater.gzip(&gzip(b"short")), Ok(b"short".as_slice()));
        assert!(inflater.gzip(b"\x1f\x8b\x08 broken").is_err());
        assert_eq!(inflater.gzip(&gzip(b"short")), Ok(b"short".as_slice()));
    }

    proptest! {
        #[test]
        fn both_decoders_give_the_same_bytes(text in prop::collection::vec(any::<u8>(), 0..3000)) {
            let gzip = gzip(&text);
            let mut fast = Inflater::default();
            prop_assert_eq!(fast.gzip(&gzip).expect("whole"), &text[..]);
            let mut oracle = Inflater::default();
            let length = oracle.stream(&gzip, MAX_INFLATED).expect("whole");
            prop_assert_eq!(&oracle.out[..length], &text[..]);
        }
    }
}
