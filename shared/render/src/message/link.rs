//! Links into the AWS console, with the exact time range and query.
//!
//! The console keeps the state of a page behind `#`, in an encoding of its own: an object is
//! `~(key~value~key~value)`, a list `~(~value~value)`, a string begins with `'` and has `*xx` for
//! each byte that is no letter, digit, `-`, `.` or `_`. All of it is percent-encoded twice, with
//! `$` in place of the outer `%`: `~` is `$257E`. AWS does not document this encoding; it was read
//! off links that the console writes.

use std::fmt::Write as _;

use atalaya_core::alert::Alert;
use atalaya_core::time::MINUTE_MS;

/// The longest link, in bytes: what mail programs, chats and browsers take without cutting it.
pub const MAX_URL: usize = 2_000;

/// Time shown before the first bad minute and after the last known one.
const MARGIN_MS: i64 = 10 * MINUTE_MS;

/// The query that a link to the logs opens with.
const QUERY: &str = "fields @timestamp, @logStream, @message\n\
                     | filter @message like /(?i)(error|warn|fatal|timeout|exception|refused)/\n\
                     | sort @timestamp desc\n\
                     | limit 200";

/// A link with its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// The name of the page.
    pub label: String,
    /// The address: `https`, or `http` for a runbook.
    pub url: String,
}

/// A span of time, in milliseconds since the epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Its first moment.
    pub from_ms: i64,
    /// Its last.
    pub to_ms: i64,
}

impl Span {
    /// Returns the span that links show: from ten minutes before an incident began to ten minutes
    /// after its last event.
    #[must_use]
    pub fn around(incident: &Alert) -> Self {
        Self {
            from_ms: incident.since.start_ms() - MARGIN_MS,
            to_ms: incident.at_ms + MARGIN_MS,
        }
    }
}

/// Returns the link to CloudWatch Logs Insights over a service's log groups. Groups that would make it longer than
/// [`MAX_URL`] are left out, and the label says so.
#[must_use]
pub fn logs_insights(region: &str, groups: &[String], span: Span) -> Link {
    let mut taken = groups.len();
    loop {
        let url = insights_url(region, &groups[..taken], span);
        if url.len() <= MAX_URL || taken <= 1 {
            let label = if taken == groups.len() {
                "Logs of that time".to_owned()
            } else {
                format!(
                    "Logs of that time (first {taken} of {} log groups)",
                    groups.len()
                )
            };
            return Link { label, url };
        }
        taken -= 1;
    }
}

/// Returns the link to a graph of a service's own metrics.
#[must_use]
pub fn metrics(region: &str, namespace: &str, service: &str, span: Span) -> Link {
    let (namespace, service) = (value(namespace), value(service));
    let rows = [
        ("Requests", "stat~'Sum"),
        ("Errors", "stat~'Sum"),
        ("Latency", "stat~'p90~yAxis~'right"),
    ];
    let rows =
        rows.map(|(name, how)| format!("~(~{namespace}~'{name}~'Service~{service}~({how}))"));
    // This page's state is encoded once only: the console writes these links with bare brackets.
    let graph = format!(
        "~(metrics~({})~view~'timeSeries~stacked~false~region~{}~start~{}~end~{}~period~60)",
        rows.concat(),
        value(region),
        value(&iso(span.from_ms)),
        value(&iso(span.to_ms)),
    );
    Link {
        label: "Graph of that time".into(),
        url: format!("{}#metricsV2:graph={graph}", console(region)),
    }
}

fn insights_url(region: &str, groups: &[String], span: Span) -> String {
    let mut detail = format!(
        "~(end~{}~start~{}~timeType~'ABSOLUTE~tz~'UTC~editorString~{}~source~(",
        value(&iso(span.to_ms)),
        value(&iso(span.from_ms)),
        value(QUERY),
    );
    for group in groups {
        detail.push('~');
        detail.push_str(&value(group));
    }
    detail.push_str("))");
    format!(
        "{}#logsV2:logs-insights$3FqueryDetail$3D{}",
        console(region),
        twice(&detail)
    )
}

fn console(region: &str) -> String {
    let domain = match region {
        _ if region.starts_with("cn-") => "console.amazonaws.cn",
        _ if region.starts_with("us-gov-") => "console.amazonaws-us-gov.com",
        _ => "console.aws.amazon.com",
    };
    format!("https://{region}.{domain}/cloudwatch/home?region={region}")
}

/// Returns a string in the console's encoding.
fn value(text: &str) -> String {
    let mut out = String::from("'");
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "*{byte:02x}");
        }
    }
    out
}

/// Returns an encoded text percent-encoded twice, with `$` for the outer percent sign. `*` stays,
/// as in the console's own links.
fn twice(code: &str) -> String {
    let mut out = String::with_capacity(code.len() * 2);
    for c in code.chars() {
        match c {
            '~' => out.push_str("$257E"),
            '(' => out.push_str("$2528"),
            ')' => out.push_str("$2529"),
            '\'' => out.push_str("$2527"),
            c => out.push(c),
        }
    }
    out
}

