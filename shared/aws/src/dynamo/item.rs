//! The attributes of items: version 1, frozen, because items of an older version are read for as
//! long as they live.
//!
//! A window item holds a page of slots, each under a letter (`a` is the first slot of the page):
//! `a` its count, `ae` errors, `ac` client errors, `a29` the count of sketch bucket 81 (2 · 36 +
//! 9), `akREASON` the errors blamed on REASON. The first page also counts log patterns: `q29` is
//! the count of pattern number 81. The other attributes are `y`, the set of batch keys, `w`, the
//! token of the last writer, and `x`, the expiry. Names are this short because they count towards
//! the size that is paid for. Unknown attributes are left alone: a later version may add some.

use std::collections::HashMap;
use std::fmt::Write as _;

use atalaya_core::catalog::{SLOTS_PER_PAGE, Slot};
use atalaya_core::series::Sums;
use atalaya_core::sketch::Bucket;
use atalaya_core::time::Minute;
use atalaya_core::window::{Part, Window};
use atalaya_flow::store::{Document, DocumentKind};
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;

use super::table;

/// The attributes of an item, or the values of an expression.
pub(super) type Attributes = HashMap<String, AttributeValue>;

/// The token of the last writer: see [`WriteToken`].
const TOKEN: &str = "w";
const BATCHES: &str = "y";
const VERSION: &str = "v";
const BODY: &str = "d";

/// The letter of log patterns.
const MESSAGES: char = 'q';

// The letters from `q` on have other meanings, so a page has at most the 16 slots `a` to `p`.
const _: () = assert!(SLOTS_PER_PAGE <= 16);

/// A token that identifies one call, so that a call whose first answer was lost recognises its own
/// write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct WriteToken(pub(super) [u8; 4]);

impl WriteToken {
    fn value(self) -> AttributeValue {
        AttributeValue::B(Blob::new(self.0))
    }

    /// Returns whether the call with this token was the last to write the item.
    pub(super) fn is_on(self, item: &Attributes) -> bool {
        let on = item.get(TOKEN).and_then(|value| value.as_b().ok());
        on.is_some_and(|token| token.as_ref() == self.0)
    }
}

/// Returns the partition of a service's minute. The minute holds no `#`, so that two services never share one.
pub(super) fn window_partition(service: &str, minute: Minute) -> String {
    format!("W#{service}#{minute}")
}

/// Returns the sort key of a window item.
pub(super) fn window_sort(page: u16, shard: u8) -> String {
    format!("{page}#{shard}")
}

/// Returns the partition of the documents of a scope.
pub(super) fn document_partition(kind: DocumentKind, scope: &str) -> String {
    format!("{}#{scope}", kind.letter())
}

pub(super) fn string(text: impl Into<String>) -> AttributeValue {
    AttributeValue::S(text.into())
}

fn number(n: u64) -> AttributeValue {
    AttributeValue::N(n.to_string())
}

/// A conditional write, in DynamoDB's expression syntax.
#[derive(Debug, Default)]
pub(super) struct Expression {
    pub(super) text: String,
    pub(super) condition: &'static str,
    pub(super) names: HashMap<String, String>,
    pub(super) values: Attributes,
}

impl Expression {
    /// Returns the addition of a part to its item, on condition that the item has not taken the part's batch.
    pub(super) fn merge(part: &Part, token: WriteToken) -> Self {
        let key = Blob::new(part.batch.0);
        let mut this = Self {
            text: format!("SET {} = :x, {TOKEN} = :w ADD {BATCHES} :y", table::EXPIRY),
            condition: "NOT contains(y, :k)",
            ..Self::default()
        };
        this.value(":x", AttributeValue::N(table::expiry(table::WINDOW_KEPT)));
        this.value(":w", token.value());
        this.value(":y", AttributeValue::Bs(vec![key.clone()]));
        this.value(":k", AttributeValue::B(key));
        for (slot, sums) in &part.sums {
            if let Some(number) = slot.message_number() {
                let [high, low] = short(number);
                this.add(format_args!("{MESSAGES}{high}{low}"), sums.count);
                continue;
            }
            let letter = letter(*slot);
            // The count is written even at 0: it shows that the item holds the slot.
            this.add(format_args!("{letter}"), sums.count);
            if sums.errors > 0 {
                this.add(format_args!("{letter}e"), sums.errors);
            }
            if sums.client_errors > 0 {
                this.add(format_args!("{letter}c"), sums.client_errors);
            }
            for (bucket, n) in sums.latency.buckets() {
                let [high, low] = bucket_name(bucket);
                this.add(format_args!("{letter}{high}{low}"), n);
            }
            for (cause, n) in &sums.causes {
                let name = format!("#{}", this.names.len());
                this.add(format_args!("{name}"), *n);
                this.names.insert(name, format!("{letter}k{cause}"));
            }
        }
        this
    }

    fn value(&mut self, name: &str, value: AttributeValue) {
        self.values.insert(name.into(), value);
    }

    /// Appends `, attribute :n`. Equal numbers share a value, named by the number itself, and the text stays short.
    fn add(&mut self, attribute: std::fmt::Arguments<'_>, n: u64) {
        write!(self.text, ",{attribute} :{n}").expect("a string takes all");
        self.values
            .entry(format!(":{n}"))
            .or_insert_with(|| number(n));
    }
}

/// Returns the name of a bucket: its number to the base 36 in two places, of which the first is a digit.
///
/// One character less than in decimal, for each bucket of each item, is a sixth of what is paid for; and a name with a
/// digit there is no reserved word of DynamoDB (in base 16, `add` would be one).
fn bucket_name(bucket: Bucket) -> [char; 2] {
    short(bucket.number())
}

