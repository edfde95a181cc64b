//! The grammar of single values: durations, names, routes, links, references to secrets.
//!
//! Each function takes the text of one value and returns its meaning, or why it has none. None of
//! them knows where in the file the value is.

use std::time::Duration;

use atalaya_logs::mask::Country;

use super::SecretRef;
use super::schema::{Kind, Single, Words, single};

/// Log groups with this prefix are Atalaya's own: reading them would feed Atalaya its own output
/// (law 7).
pub(super) const OWN_LOG_GROUPS: &str = "/aws/lambda/atalaya";

/// Why a value was refused.
#[derive(Debug)]
pub(super) struct Wrong {
    /// The problem, as a fragment that continues the key's path.
    pub(super) problem: String,
    /// The remedy, as a fragment.
    pub(super) remedy: String,
}

/// A refused value, in the form that every function here returns.
pub(super) fn wrong<T>(problem: impl Into<String>, remedy: impl Into<String>) -> Result<T, Wrong> {
    Err(Wrong {
        problem: problem.into(),
        remedy: remedy.into(),
    })
}

/// A text of the author, cut and escaped so that it cannot spoil a terminal; never used for a secret.
pub(super) fn shown(text: &str) -> String {
    format!("`{}`", escaped(text))
}

fn escaped(text: &str) -> String {
    const LONGEST: usize = 48;
    let escaped: String = text
        .chars()
        .take(LONGEST)
        .flat_map(char::escape_debug)
        .collect();
    let rest = if text.chars().nth(LONGEST).is_some() {
        "…"
    } else {
        ""
    };
    escaped + rest
}

impl Words {
    /// Returns these words of a value.
    pub(super) fn wrong<T>(&self, value: &str) -> Result<T, Wrong> {
        wrong(
            self.problem.replace("{value}", &escaped(value)),
            self.remedy,
        )
    }
}

/// Says that a text is none of the words that it may be.
pub(super) fn unknown_word<T>(of: &Single, text: &str) -> Result<T, Wrong> {
    let words = &of.checks[0].words;
    words.wrong(text).map_err(|wrong| Wrong {
        remedy: of.remedy(words),
        ..wrong
    })
}

/// Returns a number that lies within the range of a value; `written` is how the file has it.
pub(super) fn within(of: &Single, number: f64, written: &str) -> Result<f64, Wrong> {
    let is_broken = of.kind == Kind::Whole && number.fract() != 0.0;
    match &of.range {
        Some(range) if is_broken || !range.holds(number) => range.words.wrong(written),
        _ => Ok(number),
    }
}

/// Returns a duration that lies within the range of a value.
pub(super) fn duration_within(of: &Single, text: &str) -> Result<Duration, Wrong> {
    let remedy = of.checks[0].words.remedy;
    let read = duration(text).map_err(|wrong| Wrong {
        remedy: remedy.to_owned(),
        ..wrong
    })?;
    within(of, read.as_secs_f64() * 1000.0, text)?;
    Ok(read)
}

/// A whole number with a unit: `500ms`, `1s`, `2m`, `1h`, `30d`.
pub(super) fn duration(text: &str) -> Result<Duration, Wrong> {
    const FORM: &str = single::DURATION.words.remedy;
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let milliseconds: u64 = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        "" if digits > 0 => return wrong(format!("{} has no unit", shown(text)), FORM),
        _ => return wrong(format!("{} is not a duration", shown(text)), FORM),
    };
    if digits == 0 {
        return wrong(format!("{} is not a duration", shown(text)), FORM);
    }
    match number
        .parse::<u64>()
        .ok()
        .and_then(|number| number.checked_mul(milliseconds))
    {
        Some(total) => Ok(Duration::from_millis(total)),
        None => wrong(format!("{} is too long to count", shown(text)), FORM),
    }
}

/// The threshold of a latency objective, 1 ms to 1 h.
pub(super) fn threshold(text: &str) -> Result<Duration, Wrong> {
    duration_within(&single::THRESHOLD, text)
}

