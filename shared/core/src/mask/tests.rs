//! What is masked and what survives, as rows; and what holds of any line, as properties.

use proptest::prelude::*;

use super::{Countries, Key, Mask};

fn mask(text: &str) -> std::borrow::Cow<'_, str> {
    Mask::default().text(text)
}

fn check(line: &str, expected: &str) {
    assert_eq!(mask(line), expected, "{line}");
    assert_eq!(mask(expected), expected, "again: {line}");
}

fn survives(line: &str) {
    check(line, line);
}

#[test]
fn cards_are_masked_however_they_are_grouped() {
    for card in [
        "4111111111111111",
        "4111 1111 1111 1111",
        "4111-1111-1111-1111",
        "4111.1111.1111.1111",
        "4111  1111  1111  1111",
        "4111%201111%201111%201111",
        "4111\u{a0}1111\u{a0}1111\u{a0}1111",
        "5555555555554444",
        "2223003122003222",
        "378282246310005",
        "3782 822463 10005",
        "6011111111111117",
        "30569309025904",
        "3056 930902 5904",
        "3530111333300000",
        "4222222222222",
        "6205500000000000004",
    ] {
        check(card, "[card]");
        check(
            &format!("paid with {card}, thanks"),
            "paid with [card], thanks",
        );
        check(
            &format!("1767602520123 {card} 1767602520123"),
            "1767602520123 [card] 1767602520123",
        );
        check(&format!("card{card}"), "card[card]");
        check(
            &format!(r#"{{"a":"{card}","b":1}}"#),
            r#"{"a":"[card]","b":1}"#,
        );
    }
    check(
        r#"{"a":4111111111111111,"b":[4111111111111111]}"#,
        r#"{"a":"[card]","b":["[card]"]}"#,
    );
}

#[test]
fn what_looks_like_a_card_and_is_none_survives() {
    for line in [
        "4111111111111112",
        "4111 1111 1111 1112",
        "at 1767602520123 and 1767602520123456 and 1767602520123456789",
        "1700000000000 1999999999999",
        r#"{"time":1767602520123,"ts":1767602520.123,"ns":1767602520123456789}"#,
        "ratio=0.4111111111111111 took 83.4222222222222 ms",
        "amount=4111.11 total 1,234,567.89 EUR 12345678901.50",
        "550e8400-e29b-41d4-a716-446655440000",
        "41111111-1111-4111-8111-111111111111",
        "trace=4bf92f3577b34da6a3ce929d0e0e4736 span=00f067aa0ba902b7",
        "1-67891233-abcdef012345678912345678",
        "id 5e4111111111111111aaaaaa",
        "event 37199773595508096285938453508480000000000000000000000000",
        "01ARZ3NDEKTSV4RRFFQ69G5FAV",
        "GET /loan/4111111111111 200",
        "41111111111111111111",
    ] {
        survives(line);
    }
}

#[test]
fn accounts_and_identity_documents_prove_themselves() {
    for (line, expected) in [
        ("ES9121000418450200051332", "[iban]"),
        ("to ES91 2100 0418 4502 0005 1332.", "to [iban]."),
        ("iban=es91-2100-0418-4502-0005-1332 ok", "iban=[iban] ok"),
        (
            "DE89370400440532013000 GB29NWBK60161331926819",
            "[iban] [iban]",
        ),
        (
            "NO9386011117947 MT84MALT011000012345MTLCAST001S",
            "[iban] [iban]",
        ),
        (
            "dni 12345678Z, 12345678-z, 12.345.678-Z",
            "dni [id], [id], [id]",
        ),
        ("nie X1234567L y-1234567-X Z1234567R", "nie [id] [id] [id]"),
        ("cpf 111.444.777-35", "cpf [id]"),
        (r#"{"customer":"12345678Z"}"#, r#"{"customer":"[id]"}"#),
    ] {
        check(line, expected);
    }
    for line in [
        "ES9121000418450200051333",
        "ES91210004184502000513",
        "ab12cdef34567890",
        "XX9121000418450200051332",
        "12345678A",
        "12345678",
        "1234567Z",
        "X1234567A",
        "112345678Z",
        "2026-01-05T08:42:00Z 20260105T084200Z",
        "111.444.777-36",
        "v12.345.678",
    ] {
        survives(line);
    }
}

#[test]
fn addresses_and_phone_numbers_are_masked() {
    for (line, expected) in [
        ("mail to juan.perez+x@example.com.", "mail to [email]."),
        ("<a@b.co>", "<[email]>"),
        (
            "user=ana_maria@sub.example.co.uk status=1",
            "user=[email] status=1",
        ),
        ("?email=john%40example.com&x=1", "?email=[email]&x=1"),
        ("josé@exämple.es", "[email]"),
        ("x@y.com,z@w.org", "[email],[email]"),
        (r#"{"to":["a@b.com","c"]}"#, r#"{"to":["[email]","c"]}"#),
        (r#"{"a@b.com":1}"#, r#"{"[email]":1}"#),
        ("call +34 600 111 222 now", "call [phone] now"),
        ("+1 (415) 555-2671", "[phone]"),
        ("tel:+34600111222;x", "tel:[phone];x"),
        ("to=%2B34600111222&x", "to=[phone]&x"),
        (
            r#"{"phone":600111222,"mobile":"600 111 222"}"#,
            r#"{"phone":"[phone]","mobile":"[phone]"}"#,
        ),
        ("phone=600111222 x=1", "phone=[phone] x=1"),
    ] {
        check(line, expected);
    }
    for line in [
        "lodash@4.17.21",
        "root@localhost",
        "com.example.Foo@1a2b3c",
        "@Override a@ @b",
        "2026-01-01T00:00:00+01:00 +0000 +12345 1e+123456789",
        "c2VjcmV0+123456789012=",
        "phone=verified mobile=true",
        "10.0.0.1 192.168.100.200:8080 2001:db8::8a2e:370:7334",
    ] {
        survives(line);
    }
}

#[test]
fn secrets_are_told_by_their_key() {
    for (line, expected) in [
        ("password=hunter2", "password=[secret]"),
        ("password=hunter2 user=joe", "password=[secret] user=joe"),
        ("db.password: hunter2", "db.password: [secret]"),
        ("DB_PASSWORD='hun ter2' x", "DB_PASSWORD='[secret]' x"),
        (
            r#"login {"password":"a\"b","n":1}"#,
            r#"login {"password":"[secret]","n":1}"#,
        ),
        (
            r#"x {\"api_key\":\"abc\",\"n\":1}"#,
            r#"x {\"api_key\":\"[secret]\",\"n\":1}"#,
        ),
        ("GET /a?token=abc&x=1 200", "GET /a?token=[secret]&x=1 200"),
        (
            "next=https%3A%2F%2Fx%3Ftoken%3Dabc",
            "next=https%3A%2F%2Fx%3Ftoken%3D[secret]",
        ),
        (
            "?X-Amz-Signature=ab12&X-Amz-Expires=60",
            "?X-Amz-Signature=[secret]&X-Amz-Expires=60",
        ),
        ("user[password]=abc", "user[password]=[secret]"),
        ("user%5Bpassword%5D=abc", "user%5Bpassword%5D=[secret]"),
        ("<password>abc</password>", "<password>[secret]</password>"),
        (
            "run --password hunter2 --verbose",
            "run --password [secret] --verbose",
        ),
        ("clientSecret=ab,cd;ef next", "clientSecret=[secret] next"),
        (
            "Server=x;Password=abc;Database=y",
            "Server=x;Password=[secret];Database=y",
        ),
        (
            "Login { user: \"joe\", password: \"abc\" }",
            "Login { user: \"joe\", password: \"[secret]\" }",
        ),
        ("token: Some(\"abc\"), n: 1", "token: [secret], n: 1"),
        (
            "secret: Key { bytes: [1, 2] }, n: 1",
            "secret: [secret], n: 1",
        ),
        (
            "Authorization: Bearer abc.def status=1",
            "Authorization: [secret] status=1",
        ),
        (
            "authorization=Basic dXNlcjpwYXNz x",
            "authorization=[secret] x",
        ),
        (
            "-H \"Authorization: Token abc\" -d",
            "-H \"Authorization: [secret]\" -d",
        ),
        ("Cookie: a=b; c=d", "Cookie: [secret]"),
        (
            "Authorization: AWS4-HMAC-SHA256 Credential=A/b, Signature=c",
            "Authorization: [secret]",
        ),
        (
            "\u{1b}[3mpassword\u{1b}[0m\u{1b}[2m=\u{1b}[0mabc",
            "password=[secret]",
        ),
        (
            "contraseña=abc pin=1234 cvv: 123",
            "contraseña=[secret] pin=[secret] cvv: [secret]",
        ),
        (
            r#"{"password":"x","api_key":12,"n":1}"#,
            r#"{"password":"[secret]","api_key":"[secret]","n":1}"#,
        ),
        (
            r#"{"credentials":{"a":"b","c":[1,true]}}"#,
            r#"{"credentials":{"a":"[secret]","c":["[secret]",true]}}"#,
        ),
        (
            r#"[{"name":"X-Api-Key","value":"x"}]"#,
            r#"[{"name":"X-Api-Key","value":"[secret]"}]"#,
        ),
        (
            r#"{"body":"{\"password\":\"x\"}"}"#,
            r#"{"body":"{\"password\":\"[secret]\"}"}"#,
        ),
        ("4111111111111111-token=x", "[card]-token=[secret]"),
    ] {
        check(line, expected);
    }
    for line in [
        "password= user=joe",
        r#"{"password":null,"token":true,"secret":""}"#,
        "password reset for user 12",
        "tokens=512 max_tokens=4096 token_type=bearer",
        "authorization failed",
        "compass=north spin=2 keyboard: qwerty",
        r#"{"auth":{"latency_ms":5},"dependency":"auth"}"#,
        "12 pass=3 fail=1",
    ] {
        survives(line);
    }
}

#[test]
fn secrets_are_told_by_their_shape() {
    const JWT: &str = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U";
    for (line, expected) in [
        (format!("got {JWT}."), "got [secret]."),
        (format!("a=\"{JWT}\" b"), "a=\"[secret]\" b"),
        ("sent Bearer a1b2c3d4 to".into(), "sent Bearer [secret] to"),
        ("bearer%20a1b2c3d4e5".into(), "bearer%20[secret]"),
        ("id AKIAIOSFODNN7EXAMPLE, x".into(), "id [secret], x"),
        (
            "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".into(),
            "[secret]",
        ),
        (
            "ghp_0123456789abcdefghijABCDEFGHIJ012345".into(),
            "[secret]",
        ),
        (
            "postgres://app:pa:ss@db.example.com:5432/x".into(),
            "postgres://[secret]@db.example.com:5432/x",
        ),
        (
            "k -----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY----- z".into(),
            "k [secret] z",
        ),
        ("k -----BEGIN PRIVATE KEY-----\\nMIIE".into(), "k [secret]"),
    ] {
        check(&line, expected);
    }
    for line in [
        "bearer token invalid",
        "Basic authentication failed",
        "commit 356a192b7913b04c54574d18c28d46e6395428ab",
        "https://example.com/a@b",
        "AKIA is a prefix",
        "-----BEGIN CERTIFICATE-----",
        "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "/usr/lib/jvm/Java17/jre/lib/security/x.y",
    ] {
        survives(line);
    }
}

#[test]
fn texts_in_sql_are_masked() {
    for (line, expected) in [
        (
            "SELECT * FROM t WHERE name = 'Juan' AND n = 5",
            "SELECT * FROM t WHERE name = '[text]' AND n = 5",
        ),
        (
            "insert into t values ('a', 'it''s', \"b\")",
            "insert into t values ('[text]', '[text]', \"[text]\")",
        ),
        (
            "can't run: UPDATE t SET a='x' WHERE b='y'",
            "can't run: UPDATE t SET a='[text]' WHERE b='[text]'",
        ),
        (
            "DELETE FROM t WHERE a = E'x\\'y' z",
            "DELETE FROM t WHERE a = E'[text]' z",
        ),
        (
            "sql=\"select a from t where b='x'\" error=\"can't do\" c='d'",
            "sql=\"select a from t where b='[text]'\" error=\"can't do\" c='d'",
        ),
        (
            r#"{"q":"SELECT a FROM t WHERE b='x'","e":"it's"}"#,
            r#"{"q":"SELECT a FROM t WHERE b='[text]'","e":"it's"}"#,
        ),
        (
            "SELECT a FROM t WHERE b = 'cut of",
            "SELECT a FROM t WHERE b = '[text]",
        ),
    ] {
        check(line, expected);
    }
    for line in [
        "please select 'a' or 'b'",
        "can't update 'x'",
        "SELECT \"a\" FROM \"t\"",
        "'a' is where it's at",
    ] {
        survives(line);
    }
}

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
    ] {
        let line = piece.repeat(200_000 / piece.len());
        let masked = mask(&line);
        assert!(masked.len() <= 9 * line.len() + 16, "{piece}");
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
    fn ids_and_times_survive(ms in 946_684_800_000_u64..4_000_000_000_000, id in any::<u128>(), n in any::<u64>()) {
        let uuid = format!("{id:032x}");
        let uuid = [&uuid[..8], &uuid[8..12], &uuid[12..16], &uuid[16..20], &uuid[20..]].join("-");
        let line = format!("{ms} {uuid} {:.2} 10.0.{}.{}", n as f64 / 1e12, n % 256, n / 256 % 256);
        prop_assert_eq!(mask(&line), line.as_str());
    }
}
