//! Which forms of lines are accepted: for a service whose lines look like something they are not.

use crate::json::Str;
use crate::record::{Fields, Format};

/// The forms of lines whose detection is accepted; a line of another form is a message and no more.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum AcceptedFormats {
    /// All.
    #[default]
    All,
    /// JSON objects.
    Json,
    /// `key=value` pairs.
    Logfmt,
    /// Text with a time or a level in front, as logging libraries and servers lay it out.
    Layout,
    /// Access lines of any server.
    Access,
    /// None: what is known of a line is what rules give.
    None,
}

impl AcceptedFormats {
    const NAMED: [(&'static str, Self); 6] = [
        ("auto", Self::All),
        ("json", Self::Json),
        ("logfmt", Self::Logfmt),
        ("layout", Self::Layout),
        ("access", Self::Access),
        ("none", Self::None),
    ];

    /// The names that the settings have for them.
    pub const NAMES: [&'static str; Self::NAMED.len()] = {
        let mut names = [""; Self::NAMED.len()];
        let mut at = 0;
        while at < names.len() {
            names[at] = Self::NAMED[at].0;
            at += 1;
        }
        names
    };

    /// Returns what a name of the settings stands for.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let mut named = Self::NAMED.into_iter();
        named.find_map(|(known, accepted)| (known == name).then_some(accepted))
    }

    /// Returns what is left of the fields of a line whose form is not accepted: its message, and the exception that
    /// nobody caught, which no logger writes and any runtime may.
    pub(super) fn left_of<'a>(self, fields: &Fields<'a>, line: Str<'a>) -> Fields<'a> {
        let is_text = fields.format == Format::Text;
        let message = fields.message.filter(|_| is_text).unwrap_or(line);
        let uncaught = fields.uncaught && self != Self::None;
        Fields {
            message: Some(message),
            uncaught,
            error_type: fields.error_type.filter(|_| uncaught),
            error_cause: fields.error_cause.filter(|_| uncaught),
            ..Fields::default()
        }
    }

    pub(super) fn includes(self, format: Format) -> bool {
        self == Self::All || Self::of(format) == Some(self)
    }

    /// Returns the family of a form; mere text belongs to none.
    const fn of(format: Format) -> Option<Self> {
        Some(match format {
            Format::Text => return None,
            Format::Json => Self::Json,
            Format::Logfmt => Self::Logfmt,
            Format::Access
            | Format::RequestLine
            | Format::Alb
            | Format::Elb
            | Format::CloudFront
            | Format::S3Access
            | Format::ApiGateway
            | Format::Iis
            | Format::VpcFlow
            | Format::Haproxy
            | Format::Envoy
            | Format::Squid => Self::Access,
            _ => Self::Layout,
        })
    }
}
