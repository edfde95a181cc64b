//! Route templates: `/loan/4821/status` and `/loan/4822/status` are one route, `/loan/{id}/status`.

use std::borrow::Cow;

use crate::mask;

/// What a name that is empty or nothing but blanks becomes, and whatever has no room under a cap.
pub const OTHER: &str = "other";

/// The longest name of a service, route, dependency or cause that is kept, in bytes; longer ones are cut.
pub const MAX_NAME_BYTES: usize = 200;

/// Segments of a path that a template keeps; deeper paths end in `{rest}`.
const MAX_SEGMENTS: usize = 8;

/// Returns the template of a path as it was asked for: host, query and fragment cut off, each segment that looks like
/// an id replaced by `{id}`.
#[must_use]
pub fn template(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    let path = path_of(path);
    for (n, segment) in path
        .split('/')
        .filter(|segment| !segment.is_empty())
        .enumerate()
    {
        out.push('/');
        if n == MAX_SEGMENTS {
            out.push_str("{rest}");
            break;
        }
        let hidden = is_id(segment) || (!is_word(segment) && *mask::name(segment) != *segment);
        out.push_str(if hidden { "{id}" } else { segment });
    }
    if out.is_empty() {
        out.push('/');
    }
    // A path of plain words needs no masking, unless it may be one long secret with slashes in it.
    let long = out.len() >= 40 && out.bytes().any(|byte| byte.is_ascii_uppercase());
    let words = out.split('/').all(is_word) && !long;
    if words { fitting(&out) } else { name(&out) }.into_owned()
}

/// Returns whether a segment is too short and too plain to hold anything that must be masked.
fn is_word(segment: &str) -> bool {
    const LONGEST: usize = 16;
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.{}".contains(&byte);
    segment.len() <= LONGEST && segment.bytes().all(is_part)
}

/// Returns the path of what was asked for: a URL's host, the query and the fragment are cut off.
#[must_use]
pub fn path_of(asked: &str) -> &str {
    let path = match asked.split_once("://") {
        Some((scheme, rest)) if scheme.bytes().all(|byte| byte.is_ascii_alphabetic()) => {
            rest.find('/').map_or("/", |at| &rest[at..])
        }
        _ => asked,
    };
    path.split(['?', '#']).next().unwrap_or_default()
}

/// Returns the template of a route that a framework wrote: `/loan/:id` and `/loan/<int:id>` become `/loan/{id}`.
#[must_use]
pub fn of_framework(route: &str) -> Cow<'_, str> {
    if !route.contains([':', '<']) {
        return name(route);
    }
    let placeholder = |segment: &str| {
        let named = segment.strip_prefix(':').or_else(|| {
            let inner = segment.strip_prefix('<')?.strip_suffix('>')?;
            Some(inner.rsplit(':').next().unwrap_or(inner))
        });
        named.map_or_else(|| segment.to_owned(), |named| format!("{{{named}}}"))
    };
    let segments: Vec<String> = route.split('/').map(placeholder).collect();
    Cow::Owned(name(&segments.join("/")).into_owned())
}

/// Returns whether a configured template matches a path: segment by segment, `{…}` matching any one.
#[must_use]
pub fn matches(template: &str, path: &str) -> bool {
    let mut path = path_of(path)
        .split('/')
        .filter(|segment| !segment.is_empty());
    let mut template = template.split('/').filter(|segment| !segment.is_empty());
    loop {
        match (template.next(), path.next()) {
            (None, None) => return true,
            (Some(pattern), Some(segment)) if pattern == segment || pattern.starts_with('{') => {}
            _ => return false,
        }
    }
}

/// Returns whether two templates match the same paths. `{rest}`, which stands for several segments, is like itself only.
#[must_use]
pub fn is_same(a: &str, b: &str) -> bool {
    let segments = |template| str::split(template, '/').filter(|segment| !segment.is_empty());
    let is_one = |segment: &str| segment.starts_with('{') && segment != "{rest}";
    let alike = |(a, b): (&str, &str)| a == b || (is_one(a) && is_one(b));
    segments(a).count() == segments(b).count() && segments(a).zip(segments(b)).all(alike)
}

/// Returns what a template matches, whatever its placeholders are called: `/loan/{id}` and `/loan/{loan}/` are one route.
#[must_use]
pub fn shape(template: &str) -> String {
    let mut shape = String::with_capacity(template.len());
    for segment in template.split('/').filter(|segment| !segment.is_empty()) {
        shape.push('/');
        shape.push_str(if segment.starts_with('{') {
            "{}"
        } else {
            segment
        });
    }
    shape
}

/// Returns a name that may stand in a metric's dimension: masked, printable ASCII, not empty, of bounded length.
#[must_use]
pub fn name(text: &str) -> Cow<'_, str> {
    let mut known = match mask::name(text) {
        Cow::Borrowed(plain) => {
            let fit = fitting(plain);
            if *fit == *text {
                return fit;
            }
            fit
        }
        Cow::Owned(masked) => Cow::Owned(fitting(&masked).into_owned()),
    };
    // After a cut or a replacement, the name may have the shape of another value that must be masked.
    for _ in 0..3 {
        let again = fitting(&mask::name(&known)).into_owned();
        if again == known {
            return known;
        }
        known = Cow::Owned(again);
    }
    Cow::Borrowed(OTHER)
}

