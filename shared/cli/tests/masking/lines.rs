//! Log lines of many loggers and servers, with a secret in each.

use std::fmt::Write as _;

use fastrand::Rng;

use super::secrets::{Class, Secret};

/// A line with a secret in it.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) text: String,
    /// The kind of line, for who reads of a failure.
    pub(crate) shape: usize,
    /// What stands in it that must survive: ids, moments, amounts.
    pub(crate) kept: Vec<String>,
}

/// How many kinds of lines there are.
pub(crate) const SHAPES: usize = 42;

fn json(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// Returns the inside of a JSON string.
fn escaped(text: &str) -> String {
    let quoted = json(text);
    quoted[1..quoted.len() - 1].to_owned()
}

/// Escapes what may not stand in a query; `space` is what stands for one.
fn query(text: &str, space: &str) -> String {
    let mut made = String::new();
    for byte in text.bytes() {
        match byte {
            b' ' => made.push_str(space),
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'-' | b'_' | b'.' | b'~' => {
                made.push(byte.into());
            }
            byte => write!(made, "%{byte:02X}").expect("a string takes all"),
        }
    }
    made
}

/// Puts a secret into a line of a kind; `None` where nobody would write it so.
pub(crate) fn line(secret: &Secret, shape: usize, rng: &mut Rng) -> Option<Line> {
    let ms = rng.i64(1_600_000_000_000..1_900_000_000_000).to_string();
    let trace = format!("{:032x}", rng.u128(..));
    let id = trace.clone();
    let uuid = format!(
        "{}-{}-4{}-a{}-{}",
        &id[..8],
        &id[8..12],
        &id[13..16],
        &id[17..20],
        &id[20..32]
    );
    let amount = format!("{}.{:02}", rng.u32(100..10_000_000), rng.u32(..100));
    let Secret {
        class,
        value,
        phrase,
        key,
    } = secret;
    let (class, key) = (*class, *key);
    let said = json(&format!("cannot notify {phrase} of the decision"));
    let plain = !class.needs_context();
    // A secret that is told by its surroundings stands in a field only where the field tells it.
    let is_field = plain || class == Class::Password;
    let field = |text: String| is_field.then_some(text);
    // Texts of SQL stand in sentences and fields; nobody puts a statement into a header.
    let is_value = is_field && !value.contains(' ');
    let text = match shape {
        // Loggers that write JSON, with the secret in the message.
        0 => format!(r#"{{"level":50,"time":{ms},"pid":1,"hostname":"a50f","reqId":"{uuid}","amount":{amount},"msg":{said}}}"#),
        1 => format!(r#"{{"asctime": "2026-11-21 08:03:26,976", "levelname": "ERROR", "request_id": "{uuid}", "message": {said}, "amount": "{amount}", "ts": {ms}}}"#),
        2 => format!(r#"{{"@timestamp":"2026-11-21T08:03:26.976Z","log.level":"ERROR","trace.id":"{trace}","epoch":{ms},"amount":{amount},"message":{said},"error":{{"type":"x.Y","stack_trace":{}}}}}"#, json(&format!("x.Y: {phrase}\n\tat a.B.c(D.java:12)"))),
        3 => format!(r#"{{"time":"2026-11-21T08:09:06.5Z","level":"ERROR","msg":"failed","req":"{uuid}","at":{ms},"sum":{amount},"trace":"{trace}","err":{}}}"#, json(&format!("smtp: {phrase}: refused"))),
        // A JSON document in a JSON string, and in another once more.
        4 => {
            let inner = format!(r#"{{"applicant":{{"note":{said}}},"n":1}}"#);
            format!(r#"{{"id":"{uuid}","trace_id":"{trace}","t":{ms},"amount":{amount},"body":{}}}"#, json(&inner))
        }
        5 => {
            let inner = format!(r#"{{"level":"error","msg":{said}}}"#);
            let middle = format!(r#"{{"log":{},"stream":"stderr"}}"#, json(&inner));
            format!(r#"{{"id":"{uuid}","trace_id":"{trace}","t":{ms},"amount":{amount},"log":{}}}"#, json(&middle))
        }
        6 => field(format!(r#"{{"id":"{uuid}","trace_id":"{trace}","t":{ms},"amount":{amount},"req":{{"params":{{"{key}":{}}}}}}}"#, json(value)))?,
        7 => field(format!(r#"{{"id":"{uuid}","trace_id":"{trace}","t":{ms},"amount":{amount},"body":{}}}"#, json(&format!(r#"{{"a":1,"{key}":{}}}"#, json(value)))))?,
        // The same cut off, so that it is JSON no more.
        8 => field(format!(r#"{{"id":"{uuid}","trace_id":"{trace}","t":{ms},"amount":{amount},"body":"{{\"a\":1,\"{key}\":\"{}\",\"b\":"#, escaped(&escaped(value))))?,
        9 => format!(r#"INFO {ms} {uuid} {trace} {amount} received {{"note":{said},"n":1}} from 10.0.0.7"#),
        10 => field(format!(r#"INFO {ms} {uuid} {trace} {amount} received {{"{key}":{},"n":1}}"#, json(value)))?,
        // logfmt.
        11 => format!(r#"time="2026-11-21T08:09:39Z" level=error request_id={uuid} trace_id={trace} ts={ms} amount={amount} msg={said}"#),
        12 => is_value.then(|| format!("level=error request_id={uuid} trace_id={trace} ts={ms} amount={amount} {key}={value} ok=false"))?,
        13 => field(format!("level=error request_id={uuid} trace_id={trace} ts={ms} amount={amount} {key}={} ok=false", json(value)))?,
        // Layouts of text.
        14 => format!("2026-11-21 08:04:00,111 - loans.api - ERROR - [{uuid}] trace={trace} at={ms} amount={amount} {phrase}"),
        15 => format!("2026-11-21T08:15:21.398Z ERROR 1 --- [app] [main] [{trace}] c.e.Mailer : {ms} {uuid} {amount} rejected {phrase}, giving up"),
        16 => format!("[2026-11-21T08:04:00Z ERROR loans] {ms} {uuid} {trace} {amount} <{phrase}>"),
        17 => format!("E1121 08:04:00.111111 1 mail.go:17] {ms} {uuid} {trace} {amount} to ({phrase})"),
        18 => format!("\u{1b}[2m2026-11-21T08:20:39Z\u{1b}[0m \u{1b}[31mERROR\u{1b}[0m {ms} {uuid} {trace} {amount} \u{1b}[3merror\u{1b}[0m\u{1b}[2m=\u{1b}[0m{said}"),
        19 => format!("Caused by: javax.mail.SendFailedException: {ms} {uuid} {trace} {amount} invalid: {phrase}"),
        20 => format!("ValueError: {ms} {uuid} {trace} {amount} could not convert '{phrase}'"),
        // What languages print of their values.
        21 => field(format!("{ms} {uuid} {trace} {amount} payload={{'a': 1, '{key}': '{value}', 'b': None}}"))?,
        22 => field(format!("{ms} {uuid} {trace} {amount} payload={{'a': 1, b'{key}': b'{value}'}}"))?,
        23 => is_value.then(|| format!("{ms} {uuid} {trace} {amount} Applicant(id=17, {key}={value}, age=41)"))?,
        24 => is_value.then(|| format!("{ms} {uuid} {trace} {amount} {{Id:17 {key}:{value} Age:41}}"))?,
        25 => field(format!(r#"{ms} {uuid} {trace} {amount} Applicant {{ id: 17, {key}: "{value}", age: 41 }}"#))?,
        26 => field(format!(r#"{ms} {uuid} {trace} {amount} {{"id"=>17, "{key}"=>"{value}"}}"#))?,
        27 => field(format!("{ms} {uuid} {trace} {amount} Array ( [id] => 17 [{key}] => {value} )"))?,
        28 => is_value.then(|| format!("{ms} {uuid} {trace} {amount} <applicant><id>17</id><{key}>{value}</{key}></applicant>"))?,
        // Access lines, with the secret in the query, the path of a redirect, the referer.
        29 => is_field.then(|| format!(r#"10.0.0.1 - - [21/Nov/2026:08:04:01 +0000] "GET /loan/apply?ts={ms}&rid={uuid}&trace={trace}&amount={amount}&{key}={}&page=2 HTTP/1.1" 200 16 "-" "curl/8.5.0""#, query(value, "%20")))?,
        30 => is_field.then(|| format!(r#"10.0.0.1 - - [21/Nov/2026:08:04:01 +0000] "GET / HTTP/1.1" 302 16 "https://loans.example.com/?ts={ms}&rid={uuid}&trace={trace}&amount={amount}&{key}={}" "Mozilla/5.0 (X11)""#, query(value, "+")))?,
        31 => is_field.then(|| {
            let next = format!("https://x.example.com/?a=1&{key}={}", query(value, "%20"));
            format!(r#"{ms} {uuid} {trace} {amount} "GET /login?next={} HTTP/1.1" 302 0"#, query(&next, "%20"))
        })?,
        32 => is_field.then(|| format!("{ms} {uuid} {trace} {amount} body: name=ana&{key}={}&terms=on", query(value, "+")))?,
        33 => is_field.then(|| format!("{ms} {uuid} {trace} {amount} filter=%7B%22{key}%22%3A%22{}%22%7D", query(value, "%20")))?,
        34 => (plain && is_value && !value.contains('/')).then(|| format!(r#"{ms} {uuid} {trace} {amount} "GET /customers/{value}/loans HTTP/1.1" 404 12"#))?,
        // Headers, the environment, connections.
        35 => match class {
            Class::Bearer => format!("{ms} {uuid} {trace} {amount} > Host: x\\r\\n> Authorization: Bearer {value}\\r\\n> Accept: */*"),
            Class::Password => format!(r#"{ms} {uuid} {trace} {amount} headers=[["host","x"],["x-api-key","{value}"]]"#),
            Class::Jwt => format!("{ms} {uuid} {trace} {amount} Cookie: sid=1; session={value}"),
            _ => field(format!("{ms} {uuid} {trace} {amount} > Host: x\\n> X-Customer: {value}\\n> Accept: */*"))?,
        },
        36 => match class {
            Class::Bearer => format!(r#"{{"id":"{uuid}","trace":"{trace}","t":{ms},"amount":{amount},"rawHeaders":["Host","x","Authorization","Bearer {value}","X-Api-Key","{value}"]}}"#),
            _ => is_value.then(|| format!(r#"{{"id":"{uuid}","trace":"{trace}","t":{ms},"amount":{amount},"headers":[{{"name":"{key}","value":{}}}]}}"#, json(value)))?,
        },
        37 => is_value.then(|| format!("{ms} {uuid} {trace} {amount} env: PATH=/usr/bin HOME=/root {key}={value} TZ=UTC"))?,
        38 => is_value.then(|| format!("{ms} {uuid} {trace} {amount} Server=db;User Id=loans;{key}={value};Encrypt=true"))?,
        39 => format!("{ms} {uuid} {trace} {amount} arn:aws:lambda:us-east-1:123456789012:function:loan-api failed: {phrase}"),
        // Servers of databases.
        40 => format!("2026-11-21 08:18:22.123 UTC [77] loans@loans LOG:  {ms} {uuid} {trace} {amount} statement: INSERT INTO notes (id, text) VALUES (17, '{}')", phrase.replace('\'', "''")),
        _ => format!("{ms} {uuid} {trace} {amount} ERROR:  duplicate key value\\nDETAIL:  {phrase}\\nSTATEMENT:  commit"),
    };
    let mut kept = vec![ms, amount, trace];
    // In the escaped forms of a document an id stands as it is, too.
    kept.push(uuid);
    kept.retain(|kept| text.contains(kept.as_str()));
    Some(Line { text, shape, kept })
}
