//! Whatever a function is invoked with: nothing panics, every log event is accounted for, and what comes out is bounded.

#![no_main]

use atalaya_core::catalog::{Catalog, Reserved};
use atalaya_core::digest::digest;
use atalaya_core::metric;
use atalaya_core::settings::{ServiceSettings, Settings};
use atalaya_core::window::MAX_OPERATIONS;
use atalaya_logs::batch::{Delivery, Inflater};
use libfuzzer_sys::fuzz_target;

/// Series that a service may have.
const CAP: u16 = 4;

fuzz_target!(|bytes: &[u8]| {
    let mut inflater = Inflater::default();
    match Delivery::recognise(bytes) {
        Ok(Delivery::Logs(payload)) => {
            if let Ok(json) = inflater.base64_gzip(payload) {
                check(json);
            }
        }
        Ok(Delivery::Kinesis(records)) => {
            for gzip in records
                .iter()
                .filter_map(|record| record.gzip.as_ref().ok())
            {
                if let Ok(json) = inflater.gzip(gzip) {
                    check(json);
                }
            }
        }
        Ok(Delivery::Change(_)) | Err(_) => {}
    }
    // Mutation rarely gets through gzip, so the bytes are an inflated payload, too.
    check(bytes);
});

fn check(payload: &[u8]) {
    let settings = Settings::default();
    let Ok(digest) = digest(payload, &settings) else {
        return;
    };
    assert!(digest.ledger.balances(), "{:?}", digest.ledger);
    assert!(digest.ledger.received <= payload.len() as u64);
    let (mut documents, mut lines) = (Vec::new(), 0);
    let few = ServiceSettings {
        max_series: CAP,
        ..ServiceSettings::default()
    };
    for tally in &digest.services {
        let mut catalog = Catalog::default();
        let parts = tally.parts(
            &mut catalog,
            &Reserved::of(Some(&few)),
            digest.key,
            digest.shard,
        );
        // Beyond the cap there is one `other` for routes and one for dependencies.
        assert!(catalog.len() <= usize::from(CAP) + 2);
        let sums = parts.parts.iter().flat_map(|part| &part.sums);
        lines += sums
            .filter(|(slot, _)| slot.0 == 0)
            .map(|(_, sums)| sums.count)
            .sum::<u64>();
        for part in &parts.parts {
            assert!(part.operations() <= MAX_OPERATIONS);
            for (slot, sums) in &part.sums {
                let series = catalog.series(*slot).expect("admitted");
                let (item, before) = (&part.item, documents.len());
                let now_ms = item.minute.start_ms();
                let sums = (item.minute, sums);
                let written = metric::write(
                    &mut documents,
                    "Atalaya",
                    &item.service,
                    series,
                    sums,
                    now_ms,
                );
                written.expect("names were cleaned, and the minute is this one");
                assert!(documents.len() - before < metric::limits::DOCUMENT_BYTES);
            }
        }
    }
    assert_eq!(lines, digest.ledger.records, "every record counts once");
    for document in documents
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
    {
        serde_json::from_slice::<serde_json::Value>(document).expect("a document is JSON");
    }
}
