//! Numbers that prove themselves: payment cards and bank accounts.
//!
//! Each takes the text and where a run of letters or digits begins, and returns where the number ends.

use super::text::follows_escape;

/// Issuers of cards: the prefix as a range of its first digits, how many digits the prefix has, and the lengths.
const ISSUERS: &[(u32, u32, usize, &[usize])] = &[
    (4, 4, 1, &[13, 16, 18, 19]),
    (51, 55, 2, &[16]),
    (2221, 2720, 4, &[16]),
    (34, 34, 2, &[15]),
    (37, 37, 2, &[15]),
    (300, 305, 3, &[14, 16]),
    (3095, 3095, 4, &[14, 16]),
    (36, 36, 2, &[14, 15, 16, 17, 18, 19]),
    (38, 39, 2, &[14, 16, 17, 18, 19]),
    (3528, 3589, 4, &[16, 17, 18, 19]),
    (6011, 6011, 4, &[16, 17, 18, 19]),
    (644, 659, 3, &[16, 17, 18, 19]),
    (62, 62, 2, &[16, 17, 18, 19]),
    (2200, 2204, 4, &[16, 17, 18, 19]),
    (60, 60, 2, &[16]),
    (81, 82, 2, &[16]),
    (508, 508, 3, &[16]),
    (9792, 9792, 4, &[16]),
    (5018, 5018, 4, &[13, 14, 15, 16, 17, 18, 19]),
    (5020, 5020, 4, &[13, 14, 15, 16, 17, 18, 19]),
    (5038, 5038, 4, &[13, 14, 15, 16, 17, 18, 19]),
    (5041, 5067, 4, &[16]),
    (5890, 5899, 4, &[13, 14, 15, 16, 17, 18, 19]),
    (6304, 6304, 4, &[13, 14, 15, 16, 17, 18, 19]),
    (6362, 6363, 4, &[16]),
    (6759, 6763, 4, &[13, 14, 15, 16, 17, 18, 19]),
];

/// How people group a card's digits.
const GROUPS: [&[usize]; 9] = [
    &[4, 4, 4, 4],
    &[4, 4, 4, 4, 3],
    &[4, 4, 4, 4, 2],
    &[4, 6, 5],
    &[4, 6, 4],
    &[4, 3, 3, 3],
    &[6, 13],
    &[4, 4, 5],
    &[8, 8],
];

const LONGEST_CARD: usize = 19;

/// Returns where the card number ends whose digits begin here: the front of a run of digits.
pub(super) fn card(text: &[u8], at: usize) -> Option<usize> {
    let first = digits_at(text, at, LONGEST_CARD + 1);
    if first >= 13 {
        let end = at + first;
        return (!is_part(text, at, end) && is_card(text.get(at..end)?)).then_some(end);
    }
    GROUPS.iter().find_map(|groups| grouped(text, at, groups))
}

/// Returns whether digits are part of something else: what stands behind a decimal point, however long a number
/// somebody printed; an address in memory; the middle of an id.
fn is_part(text: &[u8], at: usize, end: usize) -> bool {
    let after = text.get(end).is_some_and(u8::is_ascii_alphabetic);
    match text.get(..at).unwrap_or_default() {
        [.., before, b'.'] => before.is_ascii_digit(),
        [.., b'0', b'x' | b'X'] => true,
        [.., before] => after && before.is_ascii_alphabetic() && !follows_escape(text, at),
        [] => false,
    }
}

/// Returns where the card number ends that begins here in groups of these sizes, with the same mark between all.
fn grouped(text: &[u8], at: usize, groups: &[usize]) -> Option<usize> {
    let mut digits = Vec::with_capacity(LONGEST_CARD);
    let mut mark: Option<&[u8]> = None;
    let mut end = at;
    for (number, size) in groups.iter().enumerate() {
        if number > 0 {
            let rest = text.get(end..)?;
            let length = rest
                .iter()
                .take(4)
                .take_while(|byte| !byte.is_ascii_digit())
                .count();
            let found = rest.get(..length)?;
            let marks: [&[u8]; 10] = [
                b" ",
                b"-",
                b".",
                b"  ",
                b" - ",
                b"_",
                b"+",
                b"%20",
                "\u{a0}".as_bytes(),
                b"/",
            ];
            // `%20` ends in digits, so that it is looked for first.
            let found = if rest.starts_with(b"%20") {
                &b"%20"[..]
            } else {
                found
            };
            if !marks.contains(&found) || mark.is_some_and(|mark| mark != found) {
                return None;
            }
            mark = Some(found);
            end += found.len();
        }
        if digits_at(text, end, size + 1) != *size {
            return None;
        }
        digits.extend_from_slice(text.get(end..end + size)?);
        end += size;
    }
    // Letters right behind the last group make it part of something else, such as a UUID.
    let ends = !text.get(end).is_some_and(u8::is_ascii_alphanumeric);
    (ends && is_card(&digits)).then_some(end)
}

