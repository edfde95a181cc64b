//! What holds of the masking of any line, as properties.

use proptest::prelude::*;

use super::{keyed, mask};
use crate::mask::Mask;

#[test]
fn hostile_lines_take_no_longer_than_others() {
    for piece in [
        "@",
        "a@",
        "://",
        "a://b",
        "password=\"",
        "password=(",
        "token=",
        "phone=\"",
        "phone='",
        "4111 ",
        "4111",
        "+1",
        "'",
        "select ",
        "\"",
        "\\",
        "\\\"",
        "{",
        "[",
        "{\"a\":",
        "eyJ",
        "Bearer ",
        "basic+",
        "a,",
        "token,",
        "%40",
        "-----BEGIN ",
        "-----BEGIN PRIVATE KEY",
        "ES91 ",
        "X1",
        "\u{1b}[",
        "ñ@",
        "tokens=1",
        "authorization: digest ",
        "cookie=",
        "x'\"",
        "select from where ='",
        "\u{0}",
        "  \"",
        "\\'",
        "a\\\"=",
        "Key (",
        "Failing row contains (",
        "Duplicate entry '",
        "<password ",
        "<password x>",
        "name=\"",
        "name='password'",
        "name=\"password\" value=",
        "a:b@tcp(",
        "a/b@//",
        "a:b@c:1",
        "(415) 555",
        "415-",
        "%28",
        "%25",
        "%2540",
        "arn:aws:",
        "[secret 3f9a2c]",
        "[secret ",
        "trace_id=1",
        "statement: '",
        "\"x-api-key\",",
        "://x:y@",
        "@sha256:",
        "@sha256:abcdef",
        "://x@sha256:abcdef",
        "%3A%2F%2Fx%40sha256%3Aabcdef",
    ] {
        let line = piece.repeat(200_000 / piece.len());
        for mask in [Mask::default(), keyed()] {
            let masked = mask.text(&line);
            assert!(masked.len() <= 9 * line.len() + 16, "{piece}");
        }
    }
}

/// Lines that are made of what matters, so that rules meet each other.
fn lines() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "password",
        "token",
        "=",
        ":",
        "\"",
        "\\\"",
        "'",
        " ",
        ",",
        "{",
        "}",
        "[",
        "]",
        "(",
        ")",
        "4111111111111111",
        "4111",
        "1111 ",
        "a@b.com",
        "@",
        "eyJhbGciOiJIUzI1NiJ9.eyJz",
        "Bearer ",
        "x1y2z3",
        "+34600111222",
        "+",
        "select ",
        " from ",
        "12345678Z",
        "X1234567L",
        "ES9121000418450200051332",
        "://",
        "user:pw@",
        "&",
        ";",
        "\u{1b}[0m",
        "-----BEGIN PRIVATE KEY-----",
        "AKIAIOSFODNN7EXAMPLE",
        "[secret]",
        "[card]",
        "ñ",
        "\n",
        "Authorization: ",
        "cookie=",
        "--password ",
        "<secret>",
        "%40",
        "phone=",
        "\"name\":\"password\",\"value\":",
        "{\"a\":",
        "1",
        "-",
        ".",
        "\\",
        "%3D",
        "Digest ",
        "[email 3f9a2c]",
        "[secret 00ff11]",
        "[id",
        "%2B",
        "%22",
        "\\n",
        "415-555-2671",
        "(415) ",
        "arn:aws:x:",
        "trace_id",
        "name=\"password\" value=",
        "<password",
        "Key (a)=(",
        ") already",
        "values (",
        "x-api-key\",\"",
        "a:b@c:1",
        "@sha256:",
        "sha256:4bf92f3577b3",
        "%40sha256%3A",
        "ssn",
    ]);
    let joined = prop::collection::vec(pieces, 0..24).prop_map(|pieces| pieces.concat());
    prop_oneof![4 => joined, 1 => "\\PC{0,80}", 1 => any::<String>()]
}

/// Returns a number with its check digit.
fn card_of(digits: &[u8]) -> String {
    let sum: u32 = { digits.iter().rev().enumerate() }
        .map(|(at, digit)| {
            if at % 2 == 0 {
                u32::from(*digit) * 2 / 10 + u32::from(*digit) * 2 % 10
            } else {
                u32::from(*digit)
            }
        })
        .sum();
    let digits = digits.iter().map(u8::to_string).collect::<String>();
    format!("{digits}{}", (10 - sum % 10) % 10)
}

