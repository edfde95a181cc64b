//! What the promise of masking is held to: every secret of a large made-up set, in lines of every kind, is gone; what is
//! no secret stays; and no output of a replay has any.

mod lines;
mod outputs;
mod secrets;
mod survivors;

use std::collections::BTreeMap;

use atalaya_logs::mask::{Countries, Key, Mask};
use fastrand::Rng;

use lines::{Line, SHAPES, line};
use secrets::{Class, Secret, secret};

/// Secrets of each class: 13 classes make 10,400.
const EACH: usize = 800;

/// The same for all runs, so that a failure comes again.
const SEED: u64 = 0x7a1a_2026;

/// Returns the made-up secrets, each in a line.
fn made(each: usize, seed: u64) -> Vec<(Secret, Line)> {
    let mut rng = Rng::with_seed(seed);
    let mut made = Vec::new();
    for class in Class::ALL {
        let mut number = 0;
        for shape in (0..SHAPES).cycle() {
            if number == each {
                break;
            }
            let secret = secret(class, &mut rng);
            if let Some(line) = line(&secret, shape, &mut rng) {
                made.push((secret, line));
                number += 1;
            }
        }
    }
    made
}

/// Returns what of a secret is still to be seen: eight of its letters and digits in a row, or all if it has fewer.
fn seen(secret: &Secret, text: &str) -> Option<String> {
    const TELLING: usize = 8;
    let letters = |text: &str| -> Vec<u8> {
        let kept = text.bytes().filter(u8::is_ascii_alphanumeric);
        kept.map(|byte| byte.to_ascii_lowercase()).collect()
    };
    // Of an address, the name before the sign tells who it is.
    let telling = match secret.class {
        Class::Email => secret.value.split('@').next().unwrap_or_default(),
        _ => &secret.value,
    };
    let telling = letters(telling);
    let text = letters(text);
    let mut windows = telling.windows(TELLING.min(telling.len()));
    let found = windows.find(|window| memchr::memmem::find(&text, window).is_some())?;
    Some(String::from_utf8_lossy(found).into_owned())
}

#[test]
fn every_secret_is_gone_and_what_is_none_stays() {
    let mask = Mask::keyed(Key::of_replays(), Countries::default());
    let made = made(EACH, SEED);
    assert!(made.len() >= 10_000);
    let mut faults = Vec::new();
    let mut lost: BTreeMap<(Class, usize), usize> = BTreeMap::new();
    for (secret, line) in &made {
        let masked = mask.text(&line.text);
        if let Some(seen) = seen(secret, &masked) {
            *lost.entry((secret.class, line.shape)).or_default() += 1;
            faults.push(format!(
                "{seen} of {:?} is left:\n  {}\n  {masked}",
                secret.class, line.text
            ));
        }
        for kept in line
            .kept
            .iter()
            .filter(|kept| !masked.contains(kept.as_str()))
        {
            *lost.entry((secret.class, line.shape)).or_default() += 1;
            faults.push(format!("{kept} is lost:\n  {}\n  {masked}", line.text));
        }
    }
    let told: Vec<_> = faults.iter().take(20).cloned().collect();
    assert!(
        faults.is_empty(),
        "{} faults in {} lines: {lost:?}\n{}",
        faults.len(),
        made.len(),
        told.join("\n")
    );
}

#[test]
fn the_same_value_has_the_same_word_in_every_line_and_another_value_another() {
    let mask = Mask::keyed(Key::of(&[7; 32]), Countries::default());
    let mut rng = Rng::with_seed(SEED);
    let classes = [
        Class::Card,
        Class::Iban,
        Class::Email,
        Class::NationalId,
        Class::Jwt,
        Class::AwsKeyId,
    ];
    for class in classes {
        let (one, two) = (secret(class, &mut rng), secret(class, &mut rng));
        let words = |secret: &Secret, rng: &mut Rng| -> Vec<String> {
            let shapes = [0, 4, 11, 14, 20, 29, 41];
            let lines = shapes.iter().filter_map(|shape| line(secret, *shape, rng));
            lines.map(|line| word(&mask.text(&line.text))).collect()
        };
        let (ones, twos) = (words(&one, &mut rng), words(&two, &mut rng));
        assert!(
            ones.iter().all(|word| *word == ones[0]),
            "{one:?}: {ones:?}"
        );
        assert!(
            twos.iter().all(|word| *word == twos[0]),
            "{two:?}: {twos:?}"
        );
        assert_ne!(ones[0], twos[0], "{class:?}");
    }
}

/// Returns the first word with a hash in a masked text.
fn word(masked: &str) -> String {
    let names = ["card", "iban", "email", "phone", "id", "secret"];
    let found = names
        .iter()
        .filter_map(|name| masked.find(&format!("[{name} ")));
    let at = found.min().unwrap_or_else(|| panic!("no word in {masked}"));
    let end = masked[at..].find(']').expect("a word is closed");
    masked[at..=at + end].to_owned()
}
