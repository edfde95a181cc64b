//! What is no secret stays: over the recorded lines of `tests/formats`, and over any folder of logs that is named, no more
//! than one token in ten thousand is masked.
//!
//! `ATALAYA_LOGS=FOLDER cargo test -p atalaya-cli --test masking recorded -- --nocapture` measures a folder of `.log`
//! files and prints every masked token with its place: whoever knows the logs sees which of them are secrets.

use std::path::{Path, PathBuf};

use atalaya_logs::mask::{Countries, Mask};

/// What is masked rightly in the logs that were recorded for the tests: the word, and a part of the file's name. The
/// servers of databases tell of statements with the applicants' data in them.
const RIGHT: [(&str, &str); 2] = [("[text]", "postgres"), ("[text]", "mysql")];

/// What was measured over files.
#[derive(Debug, Default)]
struct Measured {
    lines: usize,
    tokens: usize,
    /// Each masked token: where it stands, its word, and what stood around it.
    masked: Vec<(String, String)>,
}

fn measure(folder: &Path, measured: &mut Measured) {
    let Ok(files) = std::fs::read_dir(folder) else {
        return;
    };
    let mut files: Vec<PathBuf> = files
        .map(|file| file.expect("can be read").path())
        .collect();
    files.sort();
    for file in files
        .iter()
        .filter(|file| file.extension().is_some_and(|end| end == "log"))
    {
        let text = std::fs::read(file).expect("can be read");
        let text = String::from_utf8_lossy(&text);
        for (number, line) in (1..).zip(text.lines()) {
            let parts = line.split(|c: char| c.is_whitespace() || "\"'(){}[]<>,;|".contains(c));
            measured.tokens += parts.filter(|part| !part.is_empty()).count();
            measured.lines += 1;
            let masked = Mask::plain(Countries::default()).text(line);
            for (word, around) in words(&masked, line) {
                let place = format!("{}:{number}", file.display());
                measured.masked.push((place, format!("{word} {around}")));
            }
        }
    }
}

/// Returns the words in a masked line that are not in the line itself, each with what stands before it.
fn words(masked: &str, line: &str) -> Vec<(String, String)> {
    let names = [
        "[card]", "[iban]", "[email]", "[phone]", "[id]", "[secret]", "[text]", "[masked]",
    ];
    let mut found = Vec::new();
    for name in names {
        let before = line.matches(name).count();
        for (at, _) in masked.match_indices(name).skip(before) {
            let from = masked.floor_char_boundary(at.saturating_sub(40));
            found.push((name.to_owned(), masked[from..at].to_owned()));
        }
    }
    found
}

#[test]
fn recorded_logs_keep_what_is_no_secret() {
    let mut measured = Measured::default();
    measure(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/formats"),
        &mut measured,
    );
    if let Some(folder) = std::env::var_os("ATALAYA_LOGS") {
        measure(Path::new(&folder), &mut measured);
    }
    let is_right = |(place, masked): &(String, String)| {
        { RIGHT.iter() }.any(|(word, part)| masked.starts_with(word) && place.contains(part))
    };
    let doubted = { measured.masked.iter() }.filter(|masked| !is_right(masked));
    let doubted: Vec<String> = doubted
        .map(|(place, masked)| format!("{place}: {masked}"))
        .collect();
    println!(
        "{} lines, {} tokens, {} masked, of which {} may be false:\n{}",
        measured.lines,
        measured.tokens,
        measured.masked.len(),
        doubted.len(),
        doubted.join("\n")
    );
    assert!(
        doubted.len() * 10_000 <= measured.tokens,
        "{} of {} tokens may be masked falsely:\n{}",
        doubted.len(),
        measured.tokens,
        doubted.join("\n")
    );
}
