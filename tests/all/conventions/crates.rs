//! Dependencies point one way: `functions → aws → flow → render → core → logs`, `cli → flow → core` and, behind a
//! feature, `cli → lab → core`; the AWS SDK is named in `aws` alone, and nothing asynchronous in `core`.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use super::{assert_none, output, root};

/// The output of `cargo metadata --no-deps`, reduced to what the rules need.
#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    manifest_path: String,
    dependencies: Vec<Dependency>,
}

#[derive(Clone, Deserialize)]
struct Dependency {
    name: String,
    /// `dev`, `build`, or nothing for a normal one.
    kind: Option<String>,
    optional: bool,
}

/// The crates of the workspace; a member belongs to one by the folder it lies in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Layer {
    Functions,
    /// The crate that all functions share.
    Lambda,
    Aws,
    Flow,
    Core,
    /// Rendering: text for people.
    Render,
    /// From bytes to records.
    Logs,
    /// The lab: it tests the product and is no part of it.
    Lab,
    Cli,
    Tests,
}

impl Layer {
    fn of(folder: &str) -> Option<Self> {
        match folder {
            "shared/aws" => Some(Self::Aws),
            "shared/flow" => Some(Self::Flow),
            "shared/core" => Some(Self::Core),
            "shared/render" => Some(Self::Render),
            "shared/logs" => Some(Self::Logs),
            "shared/lab" => Some(Self::Lab),
            "shared/cli" => Some(Self::Cli),
            "tests" => Some(Self::Tests),
            "functions/lambda" => Some(Self::Lambda),
            _ if folder.starts_with("functions/") => Some(Self::Functions),
            _ => None,
        }
    }

    /// Returns whether a member of this layer may depend on a member of that one.
    fn may_use(self, other: Self, dependency: &Dependency) -> bool {
        // From the outermost layer to the innermost: each may use all that stand behind it.
        const ORDER: [Layer; 5] = [
            Layer::Aws,
            Layer::Flow,
            Layer::Render,
            Layer::Core,
            Layer::Logs,
        ];
        let behind = |first: Self| {
            let mut order = ORDER.iter().skip_while(move |layer| **layer != first);
            order.next();
            order.any(|layer| *layer == other)
        };
        let of_order = match self {
            Self::Tests => true,
            Self::Functions => other == Self::Lambda || ORDER.contains(&other),
            Self::Lambda => ORDER.contains(&other),
            Self::Cli => behind(Self::Aws),
            Self::Lab => behind(Self::Flow),
            layer => behind(layer),
        };
        of_order
            || match (self, other) {
                // The features `live`, which a laptop's plain build stays free of, and `lab`.
                (Self::Cli, Self::Aws | Self::Lab) => dependency.optional,
                // The test bed, for the tests of those who talk to a real server.
                (Self::Functions | Self::Lambda | Self::Aws, Self::Tests) => {
                    dependency.kind.as_deref() == Some("dev")
                }
                _ => false,
            }
    }

    /// Returns why a member of this layer may not depend on a crate from outside, if it may not.
    fn refuses(self, dependency: &Dependency) -> Option<&'static str> {
        let name = dependency.name.as_str();
        let sdk = name == "aws-config"
            || name.starts_with("aws-sdk-")
            || name.starts_with("aws-smithy-")
            || name.starts_with("aws-credential-")
            || name == "aws-types";
        if sdk && self != Self::Aws && !(self == Self::Cli && dependency.optional) {
            return Some("only shared/aws names the AWS SDK");
        }
        let asynchronous = matches!(
            name,
            "tokio" | "futures" | "smol" | "hyper" | "reqwest" | "tower" | "lambda_runtime"
        ) || ["tokio-", "futures-", "async-", "hyper-", "tower-"]
            .iter()
            .any(|prefix| name.starts_with(prefix));
        (asynchronous && matches!(self, Self::Lab | Self::Render | Self::Core | Self::Logs))
            .then_some(
                "shared/lab, shared/render, shared/core and shared/logs are not asynchronous",
            )
    }
}

