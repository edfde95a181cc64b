//! A message as blocks, and a fallback text for lock screens.
//!
//! Source of the limits: Slack's reference of Block Kit (header, section, context) and of `chat.postMessage`; of the
//! escapes: "Formatting text for app surfaces".

use serde_json::{Value, json};

use crate::message::link::Link;
use crate::message::{Message, words};
use atalaya_core::alert::AlertEvent;

/// The most characters in a section's text.
pub const MAX_SECTION: usize = 3_000;
/// The most characters in a header's text.
pub const MAX_HEADER: usize = 150;
/// The most blocks in a message.
pub const MAX_BLOCKS: usize = 50;
/// The most characters in the fallback text; Slack cuts at 40,000 and asks for fewer than 4,000.
pub const MAX_TEXT: usize = 3_000;

/// The most characters in all blocks. Slack documents no limit, but refuses about 13,200 as
/// `msg_blocks_too_long`, as reported in slackapi/bolt-js#2509.
pub const MAX_CHARACTERS: usize = 12_000;

/// The blocks of one part of the message. If the message is too long, the part with the highest
/// rank is left out first.
struct Part {
    name: &'static str,
    rank: u8,
    blocks: Vec<Value>,
}

/// Returns the JSON of the request.
#[must_use]
pub fn payload(message: &Message) -> String {
    let headline = words::headline(message);
    let mut parts = parts(message);
    let mut left_out = Vec::new();
    let mut foot = foot(message, &left_out);
    let mut first = vec![header(&headline)];
    first.extend(texts(&[facts(message)]));
    while is_too_much(&first, &parts, &foot)
        && let Some(worst) = (0..parts.len()).max_by_key(|&at| parts[at].rank)
    {
        left_out.insert(0, parts.remove(worst).name);
        foot = self::foot(message, &left_out);
    }
    let mut blocks = first;
    blocks.extend(parts.into_iter().flat_map(|part| part.blocks));
    blocks.push(foot);
    let text = format!("{headline} ({})", words::since(message));
    json!({"text": cut(&escaped(&text), MAX_TEXT), "blocks": blocks}).to_string()
}

/// Returns the parts between the headline and the last line, in reading order.
fn parts(message: &Message) -> Vec<Part> {
    let part = |name, rank, blocks| Part { name, rank, blocks };
    let findings = if message.event == AlertEvent::Resolve {
        "What was wrong"
    } else {
        "What is wrong"
    };
    let of = |line: String| format!("• {}", escaped(&line));
    let listed = |name, rank, lines: Vec<String>| part(name, rank, list(name, lines));
    let all = vec![
        listed(
            findings,
            1,
            message
                .findings
                .iter()
                .map(words::finding)
                .map(of)
                .collect(),
        ),
        listed("Likely cause", 0, vec![of(words::cause(message))]),
        listed(
            "Changes before",
            2,
            message.changes.iter().map(words::change).map(of).collect(),
        ),
        listed(
            "Logged most (masked)",
            4,
            message
                .error_kinds
                .iter()
                .map(words::kind)
                .map(of)
                .collect(),
        ),
        part("Log lines (masked)", 3, excerpts(message)),
        listed(
            "Related metrics",
            5,
            message.metrics.iter().map(words::metric).map(of).collect(),
        ),
        listed("Links", 0, message.links.iter().map(link).collect()),
        listed(
            "Could not be had",
            6,
            message.missing.iter().cloned().map(of).collect(),
        ),
    ];
    all.into_iter()
        .filter(|part| !part.blocks.is_empty())
        .collect()
}

/// Returns the last block: the names of the parts that were left out, and the ids of the incident
/// and the message.
fn foot(message: &Message, left_out: &[&str]) -> Value {
    let ids = format!("{} · {}", message.dedup_key, message.id);
    let text = if left_out.is_empty() {
        ids
    } else {
        format!(
            "left out, for Slack takes no more: {} · {ids}",
            left_out.join(", ")
        )
    };
    json!({"type": "context", "elements": [mrkdwn(&cut(&escaped(&text), MAX_SECTION))]})
}

fn is_too_much(first: &[Value], parts: &[Part], foot: &Value) -> bool {
    let of_parts = parts.iter().flat_map(|part| &part.blocks);
    let blocks = || first.iter().chain(of_parts.clone()).chain([foot]);
    let characters: usize = blocks().map(characters).sum();
    characters > MAX_CHARACTERS || blocks().count() > MAX_BLOCKS
}

/// Returns how many characters of text a block has.
fn characters(block: &Value) -> usize {
    let text = match block.get("elements") {
        Some(elements) => &elements[0]["text"],
        None => &block["text"]["text"],
    };
    text.as_str().map_or(0, length)
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

/// Each line as a code block in a section of its own, where only Slack's escapes are interpreted.
fn excerpts(message: &Message) -> Vec<Value> {
    if message.excerpts.is_empty() {
        return Vec::new();
    }
    let mut blocks = texts(&["*Log lines* (masked)".to_owned()]);
    let fence = "```";
    for excerpt in &message.excerpts {
        let text = format!("{} {}", words::second(excerpt.at_ms), excerpt.text);
        // A back-tick would end the code block, and the text behind it would be read as markup.
        let text = cut(
            &escaped(&text.replace('`', "'")),
            MAX_SECTION - 2 * fence.len(),
        );
        blocks.extend(texts(&[format!("{fence}{text}{fence}")]));
    }
    blocks
}

/// A link. `|` and `>` would end its address, and a shortened address would lead elsewhere.
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

/// `verbatim`: Slack must not turn text that looks like a link, channel or mention into one.
fn mrkdwn(text: &str) -> Value {
    json!({"type": "mrkdwn", "text": text, "verbatim": true})
}

/// Slack's three escapes: without them, `<!channel>` in a log line would notify everybody.
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
