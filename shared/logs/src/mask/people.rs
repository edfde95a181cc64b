//! Numbers of identity documents, by the country that gives them out; which countries' are masked is a setting.
//!
//! Each reader takes the text and where a run of letters or digits begins, and returns where the number ends. Nearly
//! all are proved by a check digit; the two that have none (`gb`, `us`) are recognised by a shape that is theirs alone.

/// A country whose identity documents are known, by its code of ISO 3166-1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Country {
    /// Argentina: CUIT and CUIL, `20-12345678-6`.
    Ar,
    /// Brazil: CPF as it is printed, `111.444.777-35`.
    Br,
    /// Chile: RUT, `12.345.678-5`.
    Cl,
    /// Spain: DNI and NIE, `12345678Z`, `X1234567L`.
    Es,
    /// France: NIR, `2 84 05 75 123 456 72`.
    Fr,
    /// United Kingdom: national insurance number, `AB 12 34 56 C`.
    Gb,
    /// India: Aadhaar in its groups, `2345 6789 0124`.
    In,
    /// Italy: codice fiscale, `RSSMRA85T10A562S`.
    It,
    /// Mexico: CURP, `HEGG560427MVZRRL04`.
    Mx,
    /// Poland: PESEL, `44051401359`.
    Pl,
    /// United States: social security number as it is printed, `219-09-9999`.
    Us,
}

impl Country {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::Ar,
        Self::Br,
        Self::Cl,
        Self::Es,
        Self::Fr,
        Self::Gb,
        Self::In,
        Self::It,
        Self::Mx,
        Self::Pl,
        Self::Us,
    ];

    /// Returns its code, as settings have it.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Ar => "ar",
            Self::Br => "br",
            Self::Cl => "cl",
            Self::Es => "es",
            Self::Fr => "fr",
            Self::Gb => "gb",
            Self::In => "in",
            Self::It => "it",
            Self::Mx => "mx",
            Self::Pl => "pl",
            Self::Us => "us",
        }
    }

    /// Returns the country with this code.
    #[must_use]
    pub fn of_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|country| country.code() == code)
    }

    fn reader(self) -> fn(&[u8], usize) -> Option<usize> {
        match self {
            Self::Ar => argentine,
            Self::Br => brazilian,
            Self::Cl => chilean,
            Self::Es => spanish,
            Self::Fr => french,
            Self::Gb => british,
            Self::In => indian,
            Self::It => italian,
            Self::Mx => mexican,
            Self::Pl => polish,
            Self::Us => american,
        }
    }
}

/// A set of countries. The default is those whose numbers are hardly ever anything else: `br`, `es` and `us`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Countries(u16);

impl Countries {
    /// None.
    pub const NONE: Self = Self(0);

    /// All that are known.
    pub const ALL: Self = Self((1 << Country::ALL.len()) - 1);

    /// Returns the set with a country more.
    #[must_use]
    pub const fn with(self, country: Country) -> Self {
        Self(self.0 | 1 << country as u16)
    }

    /// Returns whether a country is in the set.
    #[must_use]
    pub const fn has(self, country: Country) -> bool {
        self.0 & 1 << country as u16 != 0
    }
}

impl Default for Countries {
    fn default() -> Self {
        Self::NONE
            .with(Country::Br)
            .with(Country::Es)
            .with(Country::Us)
    }
}

/// Returns where the number of an identity document of these countries ends that begins here.
pub(super) fn person(text: &[u8], at: usize, countries: Countries) -> Option<usize> {
    let mut known = Country::ALL
        .into_iter()
        .filter(|country| countries.has(*country));
    known.find_map(|country| country.reader()(text, at))
}

/// Reads what stands here by a form in which `9` is a digit, `A` a letter, `*` either, `_` a space that may be left
/// out, and anything else itself. Returns its letters, in capitals, and digits, and where it ends: where nothing
/// goes on, neither before nor behind.
fn form(text: &[u8], at: usize, form: &[u8]) -> Option<(Vec<u8>, usize)> {
    let mut end = at;
    for mark in form {
        let byte = *text.get(end).unwrap_or(&0);
        let fits = match mark {
            b'9' => byte.is_ascii_digit(),
            b'A' => byte.is_ascii_alphabetic(),
            b'*' => byte.is_ascii_alphanumeric(),
            b'_' => {
                end += usize::from(byte == b' ');
                continue;
            }
            mark => byte == *mark,
        };
        if !fits {
            return None;
        }
        end += 1;
    }
    let joined = match text.get(end..).unwrap_or_default() {
        [byte, ..] if byte.is_ascii_alphanumeric() => true,
        [b'-' | b'.', next, ..] => next.is_ascii_digit(),
        _ => false,
    };
    let front = text.get(..at).unwrap_or_default();
    let begun = matches!(front, [.., before, b'-' | b'.'] if before.is_ascii_alphanumeric());
    if joined || begun {
        return None;
    }
    let read = text[at..end].iter().filter(|b| b.is_ascii_alphanumeric());
    Some((read.map(u8::to_ascii_uppercase).collect(), end))
}

