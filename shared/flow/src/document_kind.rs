//! The kinds of documents, one row each: letter, scope, id, retention and version.

/// The kinds of documents, each with its own key space.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DocumentKind {
    /// The list of services that a store knows.
    Services,
    /// The list of a service's series.
    Catalog,
    /// The baseline of a service and the last minute that was judged; in a document beside it, its
    /// level shifts.
    State,
    /// An alert: what is wrong with one service, from the first to the last bad minute.
    Alert,
    /// The alert of a service that was opened last, and when, so that two processes that see the
    /// same problem at the same time open one alert.
    Opening,
    /// The marker of a minute to which log events were added when it was closed, or about to be.
    Late,
    /// A deployment or another change.
    Change,
    /// Masked lines of a service's failures.
    Excerpt,
    /// The record of a message that a channel took.
    Delivery,
    /// The settings.
    Settings,
    /// The key with which masked values are hashed. Written once.
    MaskKey,
    /// How far a replay got.
    Clock,
    /// An incident, alerts that belong together: the outbox from which channels are notified.
    Incident,
    /// The totals of an hour of a service.
    Rollup,
    /// The marker of an hour to which log events were added, and whether it was rolled up since.
    HourMarker,
}

/// The properties of a kind of documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// The kind.
    pub kind: DocumentKind,
    /// Its name in errors.
    pub name: &'static str,
    /// The letter with which its keys begin, in every store.
    pub letter: char,
    /// A description of what its scope names.
    pub scope: &'static str,
    /// A description of what its id names. If an id begins with a time, ids sort by it.
    pub id: &'static str,
    /// Days for which it is kept after its last write; `None`: for ever.
    pub kept_days: Option<u16>,
    /// The version of the form that is written.
    pub version: u8,
}

/// The rows of all kinds, in the order of [`DocumentKind`].
pub const TABLE: [Row; 15] = {
    use DocumentKind as Kind;
    const fn row(
        (kind, name, letter): (Kind, &'static str, char),
        (scope, id): (&'static str, &'static str),
        kept_days: Option<u16>,
        version: u8,
    ) -> Row {
        Row {
            kind,
            name,
            letter,
            scope,
            id,
            kept_days,
            version,
        }
    }
    let (service, only) = ("the service", "v1");
    [
        row((Kind::Services, "list", 'N'), ("all", only), None, 1),
        row((Kind::Catalog, "catalog", 'K'), (service, only), None, 1),
        row(
            (Kind::State, "state", 'B'),
            (service, "v1, levels"),
            None,
            2,
        ),
        row(
            (Kind::Alert, "alert", 'I'),
            (service, "the alert"),
            Some(400),
            2,
        ),
        // An opening and a marker are of use for some minutes.
        row((Kind::Opening, "opening", 'O'), (service, only), Some(1), 1),
        row((Kind::Late, "marker", 'L'), (service, "minute"), Some(1), 1),
        row(
            (Kind::Change, "change", 'C'),
            (service, "time#event"),
            Some(30),
            1,
        ),
        row(
            (Kind::Excerpt, "excerpt", 'E'),
            (service, "minute#batch"),
            Some(3),
            1,
        ),
        row(
            (Kind::Delivery, "delivery", 'D'),
            ("the incident", "at#event#channel"),
            Some(30),
            1,
        ),
        row(
            (Kind::Settings, "settings", 'F'),
            ("atalaya", "next, good"),
            None,
            1,
        ),
        row((Kind::MaskKey, "mask key", 'M'), ("atalaya", only), None, 1),
        // A replay writes no DynamoDB table; its clock is listed because every kind is.
        row((Kind::Clock, "clock", 'R'), ("replay", only), None, 1),
        row(
            (Kind::Incident, "incident", 'G'),
            ("all", "since#incident"),
            Some(400),
            1,
        ),
        row(
            (Kind::Rollup, "rollup", 'H'),
            (service, "hour"),
            Some(400),
            1,
        ),
        // As long as there are windows of which the hour can be summed.
        row(
            (Kind::HourMarker, "hour marker", 'T'),
            (service, "hour"),
            Some(4),
            1,
        ),
    ]
};

impl DocumentKind {
    /// Returns the row of the kind.
    #[must_use]
    pub const fn row(self) -> Row {
        TABLE[self as usize]
    }

    /// Returns the letter that its keys begin with, in every store.
    #[must_use]
    pub const fn letter(self) -> char {
        self.row().letter
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_kind_has_its_own_row_and_letter() {
        for (at, row) in TABLE.iter().enumerate() {
            assert_eq!(row.kind as usize, at, "{row:?}");
            assert_eq!(row.kind.row(), *row);
        }
        // Windows have the letter `W`.
        let letters: BTreeSet<char> = TABLE.iter().map(|row| row.letter).chain(['W']).collect();
        assert_eq!(letters.len(), TABLE.len() + 1);
    }

    #[test]
    fn letters_and_retention_are_as_they_were_first_stored() {
        let expected = "N K B I400 O1 L1 C30 E3 D30 F M R G400 H400 T4";
        let row = |row: &Row| {
            let days = row.kept_days.map_or(String::new(), |days| days.to_string());
            format!("{}{days}", row.letter)
        };
        let rows: Vec<String> = TABLE.iter().map(row).collect();
        assert_eq!(rows.join(" "), expected);
    }
}
