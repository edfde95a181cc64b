//! Lines that are JSON: every string and number is masked where it stands, and the line stays JSON.

use super::keys::{self, Rule};
use super::{DEPTH, Mask, Rewrite, text};
use crate::json::Cursor;

/// Keys whose value names what stands under one of [`VALUES`] beside it: `{"name":"password","value":"…"}`.
const NAMES: [&str; 5] = ["name", "key", "header", "field", "parameter"];
const VALUES: [&str; 3] = ["value", "val", "values"];

/// An object or an array that was entered.
#[derive(Debug, Default)]
struct Frame {
    is_object: bool,
    expects_key: bool,
    /// What applies to everything in it, because of the key it stands under.
    rule: Option<Rule>,
    /// What applies to the member that was begun.
    member: Option<Rule>,
    /// Whether that member's value is the name of another's.
    is_name: bool,
    /// What applies to the member that holds the named value.
    named: Option<Rule>,
}

/// Masks a text that is JSON. `depth` is how deep strings are still looked into as JSON.
pub(super) fn mask(text: &str, depth: u32, mask: &Mask) -> String {
    let bytes = text.as_bytes();
    let mut made = Rewrite::new(text);
    let mut stack: Vec<Frame> = Vec::new();
    let mut top = Frame::default();
    let mut at = 0;
    while let Some(byte) = bytes.get(at).copied() {
        match byte {
            b'{' | b'[' => {
                let rule = top.rule.or(top.member);
                let inner = Frame {
                    is_object: byte == b'{',
                    expects_key: byte == b'{',
                    rule,
                    ..Frame::default()
                };
                stack.push(std::mem::replace(&mut top, inner));
                at += 1;
            }
            b'}' | b']' => {
                top = stack.pop().unwrap_or_default();
                at += 1;
            }
            b',' => {
                top.expects_key = top.is_object;
                if top.is_object {
                    (top.member, top.is_name) = (None, false);
                }
                at += 1;
            }
            b'"' => {
                let mut cursor = Cursor::<false>::new(bytes);
                cursor.go_to(at);
                let Ok(string) = cursor.string() else { break };
                let known = string.text();
                let masked = if std::mem::take(&mut top.expects_key) {
                    top.begin_member(&known);
                    mask.line(&known, 0)
                } else {
                    let masked = top.value(&known, depth, mask);
                    top.list_header(&known);
                    masked
                };
                if masked != *known {
                    made.replace(at, cursor.at(), quoted(&masked).as_bytes());
                }
                at = cursor.at();
            }
            b'-' | b'0'..=b'9' => {
                let part = |byte: &&u8| byte.is_ascii_alphanumeric() || b"+-.".contains(byte);
                let end = at + bytes[at..].iter().take_while(part).count();
                let number = text.get(at..end).unwrap_or_default();
                // A shorter number is no card, and only its key could make it a secret.
                if number.len() >= 11 || top.applies() {
                    let masked = top.value(number, 0, mask);
                    if masked != number {
                        made.replace(at, end, quoted(&masked).as_bytes());
                    }
                }
                at = end;
            }
            _ => at += 1,
        }
    }
    made.finish()
}

impl Frame {
    fn begin_member(&mut self, key: &str) {
        let known = |names: &[&str]| names.iter().any(|name| name.eq_ignore_ascii_case(key));
        self.is_name = known(&NAMES);
        self.member = keys::rule(key.as_bytes());
        if known(&VALUES) {
            self.member = self.member.or(self.named);
        }
    }

    /// Remembers the item of an array that names a header, as the next item is its value: `["X-Api-Key","…"]`.
    fn list_header(&mut self, item: &str) {
        if !self.is_object {
            self.member = keys::header_rule(item.as_bytes());
        }
    }

    /// Returns whether the key that a value stands under says something of it.
    fn applies(&self) -> bool {
        self.rule.or(self.member).is_some()
    }

    /// Returns a string's or a number's text, masked by the key it stands under or by what it is.
    fn value(&mut self, value: &str, depth: u32, mask: &Mask) -> String {
        if std::mem::take(&mut self.is_name) {
            self.named = keys::rule(value.as_bytes());
        }
        let rule = self.rule.or(self.member);
        if rule.is_some_and(|rule| rule.keeps(value.as_bytes())) {
            return value.to_owned();
        }
        match rule.and_then(|rule| rule.kind_of(value.as_bytes(), mask)) {
            Some(kind) => mask.word(kind, value.as_bytes()),
            None if depth > 0 => mask.line(value, depth.min(DEPTH)),
            None => text::mask(value, mask),
        }
    }
}

/// Returns the text as a JSON string.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
