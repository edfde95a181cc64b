//! Which forms of lines are believed: for a service whose lines look like something they are not.

use crate::record::Format;

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

    pub(super) fn includes(self, format: Format) -> bool {
        match self {
            Self::All => true,
            Self::Only(only) => only == format,
            Self::None => false,
        }
    }
}
