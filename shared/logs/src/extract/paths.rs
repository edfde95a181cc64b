//! Fields by the keys that lead to them, in JSON and in `key=value` lines.

use memchr::memmem;

use super::Text;
use super::field::{FieldRule, KnownField};
use super::given::FieldSet;
use super::meaning::{give, unit_of};
use crate::json::{Cursor, Held, Str, Value, Visit};
use crate::record::Fields;
use crate::record::names::{self, Field, Unit};

/// There are as many paths as fields at most.
const MOST: usize = KnownField::ALL.len();

/// The paths of a service, at most one for each field.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Paths(Vec<FieldPath>);

#[derive(Debug, Clone, PartialEq)]
struct FieldPath {
    field: KnownField,
    path: Box<str>,
    unit: Unit,
}

impl Paths {
    pub(super) fn new<'f>(
        fields: impl IntoIterator<Item = (&'f KnownField, &'f FieldRule)>,
    ) -> Self {
        let path = |(field, rule): (&KnownField, &FieldRule)| FieldPath {
            field: *field,
            path: rule.path.as_str().into(),
            unit: rule.unit.map_or_else(|| implied_unit(&rule.path), unit_of),
        };
        Self(fields.into_iter().map(path).take(MOST).collect())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn path_of(&self, field: KnownField) -> Option<&str> {
        let path = self.0.iter().find(|path| path.field == field)?;
        Some(&path.path)
    }

    /// Sets the fields that the line has under their paths.
    pub(super) fn read<'a>(
        &self,
        line: Str<'a>,
        text: &mut Text<'a>,
        fields: &mut Fields<'a>,
    ) -> FieldSet {
        let mut found = [None; MOST];
        if line.begins_object() {
            let paths = &self.0;
            let mut visit = InJson { paths, found };
            if line.read_object(&mut visit).is_err() {
                // A line with an odd escape cannot be read in place, but its text can.
                let plain = Str::bare(text.whole());
                if plain.read_object(&mut visit).is_err() {
                    return FieldSet::default();
                }
            }
            found = visit.found;
        } else {
            for (path, found) in self.0.iter().zip(&mut found) {
                *found = pair(text.get(), path.path.as_bytes()).map(Value::Str);
            }
        }
        let mut given = FieldSet::default();
        for (path, value) in self.0.iter().zip(found) {
            if let Some(value) = value
                && give(fields, path.field, path.unit, value)
            {
                given.add(path.field);
            }
        }
        given
    }
}

/// Returns the unit that the last key of a path implies, as in `elapsed_us`.
fn implied_unit(path: &str) -> Unit {
    let key = path.rsplit('.').next().unwrap_or(path);
    match names::field(key.as_bytes()) {
        Some(Field::Latency(unit)) => unit,
        _ => Unit::Unsaid,
    }
}

/// How many bytes of each path led to an object, if they did. A path is shorter than 2^16.
#[derive(Clone, Copy)]
struct Live([Option<u16>; MOST]);

impl Live {
    fn all(paths: &[FieldPath]) -> Self {
        let mut live = [None; MOST];
        live.iter_mut()
            .take(paths.len())
            .for_each(|at| *at = Some(0));
        Self(live)
    }

    /// Returns what of a path is left to go in this object.
    fn rest<'p>(&self, at: usize, path: &'p FieldPath) -> Option<&'p [u8]> {
        path.path.as_bytes().get(usize::from(self.0[at]?)..)
    }
}

struct InJson<'p, 'a> {
    paths: &'p [FieldPath],
    found: [Option<Value<'a>>; MOST],
}

impl<'a> Visit<'a> for InJson<'_, 'a> {
    type Scope = Live;

    fn begin(&mut self) -> Live {
        self.found = [None; MOST];
        Live::all(self.paths)
    }

    fn member(&mut self, scope: Live, key: &Str<'a>, value: Value<'a>) {
        let Some(key) = key.plain() else { return };
        for (at, path) in self.paths.iter().enumerate() {
            if scope.rest(at, path) == Some(key) {
                self.found[at] = self.found[at].or(Some(value));
            }
        }
    }

    /// A key may itself hold dots.
    fn enters(&mut self, scope: Live, key: &Str<'a>, held: Held) -> Option<Live> {
        let key = key.plain().filter(|_| held == Held::Members)?;
        let mut below = Live([None; MOST]);
        let mut wanted = false;
        for (at, path) in self.paths.iter().enumerate() {
            let rest = scope.rest(at, path);
            if let Some([b'.', rest @ ..]) = rest.and_then(|rest| rest.strip_prefix(key)) {
                below.0[at] = Some((path.path.len() - rest.len()) as u16);
                wanted = true;
            }
        }
        wanted.then_some(below)
    }

    fn end(&mut self) {}
}

/// Returns the value of the first `key=value` or `key="a value"` of a line.
fn pair<'a>(line: &'a [u8], key: &[u8]) -> Option<Str<'a>> {
    let begins = |at: usize| match at.checked_sub(1) {
        None => true,
        Some(before) => matches!(
            line[before],
            b' ' | b'\t' | b',' | b';' | b'[' | b'(' | b'{'
        ),
    };
    let after = |at: usize| line.get(at + key.len()..)?.strip_prefix(b"=");
    let value = memmem::find_iter(line, key).find_map(|at| after(at).filter(|_| begins(at)))?;
    if value.starts_with(b"\"") {
        return Cursor::<false>::new(value).string().ok();
    }
    let end = value.iter().position(u8::is_ascii_whitespace);
    let value = &value[..end.unwrap_or(value.len())];
    let value = value.strip_suffix(b",").unwrap_or(value);
    Some(Str::bare(value.strip_suffix(b";").unwrap_or(value)))
}
