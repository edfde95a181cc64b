//! Made-up secrets of every class, each as people and machines write it; the same ones for the same seed.

use fastrand::Rng;

/// What a secret is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Class {
    Card,
    Iban,
    Email,
    Phone,
    NationalId,
    Jwt,
    Bearer,
    AwsKeyId,
    AwsSecret,
    IssuedToken,
    UrlPassword,
    Password,
    SqlLiteral,
}

impl Class {
    pub(crate) const ALL: [Self; 13] = [
        Self::Card,
        Self::Iban,
        Self::Email,
        Self::Phone,
        Self::NationalId,
        Self::Jwt,
        Self::Bearer,
        Self::AwsKeyId,
        Self::AwsSecret,
        Self::IssuedToken,
        Self::UrlPassword,
        Self::Password,
        Self::SqlLiteral,
    ];

    /// Returns whether it is told by its surroundings, and not by what it is.
    pub(crate) fn needs_context(self) -> bool {
        matches!(
            self,
            Self::Bearer | Self::UrlPassword | Self::Password | Self::SqlLiteral
        )
    }
}

/// A secret and how it stands in a sentence.
#[derive(Debug, Clone)]
pub(crate) struct Secret {
    pub(crate) class: Class,
    /// The secret itself.
    pub(crate) value: String,
    /// The secret in the words that tell what it is; for most, itself.
    pub(crate) phrase: String,
    /// A field under which it is logged.
    pub(crate) key: &'static str,
}

const ALNUM: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const BASE64URL: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const BASE64: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const PASSWORD: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$*+^_~.-";
const DIGITS: &str = "0123456789";
const SMALL: &str = "abcdefghijklmnopqrstuvwxyz";

fn of(rng: &mut Rng, letters: &str, length: usize) -> String {
    let letters = letters.as_bytes();
    let letter = |rng: &mut Rng| char::from(letters[rng.usize(..letters.len())]);
    (0..length).map(|_| letter(rng)).collect()
}

fn pick<'a, T: ?Sized>(rng: &mut Rng, of: &[&'a T]) -> &'a T {
    of[rng.usize(..of.len())]
}

/// Makes a secret of a class.
pub(crate) fn secret(class: Class, rng: &mut Rng) -> Secret {
    let (value, key) = match class {
        Class::Card => (
            card(rng),
            pick(rng, &["card", "pan", "card_number", "account"]),
        ),
        Class::Iban => (iban(rng), pick(rng, &["iban", "account", "payout_to"])),
        Class::Email => (email(rng), pick(rng, &["email", "user", "to", "customer"])),
        Class::Phone => (phone(rng), pick(rng, &["phone", "mobile", "to", "contact"])),
        Class::NationalId => (
            national_id(rng),
            pick(rng, &["dni", "document", "applicant"]),
        ),
        Class::Jwt => (jwt(rng), pick(rng, &["jwt", "id_token", "assertion"])),
        Class::Bearer => {
            let length = rng.usize(20..60);
            (of(rng, BASE64URL, length), "authorization")
        }
        Class::AwsKeyId => {
            let prefix = pick(rng, &["AKIA", "ASIA"]);
            let rest = of(rng, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16);
            (format!("{prefix}{rest}"), "access_key")
        }
        Class::AwsSecret => (of(rng, BASE64, 40), "aws_secret_access_key"),
        Class::IssuedToken => (issued(rng), pick(rng, &["github", "stripe", "key"])),
        Class::UrlPassword => {
            let length = rng.usize(8..24);
            (of(rng, ALNUM, length), "dsn")
        }
        Class::Password => {
            let length = rng.usize(7..24);
            let key = pick(
                rng,
                &[
                    "password",
                    "passwd",
                    "DB_PASSWORD",
                    "user_pwd",
                    "client_secret",
                    "clientSecret",
                    "api_key",
                    "x-api-key",
                    "refresh_token",
                    "passphrase",
                ],
            );
            let inner = of(rng, PASSWORD, length);
            (
                format!("{}{inner}{}", of(rng, ALNUM, 1), of(rng, ALNUM, 1)),
                key,
            )
        }
        Class::SqlLiteral => {
            let (first, last) = (rng.usize(5..9), rng.usize(5..12));
            (
                format!("{} {}", of(rng, SMALL, first), of(rng, SMALL, last)),
                "query",
            )
        }
    };
    let phrase = match class {
        Class::Bearer => format!(
            "{} {value}",
            pick(rng, &["Bearer", "bearer", "Authorization: Bearer"])
        ),
        Class::UrlPassword => url(rng, &value),
        Class::Password => {
            let mark = pick(rng, &["=", ": ", " = ", ":"]);
            format!("{key}{mark}{value}")
        }
        Class::SqlLiteral => sql(rng, &value),
        _ => value.clone(),
    };
    Secret {
        class,
        value,
        phrase,
        key,
    }
}

