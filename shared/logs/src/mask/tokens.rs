//! Secrets of a known shape, wherever they stand: tokens of known issuers, keys of AWS, credentials of a scheme.

/// Beginnings of the tokens of well-known issuers, with how many characters must follow at least.
const PREFIXES: &[(&str, usize)] = &[
    ("eyJ", 17),
    ("ghp_", 20),
    ("gho_", 20),
    ("ghu_", 20),
    ("ghs_", 20),
    ("ghr_", 20),
    ("github_pat_", 20),
    ("glpat-", 16),
    ("xoxb-", 10),
    ("xoxp-", 10),
    ("xoxa-", 10),
    ("xoxs-", 10),
    ("xapp-", 10),
    ("sk_live_", 10),
    ("sk_test_", 10),
    ("rk_live_", 10),
    ("rk_test_", 10),
    ("whsec_", 16),
    ("sk-", 20),
    ("SG.", 20),
    ("AIza", 30),
    ("npm_", 30),
    ("pypi-", 30),
    ("dop_v1_", 30),
    ("hvs.", 20),
    ("shpat_", 20),
    ("shpss_", 20),
    ("sq0atp-", 16),
    ("sq0csp-", 16),
    ("ya29.", 20),
    ("hf_", 30),
    ("xoxe-", 10),
    ("xoxe.", 10),
    ("hooks.slack.com/services/", 16),
    ("FwoGZXIv", 40),
    ("IQoJb3Jp", 40),
];

/// Beginnings of the ids of AWS access keys; sixteen capitals and digits follow.
const AWS_IDS: [&[u8]; 6] = [b"AKIA", b"ASIA", b"AROA", b"AIDA", b"ABIA", b"ACCA"];

const fn is_token_part(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'~' | b'+' | b'/' | b'=')
}

/// Returns where the token ends that begins here, at the front of a run of letters and digits.
pub(super) fn token(text: &[u8], at: usize) -> Option<usize> {
    aws_id(text, at).or_else(|| prefixed(text, at))
}

fn prefixed(text: &[u8], at: usize) -> Option<usize> {
    let rest = text.get(at..)?;
    let starts = |(prefix, _): &&(&str, usize)| rest.starts_with(prefix.as_bytes());
    let (prefix, least) = PREFIXES.iter().find(starts)?;
    let end = token_end(text, at);
    let token = text.get(at + prefix.len()..end)?;
    // A name that only begins like a token is made of words.
    let odd = |byte: &u8| byte.is_ascii_digit() || byte.is_ascii_uppercase();
    (token.len() >= *least && token.iter().any(odd)).then_some(end)
}

/// Returns where a run of characters of tokens ends, the dots behind it left to the sentence.
fn token_end(text: &[u8], at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    let run = rest.iter().take_while(|byte| is_token_part(**byte)).count();
    let dots = rest[..run]
        .iter()
        .rev()
        .take_while(|byte| **byte == b'.')
        .count();
    at + run - dots
}

fn aws_id(text: &[u8], at: usize) -> Option<usize> {
    const LENGTH: usize = 20;
    let id = text.get(at..at + LENGTH)?;
    let is_part = |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    let ends = !text.get(at + LENGTH).is_some_and(u8::is_ascii_alphanumeric);
    let known = AWS_IDS.iter().any(|prefix| id.starts_with(prefix));
    (known && ends && id.iter().all(is_part)).then_some(at + LENGTH)
}

/// Returns whether a byte can stand in the secret half of an AWS access key.
pub(super) const fn is_aws_secret_part(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'+')
}

/// Returns where a text of the shape of an AWS secret ends that begins here: forty characters of base64 in which
/// capitals, small letters and digits are mixed. A commit's hash has no capitals, a path has more slashes, and a name
/// in camel case has a capital for every word only.
pub(super) fn aws_secret(text: &[u8], at: usize) -> Option<usize> {
    const LENGTH: usize = 40;
    let secret = text.get(at..at + LENGTH)?;
    // A segment of a path ends where the next one begins.
    let is_segment = at > 0 && text[at - 1] == b'/' && !secret.contains(&b'/');
    let ends = match text.get(at + LENGTH) {
        Some(b'/') => is_segment,
        Some(byte) => !is_aws_secret_part(*byte),
        None => true,
    };
    if !ends || !secret.iter().all(|byte| is_aws_secret_part(*byte)) {
        return None;
    }
    let count = |is: fn(&u8) -> bool| secret.iter().filter(|byte| is(byte)).count();
    let capitals = count(u8::is_ascii_uppercase);
    let small = count(u8::is_ascii_lowercase);
    let digits = count(u8::is_ascii_digit);
    let marks = LENGTH - capitals - small - digits;
    let mixed = capitals >= 3 && small >= 3 && (digits >= 1 || (capitals >= 10 && small >= 10));
    (mixed && (marks <= 2 || capitals + digits >= 10)).then_some(at + LENGTH)
}

/// Returns where the credentials begin and end that follow the word at `from..end`, if it is the name of a scheme.
pub(super) fn scheme(text: &[u8], from: usize, end: usize) -> Option<(usize, usize)> {
    let word = text.get(from..end)?;
    let bearer = word.len() >= 6 && word[word.len() - 6..].eq_ignore_ascii_case(b"bearer");
    let basic = word.len() >= 5 && word[word.len() - 5..].eq_ignore_ascii_case(b"basic");
    if !(bearer || basic) {
        return None;
    }
    let rest = text.get(end..)?;
    let gap = if rest.starts_with(b"%20") {
        3
    } else {
        rest.iter()
            .take(4)
            .take_while(|byte| matches!(byte, b' ' | b':' | b'=' | b'+'))
            .count()
    };
    let begin = end + gap;
    let to = token_end(text, begin);
    let token = text.get(begin..to)?;
    // A word of prose has no digit, and no capital but its first letter.
    let odd = token
        .iter()
        .skip(1)
        .any(|byte| !byte.is_ascii_lowercase() && *byte != b'-');
    (gap > 0 && token.len() >= 6 && (odd || token.len() >= 20)).then_some((begin, to))
}

/// Returns where a private key ends that begins here; the end of the text, if it is cut off.
pub(super) fn private_key(text: &[u8], at: usize) -> Option<usize> {
    const MARK: &[u8] = b"-----";
    let rest = text.get(at..)?;
    if !rest.starts_with(b"-----BEGIN ") {
        return None;
    }
    let head = rest.get(..64.min(rest.len()))?;
    memchr::memmem::find(head, b"PRIVATE KEY")?;
    let Some(foot) = memchr::memmem::find(rest, b"-----END ") else {
        return Some(text.len());
    };
    let after = foot + b"-----END ".len();
    let close = memchr::memmem::find(&rest[after..], MARK);
    Some(close.map_or(text.len(), |close| at + after + close + MARK.len()))
}