/// Returns how many digits stand here, at most `most`.
pub(super) fn digits_at(text: &[u8], at: usize, most: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    { rest.iter().take(most) }
        .take_while(|byte| byte.is_ascii_digit())
        .count()
}

fn is_card(digits: &[u8]) -> bool {
    let prefix = |length: usize| {
        let digits = digits.get(..length).unwrap_or_default();
        digits
            .iter()
            .fold(0, |n, digit| n * 10 + u32::from(digit - b'0'))
    };
    let issued = ISSUERS.iter().any(|(from, to, length, lengths)| {
        (*from..=*to).contains(&prefix(*length)) && lengths.contains(&digits.len())
    });
    issued && luhn(digits)
}

/// Returns whether the last digit is the right one: ISO/IEC 7812-1, annex B.
fn luhn(digits: &[u8]) -> bool {
    let sum: u32 = { digits.iter().rev().enumerate() }
        .map(|(place, digit)| {
            let digit = u32::from(digit - b'0');
            match (place % 2, digit) {
                (0, digit) => digit,
                (_, digit @ 0..5) => digit * 2,
                (_, digit) => digit * 2 - 9,
            }
        })
        .sum();
    sum.is_multiple_of(10) && digits.iter().any(|digit| *digit != b'0')
}

/// Countries and how many characters their account numbers have: the IBAN registry.
const IBANS: &str = "AD24AE23AL28AT20AZ28BA20BE16BG22BH22BI27BR29BY28CH21CR22CY28CZ24DE22DJ27DK18DO28EE20EG29ES24FI18\
    FK18FO18FR27GB22GE22GI23GL18GR27GT28HN28HR21HU28IE22IL23IQ23IS26IT27JO30KW30KZ20LB28LC32LI21LT20LU20LV21LY25MC27\
    MD24ME22MK19MN20MR27MT31MU30NI28NL18NO15OM23PK24PL28PS29PT25QA29RO24RS22RU33SA24SC31SD18SE24SI19SK24SM27SO23ST25\
    SV28TL23TN24TR26UA29VA22VG24XK20YE30";

/// Returns where the IBAN ends that begins here, written together or in groups of four.
pub(super) fn iban(text: &[u8], at: usize) -> Option<usize> {
    let [a, b, c, d, ..] = *text.get(at..)? else {
        return None;
    };
    if !(a.is_ascii_alphabetic()
        && b.is_ascii_alphabetic()
        && c.is_ascii_digit()
        && d.is_ascii_digit())
    {
        return None;
    }
    let country = [a.to_ascii_uppercase(), b.to_ascii_uppercase()];
    let known = IBANS
        .as_bytes()
        .chunks_exact(4)
        .find(|entry| entry.starts_with(&country))?;
    let length = usize::from(known[2] - b'0') * 10 + usize::from(known[3] - b'0');
    let mut read = Vec::with_capacity(length);
    let mut end = at;
    while read.len() < length {
        match *text.get(end)? {
            byte if byte.is_ascii_alphanumeric() => read.push(byte.to_ascii_uppercase()),
            b'%' if read.len().is_multiple_of(4) && text[end..].starts_with(b"%20") => end += 2,
            b' ' | b'-' | b'+' | b'.' | 0xc2 | 0xa0
                if read.len().is_multiple_of(4) && (end - at) < 2 * length => {}
            _ => return None,
        }
        end += 1;
    }
    let ends = !text.get(end).is_some_and(u8::is_ascii_alphanumeric);
    let moved = read[4..].iter().chain(&read[..4]);
    let rest = moved.fold(0_u32, |rest, byte| match byte {
        b'0'..=b'9' => (rest * 10 + u32::from(byte - b'0')) % 97,
        _ => (rest * 100 + u32::from(byte - b'A') + 10) % 97,
    });
    (ends && rest == 1).then_some(end)
}
