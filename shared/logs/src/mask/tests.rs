//! What is masked and what survives, as rows.

use super::{Countries, Country, Key, Mask};

mod images;
mod properties;

fn mask(text: &str) -> std::borrow::Cow<'_, str> {
    Mask::default().text(text)
}

fn keyed() -> Mask {
    Mask::keyed(Key::of(&[1; super::KEY_BYTES]), Countries::ALL)
}

fn check(line: &str, expected: &str) {
    assert_eq!(mask(line), expected, "{line}");
    assert_eq!(mask(expected), expected, "again: {line}");
}

/// Masks every line of a table, and fails with all that are wrong.
#[track_caller]
fn check_all(rows: &[(&str, &str)]) {
    let mut wrong = Vec::new();
    for (line, expected) in rows {
        for (from, found) in [(line, mask(line)), (expected, mask(expected))] {
            if found != *expected {
                wrong.push(format!(
                    "{from}\n    found    {found}\n    expected {expected}"
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[track_caller]
fn all_survive(lines: &[&str]) {
    let rows: Vec<_> = lines.iter().map(|line| (*line, *line)).collect();
    check_all(&rows);
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
    all_survive(&[
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
    ]);
}

#[test]
fn accounts_and_identity_documents_prove_themselves() {
    check_all(&[
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
    ]);
    all_survive(&[
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
    ]);
}

#[test]
fn addresses_and_phone_numbers_are_masked() {
    check_all(&[
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
    ]);
    all_survive(&[
        "lodash@4.17.21",
        "root@localhost",
        "com.example.Foo@1a2b3c",
        "@Override a@ @b",
        "2026-01-01T00:00:00+01:00 +0000 +12345 1e+123456789",
        "c2VjcmV0+123456789012=",
        "phone=verified mobile=true",
        "10.0.0.1 192.168.100.200:8080 2001:db8::8a2e:370:7334",
    ]);
}

#[test]
fn secrets_are_told_by_their_key() {
    check_all(&[
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
    ]);
    all_survive(&[
        "password= user=joe",
        r#"{"password":null,"token":true,"secret":""}"#,
        "password reset for user 12",
        "tokens=512 max_tokens=4096 token_type=bearer",
        "authorization failed",
        "compass=north spin=2 keyboard: qwerty",
        r#"{"auth":{"latency_ms":5},"dependency":"auth"}"#,
        "12 pass=3 fail=1",
    ]);
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
    all_survive(&[
        "bearer token invalid",
        "Basic authentication failed",
        "commit 356a192b7913b04c54574d18c28d46e6395428ab",
        "https://example.com/a@b",
        "AKIA is a prefix",
        "-----BEGIN CERTIFICATE-----",
        "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "/usr/lib/jvm/Java17/jre/lib/security/x.y",
    ]);
}

#[test]
fn texts_in_sql_are_masked() {
    check_all(&[
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
    ]);
    all_survive(&[
        "please select 'a' or 'b'",
        "can't update 'x'",
        "SELECT \"a\" FROM \"t\"",
        "'a' is where it's at",
    ]);
}

#[test]
fn the_same_value_has_the_same_word_however_it_is_written() {
    for (one, other) in [
        ("4111111111111111", "4111 1111-1111 1111"),
        ("4111111111111111", "4111-1111-1111-1111"),
        ("ES9121000418450200051332", "es91 2100 0418 4502 0005 1332"),
        ("Ana@Example.com", "ana%40example.com"),
        ("ana@example.com", "ana%2540example.com"),
        ("+34600111222", "+34 600 111 222"),
        ("12345678Z", "12.345.678-z"),
    ] {
        let words = [one, other].map(|line| keyed().text(line).into_owned());
        let told = words[0].ends_with(']') && words[0].contains(' ');
        assert!(told, "{one}: {}", words[0]);
        if !words[1].contains("1111") {
            assert_eq!(words[0], words[1], "{one} and {other}");
        }
    }
    // The stored words of a deployment stay what they are.
    assert_eq!(keyed().text("to ana@example.com"), FROZEN);
    assert_ne!(keyed().text("a@b.com"), keyed().text("b@b.com"));
    let other = Mask::keyed(Key::of_replays(), Countries::ALL);
    assert_ne!(keyed().text("a@b.com"), other.text("a@b.com"));
    assert_eq!(format!("{:?}", Key::of_replays()), "Key");
}

/// The word of an address under the key of these tests.
const FROZEN: &str = "to [email abbccf]";

#[test]
fn what_could_be_guessed_has_no_hash() {
    for (line, expected) in [
        (
            "pin=1234 password=hunter2",
            "pin=[secret] password=[secret]",
        ),
        (
            "postgres://loans:a-very-long-password@db/x",
            "postgres://[secret]@db/x",
        ),
        (
            "select a from t where b = 'a very long literal'",
            "select a from t where b = '[text]'",
        ),
    ] {
        assert_eq!(keyed().text(line), expected);
    }
}

#[test]
fn documents_are_masked_of_the_countries_that_are_set() {
    for (country, number, other) in [
        (Country::Ar, "20-12345678-6", "20-12345678-5"),
        (Country::Br, "111.444.777-35", "111.444.777-36"),
        (Country::Cl, "12.345.678-5", "12.345.678-6"),
        (Country::Cl, "12345678-5", "12345678-9"),
        (Country::Es, "X1234567L", "X1234567M"),
        (
            Country::Fr,
            "2 84 05 75 123 456 72",
            "2 84 05 75 123 456 73",
        ),
        (Country::Gb, "AB 12 34 56 C", "AB 12 34 56 E"),
        (Country::In, "2345 6789 0124", "2345 6789 0125"),
        (Country::It, "RSSMRA85T10A562S", "RSSMRA85T10A562T"),
        (Country::Mx, "HEGG560427MVZRRL04", "HEGG560427MVZRRL05"),
        (Country::Pl, "44051401359", "44051401358"),
        (Country::Us, "219-09-9999", "000-09-9999"),
    ] {
        let only = Mask::plain(Countries::NONE.with(country));
        let line = |number: &str| format!("applicant {number}, amount 12.50");
        let found = only.text(&line(number)).into_owned();
        assert_eq!(found, line("[id]"), "{country:?}");
        assert_eq!(only.text(&line(other)), line(other), "{country:?}");
        let none = Mask::plain(Countries::NONE);
        assert_eq!(none.text(&line(number)), line(number), "{country:?}");
        assert_eq!(Country::of_code(country.code()), Some(country));
    }
    let none = Mask::plain(Countries::NONE);
    assert_eq!(none.text("ssn=219-09-9999"), "ssn=219-09-9999");
    check("ssn=219099999 dni: 12345678", "ssn=[id] dni: [id]");
}

#[test]
fn values_are_found_in_what_programs_print() {
    check_all(&[
        (
            "db::password::new() core::pin::Pin<P>",
            "db::password::new() core::pin::Pin<P>",
        ),
        ("POST /auth/token => 200", "POST /auth/token => 200"),
        ("0x4111111111111111", "0x4111111111111111"),
        (
            "dd.trace_id=4111111111111111 span_id=4111111111111111",
            "dd.trace_id=4111111111111111 span_id=4111111111111111",
        ),
        (
            r#"{"dd":{"trace_id":4111111111111111}}"#,
            r#"{"dd":{"trace_id":4111111111111111}}"#,
        ),
        (
            "arn:aws:secretsmanager:us-east-1:123456789012:secret:prod/db-AbCdEf",
            "arn:aws:secretsmanager:us-east-1:123456789012:secret:prod/db-AbCdEf",
        ),
        (
            "getty@tty1.service rabbit@ip-10-0-0-1.ec2.internal left-pad@1.3.0-rc.one",
            "getty@tty1.service rabbit@ip-10-0-0-1.ec2.internal left-pad@1.3.0-rc.one",
        ),
        ("--- PASS: TestLoan (0.00s)", "--- PASS: TestLoan (0.00s)"),
        (
            "password=[FILTERED] token=***",
            "password=[FILTERED] token=***",
        ),
        ("(using password: YES)", "(using password: YES)"),
        ("q=%224111111111111111%22", "q=%22[card]%22"),
        ("a\\nES9121000418450200051332\\nb", "a\\n[iban]\\nb"),
        ("iban=ES91+2100+0418+4502+0005+1332&x", "iban=[iban]&x"),
        (
            "(415) 555-2671 or 415-555-2671 or 1-415-555-2671",
            "[phone] or [phone] or [phone]",
        ),
        (
            "<wsse:Password Type=\"x\">abc</wsse:Password>",
            "<wsse:Password Type=\"x\">[secret]</wsse:Password>",
        ),
        ("(b'x-api-key', b'abc')", "(b'x-api-key', b'[secret]')"),
        (
            r#"{"rawHeaders":["X-Api-Key","abc","Host","x"]}"#,
            r#"{"rawHeaders":["X-Api-Key","[secret]","Host","x"]}"#,
        ),
        (
            r#"{"missing":["password","email"]}"#,
            r#"{"missing":["password","email"]}"#,
        ),
        (
            "form-data; name=\"password\"\\r\\n\\r\\nabc\\r\\n",
            "form-data; name=\"password\"\\r\\n\\r\\n[secret]",
        ),
        (
            "<input name=\"password\" value=\"abc\">",
            "<input name=\"password\" value=\"[secret]\">",
        ),
        ("app:hunter2@tcp(db:3306)/x", "[secret]@tcp(db:3306)/x"),
        (
            "jdbc:oracle:thin:app/hunter2@//db:1521/X",
            "jdbc:oracle:thin:[secret]@//db:1521/X",
        ),
        (
            "DETAIL:  Key (a, b)=(x, (y)) already exists.",
            "DETAIL:  Key (a, b)=([text]) already exists.",
        ),
        (
            "DETAIL:  Failing row contains (1, ana).",
            "DETAIL:  Failing row contains ([text]).",
        ),
        (
            "DETAIL:  parameters: $1 = 'ana', $2 = '7'",
            "DETAIL:  parameters: $1 = '[text]', $2 = '[text]'",
        ),
        (
            "ALTER USER x PASSWORD 'abc'",
            "ALTER USER x PASSWORD '[secret]'",
        ),
        (
            "Duplicate entry 'ana' for key 'x'",
            "Duplicate entry '[text]' for key 'x'",
        ),
    ]);
}
