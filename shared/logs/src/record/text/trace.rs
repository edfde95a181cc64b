//! Trace ids as servers write them: X-Ray's root, and the W3C and B3 ids under a name that says so.
//!
//! Thirty-two hexadecimal digits alone are no trace: nginx writes request ids of that shape.

use crate::record::json::is_xray;

/// Returns the id in a text that has the shape of a trace header: `Root=1-…-…;…`, `1-…-…` or `00-…-…-01`.
pub(super) fn shaped(text: &str) -> Option<&str> {
    let root = text.find("Root=").map_or(text, |at| &text[at + 5..]);
    xray(root).or_else(|| parent(text))
}

/// Returns the id in a word such as `trace_id=…` or `traceparent="…"`; the name says that it is one.
pub(super) fn named(word: &str) -> Option<&str> {
    let Some((name, value)) = word.split_once('=') else {
        return shaped(word);
    };
    if name == "Root" {
        return xray(value);
    }
    let value = value.trim_matches(['"', '\'', ',', ';']);
    let says = matches!(
        name,
        "trace"
            | "trace_id"
            | "traceid"
            | "traceId"
            | "TraceId"
            | "traceparent"
            | "dd.trace_id"
            | "x_amzn_trace_id"
            | "xray"
            | "xray_trace_id"
            | "b3"
            | "x-b3-traceid"
            | "trace.id"
    );
    if !says {
        return shaped(value);
    }
    let is_w3c = |text: &&str| text.len() == 32 && is_hex(text);
    shaped(value).or_else(|| value.split('-').next().filter(is_w3c))
}

/// Returns X-Ray's id at the front: `1-67141fdd-13855201d3b1e483baa1406a`.
pub(super) fn xray(text: &str) -> Option<&str> {
    const LENGTH: usize = 35;
    let id = text.get(..LENGTH)?;
    let ends = text
        .as_bytes()
        .get(LENGTH)
        .is_none_or(|byte| !byte.is_ascii_alphanumeric());
    (is_xray(id.as_bytes()) && ends).then_some(id)
}

/// Returns the trace of a `traceparent`: `00-<32>-<16>-01`.
fn parent(text: &str) -> Option<&str> {
    let mut parts = text.split('-');
    let (version, trace, span, flags) =
        (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let shaped = (version.len(), trace.len(), span.len(), flags.len()) == (2, 32, 16, 2);
    let hex = [version, trace, span, flags].into_iter().all(is_hex);
    (shaped && hex && parts.next().is_none()).then_some(trace)
}

fn is_hex(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn traces_are_told_from_request_ids() {
        const XRAY: &str = "1-67141fdd-13855201d3b1e483baa1406a";
        const W3C: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
        for (word, expected) in [
            ("Root=1-67141fdd-13855201d3b1e483baa1406a", Some(XRAY)),
            (
                "Self=1-a-b;Root=1-67141fdd-13855201d3b1e483baa1406a;Sampled=1",
                Some(XRAY),
            ),
            ("1-67141fdd-13855201d3b1e483baa1406a", Some(XRAY)),
            ("trace=1-67141fdd-13855201d3b1e483baa1406a", Some(XRAY)),
            (
                "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                Some(W3C),
            ),
            (
                "traceparent=\"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\"",
                Some(W3C),
            ),
            ("trace_id=4bf92f3577b34da6a3ce929d0e0e4736", Some(W3C)),
            (
                "b3=4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-1",
                Some(W3C),
            ),
            ("request_id=4bf92f3577b34da6a3ce929d0e0e4736", None),
            ("4bf92f3577b34da6a3ce929d0e0e4736", None),
            ("1-67141fdd-13855201d3b1e483baa1406a0", None),
            ("trace=on", None),
            ("-", None),
        ] {
            assert_eq!(shaped(word).or_else(|| named(word)), expected, "{word}");
        }
    }
}
