//! The escapes of JSON strings, undone.

use memchr::memchr;

/// Undoes the escapes of a JSON string; an escape that is none is kept as it stands.
pub(super) fn unescape(raw: &[u8]) -> String {
    let mut out = Vec::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(found) = memchr(b'\\', rest) {
        out.extend_from_slice(&rest[..found]);
        rest = &rest[found..];
        let taken = unescape_one(rest, &mut out);
        rest = &rest[taken..];
    }
    out.extend_from_slice(rest);
    // Valid UTF-8 is the rule; the vector is reused for it.
    String::from_utf8(out).unwrap_or_else(|e| String::from_utf8_lossy(e.as_bytes()).into_owned())
}

/// Undoes the escape at the front of `rest` and returns how many bytes it took.
fn unescape_one(rest: &[u8], out: &mut Vec<u8>) -> usize {
    let plain = match rest.get(1) {
        Some(b'n') => b'\n',
        Some(b't') => b'\t',
        Some(b'r') => b'\r',
        Some(b'b') => 8,
        Some(b'f') => 12,
        Some(c @ (b'"' | b'\\' | b'/')) => *c,
        Some(b'u') => return unescape_unicode(rest, out),
        _ => {
            out.push(b'\\');
            return 1;
        }
    };
    out.push(plain);
    2
}

fn unescape_unicode(rest: &[u8], out: &mut Vec<u8>) -> usize {
    let Some(unit) = hex_unit(rest) else {
        out.push(b'\\');
        return 1;
    };
    let mut taken = 6;
    let mut code = unit;
    if (0xd800..0xdc00).contains(&unit)
        && let Some(low @ 0xdc00..0xe000) = hex_unit(&rest[6..])
    {
        taken = 12;
        code = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
    }
    let character = char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
    out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
    taken
}

/// Returns the code unit of a `\u` and four digits at the front of `rest`.
fn hex_unit(rest: &[u8]) -> Option<u32> {
    let digits = rest.strip_prefix(b"\\u")?.get(..4)?;
    let digits = digits.iter().all(u8::is_ascii_hexdigit).then_some(digits)?;
    u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}