/// The window of an objective, in days.
pub(super) fn window_days(text: &str) -> Result<u32, Wrong> {
    duration(text)?;
    let Some(days) = text.strip_suffix('d') else {
        return single::WINDOW.checks[1].words.wrong(text);
    };
    let days = days.parse().unwrap_or(f64::INFINITY);
    within(&single::WINDOW, days, text).map(|days| days as u32)
}

/// A CloudWatch namespace of metrics.
pub(super) fn namespace(text: &str) -> Result<String, Wrong> {
    const RULE: &str = single::NAMESPACE_RULE;
    let taken = |c: char| c.is_ascii_alphanumeric() || ".-_/#: ".contains(c);
    if text.trim().is_empty() {
        return wrong("must not be empty", RULE);
    }
    if text.len() > 255 {
        return wrong(format!("is {} bytes long", text.len()), RULE);
    }
    if let Some(bad) = text.chars().find(|&c| !taken(c)) {
        return wrong(format!("must not hold {}", shown(&bad.to_string())), RULE);
    }
    if text.starts_with(':') {
        return wrong(
            "must not begin with `:`",
            "CloudWatch refuses such a namespace",
        );
    }
    if text.starts_with("AWS/") {
        return wrong(
            "must not begin with `AWS/`",
            "AWS keeps those namespaces for itself",
        );
    }
    Ok(text.to_owned())
}

/// A name of our own: a service, a dependency, an objective.
///
/// Such a name is a dimension of CloudWatch and part of a store's key, where `#` and `:` part one name from the next.
pub(super) fn name(text: &str) -> Result<String, Wrong> {
    let taken = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    let begins_well = text.starts_with(|c: char| c.is_ascii_alphanumeric());
    if begins_well && text.len() <= 100 && text.chars().all(taken) {
        return Ok(text.to_owned());
    }
    single::NAME.checks[0].words.wrong(text)
}

/// The name of a pattern.
pub(super) fn pattern_name(text: &str) -> Result<(), Wrong> {
    let taken = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if (1..=40).contains(&text.len()) && text.chars().all(taken) {
        return Ok(());
    }
    single::PATTERN_NAME.checks[0].words.wrong(text)
}

/// A country whose identity documents are known.
pub(super) fn country(text: &str) -> Result<Country, Wrong> {
    Country::of_code(text).map_or_else(|| unknown_word(&single::COUNTRY, text), Ok)
}

/// The name of a CloudWatch log group that is not Atalaya's own.
pub(super) fn log_group(text: &str) -> Result<String, Wrong> {
    let taken = |c: char| c.is_ascii_alphanumeric() || "_/.-#".contains(c);
    if text.starts_with("arn:") {
        return single::LOG_GROUP.checks[0].words.wrong(text);
    }
    if text.is_empty() || text.len() > 512 || !text.chars().all(taken) {
        return single::LOG_GROUP.checks[1].words.wrong(text);
    }
    if text.starts_with(OWN_LOG_GROUPS) {
        return wrong(
            format!("{} is a log group of Atalaya itself", shown(text)),
            "remove it: Atalaya would read what it writes, for ever",
        );
    }
    Ok(text.to_owned())
}

/// A route template, such as `/loan/{id}/status`.
pub(super) fn route(text: &str) -> Result<String, Wrong> {
    let words = &single::ROUTE.checks[0].words;
    if !text.starts_with('/') {
        return words.wrong(text);
    }
    if text.len() > 255 {
        return wrong(
            format!("is {} bytes long, more than 255", text.len()),
            words.remedy,
        );
    }
    let path = &text[1..];
    let path = path.strip_suffix('/').unwrap_or(path);
    if path.is_empty() && text.len() == 1 {
        return Ok(text.to_owned());
    }
    for segment in path.split('/') {
        let placeholder = segment
            .strip_prefix('{')
            .and_then(|rest| rest.strip_suffix('}'));
        let fits = match placeholder {
            Some(name) => {
                name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
                    && name
                        .chars()
                        .all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
            }
            None => {
                !segment.is_empty()
                    && segment
                        .chars()
                        .all(|c| c.is_ascii_alphanumeric() || "._~%!$&'()+,;=:@-".contains(c))
            }
        };
        if !fits {
            return wrong(
                format!("{} has the part {}", shown(text), shown(segment)),
                words.remedy,
            );
        }
    }
    Ok(text.to_owned())
}

