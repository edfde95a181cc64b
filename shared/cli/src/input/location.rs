//! The source of an input's bytes: a file or standard input, gzip or plain, readable more than
//! once.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use flate2::bufread::MultiGzDecoder;

use super::fault::InputFault;
use super::kind::{self, Recognised, Whole};

/// How much of standard input is kept in memory; more goes to a temporary file.
const STDIN_IN_MEMORY: u64 = 16 << 20;

/// How much of a file is read to recognise its kind, in bytes as inflated.
const HEAD: u64 = 256 << 10;

/// A source of bytes.
#[derive(Debug, Clone)]
pub(crate) struct Location {
    name: String,
    at: At,
}

#[derive(Debug, Clone)]
enum At {
    Path(PathBuf),
    Memory(Arc<[u8]>),
    Spooled(Arc<tempfile::NamedTempFile>),
}

impl Location {
    /// A file.
    pub(crate) fn file(path: PathBuf) -> Self {
        Self {
            name: path.display().to_string(),
            at: At::Path(path),
        }
    }

    /// Standard input, read to its end.
    pub(crate) fn stdin() -> Result<Self, InputFault> {
        let at = spool().map_err(|error| InputFault::of_io("-", &error))?;
        Ok(Self {
            name: "-".to_owned(),
            at,
        })
    }

    /// Returns the name under which messages speak of it.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Returns its path, if it is a file that the user named.
    pub(crate) fn path(&self) -> Option<&Path> {
        match &self.at {
            At::Path(path) => Some(path),
            At::Memory(_) | At::Spooled(_) => None,
        }
    }

    /// Opens it from its beginning; gzip is undone as it is read.
    pub(crate) fn open(&self) -> io::Result<Box<dyn BufRead>> {
        unpacked(match &self.at {
            At::Path(path) => Box::new(BufReader::with_capacity(64 << 10, File::open(path)?)),
            At::Memory(bytes) => Box::new(Cursor::new(Arc::clone(bytes))),
            At::Spooled(file) => Box::new(BufReader::with_capacity(64 << 10, file.reopen()?)),
        })
    }

    /// Recognises the kind of its content by its first bytes.
    pub(crate) fn recognise(&self) -> Result<Recognised, InputFault> {
        let mut head = Vec::new();
        let read = self
            .open()
            .and_then(|input| input.take(HEAD).read_to_end(&mut head));
        match read {
            Err(error) if head.is_empty() => Err(InputFault::of_io(&self.name, &error)),
            // The readable part is used; the damage is reported when reading reaches it.
            Err(_) | Ok(_) => {
                let whole = if (head.len() as u64) < HEAD {
                    Whole::Yes
                } else {
                    Whole::No
                };
                kind::recognise(&head, whole, &self.name, self.path())
            }
        }
    }
}

/// Opens standard input to be read once, as it comes.
pub(crate) fn stdin_as_it_comes() -> io::Result<Box<dyn BufRead>> {
    unpacked(Box::new(BufReader::with_capacity(64 << 10, io::stdin())))
}

/// Undoes gzip as it is read, and leaves out the mark of UTF-8 at the beginning.
fn unpacked(mut raw: Box<dyn BufRead>) -> io::Result<Box<dyn BufRead>> {
    let mut input: Box<dyn BufRead> = if raw.fill_buf()?.starts_with(&[0x1f, 0x8b]) {
        Box::new(BufReader::with_capacity(64 << 10, MultiGzDecoder::new(raw)))
    } else {
        raw
    };
    if input.fill_buf()?.starts_with(b"\xef\xbb\xbf") {
        input.consume(3);
    }
    Ok(input)
}

/// Reads standard input into memory, or into a temporary file where it is large.
fn spool() -> io::Result<At> {
    let mut stdin = io::stdin().lock();
    let mut bytes = Vec::new();
    (&mut stdin).take(STDIN_IN_MEMORY).read_to_end(&mut bytes)?;
    if (bytes.len() as u64) < STDIN_IN_MEMORY {
        return Ok(At::Memory(bytes.into()));
    }
    let mut file = tempfile::NamedTempFile::new()?;
    file.write_all(&bytes)?;
    io::copy(&mut stdin, &mut file)?;
    Ok(At::Spooled(Arc::new(file)))
}
