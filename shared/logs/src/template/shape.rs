//! The shape of a skeleton: the words that make the message, and between them the places where values may stand.

use super::VARIABLE;
use super::skeleton::is_error_class;
use super::words;

/// What stands for a place in a key; a skeleton never holds it.
const PLACE: char = '\u{1}';

/// A skeleton, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shape {
    /// The skeleton with a mark in each place. Skeletons with the same key may belong to one log pattern.
    pub key: Box<str>,
    /// What stands in the places: a run of words that may be names, or `<*>`.
    pub values: Vec<Box<str>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Word {
    /// Belongs to the message.
    Anchor,
    /// May be a name.
    Candidate,
    /// A masked value.
    Variable,
    /// Joins two names to a list.
    And,
}

impl Shape {
    /// Takes a skeleton apart. One with too few words that surely belong to the message is its own key, with no place.
    pub fn of(skeleton: &str) -> Self {
        let words: Vec<(&str, Word)> = skeleton
            .split(' ')
            .enumerate()
            .map(|(n, word)| (word, class(n, word)))
            .collect();
        let mut shape = Self {
            key: Box::default(),
            values: Vec::new(),
        };
        let mut key = String::with_capacity(skeleton.len());
        let (mut anchors, mut names) = (0, 0);
        let mut at = 0;
        while at < words.len() {
            if !key.is_empty() {
                key.push(' ');
            }
            let (word, class) = words[at];
            let listed = listed(&words, at);
            if listed == 0 && matches!(class, Word::Anchor | Word::And) {
                anchors += usize::from(class == Word::Anchor);
                key.push_str(word);
                at += 1;
                continue;
            }
            let end = at + run(&words[at..], listed);
            let first = offset(skeleton, word);
            let last = words[end - 1].0;
            let value = &skeleton[first..offset(skeleton, last) + last.len()];
            let bare = value.trim_end_matches([',', ':']);
            key.push(PLACE);
            key.push_str(&value[bare.len()..]);
            let named = words[at..end]
                .iter()
                .any(|(_, class)| *class == Word::Candidate);
            names += usize::from(named);
            shape.values.push(bare.into());
            at = end;
        }
        if anchors < 2 || names > anchors {
            return Self {
                key: skeleton.into(),
                values: Vec::new(),
            };
        }
        shape.key = key.into();
        shape
    }

    /// Returns the skeleton with `<*>` in those places that `is_variable` says, and with what stood in the others.
    pub fn fill(&self, is_variable: impl Fn(usize) -> bool) -> String {
        let mut out = String::with_capacity(self.key.len() + 16);
        let mut pieces = self.key.split(PLACE);
        out.push_str(pieces.next().unwrap_or_default());
        for (n, (piece, value)) in pieces.zip(&self.values).enumerate() {
            out.push_str(if is_variable(n) { VARIABLE } else { value });
            out.push_str(piece);
        }
        out
    }
}

/// Returns how many words from `at` on are items of a list before its first name or masked value: words with a comma,
/// the first of them behind a colon or another comma.
fn listed(words: &[(&str, Word)], at: usize) -> usize {
    let led = at > 0 && words[at - 1].0.ends_with([',', ':']);
    let is_item = |(word, class): &&(&str, Word)| *class == Word::Anchor && word.ends_with(',');
    let items = words[at..].iter().take_while(is_item).count();
    match words.get(at + items) {
        Some((_, Word::Candidate | Word::Variable)) if led => items,
        _ => 0,
    }
}

/// Returns how many words from the first on are values or may be; so many are known to be.
fn run(words: &[(&str, Word)], known: usize) -> usize {
    let mut length = known;
    let mut items = known;
    while let Some((word, class)) = words.get(length) {
        let next = words.get(length + 1).map(|(_, class)| *class);
        let behind = length > 0 && words[length - 1].0.ends_with(',');
        match class {
            Word::Candidate | Word::Variable => length += 1,
            Word::And if matches!(next, Some(Word::Candidate | Word::Variable)) => length += 1,
            Word::And if listed(words, length + 1) > 0 => length += 1,
            // Behind names in a list, a word of the language of logs is an item of it too.
            Word::Anchor if behind && word.ends_with(',') => length += 1,
            Word::Anchor if behind && items > 1 && next.is_none() => length += 1,
            _ => break,
        }
        items += usize::from(word.ends_with(','));
        if word.ends_with(':') {
            break;
        }
    }
    length
}

fn class(n: usize, word: &str) -> Word {
    let bare = word.trim_end_matches([',', ':']);
    if bare == VARIABLE {
        Word::Variable
    } else if bare == "and" || bare == "or" {
        Word::And
    } else if n == 0
        || bare.ends_with('>')
        || is_error_class(bare)
        || is_errno(bare)
        || (!is_capital(bare) && words::is_known(bare))
    {
        // The first word says what it is about: that of a person is seldom the first.
        Word::Anchor
    } else {
        Word::Candidate
    }
}

/// Returns whether a word is all capitals: a code of something more often than a word.
fn is_capital(word: &str) -> bool {
    word.len() > 1 && word.bytes().all(|b| b.is_ascii_uppercase())
}

/// Returns whether a word is the name of an error of the operating system, such as `ECONNREFUSED`.
fn is_errno(word: &str) -> bool {
    word.len() > 4
        && word.starts_with('E')
        && word.bytes().all(|b| b.is_ascii_uppercase() || b == b'_')
}

/// Returns where a piece of a text stands in it.
fn offset(text: &str, piece: &str) -> usize {
    piece.as_ptr() as usize - text.as_ptr() as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_leave_a_place_and_words_stay() {
        for (skeleton, key, values) in [
            (
                "login failed for user alice",
                "login failed for user #",
                vec!["alice"],
            ),
            (
                "login failed for user <*>",
                "login failed for user #",
                vec!["<*>"],
            ),
            (
                "user Alice Smith, logged out",
                "user #, logged out",
                vec!["Alice Smith"],
            ),
            (
                "missing columns: foo, bar and baz, giving up",
                "missing columns: #, giving up",
                vec!["foo, bar and baz"],
            ),
            (
                "LoanWidget: cannot open quux",
                "LoanWidget: cannot open #",
                vec!["quux"],
            ),
            (
                "ReadTimeout: request to scoring failed",
                "ReadTimeout: request to # failed",
                vec!["scoring"],
            ),
            ("Foo bar baz", "Foo bar baz", vec![]),
            ("failed <*>", "failed <*>", vec![]),
            ("user=<*> not found", "user=<*> not found", vec![]),
            (
                "connect ECONNREFUSED <*>",
                "connect ECONNREFUSED #",
                vec!["<*>"],
            ),
            ("", "", vec![]),
        ] {
            let shape = Shape::of(skeleton);
            assert_eq!(shape.key.replace(PLACE, "#"), key, "{skeleton}");
            let found: Vec<&str> = shape.values.iter().map(|value| &**value).collect();
            assert_eq!(found, values, "{skeleton}");
        }
    }

    proptest! {
        #[test]
        fn what_is_filled_is_what_was_taken_apart(words in prop::collection::vec("(user|for|failed|and|[a-z]{3,6}|<\\*>)[,:]?", 0..9)) {
            let skeleton = words.join(" ");
            let shape = Shape::of(&skeleton);
            prop_assert_eq!(shape.fill(|_| false), skeleton.as_str());
            let masked = Shape::of(&shape.fill(|_| true));
            prop_assert_eq!(&masked.key, &shape.key, "{}", skeleton);
        }
    }
}