/// The first few of the author's names.
pub(super) fn some(names: &[String]) -> String {
    const MOST: usize = 5;
    let mut some: Vec<&str> = names.iter().take(MOST).map(String::as_str).collect();
    if names.len() > MOST {
        some.push("…");
    }
    some.join(", ")
}

/// A dotted path into a structured log line, such as `http.elapsed`.
pub(super) fn field_path(text: &str) -> Result<String, Wrong> {
    let parts = text.split('.');
    let fits = text.len() <= 256 && parts.clone().count() <= 8;
    if fits
        && parts
            .clone()
            .all(|part| !part.is_empty() && !part.contains(char::is_control))
    {
        return Ok(text.to_owned());
    }
    single::FIELD_PATH.checks[0].words.wrong(text)
}

/// A line of free text that is shown to people, such as an owner.
pub(super) fn line(text: &str) -> Result<String, Wrong> {
    if text.trim().is_empty() {
        return single::LINE.checks[0].words.wrong(text);
    }
    if text.chars().count() > 200 || text.contains(char::is_control) {
        return wrong("must be one line of at most 200 characters", "shorten it");
    }
    Ok(text.to_owned())
}

/// A link that a person can follow.
pub(super) fn link(text: &str) -> Result<String, Wrong> {
    let words = &single::LINK.checks[0].words;
    let rest = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"));
    let Some(rest) = rest else {
        return words.wrong(text);
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if authority.contains('@') {
        return wrong(
            "must not hold a user name or a password",
            "remove what stands before the `@`",
        );
    }
    let host = authority.split(':').next().unwrap_or_default();
    let host_fits = host.starts_with(|c: char| c.is_alphanumeric() || c == '[');
    if !host_fits
        || text.len() > 2048
        || text.contains(|c: char| c.is_whitespace() || c.is_control())
    {
        return wrong("is not a link", words.remedy);
    }
    Ok(text.to_owned())
}

/// The ARN of an SNS topic, in any partition.
pub(super) fn topic_arn(text: &str) -> Result<String, Wrong> {
    let parts: Vec<&str> = text.split(':').collect();
    if let ["arn", partition, "sns", region, account, topic] = parts[..] {
        let account_fits = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
        let topic_fits = (1..=256).contains(&topic.len())
            && topic
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
        let word = |word: &str| word.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        if partition.starts_with("aws")
            && word(partition)
            && !region.is_empty()
            && word(region)
            && account_fits
            && topic_fits
        {
            return Ok(text.to_owned());
        }
    }
    single::TOPIC.checks[0].words.wrong(text)
}

/// A reference to a secret. What is not one may be the secret itself, so no message here repeats the text.
pub(super) fn secret(text: &str) -> Result<SecretRef, Wrong> {
    let [no_reference, no_parameter, no_secret] = single::SECRET_CHECKS;
    if let Some(parameter) = text.strip_prefix("ssm:") {
        let taken = |c: char| c.is_ascii_alphanumeric() || "_.-/".contains(c);
        let fits = parameter.len() > 1 && parameter.len() <= 1011 && parameter.chars().all(taken);
        if fits && parameter.starts_with('/') && !parameter.ends_with('/') {
            return Ok(SecretRef::Parameter(parameter.to_owned()));
        }
        return no_parameter.words.wrong("");
    }
    if let Some(secret) = text.strip_prefix("secretsmanager:") {
        let taken = |c: char| c.is_ascii_alphanumeric() || "/_+=.@-:".contains(c);
        if (1..=512).contains(&secret.len()) && secret.chars().all(taken) {
            return Ok(SecretRef::SecretsManager(secret.to_owned()));
        }
        return no_secret.words.wrong("");
    }
    no_reference.words.wrong("")
}
