//! Trace ids anywhere in a line, recognised by their shape: AWS X-Ray's, W3C's and B3's in their usual surroundings.

use memchr::memmem;

use crate::record::json::is_xray;

/// Returns the first trace id of a line.
pub(in super::super) fn find(line: &str) -> Option<&str> {
    let bytes = line.as_bytes();
    if bytes.len() < 32 {
        return None;
    }
    let x_ray = memmem::find_iter(bytes, b"1-")
        .find(|at| is_x_ray(bytes, *at))
        .and_then(|at| Some((at, line.get(at..at + 35)?)));
    let end = x_ray.map_or(bytes.len(), |(at, _)| at);
    let other = hexadecimal(&bytes[..end])
        .find(|at| is_said_to_be_a_trace(bytes, *at))
        .and_then(|at| line.get(at..at + 32));
    other.or_else(|| x_ray.map(|(_, id)| id))
}

/// Returns where runs of exactly 32 hexadecimal digits stand that are not all zero.
fn hexadecimal(bytes: &[u8]) -> impl Iterator<Item = usize> {
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            // The last byte of a run decides most cheaply whether there can be one here.
            let last = bytes.get(at + 31)?;
            if !last.is_ascii_hexdigit() {
                at += 32;
                continue;
            }
            let before = { bytes[at..at + 31].iter().rev() }
                .take_while(|byte| byte.is_ascii_hexdigit())
                .count();
            if before < 31 {
                at += 31 - before;
                continue;
            }
            let from = at;
            let digits = { bytes[from..].iter() }
                .take_while(|byte| byte.is_ascii_hexdigit())
                .count();
            at = from + digits;
            let id = &bytes[from..from + 32];
            if digits == 32 && stands_alone(bytes, from, at) && !all_zero(id) {
                return Some(from);
            }
        }
    })
}

/// Returns whether `1-65614ad3-ade00230f882206de5c687a6` stands at a place.
fn is_x_ray(bytes: &[u8], at: usize) -> bool {
    bytes.get(at..at + 35).is_some_and(is_xray) && stands_alone(bytes, at, at + 35)
}

fn stands_alone(bytes: &[u8], from: usize, to: usize) -> bool {
    let is_inner =
        |byte: Option<&u8>| byte.is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_');
    !is_inner(from.checked_sub(1).and_then(|at| bytes.get(at))) && !is_inner(bytes.get(to))
}

fn all_zero(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| *byte == b'0')
}

/// Returns whether the surroundings say that 32 hexadecimal digits are a trace: a span of 16 digits behind them (as in
/// a `traceparent`, or in Spring's `[trace-span]`), or a name with `trace` in it before them.
fn is_said_to_be_a_trace(bytes: &[u8], at: usize) -> bool {
    let behind = bytes.get(at + 32..).unwrap_or_default();
    if let [b'-' | b',' | b'/' | b':', span @ ..] = behind {
        let digits = { span.iter() }
            .take_while(|byte| byte.is_ascii_hexdigit())
            .count();
        if digits == 16 && !span.get(16).is_some_and(u8::is_ascii_alphanumeric) {
            return true;
        }
    }
    // Alone in brackets, as patterns put the trace of a record.
    if at.checked_sub(1).and_then(|at| bytes.get(at)) == Some(&b'[')
        && behind.first() == Some(&b']')
    {
        return true;
    }
    // The name before it, and what may stand between: `trace_id=`, `traceId: "`, `"trace.id":"`, `trace `.
    let before = &bytes[at.saturating_sub(24)..at];
    let name = { before.iter().rev() }
        .skip_while(|byte| matches!(byte, b'=' | b':' | b' ' | b'"' | b'\'' | b'[' | b'('))
        .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-'))
        .count();
    let gap = { before.iter().rev() }
        .take_while(|byte| matches!(byte, b'=' | b':' | b' ' | b'"' | b'\'' | b'[' | b'('))
        .count();
    let name = &before[before.len() - gap - name..before.len() - gap];
    name.windows(5)
        .any(|part| part.eq_ignore_ascii_case(b"trace"))
}
