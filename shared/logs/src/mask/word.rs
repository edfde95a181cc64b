//! The words that stand for masked values, and the keyed hash in them by which the same value stays the same.
//!
//! The hash is the beginning of an HMAC-SHA256 of the value in one spelling. Twenty-four bits tell apart the few values
//! of an incident and are too few to name one of many: without the key nothing can be learned from them but that two
//! values were the same, and with it a card is still one of thousands. Where even that would say too much, there is no
//! hash: of passwords, PINs and other short secrets, because people choose the same ones and there are few of them, and
//! of literals of SQL, because a column often has few values and statements are to look alike.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::{EVERYTHING, Mask};

/// Bytes of a [`Key`].
pub const KEY_BYTES: usize = 32;

/// A secret that is shorter than this, in bytes, may be a password.
const LONG: usize = 16;

/// Hexadecimal digits of a hash.
const DIGITS: usize = 6;

/// What makes the hashes of one deployment its own. It is secret: a reader who has it can test whether a word
/// stands for a value that they guess.
#[derive(Clone)]
pub struct Key(Hmac<Sha256>);

impl Key {
    /// Makes a key of random bytes.
    #[must_use]
    pub fn of(bytes: &[u8; KEY_BYTES]) -> Self {
        Self(Hmac::new_from_slice(bytes).expect("HMAC takes keys of every length"))
    }

    /// The public key, for replays: the same logs give the same bytes, but a reader who guesses a value can test the
    /// guess. That is no loss, as whoever replays logs has them.
    #[must_use]
    pub fn of_replays() -> Self {
        Self::of(b"atalaya replay: not a secret key")
    }
}

/// A key is not shown.
impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key")
    }
}

/// What kind of value was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WordKind {
    /// The number of a payment card.
    Card,
    /// The number of a bank account.
    Iban,
    /// An e-mail address.
    Email,
    /// A phone number.
    Phone,
    /// The number of a person's identity document.
    Person,
    /// A token, a key, a password.
    Secret,
    /// A password, however long.
    Password,
    /// A text in an SQL statement.
    Literal,
    /// A terminal's control sequence, of which nothing is left.
    Colour,
}

impl WordKind {
    /// The words, without the hash that some have.
    const WORDS: [&str; 7] = ["card", "iban", "email", "phone", "id", "secret", "text"];

    const fn name(self) -> &'static str {
        match self {
            Self::Card => "card",
            Self::Iban => "iban",
            Self::Email => "email",
            Self::Phone => "phone",
            Self::Person => "id",
            Self::Secret | Self::Password => "secret",
            Self::Literal => "text",
            Self::Colour => "",
        }
    }

    /// Returns the bytes of a value that count: those that are the same however it is written. `None` where the kind
    /// has no hash.
    fn spelling(self, value: &[u8]) -> Option<Vec<u8>> {
        let kept = |is: fn(&u8) -> bool| -> Vec<u8> {
            let kept = unescaped(value);
            kept.iter()
                .filter(|byte| is(byte))
                .map(u8::to_ascii_lowercase)
                .collect()
        };
        match self {
            Self::Card | Self::Phone => Some(kept(u8::is_ascii_digit)),
            Self::Iban | Self::Person => Some(kept(u8::is_ascii_alphanumeric)),
            Self::Email => Some(kept(|_| true)),
            Self::Secret => (value.len() >= LONG).then(|| value.to_vec()),
            Self::Password | Self::Literal | Self::Colour => None,
        }
    }
}

/// Returns a value with its percent-escapes resolved, so that an address is the same in a query and in a sentence.
fn unescaped(value: &[u8]) -> Vec<u8> {
    let mut made = Vec::with_capacity(value.len());
    let mut rest = value;
    while let [byte, after @ ..] = rest {
        let hex = after.get(..2).and_then(|hex| str::from_utf8(hex).ok());
        let escaped = hex.and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match escaped.filter(|_| *byte == b'%') {
            // `%2540` is `%40` escaped once more.
            Some(b'%') => {
                made.push(b'%');
                let (_, more) = after.split_at(2);
                let again = more.get(..2).and_then(|hex| str::from_utf8(hex).ok());
                if let Some(byte) = again.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
                    made.pop();
                    made.push(byte);
                    rest = &more[2..];
                } else {
                    rest = more;
                }
            }
            Some(byte) => {
                made.push(byte);
                rest = &after[2..];
            }
            None => {
                made.push(*byte);
                rest = after;
            }
        }
    }
    made
}

impl Mask {
    /// Returns the word that stands for a value.
    pub(super) fn word(&self, kind: WordKind, value: &[u8]) -> String {
        if kind == WordKind::Colour {
            return String::new();
        }
        let name = kind.name();
        let hashed = self.key.as_ref().zip(kind.spelling(value));
        let Some((Key(key), spelling)) = hashed else {
            return format!("[{name}]");
        };
        let mut hash = key.clone();
        hash.update(name.as_bytes());
        hash.update(&[0]);
        hash.update(&spelling);
        let hash = hash.finalize().into_bytes();
        format!("[{name} {:02x}{:02x}{:02x}]", hash[0], hash[1], hash[2])
    }
}

/// Returns where the word ends that begins here, with its bracket.
pub(super) fn word_at(text: &[u8], at: usize) -> Option<usize> {
    let rest = text.get(at..)?;
    if rest.starts_with(EVERYTHING.as_bytes()) {
        return Some(at + EVERYTHING.len());
    }
    let inner = rest.strip_prefix(b"[")?;
    let mut names = WordKind::WORDS.iter();
    let name = names.find(|name| {
        inner.starts_with(name.as_bytes()) && matches!(inner.get(name.len()), Some(b']' | b' '))
    })?;
    let inner = &inner[name.len()..];
    let end = at + 1 + name.len();
    match inner {
        [b']', ..] => Some(end + 1),
        [b' ', hash @ ..] => {
            let is_hash = |byte: &u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
            let whole = hash.len() > DIGITS && hash[..DIGITS].iter().all(is_hash);
            (whole && hash[DIGITS] == b']').then_some(end + 1 + DIGITS + 1)
        }
        _ => None,
    }
}

/// Returns whether a value is one of the words and nothing else.
pub(super) fn is_word(value: &[u8]) -> bool {
    word_at(value, 0) == Some(value.len())
}
