//! Phone numbers told by their shape: with a plus and the country before them, or as they are written in North America.

use super::numbers::digits_at;

/// Returns where the phone number ends whose first digit stands here, behind a plus.
pub(super) fn international(text: &[u8], at: usize) -> Option<usize> {
    const LEAST: usize = 9;
    const MOST: usize = 15;
    if !matches!(text.get(at), Some(b'1'..=b'9')) {
        return None;
    }
    // In a query, spaces are pluses.
    let in_query = text.get(..at)?.ends_with(b"%2B");
    let (mut digits, mut end, mut read) = (0, at, at);
    loop {
        let group = digits_at(text, read, MOST + 1);
        if group == 0 || digits + group > MOST {
            break;
        }
        digits += group;
        read += group;
        end = read;
        let rest = text.get(read..).unwrap_or_default();
        let is_mark = |byte: &&u8| match byte {
            b' ' | b'-' | b'.' | b'(' | b')' => true,
            byte => in_query && **byte == b'+',
        };
        let marks = rest.iter().take(3).take_while(is_mark).count();
        let marks = if marks == 0 && rest.starts_with(b"%20") {
            3
        } else if marks == 3 {
            break;
        } else {
            marks
        };
        if marks == 0 {
            break;
        }
        read += marks;
    }
    // In base64 a plus stands before digits, too.
    let ends = match text.get(end) {
        Some(b'/' | b'+' | b'=') => in_query,
        Some(byte) => !byte.is_ascii_alphanumeric(),
        None => true,
    };
    (ends && digits >= LEAST).then_some(end)
}

/// Returns where the North American number ends that begins here: `(415) 555-2671`, `415-555-2671`, `1-415-555-2671`.
pub(super) fn north_american(text: &[u8], at: usize) -> Option<usize> {
    let before = at.checked_sub(1).map(|before| text[before]);
    if before.is_some_and(|byte| byte.is_ascii_alphanumeric() || b"-.+/_".contains(&byte)) {
        return None;
    }
    let is_area = |at: usize| digits_at(text, at, 4) == 3 && text[at] >= b'2';
    let at = match text.get(at..)? {
        [b'1', b'-' | b'.' | b' ', ..] => at + 2,
        _ => at,
    };
    let (marks, exchange): (&[u8], usize) = if text.get(at) == Some(&b'(') {
        let closed = is_area(at + 1) && text.get(at + 4) == Some(&b')');
        let spaces = usize::from(text.get(at + 5) == Some(&b' '));
        (b"-. ", closed.then_some(at + 5 + spaces)?)
    } else {
        let mark = text.get(at + 3)?;
        (
            b"-.",
            (is_area(at) && b"-.".contains(mark)).then_some(at + 4)?,
        )
    };
    let mark = text.get(exchange + 3)?;
    let line = exchange + 4;
    let whole = is_area(exchange) && marks.contains(mark) && digits_at(text, line, 5) == 4;
    let end = line + 4;
    let goes_on = match text.get(end..).unwrap_or_default() {
        [b'-' | b'.', next, ..] => next.is_ascii_digit(),
        [byte, ..] => byte.is_ascii_alphanumeric(),
        [] => false,
    };
    (whole && !goes_on).then_some(end)
}
