//! Keys under which secrets stand, and what each says of its value.

use super::Mask;
use super::people::Country;
use super::word::{WordKind, is_word};

/// What applies to the value under a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rule {
    /// The value is a secret.
    Secret,
    /// The value is a secret unless it is a number: a count of tokens, or of tests that pass.
    SecretText,
    /// The value is a header of a scheme and a secret, or of several parts.
    Header,
    /// The value is a phone number, in whatever form it is written.
    Phone,
    /// The value is the number of an identity document, in whatever form it is written.
    Person(Country),
    /// The value is the id of a request or a trace: digits in it are no number.
    Id,
}

/// How a name of the table must stand in a key, once the key is in lower case and nothing but letters and digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// The key ends in it: `db.password`, `userPassword`.
    End,
    /// The last word of the key is it: `card_pin`, but not `spin`.
    Word,
}

/// The one table of keys.
const KEYS: &[(&str, Place, Rule)] = &[
    ("password", Place::End, Rule::Secret),
    ("passwords", Place::End, Rule::Secret),
    ("passwd", Place::End, Rule::Secret),
    ("passphrase", Place::End, Rule::Secret),
    ("passcode", Place::End, Rule::Secret),
    ("pwd", Place::End, Rule::Secret),
    ("passwort", Place::End, Rule::Secret),
    ("wachtwoord", Place::End, Rule::Secret),
    ("motdepasse", Place::End, Rule::Secret),
    ("contraseña", Place::End, Rule::Secret),
    ("contrasena", Place::End, Rule::Secret),
    ("dbpass", Place::End, Rule::Secret),
    ("dbpassword", Place::End, Rule::Secret),
    ("userpass", Place::End, Rule::Secret),
    ("smtppass", Place::End, Rule::Secret),
    ("redispass", Place::End, Rule::Secret),
    ("passwordhash", Place::End, Rule::Secret),
    ("passwdhash", Place::End, Rule::Secret),
    ("pwdhash", Place::End, Rule::Secret),
    ("pass", Place::Word, Rule::SecretText),
    ("clave", Place::Word, Rule::Secret),
    ("senha", Place::Word, Rule::Secret),
    ("parola", Place::Word, Rule::Secret),
    ("mdp", Place::Word, Rule::Secret),
    ("secret", Place::End, Rule::Secret),
    ("secrets", Place::End, Rule::Secret),
    ("token", Place::End, Rule::Secret),
    ("tokens", Place::End, Rule::SecretText),
    ("jwt", Place::Word, Rule::Secret),
    ("apikey", Place::End, Rule::Secret),
    ("appkey", Place::End, Rule::Secret),
    ("authkey", Place::End, Rule::Secret),
    ("accesskey", Place::End, Rule::Secret),
    ("accesskeyid", Place::End, Rule::Secret),
    ("accountkey", Place::End, Rule::Secret),
    ("consumerkey", Place::End, Rule::Secret),
    ("deploykey", Place::End, Rule::Secret),
    ("functionskey", Place::End, Rule::Secret),
    ("hmackey", Place::End, Rule::Secret),
    ("licensekey", Place::End, Rule::Secret),
    ("masterkey", Place::End, Rule::Secret),
    ("secretkey", Place::End, Rule::Secret),
    ("secretkeybase", Place::End, Rule::Secret),
    ("sessionkey", Place::End, Rule::Secret),
    ("sharedkey", Place::End, Rule::Secret),
    ("subscriptionkey", Place::End, Rule::Secret),
    ("privatekey", Place::End, Rule::Secret),
    ("signingkey", Place::End, Rule::Secret),
    ("encryptionkey", Place::End, Rule::Secret),
    ("routingkey", Place::End, Rule::Secret),
    ("integrationkey", Place::End, Rule::Secret),
    ("webhookkey", Place::End, Rule::Secret),
    ("credential", Place::End, Rule::Secret),
    ("credentials", Place::End, Rule::Secret),
    ("signature", Place::End, Rule::Secret),
    ("sig", Place::Word, Rule::Secret),
    ("sessionid", Place::End, Rule::Secret),
    ("sessid", Place::End, Rule::Secret),
    ("sessiontoken", Place::End, Rule::Secret),
    ("connectsid", Place::End, Rule::Secret),
    ("otp", Place::Word, Rule::Secret),
    ("totp", Place::Word, Rule::Secret),
    ("pin", Place::Word, Rule::Secret),
    ("cvv", Place::Word, Rule::Secret),
    ("cvv2", Place::Word, Rule::Secret),
    ("cvc", Place::Word, Rule::Secret),
    ("cvc2", Place::Word, Rule::Secret),
    ("authorization", Place::End, Rule::Header),
    ("cookie", Place::End, Rule::Header),
    ("cookies", Place::End, Rule::Header),
    ("phone", Place::End, Rule::Phone),
    ("phonenumber", Place::End, Rule::Phone),
    ("telephone", Place::End, Rule::Phone),
    ("telefono", Place::End, Rule::Phone),
    ("phones", Place::Word, Rule::Phone),
    ("mobile", Place::Word, Rule::Phone),
    ("mobilenumber", Place::Word, Rule::Phone),
    ("cell", Place::Word, Rule::Phone),
    ("tel", Place::Word, Rule::Phone),
    ("celular", Place::Word, Rule::Phone),
    ("movil", Place::Word, Rule::Phone),
    ("móvil", Place::Word, Rule::Phone),
    ("fax", Place::Word, Rule::Phone),
    ("whatsapp", Place::Word, Rule::Phone),
    ("msisdn", Place::Word, Rule::Phone),
    ("cuit", Place::Word, Rule::Person(Country::Ar)),
    ("cuil", Place::Word, Rule::Person(Country::Ar)),
    ("cpf", Place::Word, Rule::Person(Country::Br)),
    ("rut", Place::Word, Rule::Person(Country::Cl)),
    ("dni", Place::Word, Rule::Person(Country::Es)),
    ("nie", Place::Word, Rule::Person(Country::Es)),
    ("nif", Place::Word, Rule::Person(Country::Es)),
    ("nir", Place::Word, Rule::Person(Country::Fr)),
    ("nino", Place::Word, Rule::Person(Country::Gb)),
    ("aadhaar", Place::End, Rule::Person(Country::In)),
    ("aadhaarnumber", Place::End, Rule::Person(Country::In)),
    ("codicefiscale", Place::End, Rule::Person(Country::It)),
    ("curp", Place::Word, Rule::Person(Country::Mx)),
    ("pesel", Place::Word, Rule::Person(Country::Pl)),
    ("ssn", Place::Word, Rule::Person(Country::Us)),
    (
        "socialsecuritynumber",
        Place::End,
        Rule::Person(Country::Us),
    ),
    ("traceid", Place::End, Rule::Id),
    ("spanid", Place::End, Rule::Id),
    ("parentid", Place::End, Rule::Id),
    ("requestid", Place::End, Rule::Id),
    ("reqid", Place::End, Rule::Id),
    ("correlationid", Place::End, Rule::Id),
];

