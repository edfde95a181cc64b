//! The files that are generated of the table of the settings: the JSON Schema for editors, and the table that Terraform
//! walks at plan.
//!
//! `UPDATE=1 cargo test -p atalaya-cli --test schema` writes both anew.

#[path = "schema/terraform.rs"]
mod terraform;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use serde_json::Value;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Compares a generated JSON file with what it would be now, or writes it anew.
#[track_caller]
fn check(path: &str, generated: &str) {
    let file = root().join(path);
    if env::var_os("UPDATE").is_some() {
        fs::write(&file, generated).expect("the file can be written");
    }
    let stored = fs::read_to_string(&file).unwrap_or_default();
    let stored: Value = serde_json::from_str(&stored).unwrap_or_default();
    let generated: Value = serde_json::from_str(generated).expect("what is generated is JSON");
    assert!(
        stored == generated,
        "{path} is not what the table of the settings says; write it anew by\n  UPDATE=1 cargo test -p atalaya-cli --test schema"
    );
}

#[test]
fn the_schema_for_editors_is_current() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_atalaya"));
    let output = command.args(["check", "--schema"]).output();
    let output = output.expect("the command starts");
    assert!(output.status.success(), "{output:?}");
    let schema = String::from_utf8(output.stdout).expect("JSON is UTF-8");
    check("docs/atalaya.schema.json", &schema);
}

#[test]
fn the_table_for_terraform_is_current() {
    check(
        "infra/modules/pipeline/settings-schema.json",
        &terraform::render(),
    );
}

/// Terraform has no recursion: its code walks as many levels as are written out.
#[test]
fn terraform_walks_as_deep_as_keys_stand() {
    let path = root().join("infra/modules/pipeline/settings.tf");
    let code = fs::read_to_string(path).expect("the module has its settings");
    let levels = code.matches("  level_").count() - 1;
    assert_eq!(levels, terraform::depth());
}
