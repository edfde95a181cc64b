//! Phone numbers, recognised by their shape: with a plus and the country before them, or as North America writes them.

use super::numbers::digits_at;
use super::text::follows_escape;

/// Returns where the phone number ends whose first digit stands here, behind a plus.
pub(super) fn international(text: &[u8], at: usize) -> Option<usize> {
    const LEAST: usize = 9;
    const MOST: usize = 15;
    if !matches!(text.get(at), Some(b'1'..=b'9')) {
        return None;
    }
    // In a query, spaces are pluses.
    let in_query = text.get(..at)?.ends_with(b"2B");
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
        Some(b'+' | b'=') => in_query,
        Some(byte) => !byte.is_ascii_alphanumeric(),
        None => true,
    };
    (ends && digits >= LEAST).then_some(end)
}

/// Returns where the North American number ends that begins here: `(415) 555-2671`, `415-555-2671`, `1-415-555-2671`.
pub(super) fn north_american(text: &[u8], at: usize) -> Option<usize> {
    const SPACES: [&[u8]; 3] = [b" ", b"+", b"%20"];
    let before = at.checked_sub(1).map(|before| text[before]);
    let joined = before.is_some_and(|byte| byte.is_ascii_alphanumeric() || b"-.+_".contains(&byte));
    if joined && !follows_escape(text, at) {
        return None;
    }
    let starts = |at: usize, marks: &[&[u8]]| {
        let rest = text.get(at..)?;
        let mark = marks.iter().find(|mark| rest.starts_with(mark))?;
        Some(at + mark.len())
    };
    let is_area = |at: usize| digits_at(text, at, 4) == 3 && text[at] >= b'2';
    let at = starts(at, &[b"1-", b"1.", b"1 "]).unwrap_or(at);
    let (mark, exchange) = match starts(at, &[b"(", b"%28"]) {
        Some(area) => {
            let closed = starts(area + 3, &[b")", b"%29"])?;
            let exchange = starts(closed, &SPACES).unwrap_or(closed);
            (*text.get(exchange + 3)?, is_area(area).then_some(exchange)?)
        }
        None => (*text.get(at + 3)?, is_area(at).then_some(at + 4)?),
    };
    let line = exchange + 4;
    let marked = b"-. ".contains(&mark) && text.get(exchange + 3) == Some(&mark);
    let whole = marked && is_area(exchange) && digits_at(text, line, 5) == 4;
    let end = line + 4;
    let goes_on = match text.get(end..).unwrap_or_default() {
        [b'-' | b'.', next, ..] => next.is_ascii_digit(),
        [byte, ..] => byte.is_ascii_alphanumeric(),
        [] => false,
    };
    // Three numbers in a row, with spaces between, are just numbers.
    let told = mark != b' ' || text.get(at).is_some_and(|byte| b"(%".contains(byte));
    (whole && told && !goes_on).then_some(end)
}