/// Returns digits with the check digit of ISO/IEC 7812-1 behind them.
fn with_check_digit(digits: &str) -> String {
    let values = digits.bytes().rev().map(|byte| u32::from(byte - b'0'));
    let sum: u32 = { values.enumerate() }
        .map(|(at, n)| {
            if at % 2 == 0 {
                n * 2 / 10 + n * 2 % 10
            } else {
                n
            }
        })
        .sum();
    format!("{digits}{}", (10 - sum % 10) % 10)
}

fn card(rng: &mut Rng) -> String {
    let (prefix, length) = [
        ("4", 16),
        ("4", 13),
        ("4", 19),
        ("51", 16),
        ("54", 16),
        ("55", 16),
        ("2221", 16),
        ("2720", 16),
        ("34", 15),
        ("37", 15),
        ("6011", 16),
        ("65", 16),
        ("3528", 16),
        ("3589", 16),
        ("36", 14),
        ("305", 14),
        ("62", 16),
    ][rng.usize(..17)];
    let rest = of(rng, DIGITS, length - 1 - prefix.len());
    let plain = with_check_digit(&format!("{prefix}{rest}"));
    let mark = pick(rng, &["", "", " ", "-"]);
    let sizes: &[usize] = match length {
        16 => &[4, 4, 4, 4],
        15 => &[4, 6, 5],
        14 => &[4, 6, 4],
        19 => &[4, 4, 4, 4, 3],
        _ => &[13],
    };
    let mut groups = Vec::new();
    let mut left = plain.as_str();
    for size in sizes {
        let (group, rest) = left.split_at(*size);
        groups.push(group);
        left = rest;
    }
    groups.join(mark)
}

fn iban(rng: &mut Rng) -> String {
    let (country, length) = [
        ("ES", 24),
        ("DE", 22),
        ("FR", 27),
        ("GB", 22),
        ("NL", 18),
        ("IT", 27),
        ("PT", 25),
        ("NO", 15),
    ][rng.usize(..8)];
    let account = match country {
        "GB" | "NL" => format!(
            "{}{}",
            of(rng, "ABCDEFGHIJKLMNOPQRSTUVWXYZ", 4),
            of(rng, DIGITS, length - 8)
        ),
        "IT" => format!(
            "{}{}",
            of(rng, "ABCDEFGHIJKLMNOPQRSTUVWXYZ", 1),
            of(rng, DIGITS, length - 5)
        ),
        _ => of(rng, DIGITS, length - 4),
    };
    let moved = format!("{account}{country}00");
    let rest = moved.bytes().fold(0_u32, |rest, byte| match byte {
        b'0'..=b'9' => (rest * 10 + u32::from(byte - b'0')) % 97,
        _ => (rest * 100 + u32::from(byte - b'A') + 10) % 97,
    });
    let plain = format!("{country}{:02}{account}", 98 - rest);
    match rng.usize(..4) {
        0 => plain.to_lowercase(),
        1 => {
            let groups: Vec<&str> = (0..plain.len())
                .step_by(4)
                .map(|at| &plain[at..plain.len().min(at + 4)])
                .collect();
            groups.join(" ")
        }
        _ => plain,
    }
}

fn email(rng: &mut Rng) -> String {
    let (name, host) = (rng.usize(5..12), rng.usize(4..10));
    let name = of(rng, SMALL, name);
    let mark = pick(rng, &["", ".x", "_", "+tag", "-", "7"]);
    let host = of(rng, SMALL, host);
    let end = pick(
        rng,
        &["com", "es", "co.uk", "io", "com.mx", "example.org", "app"],
    );
    let address = format!("{name}{mark}q@{host}.{end}");
    if rng.u8(..8) == 0 {
        address.to_uppercase()
    } else {
        address
    }
}

