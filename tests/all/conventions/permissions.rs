//! Least privilege: the actions that Terraform grants a function are those that its code calls, both ways.
//!
//! The code is searched as text, from a function's sources through the modules of `shared/flow`
//! that it calls and the port of the store to the calls of the SDK in `shared/aws`. The permissions
//! that Lambda itself uses in a role's name (logs, failures, streams, traces) are in another file
//! of the module and are not compared.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use super::root;

const FUNCTIONS: [&str; 4] = ["ingest", "sweep", "changes", "notify"];

/// Actions that a service performs in the function's name when the function calls another service:
/// granted, but nowhere in the code.
const INDIRECT: [(&str, &str, &str); 3] = [
    (
        "notify",
        "kms:Decrypt",
        "SNS reads the key of an encrypted topic for its publisher",
    ),
    (
        "notify",
        "kms:GenerateDataKey",
        "SNS encrypts a message for its publisher",
    ),
    (
        "notify",
        "secretsmanager:GetSecretValue",
        "Parameter Store reads a referenced secret for its caller",
    ),
];

/// Returns the text of a Rust file without its tests and without white space, so that a call stands on one line.
fn code(path: &Path) -> String {
    let text =
        fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let text = text
        .split("#[cfg(test)]\nmod tests {")
        .next()
        .unwrap_or_default();
    let lines = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"));
    lines
        .flat_map(str::chars)
        .filter(|c| !c.is_whitespace())
        .collect()
}

/// Returns the files of a folder and those below it, tests left out, by their module's name.
fn modules(folder: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("the folder is there") {
            let path = entry.expect("the folder can be read").path();
            let name = path
                .file_stem()
                .and_then(|name| name.to_str())
                .unwrap_or_default();
            if path.is_dir() {
                folders.push(path);
            } else if name != "tests" && path.extension().is_some_and(|e| e == "rs") {
                let name = if name == "mod" {
                    let parent = path.parent().and_then(Path::file_name);
                    parent.and_then(|name| name.to_str()).unwrap_or_default()
                } else {
                    name
                };
                found.insert(name.to_owned(), code(&path));
            }
        }
    }
    found
}

/// Returns the names after `before` and in front of `after`, wherever they stand.
fn names_between<'a>(text: &'a str, before: &str, after: &str) -> BTreeSet<&'a str> {
    let parts = text.split(before).skip(1);
    let name = |part: &'a str| {
        let end = part.find(|c: char| !c.is_alphanumeric() && c != '_')?;
        part[end..].starts_with(after).then_some(&part[..end])
    };
    parts
        .filter_map(name)
        .filter(|name| !name.is_empty())
        .collect()
}

/// Returns `dynamodb:GetItem` for the call `get_item` of the SDK's crate `aws_sdk_dynamodb`.
fn action(service: &str, call: &str) -> String {
    let words = call
        .split('_')
        .map(|word| word[..1].to_uppercase() + &word[1..]);
    format!("{service}:{}", words.collect::<String>())
}

/// Returns the SDK actions behind each method of the store's port.
fn port() -> BTreeMap<String, BTreeSet<String>> {
    let adapters = modules("shared/aws/src");
    let text = adapters.get("dynamo").expect("the store's adapter");
    let mut calls: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    let mut methods: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for part in text.split("asyncfn").skip(1) {
        let name = &part[..part.find(['(', '<']).expect("a function has arguments")];
        let sdk = names_between(part, ".client.", "()");
        if sdk.is_empty() {
            methods.insert(name, names_between(part, "self.", "("));
        } else {
            let actions = sdk.iter().map(|call| action("dynamodb", call));
            calls.insert(name, actions.collect());
        }
    }
    let behind = |(method, own): (&str, BTreeSet<&str>)| {
        let actions: BTreeSet<String> = own
            .iter()
            .filter_map(|name| calls.get(name))
            .flatten()
            .cloned()
            .collect();
        (method.to_owned(), actions)
    };
    let port: BTreeMap<_, _> = methods.into_iter().map(behind).collect();
    for method in ["merge", "window", "load", "save", "list"] {
        assert_eq!(
            port.get(method).map(BTreeSet::len),
            Some(1),
            "{method}: {port:?}"
        );
    }
    port
}