fn iso(ms: i64) -> String {
    match jiff::Timestamp::from_millisecond(ms) {
        Ok(time) => time.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string(),
        Err(_) => ms.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPAN: Span = Span {
        from_ms: 1_767_861_120_000,
        to_ms: 1_767_862_620_000,
    };

    /// Decodes a link's state, step by step, as the console does.
    fn decoded(url: &str) -> String {
        let (_, code) = url.split_once("$3FqueryDetail$3D").expect("has a query");
        let outer = percent(&code.replace('$', "%"));
        percent(&outer).replace('*', "%")
    }

    fn percent(text: &str) -> String {
        let mut out = Vec::new();
        let mut bytes = text.bytes();
        while let Some(byte) = bytes.next() {
            if byte == b'%' {
                let hex: String = bytes.by_ref().take(2).map(char::from).collect();
                out.push(u8::from_str_radix(&hex, 16).expect("two digits"));
            } else {
                out.push(byte);
            }
        }
        String::from_utf8(out).expect("is UTF-8")
    }

    #[test]
    fn a_link_to_the_logs_is_as_the_console_writes_it() {
        let groups = ["/ecs/prod/loan-api".to_owned(), "/ecs/prod/ñ".to_owned()];
        let link = logs_insights("us-east-1", &groups, SPAN);
        assert_eq!(link.label, "Logs of that time");
        let head = "https://us-east-1.console.aws.amazon.com/cloudwatch/home?region=us-east-1\
            #logsV2:logs-insights$3FqueryDetail$3D$257E$2528end$257E$25272026-01-08T08*3a57*3a00.000Z\
            $257Estart$257E$25272026-01-08T08*3a32*3a00.000Z$257EtimeType$257E$2527ABSOLUTE$257Etz$257E$2527UTC\
            $257EeditorString$257E$2527fields*20*40timestamp*2c*20";
        assert!(link.url.starts_with(head), "{}", link.url);
        let tail = "$257Esource$257E$2528$257E$2527*2fecs*2fprod*2floan-api$257E$2527*2fecs*2fprod*2f*c3*b1$2529$2529";
        assert!(link.url.ends_with(tail), "{}", link.url);
        let plain = percent(&decoded(&link.url));
        assert_eq!(
            plain,
            format!(
                "~(end~'2026-01-08T08:57:00.000Z~start~'2026-01-08T08:32:00.000Z~timeType~'ABSOLUTE~tz~'UTC\
                 ~editorString~'{QUERY}~source~(~'/ecs/prod/loan-api~'/ecs/prod/ñ))"
            )
        );
    }

    #[test]
    fn nothing_in_a_name_leaves_its_place() {
        let hostile = "/a~)b'(c)*d$e%f&g\"h<i>j|k l";
        let link = logs_insights("us-east-1", &[hostile.to_owned()], SPAN);
        let (_, code) = link.url.split_once('#').expect("has a fragment");
        let allowed = |c: char| c.is_ascii_alphanumeric() || "$*-._:".contains(c);
        assert!(code.chars().all(allowed), "{code}");
        let outer = percent(&percent(&code.replace('$', "%")));
        let coded = "*2fa*7e*29b*27*28c*29*2ad*24e*25f*26g*22h*3ci*3ej*7ck*20l))";
        assert!(outer.ends_with(coded), "{outer}");
    }

    #[test]
    fn a_link_stays_short_and_says_what_it_leaves_out() {
        let groups: Vec<_> = (0..200)
            .map(|n| format!("/ecs/prod/service-{n:03}"))
            .collect();
        let link = logs_insights("us-east-1", &groups, SPAN);
        assert!(link.url.len() <= MAX_URL, "{}", link.url.len());
        assert!(link.label.ends_with("of 200 log groups)"), "{}", link.label);
    }

    #[test]
    fn a_region_has_its_console() {
        for (region, host) in [
            ("eu-south-2", "https://eu-south-2.console.aws.amazon.com/"),
            ("cn-north-1", "https://cn-north-1.console.amazonaws.cn/"),
            (
                "us-gov-west-1",
                "https://us-gov-west-1.console.amazonaws-us-gov.com/",
            ),
        ] {
            let link = metrics(region, "Atalaya", "loan api/1", SPAN);
            assert!(link.url.starts_with(host), "{}", link.url);
            let graph = "#metricsV2:graph=~(metrics~(~(~'Atalaya~'Requests~'Service~'loan*20api*2f1~(stat~'Sum))~(~";
            assert!(link.url.contains(graph), "{}", link.url);
            let time =
                "~start~'2026-01-08T08*3a32*3a00.000Z~end~'2026-01-08T08*3a57*3a00.000Z~period~60)";
            assert!(link.url.ends_with(time), "{}", link.url);
        }
    }
}
