//! Which forms of lines are believed: for a service whose lines look like something they are not.

use crate::json::Str;
use crate::record::{Fields, Format};

/// The forms of lines whose detection is believed; a line of another form is a message and no more.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Believed {
    /// All.
    #[default]
    All,
    /// This one.
    Only(Format),
    /// None: what is known of a line is what rules give.
    None,
}

impl Believed {
    /// The names that the settings have for them.
    pub const NAMES: [&'static str; 6] = ["auto", "json", "logfmt", "layout", "access", "none"];

    /// Returns what a name of the settings stands for.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "auto" => Self::All,
            "json" => Self::Only(Format::Json),
            "logfmt" => Self::Only(Format::Logfmt),
            "layout" => Self::Only(Format::Layout),
            "access" => Self::Only(Format::Access),
            "none" => Self::None,
            _ => return None,
        })
    }

    /// Returns what is left of the fields of a line whose form is not believed: its message, and the exception that
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
        match self {
            Self::All => true,
            Self::Only(only) => only == format,
            Self::None => false,
        }
    }
}
