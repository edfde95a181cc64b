//! The layout of items is unchanged, and items that are written can be read back.

use atalaya_core::window::ItemKey;
use atalaya_flow::documents::TABLE;
use atalaya_logs::batch::BatchKey;

use super::*;

const TOKEN: WriteToken = WriteToken([1, 2, 3, 4]);

fn part() -> Part {
    let mut sums = Sums {
        count: 3,
        errors: 1,
        ..Sums::default()
    };
    for ms in [0.0, 12.5, 12.5] {
        sums.latency.add(ms);
    }
    sums.add_cause("a cause: 50% #ñ", 1);
    Part {
        item: ItemKey {
            service: "loan-api".into(),
            minute: Minute(29_453_790),
            page: 1,
            shard: 3,
        },
        batch: BatchKey([9; 8]),
        sums: Window::from([(Slot(16), Sums::default()), (Slot(18), sums)]),
    }
}

#[test]
fn a_merge_is_the_frozen_expression() {
    let Expression {
        text,
        condition,
        names,
        mut values,
    } = Expression::merge(&part(), TOKEN);
    assert_eq!(
        text,
        "SET x = :x, w = :w ADD y :y,a :0,c :3,ce :1,c00 :1,c32 :2,#0 :1"
    );
    assert_eq!(condition, "NOT contains(y, :k)");
    assert_eq!(
        names,
        HashMap::from([("#0".into(), "cka cause: 50% #ñ".into())])
    );
    let expiry = values.remove(":x").expect("is set");
    let expiry: u64 = expiry
        .as_n()
        .expect("a number")
        .parse()
        .expect("of seconds");
    assert!(expiry > 1_767_225_600 + table::WINDOW_KEPT.as_secs());
    let key = Blob::new([9; 8]);
    let expected = Attributes::from([
        (":0".into(), number(0)),
        (":1".into(), number(1)),
        (":2".into(), number(2)),
        (":3".into(), number(3)),
        (":k".into(), AttributeValue::B(key.clone())),
        (":y".into(), AttributeValue::Bs(vec![key])),
        (":w".into(), AttributeValue::B(Blob::new([1, 2, 3, 4]))),
    ]);
    assert_eq!(values, expected);
}

/// An item as version 1 writes it, with an attribute that a later version may add.
fn frozen() -> Attributes {
    let numbers = [
        ("a", 0),
        ("c", 3),
        ("ce", 1),
        ("c00", 1),
        ("c32", 2),
        ("cka cause: 50% #ñ", 1),
        ("x", 1_767_861_720),
        ("zz", 7),
        ("cz", 7),
    ];
    let numbers = numbers.map(|(name, n)| (name.to_owned(), number(n)));
    let mut item = Attributes::from(numbers);
    item.insert("y".into(), AttributeValue::Bs(vec![Blob::new([9; 8])]));
    item.insert("w".into(), TOKEN.value());
    item.insert("PK".into(), string("W#loan-api#2026-01-01T00:30Z"));
    item.insert("SK".into(), string("1#3"));
    item
}

#[test]
fn an_item_of_the_first_version_stays_readable() {
    let item = frozen();
    assert_eq!(page(&item), Ok(1));
    assert_eq!(sums(1, &item), Ok(part().sums));
    assert!(TOKEN.is_on(&item));
    assert!(!WriteToken([0; 4]).is_on(&item));
}

#[test]
fn an_item_that_is_not_ours_is_told_without_text_from_logs() {
    let with = |name: &str, value: AttributeValue| {
        let mut item = frozen();
        item.insert(name.into(), value);
        sums(1, &item)
    };
    let wrong = |name: &str| Err(ItemError::Attribute(name.into()));
    assert_eq!(with("a", string("1")), wrong("a"));
    assert_eq!(
        with("aksecret", AttributeValue::N("1.5".into())),
        wrong("ak")
    );
    assert_eq!(with("a76", number(1)), Err(ItemError::Bucket(258)));
    let huge = AttributeValue::N("9".repeat(30));
    let huge = with("a", huge).expect("is read");
    assert_eq!(huge[&Slot(16)].count, u64::MAX);
    for key in ["", "x#1", "1", "4095#0", "65536#0"] {
        let item = Attributes::from([("SK".into(), string(key))]);
        assert_eq!(page(&item), Err(ItemError::SortKey), "{key}");
    }
}

