//! Names of container images, which are no secrets: the `@` before a digest ends no user and password, and what stands
//! behind it is no host (`registry:5000/team/api:1.4.2@sha256:4bf9…`).

/// The algorithms that digests are made with.
const ALGORITHMS: [&[u8]; 3] = [b"sha256", b"sha384", b"sha512"];

/// Fewer hexadecimal digits than this could be the port of a host. Digests are shortened for people, or cut with the line.
const LEAST_DIGITS: usize = 6;

/// Hexadecimal digits of the shortest digest that is whole.
const WHOLE_DIGITS: usize = 64;

/// The longest tag that a registry takes.
const LONGEST_TAG: usize = 128;

/// Returns where the digest ends that begins at `at`, whole or shortened: `sha256:4bf9…`, also with its mark escaped as
/// URLs have it.
pub(super) fn digest(text: &[u8], at: usize) -> Option<usize> {
    let rest = text.get(at..)?;
    let algorithm = ALGORITHMS.iter().find(|name| rest.starts_with(name))?;
    let rest = &rest[algorithm.len()..];
    let marks = [&b":"[..], b"%3A", b"%3a"];
    let mark = marks.into_iter().find(|mark| rest.starts_with(mark))?;
    let digits = &rest[mark.len()..];
    let count = { digits.iter() }
        .take_while(|byte| byte.is_ascii_hexdigit())
        .count();
    let goes_on = digits.get(count).is_some_and(u8::is_ascii_alphanumeric);
    let end = at + algorithm.len() + mark.len() + count;
    (count >= LEAST_DIGITS && !goes_on).then_some(end)
}

/// Returns whether a value is the tag of an image with its whole digest: `1.4.2@sha256:4bf9…`. What stands before it is
/// the image's name and no key, whatever it is called.
pub(super) fn is_tag_and_digest(value: &[u8]) -> bool {
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || b"._-".contains(byte);
    let tag = value.iter().take_while(|byte| is_part(byte)).count();
    let from = tag + 1;
    (1..=LONGEST_TAG).contains(&tag)
        && value.get(tag) == Some(&b'@')
        && digest(value, from) == Some(value.len())
        && value.len() - from > WHOLE_DIGITS
}
