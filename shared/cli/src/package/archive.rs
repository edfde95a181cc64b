//! The zip of a function: its binary as `bootstrap`, executable, and nothing that differs from one build to the next.

use std::io::{Cursor, Write as _};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

/// The name under which Lambda starts the binary of a custom runtime.
const ENTRY: &str = "bootstrap";

/// Lambda unpacks an archive with the modes it holds: without this one, the function cannot start.
const MODE: u32 = 0o755;

/// Returns the archive of a function's binary; the same binary gives the same bytes.
///
/// # Errors
/// If the binary is beyond what an archive without 64-bit fields can hold, 4 GiB.
pub fn zip(binary: &[u8]) -> zip::result::ZipResult<Vec<u8>> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(9))
        // The first day a zip can name; the day of the build would be another each day.
        .last_modified_time(DateTime::default())
        .unix_permissions(MODE);
    archive.start_file(ENTRY, options)?;
    archive.write_all(binary)?;
    Ok(archive.finish()?.into_inner())
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use zip::ZipArchive;

    use super::*;

    fn check(binary: &[u8]) {
        let archive = zip(binary).expect("it is small");
        assert_eq!(archive, zip(binary).expect("it is small"), "not the same");

        let mut archive = ZipArchive::new(Cursor::new(archive)).expect("it is a zip");
        assert_eq!(archive.len(), 1);
        let mut entry = archive.by_index(0).expect("it has an entry");
        assert_eq!(entry.name().expect("it has a name"), "bootstrap");
        assert_eq!(entry.unix_mode().map(|mode| mode & 0o777), Some(0o755));
        let date = entry.last_modified().expect("it has a date");
        assert_eq!((date.year(), date.month(), date.day()), (1980, 1, 1));
        let mut content = Vec::new();
        entry.read_to_end(&mut content).expect("it unpacks");
        assert_eq!(content, binary);
    }

    #[test]
    fn an_archive_holds_an_executable_bootstrap_and_no_trace_of_its_making() {
        check(b"");
        check(b"\x7fELF");
        check(&[b"atalaya".repeat(10_000), (0..=255).collect()].concat());
    }
}
