//! The files of a simulation: an S3 export tree of its log streams, the deployment events as
//! EventBridge delivers them, the truth as `labels.json`, and a page for the reader.

use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use flate2::{Compression, GzBuilder};
use serde::{Deserialize, Serialize};

use super::fleet::SERVICE;
use super::lines::Printer;
use super::rng::Rng;
use super::scenario::{CauseKind, Deployment, Offset, Scenario};
use super::{Played, SimulateError, Stream, Summary};

const ACCOUNT: &str = "123456789012";
const REGION: &str = "us-east-1";

/// How ECS events write a time: whole seconds, UTC.
const ECS_TIME: &str = "%Y-%m-%dT%H:%M:%SZ";

/// The lane of the rng for the ids of deployment events.
const EVENT_LANE: u64 = u64::MAX - 2;

/// The truth about a simulation, as `labels.json` holds it.
#[derive(Debug, Serialize, Deserialize)]
struct Labels {
    scenario: String,
    seed: u64,
    service: String,
    quiet: Vec<LabelledSpan>,
    incidents: Vec<LabelledIncident>,
}

/// A stretch without an incident, in milliseconds since the epoch, its end not included.
#[derive(Debug, Serialize, Deserialize)]
struct LabelledSpan {
    from_ms: i64,
    to_ms: i64,
}

/// An incident, and the deployment behind it if there is one.
#[derive(Debug, Serialize, Deserialize)]
struct LabelledIncident {
    service: String,
    from_ms: i64,
    to_ms: i64,
    cause: LabelledCause,
    change: Option<LabelledChange>,
}

#[derive(Debug, Serialize, Deserialize)]
struct LabelledCause {
    kind: CauseKind,
    name: String,
}

#[derive(Debug, Serialize, Deserialize)]
struct LabelledChange {
    service: String,
    at_ms: i64,
}

/// An event of EventBridge, its fields in the order of the ECS developer guide.
#[derive(Debug, Serialize)]
struct DeploymentEvent {
    version: &'static str,
    id: String,
    #[serde(rename = "detail-type")]
    detail_type: &'static str,
    source: &'static str,
    account: &'static str,
    time: String,
    region: &'static str,
    resources: [String; 1],
    detail: DeploymentDetail,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct DeploymentDetail {
    event_type: &'static str,
    event_name: &'static str,
    deployment_id: String,
    updated_at: String,
    reason: String,
}

/// A folder of the simulation and what it has cost so far.
struct Folder<'a> {
    out: &'a Path,
    bytes: u64,
}

impl Folder<'_> {
    /// Writes one file, with the folders it needs.
    fn put(&mut self, relative: &str, content: &[u8]) -> Result<(), SimulateError> {
        let path = self.out.join(relative);
        let folder = path.parent().unwrap_or(self.out);
        fs::create_dir_all(folder).map_err(failed(folder))?;
        fs::write(&path, content).map_err(failed(&path))?;
        self.bytes += content.len() as u64;
        Ok(())
    }
}

/// Writes a played scenario to `out`.
pub(crate) fn write(
    scenario: &Scenario,
    seed: u64,
    played: &Played,
    out: &Path,
) -> Result<Summary, SimulateError> {
    clear(out)?;
    let printer = Printer {
        start_ms: scenario.start_ms,
    };
    let mut folder = Folder { out, bytes: 0 };

    for stream in &played.streams {
        let name = path_of(stream);
        let content = compress(&export(stream, printer)).map_err(failed(&out.join(&name)))?;
        folder.put(&name, &content)?;
    }

    let documents = documents(scenario, seed, played);
    let changes = documents
        .iter()
        .filter(|(name, _)| name.starts_with("changes/"));
    let changes = changes.count();
    for (name, content) in documents {
        folder.put(&name, &content)?;
    }

    Ok(Summary {
        scenario: scenario.name.clone(),
        seed,
        from_ms: scenario.start_ms,
        to_ms: scenario.start_ms + scenario.length,
        streams: played.streams.len(),
        lines: played.streams.iter().map(|s| s.lines.len()).sum(),
        requests: played.requests,
        changes,
        bytes: folder.bytes,
    })
}