/// The longest name of the table, in bytes.
pub(super) const LONGEST: usize = 20;

/// Returns what applies to the value under a key.
pub(super) fn rule(key: &[u8]) -> Option<Rule> {
    // Only the end of a key counts; separators may stand between all its letters.
    let end = key.get(key.len().saturating_sub(4 * LONGEST)..)?;
    let mut name = Vec::with_capacity(end.len());
    let mut word = 0;
    let mut before = b' ';
    for byte in end {
        let is_part = byte.is_ascii_alphanumeric() || *byte >= 0x80;
        let begins = before.is_ascii_lowercase() && byte.is_ascii_uppercase();
        if is_part {
            if begins || !(before.is_ascii_alphanumeric() || before >= 0x80) {
                word = name.len();
            }
            name.push(byte.to_ascii_lowercase());
        }
        before = *byte;
    }
    let last = name.last();
    let candidates = KEYS
        .iter()
        .filter(|(known, ..)| known.as_bytes().last() == last);
    let known = { candidates }.find(|(known, place, _)| match place {
        Place::End => name.ends_with(known.as_bytes()),
        Place::Word => name.get(word..) == Some(known.as_bytes()),
    });
    known.map(|(.., rule)| *rule)
}

/// Returns what applies to what follows a name in a list of headers: `"X-Api-Key", "…"`. Other names stand in lists, too:
/// of what is missing, of what is not known.
pub(super) fn header_rule(name: &[u8]) -> Option<Rule> {
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'-';
    let one_word = [&b"authorization"[..], b"cookie"];
    let known = name.contains(&b'-') || one_word.iter().any(|word| name.eq_ignore_ascii_case(word));
    let rule = (known && name.len() <= 64 && name.iter().all(is_part)).then(|| rule(name))?;
    rule.filter(|rule| matches!(rule, Rule::Secret | Rule::Header))
}

impl Rule {
    /// Returns what kind of value stands under the key; `None` where it is nothing to hide.
    pub(super) fn kind_of(self, value: &[u8], mask: &Mask) -> Option<WordKind> {
        if is_word(value) || says_nothing(value) {
            return None;
        }
        let digits = value.iter().filter(|byte| byte.is_ascii_digit()).count();
        match self {
            Self::Secret | Self::Header => Some(WordKind::Secret),
            Self::SecretText => (digits < value.len()).then_some(WordKind::Secret),
            Self::Phone => (6..=15).contains(&digits).then_some(WordKind::Phone),
            Self::Person(country) => {
                (digits >= 5 && mask.people.has(country)).then_some(WordKind::Person)
            }
            Self::Id => None,
        }
    }

    /// Returns whether a value stays as it is, whatever it looks like.
    pub(super) fn keeps(self, value: &[u8]) -> bool {
        self == Self::Id && value.iter().all(u8::is_ascii_digit)
    }
}

/// Returns whether a value stands for none, or for one that somebody else has masked.
fn says_nothing(value: &[u8]) -> bool {
    const NOTHING: [&str; 16] = [
        "yes",
        "no",
        "",
        "true",
        "false",
        "null",
        "none",
        "nil",
        "undefined",
        "nan",
        "filtered",
        "redacted",
        "masked",
        "hidden",
        "removed",
        "omitted",
    ];
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || *byte >= 0x80;
    let from = value.iter().position(is_part).unwrap_or(value.len());
    let to = value.iter().rposition(is_part).map_or(from, |at| at + 1);
    let inner = &value[from..to];
    let known = |word: &str| inner.eq_ignore_ascii_case(word.as_bytes());
    // A password may be in brackets; a word that is one of these is none.
    NOTHING.iter().any(|word| known(word))
}
