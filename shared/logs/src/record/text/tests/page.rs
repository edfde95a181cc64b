//! The page of formats names every form of a server that is recognised.

use crate::record::Format;

#[test]
fn every_format_of_a_server_is_on_the_page() {
    let page = include_str!("../../../../../../docs/formats.md");
    let others = [Format::Text, Format::Json, Format::Logfmt, Format::Layout];
    for format in Format::ALL {
        let row = format!("| {} |", format.name());
        assert!(
            others.contains(format) || page.contains(&row),
            "docs/formats.md lacks a row `{row}`"
        );
    }
}

#[test]
fn no_two_formats_have_one_name() {
    for (n, format) in Format::ALL.iter().enumerate() {
        let namesake = Format::ALL[..n]
            .iter()
            .find(|other| other.name() == format.name());
        assert_eq!(namesake, None, "{}", format.name());
    }
}
