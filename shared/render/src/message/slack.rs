//! A message for a Slack incoming webhook: blocks, and a fallback text for lock screens.
//!
//! Source of the limits: Slack's reference of Block Kit (header, section, context) and of `chat.postMessage`; of the
//! escapes: "Formatting text for app surfaces".

use serde_json::{Value, json};

use super::link::Link;
use super::{Message, words};
use atalaya_core::alert::AlertEvent;

/// The most characters in a section's text.
pub const MAX_SECTION: usize = 3_000;
/// The most characters in a header's text.
pub const MAX_HEADER: usize = 150;
/// The most blocks in a message.
pub const MAX_BLOCKS: usize = 50;
/// The most characters in the fallback text; Slack cuts at 40,000 and asks for fewer than 4,000.
pub const MAX_TEXT: usize = 3_000;

/// Returns the JSON of the webhook's request.
#[must_use]
pub fn payload(message: &Message) -> String {
    let headline = words::headline(message);
    let mut blocks = vec![header(&headline)];
    blocks.extend(texts(&[facts(message)]));
    let findings = if message.event == AlertEvent::Resolve {
        "What was wrong"
    } else {
        "What is wrong"
    };
    let of = |line: String| format!("• {}", escaped(&line));
    blocks.extend(list(
        findings,
        message.findings.iter().map(words::finding).map(of),
    ));
    blocks.extend(list("Likely cause", [of(words::cause(message))]));
    blocks.extend(list(
        "Changes before",
        message.changes.iter().map(words::change).map(of),
    ));
    blocks.extend(list(
        "Logged most (masked)",
        message.error_kinds.iter().map(words::kind).map(of),
    ));
    blocks.extend(excerpts(message));
    blocks.extend(list(
        "Related metrics",
        message.metrics.iter().map(words::metric).map(of),
    ));
    blocks.extend(list("Links", message.links.iter().map(link)));
    blocks.extend(list(
        "Could not be had",
        message.missing.iter().cloned().map(of),
    ));
    let foot = format!("{} · {}", message.dedup_key, message.id);
    blocks.truncate(MAX_BLOCKS - 1);
    blocks
        .push(json!({"type": "context", "elements": [mrkdwn(&cut(&escaped(&foot), MAX_SECTION))]}));
    let text = format!("{headline} ({})", words::since(message));
    json!({"text": cut(&escaped(&text), MAX_TEXT), "blocks": blocks}).to_string()
}

fn facts(message: &Message) -> String {
    let mut facts = escaped(&words::since(message));
    if let Some(owner) = &message.owner {
        facts.push_str(" · owner ");
        facts.push_str(&escaped(owner));
    }
    facts
}

fn header(text: &str) -> Value {
    let text = cut(text, MAX_HEADER);
    json!({"type": "header", "text": {"type": "plain_text", "text": text, "emoji": false}})
}

/// Lines under a title, in as many sections as they need; none where there are no lines.
fn list(title: &str, lines: impl IntoIterator<Item = String>) -> Vec<Value> {
    let mut all = vec![format!("*{title}*")];
    all.extend(lines);
    if all.len() == 1 {
        return Vec::new();
    }
    texts(&all)
}

/// Packs lines into sections. A line that alone is too long for one is cut.
fn texts(lines: &[String]) -> Vec<Value> {
    let mut packed: Vec<String> = Vec::new();
    for line in lines {
        let line = cut(line, MAX_SECTION);
        match packed.last_mut() {
            Some(last) if length(last) + 1 + length(&line) <= MAX_SECTION => {
                last.push('\n');
                last.push_str(&line);
            }
            _ => packed.push(line),
        }
    }
    let section = |text: &String| json!({"type": "section", "text": mrkdwn(text)});
    packed.iter().map(section).collect()
}

/// Each line in a block of code of its own section, in which nothing but the escapes means anything.
fn excerpts(message: &Message) -> Vec<Value> {
    if message.excerpts.is_empty() {
        return Vec::new();
    }
    let mut blocks = texts(&["*Log lines* (masked)".to_owned()]);
    let fence = "```";
    for excerpt in &message.excerpts {
        let text = format!("{} {}", words::second(excerpt.at_ms), excerpt.text);
        // A back-tick would end the block of code, and what follows it would be read as format.
        let text = cut(
            &escaped(&text.replace('`', "'")),
            MAX_SECTION - 2 * fence.len(),
        );
        blocks.extend(texts(&[format!("{fence}{text}{fence}")]));
    }
    blocks
}

/// A link; `|` and `>` would end its address, and a cut one would lead elsewhere.
fn link(link: &Link) -> String {
    let url = link.url.replace('|', "%7C").replace('<', "%3C");
    let url = url.replace('>', "%3E").replace('&', "&amp;");
    let label = escaped(&link.label.replace('|', "/"));
    let whole = format!("• <{url}|{label}>");
    if length(&whole) <= MAX_SECTION {
        whole
    } else {
        format!("• {label}: the address is too long for Slack")
    }
}

/// `verbatim`: Slack shall make no links, channels or mentions out of what looks like one.
fn mrkdwn(text: &str) -> Value {
    json!({"type": "mrkdwn", "text": text, "verbatim": true})
}

/// Slack's three escapes: without them, `<!channel>` in a log line would call everybody.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

/// Cuts to `most` characters, never inside an escape.
fn cut(text: &str, most: usize) -> String {
    if length(text) <= most {
        return text.to_owned();
    }
    let mut kept: String = text.chars().take(most - 1).collect();
    if let Some(at) = kept.rfind('&')
        && !kept[at..].contains(';')
        && kept.len() - at < "&amp;".len()
    {
        kept.truncate(at);
    }
    kept.push('…');
    kept
}

fn length(text: &str) -> usize {
    text.chars().count()
}