/// Returns the actions that a function's code calls.
fn called(function: &str) -> BTreeSet<String> {
    let mut text: String = modules(&format!("functions/{function}/src"))
        .into_values()
        .collect();
    let handlers = modules("functions/lambda/src");
    if text.contains("settings_cache.") {
        text += &handlers["settings_cache"];
    }
    let mut actions = BTreeSet::new();
    // The modules of the flow that it calls, and those that these call.
    let flow = modules("shared/flow/src");
    let stores = ["store", "memory", "embedded", "contract", "row"];
    let mut open: Vec<&str> = Vec::new();
    let used = |text: &str, name: &str, module: &str| {
        let functions = names_between(module, "pubasyncfn", "");
        let called = |f: &&str| {
            text.contains(&format!("flow.{f}(")) || text.contains(&format!("{name}::{f}("))
        };
        functions.iter().any(called)
    };
    for (name, module) in flow
        .iter()
        .filter(|(name, _)| !stores.contains(&name.as_str()))
    {
        if used(&text, name, module) {
            open.push(name);
        }
    }
    assert!(!open.is_empty(), "{function} calls nothing of the flow");
    let port = port();
    let mut seen = BTreeSet::new();
    while let Some(name) = open.pop() {
        if !seen.insert(name) {
            continue;
        }
        let module = &flow[name];
        for method in names_between(module, "store.", "(") {
            actions.extend(port.get(method).into_iter().flatten().cloned());
        }
        // The adapters whose type the function holds, and those that are part of the flow itself.
        let next = flow.iter().filter(|(other, text)| {
            let own = names_between(text, "pub(crate)asyncfn", "");
            let calls = |f: &&str| module.contains(&format!("self.{f}("));
            module.contains(&format!("self.{other}.")) || own.iter().any(calls)
        });
        open.extend(next.map(|(other, _)| other.as_str()));
    }
    // The other adapters, of which each calls one service.
    let adapters = modules("shared/aws/src");
    let mut open: Vec<&str> = names_between(&text, "atalaya_aws::", "")
        .into_iter()
        .collect();
    let mut seen = BTreeSet::from(["dynamo"]);
    while let Some(name) = open.pop() {
        let Some(module) = adapters.get(name).filter(|_| seen.insert(name)) else {
            continue;
        };
        open.extend(names_between(module, "crate::", ""));
        let Some(service) = names_between(module, "aws_sdk_", "").into_iter().next() else {
            continue;
        };
        for call in names_between(module, ".client.", "()") {
            actions.insert(action(service, call));
        }
    }
    actions
}

/// Returns the actions of each policy document of the module's file.
fn granted(terraform: &str) -> BTreeMap<&str, BTreeSet<&str>> {
    let documents = terraform
        .split("data \"aws_iam_policy_document\" \"")
        .skip(1);
    documents
        .filter_map(|text| {
            let (name, body) = text.split_once('"')?;
            let lists = body.split("actions").skip(1);
            let lists = lists.filter_map(|list| list.split_once('[')?.1.split_once(']'));
            let words = lists.flat_map(|(list, _)| list.split('"').skip(1).step_by(2));
            Some((name, words.collect()))
        })
        .collect()
}

/// Returns one line for each action that is only granted or only called.
fn faults(function: &str, granted: &BTreeSet<&str>, called: &BTreeSet<String>) -> Vec<String> {
    let indirect = |action: &str| {
        INDIRECT
            .iter()
            .any(|(f, a, _)| (*f, *a) == (function, action))
    };
    let mut faults = Vec::new();
    for action in granted.iter().filter(|action| !called.contains(**action)) {
        if !indirect(action) {
            faults.push(format!(
                "{function} is granted {action}, which its code never calls"
            ));
        }
    }
    for action in called
        .iter()
        .filter(|action| !granted.contains(action.as_str()))
    {
        faults.push(format!("{function} calls {action}, which no policy grants"));
    }
    for (_, action, why) in INDIRECT.iter().filter(|(f, _, _)| *f == function) {
        if !granted.contains(action) {
            faults.push(format!("{function} needs {action}: {why}"));
        }
    }
    faults
}

#[test]
fn each_function_may_do_what_its_code_calls_and_nothing_else() {
    let path = root().join("infra/modules/pipeline/policies.tf");
    let terraform = fs::read_to_string(path).expect("the policies are there");
    let granted = granted(&terraform);
    let names: Vec<_> = granted.keys().copied().collect();
    assert_eq!(names.len(), FUNCTIONS.len(), "{names:?}");

    let mut found = Vec::new();
    for function in FUNCTIONS {
        let policy = granted.get(function).expect("a function has a policy");
        found.extend(faults(function, policy, &called(function)));
    }
    super::assert_none(&found);
}

#[test]
fn an_action_on_one_side_only_is_a_fault() {
    let check = |granted: &[&str], called: &[&str], expected: &[&str]| {
        let granted = granted.iter().copied().collect();
        let called = called.iter().map(|&action| action.to_owned()).collect();
        assert_eq!(faults("sweep", &granted, &called), expected);
    };
    let (get, put) = ("dynamodb:GetItem", "dynamodb:PutItem");
    check(&[get, put], &[put, get], &[]);
    check(
        &[get, put],
        &[put],
        &["sweep is granted dynamodb:GetItem, which its code never calls"],
    );
    check(
        &[get],
        &[put, get],
        &["sweep calls dynamodb:PutItem, which no policy grants"],
    );
}
