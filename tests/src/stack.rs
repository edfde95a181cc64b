//! Atalaya, deployed to emulators as it is deployed to AWS: the functions' own binaries in zips, applied by Terraform
//! from `infra/environments/dev`, over ministack with moto for the alarms and microburst before the table.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use atalaya_cli::package::archive;
use serde_json::{Value, json};

use crate::aws::{ACCOUNT, Aws, REGION};
use crate::build;
use crate::microburst::Microburst;
use crate::ministack::Ministack;
use crate::moto::Moto;
use crate::terraform::Terraform;

/// The functions of Atalaya.
pub const FUNCTIONS: [&str; 4] = ["ingest", "sweep", "changes", "notify"];

/// The endpoints of the services that Terraform's provider calls; it uses no others.
const SERVICES: [&str; 13] = [
    "cloudwatchevents",
    "cloudwatchlogs",
    "dynamodb",
    "iam",
    "kinesis",
    "kms",
    "lambda",
    "s3",
    "scheduler",
    "sns",
    "sqs",
    "ssm",
    "sts",
];

/// An applied stack; dropping it ends its servers, and with them all that was applied.
#[derive(Debug)]
pub struct Stack {
    /// The proxy between the functions and the table.
    pub throttle: Microburst,
    /// The servers of the stack; first the one that runs the functions.
    pub ministack: Ministack,
    /// Kept for as long as the stack stands.
    pub moto: Moto,
    /// The Terraform folder that was applied.
    pub terraform: Terraform,
    /// The outputs of the module.
    pub outputs: Value,
    /// How long `terraform apply` took.
    pub applied_in: Duration,
}

impl Stack {
    /// Starts the servers, builds the functions and applies the stack with these settings, the text of an
    /// `atalaya.yaml`, and its log groups; or returns `None`, with the skip recorded, where a tool is missing.
    ///
    /// # Errors
    /// If a server does not start, a build fails or Terraform does; with their own output.
    pub fn apply(settings: &Path, log_groups: &[&str]) -> anyhow::Result<Option<Self>> {
        let (Some(mut ministack), Some(moto)) = (Ministack::start()?, Moto::start()?) else {
            return Ok(None);
        };
        let Some(throttle) = Microburst::start(&ministack.endpoint())? else {
            return Ok(None);
        };
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent();
        let infra = root.context("tests/ lies in the root")?.join("infra");
        let Some(terraform) = Terraform::in_copy(&infra, "environments/dev")? else {
            return Ok(None);
        };
        // Beside the state: Terraform reads the zips at each plan.
        let dist = terraform.place().join("dist");
        let architecture = package(&dist)?;
        for group in log_groups {
            ministack.aws().create_log_group(group)?;
        }
        let mut endpoints = json!({ "cloudwatch": moto.endpoint() });
        for service in SERVICES {
            endpoints[service] = ministack.endpoint().into();
        }
        let variables = json!({
            "architecture": architecture,
            "packages": { "folder": dist },
            "config": fs::canonicalize(settings)?,
            "endpoints": endpoints,
            "max_retries": 2,
            "composite_alarm": false,
            "saved_queries": false,
            "function_environment": {
                "ATALAYA_CLOCK": "event",
                "AWS_ENDPOINT_URL_DYNAMODB": throttle.endpoint(),
            },
        });
        let began = Instant::now();
        let applied = terraform.apply(&variables);
        let applied_in = began.elapsed();
        applied.with_context(|| ministack.said())?;
        let outputs = terraform.output("pipeline")?;
        Ok(Some(Self {
            throttle,
            ministack,
            moto,
            terraform,
            outputs,
            applied_in,
        }))
    }

    /// Returns a client of it.
    #[must_use]
    pub fn aws(&self) -> Aws {
        self.ministack.aws()
    }

    /// Returns the deployed name of a function.
    ///
    /// # Errors
    /// If the module has no such output.
    pub fn function(&self, function: &str) -> anyhow::Result<&str> {
        let name = self.outputs["function_names"][function].as_str();
        name.with_context(|| format!("no function {function} in {}", self.outputs))
    }

    /// Returns a text of the module's outputs.
    ///
    /// # Errors
    /// If there is none of that name.
    pub fn output(&self, name: &str) -> anyhow::Result<&str> {
        let text = self.outputs[name].as_str();
        text.with_context(|| format!("no output {name} in {}", self.outputs))
    }

    /// Sends failed asynchronous invocations to the destination that AWS would use: ministack does
    /// not read the alias's configuration.
    ///
    /// # Errors
    /// If the alias has no such configuration.
    pub fn mend_failure_destination(&self, function: &str) -> anyhow::Result<()> {
        let path = format!(
            "2019-09-25/functions/{}/event-invoke-config",
            self.function(function)?
        );
        let alias = self.output("alias")?;
        let aws = self.aws();
        let configured = aws.rest("GET", &format!("{path}?Qualifier={alias}"), &Value::Null)?;
        let body = json!({
            "MaximumRetryAttempts": configured["MaximumRetryAttempts"],
            "DestinationConfig": configured["DestinationConfig"],
        });
        aws.rest("PUT", &path, &body)?;
        Ok(())
    }
}

/// Builds the functions as tests build them, which takes a tenth of a release, and archives them as releases are.
/// Returns the architecture, as Lambda names it.
fn package(dist: &Path) -> anyhow::Result<&'static str> {
    let architecture = match std::env::consts::ARCH {
        "aarch64" => "arm64",
        other => other,
    };
    let folder = dist.join(architecture);
    fs::create_dir_all(&folder)?;
    for function in FUNCTIONS {
        let binary = fs::read(build::binary(&["-p", function])?)?;
        fs::write(
            folder.join(format!("{function}.zip")),
            archive::zip(&binary)?,
        )?;
    }
    Ok(architecture)
}

/// Returns the ARN of something in the bed's account.
#[must_use]
pub fn arn(service: &str, name: &str) -> String {
    format!("arn:aws:{service}:{REGION}:{ACCOUNT}:{name}")
}