/// A secret of each kind, with the text that stands before and after it wherever it is told by its surroundings.
fn secrets() -> impl Strategy<Value = (String, String, String)> {
    let bare = |secret: String| (String::new(), secret, String::new());
    let card = prop::collection::vec(0..10_u8, 14)
        .prop_map(|digits| card_of(&[&[4], &digits[..]].concat()));
    let grouped = (card.clone(), prop::sample::select(vec![" ", "-"]))
        .prop_map(|(card, mark)| [&card[..4], &card[4..8], &card[8..12], &card[12..]].join(mark));
    let dni = (0..100_000_000_u32).prop_map(|n| {
        let letter = b"TRWAGMYFPDXBNJZSQVHLCKE"[n as usize % 23];
        format!("{n:08}{}", char::from(letter))
    });
    let keyed = (
        prop::sample::select(vec![
            ("password=", " "),
            ("\"api_key\":\"", "\","),
            ("?token=", "&x=1"),
            ("client_secret: ", "\n"),
            ("Authorization: Bearer ", " "),
            ("x-api-key='", "'"),
        ]),
        "[A-Za-z0-9_.!#$%*+/?^~-]{6,30}[A-Za-z0-9]",
    );
    prop_oneof![
        card.prop_map(bare),
        grouped.prop_map(bare),
        dni.prop_map(bare),
        "[a-z]{1,9}[.][a-z]{1,9}[0-9]@[a-z]{2,12}[.](com|es|co[.]uk)".prop_map(bare),
        "eyJ[A-Za-z0-9_-]{20,40}[.]eyJ[A-Za-z0-9_-]{20,40}[.][A-Za-z0-9_-]{20,40}[A-Za-z0-9]"
            .prop_map(bare),
        "(AKIA|ASIA)[A-Z2-7]{16}".prop_map(bare),
        "[A-Z]{4}[a-z]{4}[0-9]{2}[A-Za-z0-9+]{30}".prop_map(bare),
        "[+](34|44|49)[1-9][0-9]{8}".prop_map(bare),
        keyed.prop_map(|((before, after), secret)| (before.to_owned(), secret, after.to_owned())),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) })]

    #[test]
    fn masking_twice_is_masking_once(line in lines()) {
        let masked = mask(&line).into_owned();
        prop_assert_eq!(mask(&masked), masked.as_str());
        prop_assert!(masked.len() <= 9 * line.len() + 16);
        let masked = keyed().text(&line).into_owned();
        prop_assert_eq!(keyed().text(&masked), masked.as_str());
        prop_assert!(masked.len() <= 9 * line.len() + 16);
    }

    #[test]
    fn json_stays_json(line in lines(), number in any::<i64>()) {
        let document = serde_json::json!({"a": line, "token": {"b": [line, number, null]}, &line: number}).to_string();
        let masked = mask(&document).into_owned();
        let read: serde_json::Value = serde_json::from_str(&masked).expect("JSON");
        prop_assert!(read["a"].is_string());
    }

    #[test]
    fn a_secret_is_found_wherever_it_stands(
        front in "[ a-zA-Z.,:]{0,20}",
        back in "[ a-zA-Z.,:]{0,20}",
        (before, secret, after) in secrets(),
    ) {
        let line = format!("{front} {before}{secret}{after} {back}");
        let masked = mask(&line).into_owned();
        prop_assert!(!masked.contains(&secret), "{line} -> {masked}");
        let json = serde_json::json!({"level": "error", "message": line, "body": serde_json::json!({"m": line}).to_string()});
        let masked = mask(&json.to_string()).into_owned();
        prop_assert!(!masked.contains(&secret), "{json} -> {masked}");
    }

    #[test]
    fn digests_of_images_survive_and_passwords_beside_them_do_not(
        digest in "[0-9a-f]{64}",
        registry in "([0-9]{12}[.]dkr[.]ecr[.]eu-west-1[.]amazonaws[.]com|ghcr[.]io|registry:5000)",
        name in "[a-z]{1,8}(-[a-z]{1,8}){0,2}",
        tag in "(:v?[0-9]{1,2}[.][0-9]{1,2}([.][0-9]{1,2})?)?",
        password in "[A-Za-z0-9_.!$*+~-]{6,20}[A-Z]Q",
    ) {
        let image = format!("{registry}/{name}{tag}@sha256:{digest}");
        let line = format!("stopped {image} ({digest}) {{\"image\":\"{image}\",\"digest\":\"sha256:{digest}\"}}");
        prop_assert_eq!(mask(&line), line.as_str());
        for line in [
            format!("oci://robot:{password}@{image}"),
            format!("pull https://robot:{password}@{image} failed"),
            format!("redis://robot:{password}@cache:6379 {image}"),
            format!("{image} robot:{password}@cache:6379"),
        ] {
            let masked = mask(&line).into_owned();
            prop_assert!(!masked.contains(&password), "{line} -> {masked}");
            prop_assert!(masked.contains(&digest), "{line} -> {masked}");
        }
    }

    #[test]
    fn ids_and_times_survive(ms in 946_684_800_000_u64..4_000_000_000_000, id in any::<u128>(), n in any::<u64>()) {
        let uuid = format!("{id:032x}");
        let uuid = [&uuid[..8], &uuid[8..12], &uuid[12..16], &uuid[16..20], &uuid[20..]].join("-");
        let line = format!("{ms} {uuid} {:.2} 10.0.{}.{}", n as f64 / 1e12, n % 256, n / 256 % 256);
        prop_assert_eq!(mask(&line), line.as_str());
    }
}
