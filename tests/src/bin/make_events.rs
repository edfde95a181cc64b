//! Writes the encoded events of `events/` again from the readable batches beside them.

use std::fs;
use std::path::Path;

use anyhow::Context as _;
use atalaya_tests::samples;

fn main() -> anyhow::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent();
    let folder = root.context("tests/ lies in the root")?.join("events");
    for (name, bytes) in samples::make(&folder)? {
        let path = folder.join(name);
        fs::write(&path, bytes).with_context(|| format!("cannot write {}", path.display()))?;
        println!("{}", path.display());
    }
    Ok(())
}