/// Returns the text as far as it may stand in a dimension.
fn fitting(text: &str) -> Cow<'_, str> {
    let fits = |byte: u8| (b' '..=b'~').contains(&byte);
    let is_clean = text.len() <= MAX_NAME_BYTES && text.bytes().all(fits);
    let blank = text.bytes().all(|byte| byte == b' ');
    if is_clean && !blank && !text.starts_with([':', ' ']) && !text.ends_with(' ') {
        return Cow::Borrowed(text);
    }
    let kept = text.chars().map(|c| {
        if c.is_ascii() && fits(c as u8) {
            c
        } else {
            '_'
        }
    });
    let cut: String = kept.take(MAX_NAME_BYTES).collect();
    match cut.trim_end().trim_start_matches([' ', ':']) {
        "" => Cow::Borrowed(OTHER),
        clean => Cow::Owned(clean.to_owned()),
    }
}

/// Returns whether a segment names one thing rather than a kind of thing.
fn is_id(segment: &str) -> bool {
    let (mut digits, mut hex, mut dashes, mut others) = (0, 0, 0, 0);
    for byte in segment.bytes() {
        match byte {
            b'0'..=b'9' => digits += 1,
            b'a'..=b'f' | b'A'..=b'F' => hex += 1,
            b'-' | b'_' | b'.' | b'~' => dashes += 1,
            b'@' | b'%' | b'=' => return true,
            _ => others += 1,
        }
    }
    let letters = hex + others;
    match (digits, letters) {
        (0, letters) => letters > 40,
        // A number, a date, a version of four numbers.
        (_, 0) => true,
        // `v1` and `oauth2` are kinds; `v1234` and `LN-00012` are not.
        (1..=2, _) if letters + dashes >= digits && letters < 16 => {
            others == 0 && digits + hex >= 8
        }
        _ => {
            digits >= 4 || digits >= letters || (others == 0 && digits + hex >= 8) || letters >= 16
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ids_become_templates_and_words_stay() {
        for (path, expected) in [
            ("/loan/4821/status", "/loan/{id}/status"),
            ("/loan/7f1d3a90-1b2c-4d5e-8f90-0123456789ab", "/loan/{id}"),
            (
                "/loan/0303e35f6fda43eab3d5/documents?page=2&size=20",
                "/loan/{id}/documents",
            ),
            ("https://api.example.com/v1/loan/apply#x", "/v1/loan/apply"),
            ("/oauth2/token", "/oauth2/token"),
            ("/api/v2/users/ord_123456", "/api/v2/users/{id}"),
            ("/report/2026-11-21", "/report/{id}"),
            ("/customer/a@b.example", "/customer/{id}"),
            ("/loan//apply/", "/loan/apply"),
            ("/LN-00012/x", "/{id}/x"),
            ("", "/"),
            ("/a/b/c/d/e/f/g/h/i/j", "/a/b/c/d/e/f/g/h/{rest}"),
            ("/caf\u{e9}", "/caf_"),
            ("/credit-decision/facade", "/credit-decision/facade"),
            ("/pay/4111-1111-1111-1111/token:hunter2", "/pay/{id}/{id}"),
            ("/user/ana'@example.com/+34600111222", "/user/{id}/{id}"),
            ("/iban/ES9121000418450200051332", "/iban/{id}"),
            ("/go/a:b@db:5432", "/go/{id}"),
        ] {
            assert_eq!(template(path), expected, "{path}");
        }
    }

    #[test]
    fn routes_of_frameworks_are_told_alike() {
        for (route, expected) in [
            ("/loan/{id}", "/loan/{id}"),
            ("/loan/:id/status", "/loan/{id}/status"),
            ("/loan/<int:id>", "/loan/{id}"),
            ("  ", "other"),
            ("/user/ana@example.com", "/user/[email]"),
            ("/reset/:token", "/reset/{token}"),
            (":x", "{x}"),
        ] {
            assert_eq!(of_framework(route), expected, "{route}");
        }
    }

    #[test]
    fn configured_templates_match_whole_paths() {
        for (template, path, expected) in [
            ("/loan/{id}/status", "/loan/abc/status?x=1", true),
            ("/loan/{id}", "/loan/abc/status", false),
            ("/loan/apply", "/loan/apply/", true),
            ("/loan/apply", "/loan/other", false),
        ] {
            assert_eq!(matches(template, path), expected, "{template} {path}");
        }
    }

    #[test]
    fn placeholders_have_no_names_in_a_shape() {
        for (template, expected) in [
            ("/loan/{id}/status", "/loan/{}/status"),
            ("/loan/{loan}/status/", "/loan/{}/status"),
            ("/", ""),
        ] {
            assert_eq!(shape(template), expected, "{template}");
        }
    }

    proptest! {
        #[test]
        fn a_template_is_a_name_and_stays_as_it_is(path in "\\PC{0,400}") {
            let once = template(&path);
            prop_assert!(!once.is_empty() && once.len() <= MAX_NAME_BYTES);
            prop_assert!(once.bytes().all(|byte| (b' '..=b'~').contains(&byte)));
            prop_assert!(name(&once) == once);
        }
    }
}