fn digit(byte: u8) -> u32 {
    u32::from(byte.wrapping_sub(b'0'))
}

/// Returns the sum of digits, each times its weight.
fn weighed(digits: &[u8], weights: &[u32]) -> u32 {
    let pairs = digits.iter().zip(weights);
    pairs.map(|(byte, weight)| digit(*byte) * weight).sum()
}

fn argentine(text: &[u8], at: usize) -> Option<usize> {
    const FIRST: [&[u8]; 9] = [
        b"20", b"23", b"24", b"25", b"26", b"27", b"30", b"33", b"34",
    ];
    let (read, end) = form(text, at, b"99-99999999-9")?;
    let check = (11 - weighed(&read, &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11) % 11;
    (FIRST.contains(&&read[..2]) && check == digit(read[10])).then_some(end)
}

fn brazilian(text: &[u8], at: usize) -> Option<usize> {
    let (read, end) = form(text, at, b"999.999.999-99")?;
    let check = |length: u32| {
        let weights: Vec<u32> = (2..=length + 1).rev().collect();
        let digits = &read[..length as usize];
        weighed(digits, &weights) * 10 % 11 % 10 == digit(read[length as usize])
    };
    (check(9) && check(10)).then_some(end)
}

fn chilean(text: &[u8], at: usize) -> Option<usize> {
    const FORMS: [&[u8]; 4] = [b"99.999.999-*", b"9.999.999-*", b"99999999-*", b"9999999-*"];
    let (read, end) = FORMS.iter().find_map(|shape| form(text, at, shape))?;
    let (check, digits) = read.split_last()?;
    let pairs = digits
        .iter()
        .rev()
        .zip([2, 3, 4, 5, 6, 7].into_iter().cycle());
    let sum: u32 = pairs.map(|(byte, weight)| digit(*byte) * weight).sum();
    let expected = b"0123456789K"[(11 - sum as usize % 11) % 11];
    (expected == *check).then_some(end)
}

fn spanish(text: &[u8], at: usize) -> Option<usize> {
    const LETTERS: &[u8; 23] = b"TRWAGMYFPDXBNJZSQVHLCKE";
    const FORMS: [&[u8]; 7] = [
        b"99999999A",
        b"99999999-A",
        b"99.999.999A",
        b"99.999.999-A",
        b"A9999999A",
        b"A-9999999-A",
        b"A9999999-A",
    ];
    let (mut read, end) = FORMS.iter().find_map(|shape| form(text, at, shape))?;
    if let Some(first @ b'A'..) = read.first_mut() {
        *first = match first {
            b'X'..=b'Z' => *first - b'X' + b'0',
            _ => return None,
        };
    }
    let (letter, digits) = read.split_last()?;
    let number = digits.iter().fold(0, |n, byte| n * 10 + digit(*byte));
    (LETTERS[number as usize % 23] == *letter).then_some(end)
}

fn french(text: &[u8], at: usize) -> Option<usize> {
    let (read, end) = form(text, at, b"9_99_99_9*_999_999_99")?;
    let month = weighed(&read[3..5], &[10, 1]);
    let known = matches!(read[0], b'1'..=b'4' | b'7' | b'8') && matches!(month, 1..=12 | 20 | 30..);
    // Corsica has letters for digits: 2A counts as 19, 2B as 18.
    let (middle, less) = match &read[5..7] {
        [b'2', b'A'] => (19, 0),
        [b'2', b'B'] => (18, 0),
        [a, b] if b.is_ascii_digit() => (digit(*a) * 10 + digit(*b), 0),
        _ => (0, 1),
    };
    let number = |digits: &[u8], from: u64| {
        let add = |n: u64, byte: &u8| n * 10 + u64::from(digit(*byte));
        digits.iter().fold(from, add)
    };
    let front = number(&read[..5], 0) * 100 + u64::from(middle);
    let whole = number(&read[7..13], front);
    let key = number(&read[13..], 0);
    (known && less == 0 && 97 - whole % 97 == key).then_some(end)
}

fn british(text: &[u8], at: usize) -> Option<usize> {
    const NONE: [&[u8]; 7] = [b"BG", b"GB", b"NK", b"KN", b"TN", b"NT", b"ZZ"];
    let (read, end) = form(text, at, b"AA_99_99_99_A")?;
    let first = !b"DFIQUV".contains(&read[0]) && !b"DFIQUVO".contains(&read[1]);
    (first && !NONE.contains(&&read[..2]) && matches!(read[8], b'A'..=b'D')).then_some(end)
}

fn indian(text: &[u8], at: usize) -> Option<usize> {
    let shapes: [&[u8]; 2] = [b"9999 9999 9999", b"9999-9999-9999"];
    let (read, end) = shapes.iter().find_map(|shape| form(text, at, shape))?;
    (read[0] >= b'2' && verhoeff(&read)).then_some(end)
}

/// Returns whether the last digit is the right one by Verhoeff's scheme, in the dihedral group of the pentagon.
fn verhoeff(digits: &[u8]) -> bool {
    const TURNS: [usize; 10] = [1, 5, 7, 6, 2, 8, 3, 0, 9, 4];
    let times = |a: usize, b: usize| match (a < 5, b < 5) {
        (true, true) => (a + b) % 5,
        (true, false) => 5 + (a + b) % 5,
        (false, true) => 5 + (a + 5 - b) % 5,
        (false, false) => (a + 5 - b) % 5,
    };
    let pairs = digits.iter().rev().enumerate();
    let sum = pairs.fold(0, |sum, (place, byte)| {
        let turned = (0..place % 8).fold(digit(*byte) as usize % 10, |n, _| TURNS[n]);
        times(sum, turned)
    });
    sum == 0
}

fn italian(text: &[u8], at: usize) -> Option<usize> {
    /// What a digit or the letter of the same place in the alphabet counts at an odd place.
    const ODD: [u32; 26] = [
        1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24,
        23,
    ];
    let (read, end) = form(text, at, b"AAAAAA**A**A***A")?;
    // Letters stand for digits where two people would have the same code.
    let is_number = |byte: &u8| byte.is_ascii_digit() || b"LMNPQRSTUV".contains(byte);
    let numbers = [6, 7, 9, 10, 12, 13, 14];
    let whole = numbers.iter().all(|place| is_number(&read[*place]));
    let (check, counted) = read.split_last()?;
    let place = |byte: u8| match byte {
        b'0'..=b'9' => byte - b'0',
        _ => byte - b'A',
    };
    let count = |(n, byte): (usize, &u8)| match n % 2 {
        0 => ODD[usize::from(place(*byte))],
        _ => u32::from(place(*byte)),
    };
    let sum: u32 = counted.iter().enumerate().map(count).sum();
    (whole && u32::from(*check - b'A') == sum % 26).then_some(end)
}

fn mexican(text: &[u8], at: usize) -> Option<usize> {
    let (read, end) = form(text, at, b"AAAA999999AAAAAA*9")?;
    let value = |byte: u8| match byte {
        b'0'..=b'9' => digit(byte),
        // Between N and O stands an Ñ.
        b'A'..=b'N' => u32::from(byte - b'A') + 10,
        _ => u32::from(byte - b'A') + 11,
    };
    let pairs = read[..17].iter().zip((2..=18).rev());
    let sum: u32 = pairs.map(|(byte, weight)| value(*byte) * weight).sum();
    let sex = matches!(read[10], b'H' | b'M' | b'X');
    (sex && (10 - sum % 10) % 10 == digit(read[17])).then_some(end)
}

fn polish(text: &[u8], at: usize) -> Option<usize> {
    let (read, end) = form(text, at, b"99999999999")?;
    let number = |from: usize| weighed(&read[from..from + 2], &[10, 1]);
    // What is added to the month shows the century.
    let dated = matches!(number(2) % 20, 1..=12) && matches!(number(4), 1..=31);
    let sum = weighed(&read, &[1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1]);
    (dated && sum.is_multiple_of(10)).then_some(end)
}

fn american(text: &[u8], at: usize) -> Option<usize> {
    let (read, end) = form(text, at, b"999-99-9999")?;
    let area = weighed(&read, &[100, 10, 1]);
    let given = (1..900).contains(&area) && area != 666;
    (given && &read[3..5] != b"00" && &read[5..] != b"0000").then_some(end)
}