/// Returns one line per forbidden dependency.
fn faults(root: &str, metadata: &Metadata) -> Vec<String> {
    let folder = |package: &Package| {
        let folder = Path::new(&package.manifest_path)
            .parent()?
            .strip_prefix(root)
            .ok()?;
        folder.to_str().map(|folder| folder.replace('\\', "/"))
    };
    let mut faults = Vec::new();
    let mut crates = BTreeMap::new();
    for package in &metadata.packages {
        match folder(package).as_deref().and_then(Layer::of) {
            Some(layer) => {
                crates.insert(package.name.as_str(), layer);
            }
            None => faults.push(format!("{} lies in no known layer", package.name)),
        }
    }
    for package in &metadata.packages {
        let Some(&layer) = crates.get(package.name.as_str()) else {
            continue;
        };
        for dependency in &package.dependencies {
            let reason = match crates.get(dependency.name.as_str()) {
                Some(&other) if layer.may_use(other, dependency) => None,
                Some(_) => Some(
                    "dependencies point functions → aws → flow → render → core → logs, cli → flow, lab → core",
                ),
                None => layer.refuses(dependency),
            };
            if let Some(reason) = reason {
                faults.push(format!("{} → {}: {reason}", package.name, dependency.name));
            }
        }
    }
    faults
}

#[test]
fn the_workspace_keeps_its_direction() -> anyhow::Result<()> {
    let json = output(
        env!("CARGO"),
        &["metadata", "--no-deps", "--format-version", "1"],
    )?;
    let metadata: Metadata = serde_json::from_str(&json)?;
    let root = root().to_str().expect("the root is UTF-8");
    assert!(
        metadata.packages.len() >= 6,
        "cargo metadata shows no workspace"
    );
    assert_none(&faults(root, &metadata));
    Ok(())
}

/// Checks a workspace with a member of each layer in which one member has one dependency, written
/// `name`, `name?` when optional, `name dev` when for tests.
fn judged(member: &str, dependency: &str) -> Vec<String> {
    let folders = [
        "functions/ingest",
        "shared/aws",
        "shared/flow",
        "shared/core",
        "shared/render",
        "shared/logs",
        "shared/lab",
        "shared/cli",
    ];
    let (name, kind) = match dependency.split_once(' ') {
        Some((name, kind)) => (name, Some(kind.to_owned())),
        None => (dependency, None),
    };
    let wanted = Dependency {
        name: name.trim_end_matches('?').to_owned(),
        kind,
        optional: name.ends_with('?'),
    };
    let packages = folders
        .into_iter()
        .chain(["tests", "elsewhere/attic"])
        .filter(|folder| *folder != "elsewhere/attic" || member == "attic")
        .map(|folder| {
            let name = folder
                .rsplit('/')
                .next()
                .expect("a folder has a name")
                .to_owned();
            let dependencies = if name == member {
                vec![wanted.clone()]
            } else {
                Vec::new()
            };
            Package {
                name,
                manifest_path: format!("/repository/{folder}/Cargo.toml"),
                dependencies,
            }
        })
        .collect();
    faults("/repository", &Metadata { packages })
}

#[test]
fn each_edge_is_judged() {
    let allowed = [
        ("ingest", "aws"),
        ("ingest", "core"),
        ("aws", "flow"),
        ("flow", "core"),
        ("core", "logs"),
        ("render", "core"),
        ("flow", "render"),
        ("cli", "flow"),
        ("cli", "aws?"),
        ("cli", "lab?"),
        ("lab", "core"),
        ("lab", "logs"),
        ("tests", "ingest"),
        ("aws", "tests dev"),
        ("aws", "aws-sdk-dynamodb"),
        ("cli", "aws-config?"),
        ("core", "aws_lambda_events"),
        ("flow", "tokio dev"),
    ];
    let forbidden = [
        ("core", "flow"),
        ("logs", "core"),
        ("core", "render"),
        ("render", "flow"),
        ("logs", "core dev"),
        ("logs", "tokio"),
        ("core", "flow dev"),
        ("flow", "aws"),
        ("flow", "cli"),
        ("aws", "ingest"),
        ("aws", "cli"),
        ("cli", "aws"),
        ("cli", "lab"),
        ("lab", "flow"),
        ("lab", "cli"),
        ("lab", "tokio"),
        ("flow", "lab"),
        ("ingest", "lab"),
        ("cli", "ingest"),
        ("ingest", "cli"),
        ("ingest", "tests"),
        ("core", "tests dev"),
        ("ingest", "aws-sdk-dynamodb"),
        ("flow", "aws-smithy-types"),
        ("cli", "aws-config"),
        ("tests", "aws-sdk-dynamodb dev"),
        ("core", "tokio"),
        ("core", "tokio dev"),
        ("core", "futures-util"),
        ("attic", "serde"),
    ];
    let mut wrong = Vec::new();
    for (member, dependency) in allowed {
        wrong.extend(judged(member, dependency));
    }
    for (member, dependency) in forbidden {
        if judged(member, dependency).is_empty() {
            wrong.push(format!("{member} → {dependency} is allowed"));
        }
    }
    assert_none(&wrong);
}
