//! The reader against `serde_json`, and against texts that nobody meant well.

use super::*;
use proptest::prelude::*;
use serde_json::Value as Tree;

/// Collects members as `outer.inner.key = value` for comparison with a tree.
#[derive(Default)]
struct Flat {
    scopes: Vec<String>,
    members: Vec<(String, String)>,
}

impl<'a> Visit<'a> for Flat {
    type Scope = usize;

    fn begin(&mut self) -> usize {
        self.scopes = vec![String::new()];
        self.members.clear();
        0
    }

    fn member(&mut self, scope: usize, key: &Str<'a>, value: Value<'a>) {
        let value = match value {
            Value::Str(s) => format!("s{}", s.text()),
            Value::Number(n) => format!("n{}", String::from_utf8_lossy(n)),
            Value::Word(w) => format!("w{}", String::from_utf8_lossy(w)),
        };
        let name = format!("{}{}", self.scopes[scope], key.text());
        self.members.push((name, value));
    }

    fn enters(&mut self, scope: usize, key: &Str<'a>, _: Held) -> Option<usize> {
        self.scopes
            .push(format!("{}{}.", self.scopes[scope], key.text()));
        Some(self.scopes.len() - 1)
    }

    fn end(&mut self) {}
}

fn flat_tree(tree: &Tree) -> Vec<(String, String)> {
    fn walk(around: &str, name: &str, value: &Tree, depth: u32, out: &mut Vec<(String, String)>) {
        let value = match value {
            Tree::Object(members) if depth <= MAX_ENTERED => {
                let around = format!("{around}{name}.");
                for (key, value) in members {
                    walk(&around, key, value, depth + 1, out);
                }
                return;
            }
            Tree::Array(values) if depth <= MAX_ENTERED => {
                for value in values {
                    match value {
                        Tree::Array(_) => {}
                        value => walk(around, name, value, depth, out),
                    }
                }
                return;
            }
            Tree::Object(_) | Tree::Array(_) => return,
            Tree::String(s) => format!("s{s}"),
            Tree::Number(n) => format!("n{n}"),
            Tree::Bool(_) | Tree::Null => format!("w{value}"),
        };
        out.push((format!("{around}{name}"), value));
    }
    let mut out = Vec::new();
    for (key, value) in tree.as_object().expect("object") {
        walk("", key, value, 1, &mut out);
    }
    out
}

fn tree() -> impl Strategy<Value = Tree> {
    let text = prop_oneof!["[a-z/{}]{0,9}", "\\PC{0,9}", "[\\\\\"\n\t\u{1}é😀u]{0,6}"];
    let leaf = prop_oneof![
        text.clone().prop_map(Tree::from),
        any::<i32>().prop_map(Tree::from),
        any::<bool>().prop_map(Tree::from),
        Just(Tree::Null),
    ];
    let deeper = leaf.prop_recursive(3, 24, 5, move |inner| {
        let key = prop_oneof!["[a-z]{1,5}", "[\\\\\"é]{1,2}"];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Tree::from),
            prop::collection::hash_map(key, inner, 0..5)
                .prop_map(|m| m.into_iter().collect::<Tree>()),
        ]
    });
    prop::collection::hash_map("[a-z]{1,4}", deeper, 0..5).prop_map(|m| m.into_iter().collect())
}

proptest! {
    #[test]
    fn reads_what_serde_json_reads_plain_and_nested(tree in tree(), pretty: bool) {
        let line = if pretty { format!("{tree:#}") } else { tree.to_string() };
        let expected = flat_tree(&tree);
        let mut plain = Flat::default();
        Str::bare(line.as_bytes()).read_object(&mut plain).expect("valid JSON");
        prop_assert_eq!(&plain.members, &expected);

        let outer = Tree::from(line.as_str()).to_string();
        let message = Cursor::<false>::new(outer.as_bytes()).long_string().expect("a string");
        prop_assert_eq!(message, Cursor::<false>::new(outer.as_bytes()).string().expect("a string"));
        prop_assert_eq!(message.text(), line.as_str());
        let mut nested = Flat::default();
        match message.read_object(&mut nested) {
            Ok(()) => prop_assert_eq!(&nested.members, &expected),
            // Raw control characters come as \u escapes; such a line is read from its text instead.
            Err(_) => prop_assert!(outer.contains("\\u")),
        }
        let mut cursor = Cursor::<false>::new(outer.as_bytes());
        match cursor.string_of_object(&mut nested) {
            Some(read) => {
                prop_assert_eq!(read, message);
                prop_assert_eq!(&nested.members, &expected);
                prop_assert!(cursor.ends());
            }
            None => prop_assert!(outer.contains("\\u")),
        }
    }

    #[test]
    fn any_bytes_end_without_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        for form in [Form::Bare, Form::Escaped, Form::Nested] {
            let text = Str { raw: &bytes, form };
            let _ = text.text();
            let _ = text.read_object(&mut Flat::default());
        }
        let _ = Cursor::<false>::new(&bytes).skip();
        let _ = Cursor::<false>::new(&bytes).long_string();
        let quoted = [b"\"{", &*bytes].concat();
        let _ = Cursor::<false>::new(&quoted).string_of_object(&mut Flat::default());
    }
}

#[test]
fn what_is_broken_is_said_where() {
    for (text, at) in [
        ("", 0),
        ("[]", 0),
        ("{\"a\":}", 5),
        ("{\"a\":1,}", 7),
        ("{\"a\":1 \"b\":2}", 7),
        ("{\"a\":1} x", 8),
        ("{\"a\":\"open", 6),
        ("{not json: 12}", 1),
    ] {
        let broken = Str::bare(text.as_bytes()).read_object(&mut Flat::default());
        assert_eq!(broken, Err(Broken { at }), "{text}");
    }
}

#[test]
fn a_string_that_breaks_off_does_not_run_into_the_next() {
    let two = r#""{\"a\":\"x","b":"\",\"c\":1}""#;
    let mut cursor = Cursor::<false>::new(two.as_bytes());
    assert_eq!(cursor.string_of_object(&mut Flat::default()), None);
    let first = cursor.long_string().expect("nothing was read of it");
    assert_eq!(first.text(), r#"{"a":"x"#);
}

#[test]
fn nesting_without_end_is_broken_not_a_crash() {
    let deep = format!("{{\"a\":{}", "[".repeat(1_000_000));
    assert!(
        Str::bare(deep.as_bytes())
            .read_object(&mut Flat::default())
            .is_err()
    );
}