/// Returns a number below 360 to the base 36 in two places.
fn short(number: u16) -> [char; 2] {
    let number = u32::from(number);
    [number / 36, number % 36].map(|place| char::from_digit(place, 36).expect("is below 36"))
}

/// Reads the name of a bucket; `None` if it is none.
fn bucket_number(name: &str) -> Option<u16> {
    let mut places = name.chars();
    let (high, low) = (places.next()?.to_digit(10)?, places.next()?.to_digit(36)?);
    let number = u16::try_from(high * 36 + low).ok()?;
    places.next().is_none().then_some(number)
}

/// Returns the letter of a slot within its page.
fn letter(slot: Slot) -> char {
    char::from(b'a' + (slot.0 % SLOTS_PER_PAGE) as u8)
}

/// Why an item cannot be read.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum ItemError {
    #[error("attribute {0} is missing or of another type")]
    Attribute(String),
    #[error("sort key is not a page and a shard")]
    SortKey,
    #[error("bucket {0} does not exist")]
    Bucket(u16),
}

/// Returns the page that a window item's sort key names.
pub(super) fn page(item: &Attributes) -> Result<u16, ItemError> {
    let (page, _) = text(item, table::SORT_KEY)?
        .split_once('#')
        .ok_or(ItemError::SortKey)?;
    let page = page.parse().ok();
    page.filter(|page| *page < u16::MAX / SLOTS_PER_PAGE)
        .ok_or(ItemError::SortKey)
}

/// Returns the sums that a window item of this page holds.
pub(super) fn sums(page: u16, item: &Attributes) -> Result<Window, ItemError> {
    let mut window = Window::new();
    for name in item.keys() {
        let mut rest = name.chars();
        if let Some(number) = name.strip_prefix(MESSAGES).and_then(bucket_number)
            && page == 0
        {
            let sums: &mut Sums = window.entry(Slot::message(number)).or_default();
            sums.count = count(item, name)?;
            continue;
        }
        let Some(at) = rest.next().and_then(place) else {
            continue;
        };
        let rest = rest.as_str();
        let slot = Slot(page * SLOTS_PER_PAGE + at);
        let known = rest.is_empty() || rest == "e" || rest == "c" || rest.starts_with('k');
        let bucket = bucket_number(rest);
        if !known && bucket.is_none() {
            continue;
        }
        let n = count(item, name)?;
        let sums: &mut Sums = window.entry(slot).or_default();
        match (rest, bucket) {
            (_, Some(number)) => {
                let bucket = Bucket::new(number).ok_or(ItemError::Bucket(number))?;
                sums.latency.add_count(bucket, n);
            }
            ("", _) => sums.count = n,
            ("e", _) => sums.errors = n,
            ("c", _) => sums.client_errors = n,
            (cause, _) => sums.add_cause(&cause[1..], n),
        }
    }
    Ok(window)
}

/// Returns the index of a letter within a page; `None` if it is no slot's letter.
fn place(letter: char) -> Option<u16> {
    let at = u32::from(letter).checked_sub(u32::from('a'))?;
    u16::try_from(at).ok().filter(|at| *at < SLOTS_PER_PAGE)
}

fn text<'a>(item: &'a Attributes, name: &str) -> Result<&'a str, ItemError> {
    let found = item.get(name).and_then(|value| value.as_s().ok());
    found
        .map(String::as_str)
        .ok_or_else(|| ItemError::Attribute(name.into()))
}

/// Returns a whole number. DynamoDB can add beyond 64 bits; a larger number is read as the largest
/// of 64 bits.
fn count(item: &Attributes, name: &str) -> Result<u64, ItemError> {
    let wrong = || ItemError::Attribute(shown(name));
    let digits = item.get(name).and_then(|value| value.as_n().ok());
    let digits = digits.ok_or_else(wrong)?;
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(wrong());
    }
    Ok(digits.parse().unwrap_or(u64::MAX))
}

/// Returns the name of an attribute without the part of it that comes from a log line.
fn shown(name: &str) -> String {
    name.chars().take(2).collect()
}

/// Returns the item of a document as it is written.
pub(super) fn document(
    kind: DocumentKind,
    scope: &str,
    document: &Document,
    token: WriteToken,
) -> Attributes {
    let mut item = Attributes::from([
        (
            table::PARTITION_KEY.into(),
            string(document_partition(kind, scope)),
        ),
        (table::SORT_KEY.into(), string(&*document.id)),
        (VERSION.into(), number(document.version)),
        (BODY.into(), string(&*document.body)),
        (TOKEN.into(), token.value()),
    ]);
    if let Some(kept) = table::document_kept(kind) {
        let expiry = AttributeValue::N(table::expiry(kept));
        item.insert(table::EXPIRY.into(), expiry);
    }
    item
}

/// Returns the condition under which a document may replace version `expected`.
pub(super) fn replaces(expected: u64) -> Expression {
    if expected == 0 {
        return Expression {
            condition: "attribute_not_exists(PK)",
            ..Expression::default()
        };
    }
    Expression {
        condition: "v = :v",
        values: Attributes::from([(":v".into(), number(expected))]),
        ..Expression::default()
    }
}

/// Reads the item of a document.
pub(super) fn read_document(item: &Attributes) -> Result<Document, ItemError> {
    Ok(Document {
        id: text(item, table::SORT_KEY)?.into(),
        version: count(item, VERSION)?,
        body: text(item, BODY)?.into(),
    })
}

#[cfg(test)]
mod tests;
