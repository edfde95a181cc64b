//! Finds the files behind the inputs, and derives log groups and streams from their paths.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use atalaya_core::settings::Settings;

use super::fault::InputFault;
use super::location::Location;
use super::text::is_export_path;

/// A file to read.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    pub(crate) location: Location,
    /// The folder that was given as the input, if it was one.
    tree: Option<PathBuf>,
}

/// Names that do not describe what was exported.
const NAMELESS: [&str; 6] = ["export", "exports", "exportedlogs", "logs", "log", ""];

/// Returns the files of all inputs, folders in sorted order; a file that was given by name is never
/// left out.
pub(crate) fn files(inputs: &[PathBuf]) -> (Vec<Found>, Vec<InputFault>) {
    let mut found = Vec::new();
    let mut faults = Vec::new();
    for input in inputs {
        if input.as_os_str() == "-" {
            match Location::stdin() {
                Ok(location) => found.push(Found {
                    location,
                    tree: None,
                }),
                Err(fault) => faults.push(fault),
            }
        } else if input.is_dir() {
            let before = found.len();
            folder(input, input, &mut found, &mut faults);
            if found.len() == before && faults.is_empty() {
                let remedy = "give a folder with log files or events";
                let name = input.display().to_string();
                faults.push(InputFault::new(&name, "holds no file to read", remedy));
            }
        } else {
            found.push(Found::file(input.clone()));
        }
    }
    (found, faults)
}

fn folder(tree: &Path, at: &Path, found: &mut Vec<Found>, faults: &mut Vec<InputFault>) {
    let entries = std::fs::read_dir(at).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let entries = match entries {
        Ok(entries) => entries,
        Err(error) => {
            let name = at.display().to_string();
            faults.push(InputFault::of_io(&name, &error));
            return;
        }
    };
    // Names that are not UTF-8 still name files.
    let names: BTreeSet<_> = entries.iter().map(std::fs::DirEntry::file_name).collect();
    for name in &names {
        let path = at.join(name);
        let text = name.to_string_lossy();
        let has = |other: &str| names.contains(std::ffi::OsStr::new(other));
        if is_aside(&text)
            || text
                .strip_suffix(".batch.json")
                .is_some_and(|stem| has(&format!("{stem}.event.json")))
        {
            continue;
        }
        // A link to a folder may lead back up, so only real folders are entered.
        let is_link = path.symlink_metadata().is_ok_and(|meta| meta.is_symlink());
        if path.is_dir() {
            if !is_link {
                folder(tree, &path, found, faults);
            }
        } else {
            found.push(Found {
                location: Location::file(path),
                tree: Some(tree.to_owned()),
            });
        }
    }
}

/// Returns whether a file in a folder is about the logs rather than logs.
fn is_aside(name: &str) -> bool {
    // Exports to S3 leave a file with which CloudWatch Logs tested that it may write.
    const NAMES: [&str; 2] = ["labels.json", "aws-logs-write-test"];
    const ENDINGS: [&str; 5] = [".expect.json", ".md", ".yaml", ".yml", ".toml"];
    name.starts_with('.')
        || name.starts_with("README")
        || NAMES.contains(&name)
        || ENDINGS.iter().any(|ending| name.ends_with(ending))
}

impl Found {
    /// A file that was given by name.
    pub(crate) fn file(path: PathBuf) -> Self {
        Self {
            location: Location::file(path),
            tree: None,
        }
    }

    /// Returns its path below the folder that was given, or its name where it was given itself.
    pub(crate) fn below(&self) -> PathBuf {
        let Some(path) = self.location.path() else {
            return PathBuf::from("stdin");
        };
        let inside = self.tree.as_deref();
        let inside = inside.and_then(|tree| path.strip_prefix(tree).ok());
        inside.map_or_else(|| PathBuf::from(name_of(path)), Path::to_owned)
    }

    /// Returns the log stream that the path names: the folder of an export's part, else the file's
    /// stem.
    pub(crate) fn stream(&self) -> String {
        let Some(path) = self.location.path() else {
            return "stdin".to_owned();
        };
        let folder = path.parent().map(name_of).unwrap_or_default();
        if is_export_path(path) && !folder.is_empty() {
            return folder;
        }
        stem_of(path)
    }

    /// Returns the log group of lines that do not name one. It is the group in the settings that
    /// fits the path's names or the service that the lines name, or the only group in the settings;
    /// else it is that service's name, or the name of the tree or the file.
    pub(crate) fn log_group(&self, settings: &Settings, told: Option<&str>) -> String {
        let stream = self.stream();
        let tree = self.tree_name();
        let groups = settings.services.iter().flat_map(|(service, of)| {
            of.log_groups
                .iter()
                .map(move |group| (service.as_str(), group.as_str()))
        });
        let fits = |(service, group): &(&str, &str)| {
            let last = group.rsplit('/').next().unwrap_or(group);
            [last, service].into_iter().any(|name| {
                !name.is_empty()
                    && (told == Some(name)
                        || stream.starts_with(name)
                        || tree.as_deref() == Some(name))
            })
        };
        let fitting = groups
            .clone()
            .filter(fits)
            .max_by_key(|(_, group)| group.len());
        if let Some((_, group)) = fitting {
            return group.to_owned();
        }
        let mut all = groups;
        match (all.next(), all.next()) {
            (Some((_, only)), None) => only.to_owned(),
            _ => told.map(str::to_owned).or(tree).unwrap_or(stream),
        }
    }

    /// Returns the name of the folder that an export's streams lie in, or the nearest one above it
    /// that is descriptive.
    fn tree_name(&self) -> Option<String> {
        let path = self.location.path().filter(|path| is_export_path(path))?;
        let streams = path.parent()?.parent()?;
        let streams = std::path::absolute(streams).unwrap_or_else(|_| streams.to_owned());
        let mut names = streams.ancestors().map(name_of);
        let told = names.find(|name| !NAMELESS.contains(&name.to_lowercase().as_str()));
        told.or_else(|| self.tree.as_deref().map(name_of))
    }
}

fn name_of(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

/// Returns a file's name without its endings: `app.log.gz` is `app`.
fn stem_of(path: &Path) -> String {
    let name = name_of(path);
    let mut stem = name.as_str();
    for ending in [".gz", ".log", ".txt", ".jsonl", ".ndjson", ".json"] {
        stem = stem.strip_suffix(ending).unwrap_or(stem);
    }
    if stem.is_empty() {
        name
    } else {
        stem.to_owned()
    }
}
