//! The forms of lines that are recognised.

/// The form that a line was read as.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// Text in which nothing more than words was recognised.
    #[default]
    Text,
    /// A JSON object.
    Json,
    /// `key=value` pairs.
    Logfmt,
    /// Text with a time or a level in front, as logging libraries lay it out.
    Layout,
    /// An access log line of the common log format or its kin.
    Access,
}

impl Format {
    /// Returns whether a line of this format is complete: no other line goes on with it.
    #[must_use]
    pub const fn is_closed(self) -> bool {
        matches!(self, Self::Json | Self::Access)
    }

    /// Returns the format's name, for people.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Json => "JSON",
            Self::Logfmt => "logfmt",
            Self::Layout => "text layout",
            Self::Access => "access log",
        }
    }
}