#[test]
fn keys_are_as_they_were_and_of_one_meaning() {
    let minute = Minute(29_453_790);
    assert_eq!(
        window_partition("loan-api", minute),
        "W#loan-api#2026-01-01T00:30Z"
    );
    assert_eq!(window_sort(12, 63), "12#63");
    let hostile = format!("a#{minute}");
    assert_ne!(
        window_partition(&hostile, minute),
        window_partition("a", minute)
    );
    assert_eq!(document_partition(DocumentKind::Alert, "x#y"), "I#x#y");
    let longest = "ñ".repeat(atalaya_core::series::MAX_NAME_BYTES / 2);
    assert!(window_partition(&longest, Minute(i64::MIN)).len() <= 2048);
}

#[test]
fn a_document_comes_back_and_only_what_is_of_a_moment_expires() {
    let written = Document {
        id: "v1".into(),
        version: 7,
        body: "{}".into(),
    };
    for row in TABLE {
        let item = document(row.kind, "loan-api", &written, TOKEN);
        assert_eq!(read_document(&item), Ok(written.clone()));
        assert_eq!(item.contains_key("x"), row.kept_days.is_some(), "{row:?}");
        assert!(TOKEN.is_on(&item));
    }
    let empty = Attributes::new();
    assert_eq!(
        read_document(&empty),
        Err(ItemError::Attribute("SK".into()))
    );
}

#[test]
fn names_of_buckets_are_short_and_of_one_meaning() {
    let of = |number| Bucket::new(number).map(bucket_name);
    for (number, name) in [(0, "00"), (35, "0z"), (36, "10"), (81, "29"), (257, "75")] {
        let found = of(number).expect("is a bucket");
        assert_eq!(String::from_iter(found), name, "{number}");
        assert_eq!(bucket_number(name), Some(number), "{name}");
    }
    for other in ["", "e", "c", "k1", "1", "a1", "1Ñ", "291"] {
        assert_eq!(bucket_number(other), None, "{other}");
    }
}

#[test]
fn no_slot_shares_a_name_with_what_stands_beside_the_slots() {
    for name in [
        table::PARTITION_KEY,
        table::SORT_KEY,
        table::EXPIRY,
        super::TOKEN,
        BATCHES,
    ] {
        assert_eq!(name.chars().next().and_then(place), None, "{name}");
    }
    let pages_last = Slot(SLOTS_PER_PAGE - 1);
    assert_eq!(place(letter(pages_last)), Some(pages_last.0));
}

#[test]
fn messages_stand_on_the_first_page_under_a_letter_of_their_own() {
    let sums = |count| Sums {
        count,
        ..Sums::default()
    };
    let said = Window::from([
        (Slot::LINES, sums(9)),
        (Slot::message(1), sums(2)),
        (Slot::message(81), sums(7)),
    ]);
    let mut part = part();
    part.item.page = 0;
    part.sums = said.clone();
    let expression = Expression::merge(&part, WriteToken([1, 2, 3, 4]));
    for added in [",a :9", ",q01 :2", ",q29 :7"] {
        assert!(expression.text.contains(added), "{}", expression.text);
    }
    let numbers = [("a", "9"), ("q01", "2"), ("q29", "7")];
    let numbers = numbers.map(|(name, n)| (name.to_owned(), AttributeValue::N(n.into())));
    let item = Attributes::from(numbers);
    assert_eq!(super::sums(0, &item), Ok(said));
    assert_eq!(super::sums(1, &item).expect("a page").len(), 1);
}