/// Returns every file but the exported streams, with its path below the folder.
pub(crate) fn documents(scenario: &Scenario, seed: u64, played: &Played) -> Vec<(String, Vec<u8>)> {
    let printer = Printer {
        start_ms: scenario.start_ms,
    };
    let mut documents = vec![
        ("labels.json".to_owned(), pretty(&labels(scenario, seed))),
        (
            "README.md".to_owned(),
            readme(scenario, seed, played, printer).into_bytes(),
        ),
    ];
    let mut rng = Rng::new(seed, EVENT_LANE);
    for deployment in &scenario.deployments {
        for (at, event) in events(deployment, printer, &mut rng) {
            let moment = printer.strftime(at, "%Y-%m-%dT%H%M%SZ");
            let name = format!("changes/{moment}-{}-deployment.json", deployment.service);
            documents.push((name, pretty(&event)));
        }
    }
    documents
}

/// Makes room in `out`: removes what an earlier simulation left, and refuses anything else.
fn clear(out: &Path) -> Result<(), SimulateError> {
    let occupied = match fs::read_dir(out) {
        Ok(mut entries) => entries.next().is_some(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => false,
        Err(error) => return Err(failed(out)(error)),
    };
    if !occupied {
        return Ok(());
    }
    // Only a folder with labels of our own shape is ours to empty, and only of our own folders.
    let ours = fs::read(out.join("labels.json"))
        .is_ok_and(|bytes| serde_json::from_slice::<Labels>(&bytes).is_ok());
    if !ours {
        return Err(SimulateError::OutputInUse(out.to_owned()));
    }
    for name in ["export", "changes"] {
        let path = out.join(name);
        match fs::remove_dir_all(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(failed(&path)(error));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Returns where a stream stands in the tree: a slash of its name becomes a dash, as CloudWatch
/// Logs has it.
pub(crate) fn path_of(stream: &Stream) -> String {
    format!("export/{}/000000.gz", stream.name.replace('/', "-"))
}

/// Returns the text of one exported stream: each log event with its timestamp before it.
pub(crate) fn export(stream: &Stream, printer: Printer) -> String {
    let mut text = String::new();
    for line in &stream.lines {
        let timestamp = printer.timestamp(line.at);
        text.extend([timestamp.as_str(), " ", line.text.as_str(), "\n"]);
    }
    text
}

/// Compresses with nothing in the header that differs between two runs.
fn compress(text: &str) -> io::Result<Vec<u8>> {
    const UNKNOWN_SYSTEM: u8 = 255;
    let mut gzip = GzBuilder::new()
        .mtime(0)
        .operating_system(UNKNOWN_SYSTEM)
        .write(Vec::new(), Compression::best());
    gzip.write_all(text.as_bytes())?;
    gzip.finish()
}

/// Returns the events that EventBridge delivers for one deployment, in the shape of the "ECS
/// Deployment State Change" page of the Amazon ECS developer guide.
fn events(
    deployment: &Deployment,
    printer: Printer,
    rng: &mut Rng,
) -> [(Offset, DeploymentEvent); 2] {
    let id = format!("ecs-svc/{:019}", rng.below(10_u64.pow(19)));
    let Deployment {
        service, at, took, ..
    } = *deployment;
    [
        (at, "SERVICE_DEPLOYMENT_IN_PROGRESS", "in progress"),
        (at + took, "SERVICE_DEPLOYMENT_COMPLETED", "completed"),
    ]
    .map(|(at, event_name, state)| {
        let event = DeploymentEvent {
            version: "0",
            id: uuid(rng),
            detail_type: "ECS Deployment State Change",
            source: "aws.ecs",
            account: ACCOUNT,
            // ECS stamps `updatedAt` first; EventBridge stamps `time` a moment later.
            time: printer.strftime(at + 1_000, ECS_TIME),
            region: REGION,
            resources: [format!(
                "arn:aws:ecs:{REGION}:{ACCOUNT}:service/prod/{service}"
            )],
            detail: DeploymentDetail {
                event_type: "INFO",
                event_name,
                deployment_id: id.clone(),
                updated_at: printer.strftime(at, ECS_TIME),
                reason: format!("ECS deployment {id} {state}."),
            },
        };
        (at, event)
    })
}

/// Returns a random (version 4) UUID.
fn uuid(rng: &mut Rng) -> String {
    let variant = ["8", "9", "a", "b"][rng.below(4) as usize];
    let [first, second] = [rng.hex(8), rng.hex(4)];
    let [third, fourth, last] = [rng.hex(3), rng.hex(3), rng.hex(12)];
    format!("{first}-{second}-4{third}-{variant}{fourth}-{last}")
}

/// Returns the truth about a scenario, in milliseconds since the epoch.
fn labels(scenario: &Scenario, seed: u64) -> Labels {
    let since = |offset: Offset| scenario.start_ms + offset;
    let incidents = scenario.incidents.iter().map(|incident| LabelledIncident {
        service: SERVICE.to_owned(),
        from_ms: since(incident.from),
        to_ms: since(incident.to),
        cause: LabelledCause {
            kind: incident.cause,
            name: incident.name.to_owned(),
        },
        change: incident.deployment.map(|index| LabelledChange {
            service: scenario.deployments[index].service.to_owned(),
            at_ms: since(scenario.deployments[index].at),
        }),
    });
    Labels {
        scenario: scenario.name.clone(),
        seed,
        service: SERVICE.to_owned(),
        quiet: scenario
            .quiet()
            .into_iter()
            .map(|(from, to)| LabelledSpan {
                from_ms: since(from),
                to_ms: since(to),
            })
            .collect(),
        incidents: incidents.collect(),
    }
}

/// Returns the page that says how the folder was made and what happens in it.
fn readme(scenario: &Scenario, seed: u64, played: &Played, printer: Printer) -> String {
    let name = &scenario.name;
    let day = |at| printer.strftime(at, "%a %Y-%m-%d %H:%M");
    let effects = scenario.effects.iter().map(|e| (e.from, e.to, e.note));
    let deployments = scenario.deployments.iter();
    let deployments = deployments.map(|d| (d.at, d.at + d.took, d.note));
    let mut rows: Vec<(Offset, Offset, &str)> = effects.chain(deployments).collect();
    rows.sort_by_key(|(from, ..)| *from);

    let mut page = format!(
        "# {name}, seed {seed}\n\n\
         Simulated logs of `{SERVICE}`, the credit-origination API that Atalaya's examples watch.\n\
         Everything here was made by this command, and is made again byte for byte by it:\n\n\
         ```\natalaya simulate {name} --seed {seed} --out DIR\n```\n\n\
         From {} to {} (UTC), {} requests, {} log streams (a deployment replaces the three tasks).\n\n\
         | path | holds |\n|---|---|\n\
         | `export/<stream>/000000.gz` | a CloudWatch Logs export to S3: `timestamp message` a line |\n\
         | `changes/*.json` | ECS deployment events as EventBridge delivers them |\n\
         | `labels.json` | the truth: incidents with cause and deployment, and the quiet stretches |\n\n\
         Not in any `quiet` stretch, nor in the incident: the time between a fateful deployment and\n\
         its first victim, and ten minutes after a recovery.\n\n\
         ## What happens (UTC)\n\n\
         | from | to | what |\n|---|---|---|\n",
        day(0),
        day(scenario.length),
        played.requests,
        played.streams.len(),
    );
    for (from, to, note) in rows {
        writeln!(page, "| {} | {} | {note} |", day(from), day(to))
            .expect("a string takes any text");
    }
    page
}

/// Returns JSON for people, with a newline at the end.
fn pretty<T: Serialize>(value: &T) -> Vec<u8> {
    let mut bytes = serde_json::to_vec_pretty(value).expect("plain fields are always JSON");
    bytes.push(b'\n');
    bytes
}

/// Returns the error for a path that could not be written.
fn failed(path: &Path) -> impl FnOnce(io::Error) -> SimulateError + use<> {
    let path: PathBuf = path.to_owned();
    move |source| SimulateError::Write { path, source }
}