fn phone(rng: &mut Rng) -> String {
    let d = |rng: &mut Rng, n| of(rng, DIGITS, n);
    match rng.usize(..6) {
        0 => format!("+34{}{}", pick(rng, &["6", "7", "9"]), d(rng, 8)),
        1 => format!("+34 6{} {} {}", d(rng, 2), d(rng, 3), d(rng, 3)),
        2 => format!(
            "+1 ({}{}) 5{}-{}",
            rng.u8(2..10),
            d(rng, 2),
            d(rng, 2),
            d(rng, 4)
        ),
        3 => format!(
            "({}{}) {}{}-{}",
            rng.u8(2..10),
            d(rng, 2),
            rng.u8(2..10),
            d(rng, 2),
            d(rng, 4)
        ),
        4 => format!("+44 20 {} {}", d(rng, 4), d(rng, 4)),
        _ => format!(
            "{}{}-{}{}-{}",
            rng.u8(2..10),
            d(rng, 2),
            rng.u8(2..10),
            d(rng, 2),
            d(rng, 4)
        ),
    }
}

/// Of the countries that are masked unless the settings say otherwise.
fn national_id(rng: &mut Rng) -> String {
    const LETTERS: &[u8; 23] = b"TRWAGMYFPDXBNJZSQVHLCKE";
    let letter = |n: u32| char::from(LETTERS[n as usize % 23]);
    match rng.usize(..4) {
        0 => {
            let n = rng.u32(1_000_000..100_000_000);
            let mark = pick(rng, &["", "-"]);
            format!("{n:08}{mark}{}", letter(n))
        }
        1 => {
            let n = rng.u32(..30_000_000);
            let first = ['X', 'Y', 'Z'][n as usize / 10_000_000];
            format!("{first}{:07}{}", n % 10_000_000, letter(n))
        }
        2 => {
            let digits = of(rng, DIGITS, 9);
            let check = |digits: &str| {
                let weights = (2..=digits.len() as u32 + 1).rev();
                let sum: u32 = digits
                    .bytes()
                    .zip(weights)
                    .map(|(d, w)| u32::from(d - b'0') * w)
                    .sum();
                sum * 10 % 11 % 10
            };
            let one = check(&digits);
            let two = check(&format!("{digits}{one}"));
            format!(
                "{}.{}.{}-{one}{two}",
                &digits[..3],
                &digits[3..6],
                &digits[6..]
            )
        }
        _ => format!(
            "{:03}-{:02}-{:04}",
            rng.u32(1..660),
            rng.u32(1..100),
            rng.u32(1..10_000)
        ),
    }
}

fn jwt(rng: &mut Rng) -> String {
    let (claims, signature) = (rng.usize(40..120), rng.usize(40..88));
    let claims = of(rng, BASE64URL, claims);
    let signature = of(rng, BASE64URL, signature);
    format!("eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJ{claims}.{signature}")
}

fn issued(rng: &mut Rng) -> String {
    let (prefix, length) = [
        ("ghp_", 36),
        ("glpat-", 20),
        ("sk_live_", 24),
        ("xoxb-", 40),
        ("npm_", 36),
        ("SG.", 60),
        ("AIza", 35),
    ][rng.usize(..7)];
    format!("{prefix}{}", of(rng, ALNUM, length))
}

fn url(rng: &mut Rng, password: &str) -> String {
    match rng.usize(..7) {
        0 => {
            format!("postgres://loans:{password}@aurora.loans.internal:5432/loans?sslmode=require")
        }
        1 => format!("redis://:{password}@cache:6379/0"),
        2 => format!("amqps://svc:{password}@mq.example.com/vhost"),
        3 => format!("mongodb+srv://app:{password}@cluster0.example.net/?retryWrites=true"),
        4 => format!("https://deploy:{password}@git.example.com/loans.git"),
        5 => format!("loans:{password}@tcp(aurora:3306)/loans?parseTime=true"),
        _ => format!("jdbc:oracle:thin:loans/{password}@//db:1521/LOANS"),
    }
}

fn sql(rng: &mut Rng, text: &str) -> String {
    match rng.usize(..7) {
        0 => format!("SELECT id, status FROM loans WHERE customer = '{text}' AND amount > 1000"),
        1 => format!("INSERT INTO customers (name, age) VALUES ('{text}', 41)"),
        2 => format!("UPDATE customers SET name = '{text}' WHERE id = 17"),
        3 => format!("DELETE FROM sessions WHERE owner = '{text}'"),
        4 => format!("select * from t where lower(name) like '%{text}%' limit 5"),
        5 => format!("Key (name)=({text}) already exists."),
        _ => format!("parameters: $1 = '{text}', $2 = '17'"),
    }
}
