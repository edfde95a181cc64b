//! Reads YAML into a small tree that keeps the place of every value.
//!
//! The tree is built from parser events instead of a loader, because a loader copies what an alias names: a few
//! hundred bytes of nested aliases fill a machine's memory. Here an alias is a leaf that is refused where it is read.

use std::borrow::Cow;

use saphyr_parser::{Event, Parser, ScalarStyle, Span};

use super::faults::Fault;

/// The longest file that is read, in bytes.
pub(super) const MAX_BYTES: usize = 1 << 20;
/// The deepest nesting that is read; the deepest key of a settings file stands at level 8.
const MAX_DEPTH: usize = 16;
/// The most values that are read: about ten times what a file for a thousand services holds.
const MAX_NODES: usize = 200_000;

/// One value and the place it starts at.
#[derive(Debug)]
pub(super) struct Node<'t> {
    pub(super) line: usize,
    pub(super) column: usize,
    pub(super) kind: NodeKind<'t>,
}

/// What a value is, before its meaning is known.
#[derive(Debug)]
pub(super) enum NodeKind<'t> {
    /// A text; `quoted` distinguishes `"12"`, which is text, from `12`, which is a number.
    Scalar { text: Cow<'t, str>, quoted: bool },
    /// A sequence.
    List(Vec<Node<'t>>),
    /// A mapping as it stands: keys in the order of the file, duplicates included.
    Map(Vec<(Node<'t>, Node<'t>)>),
    /// An alias, `*name`: never followed.
    Alias,
    /// A value with a tag, such as `!!binary`: never interpreted.
    Tagged,
}

/// A sequence or mapping whose end has not been seen.
struct Open<'t> {
    line: usize,
    column: usize,
    tagged: bool,
    content: Content<'t>,
}

enum Content<'t> {
    List(Vec<Node<'t>>),
    Map {
        entries: Vec<(Node<'t>, Node<'t>)>,
        key: Option<Node<'t>>,
    },
}

/// Reads the one document of `text`; `None` when it holds nothing but comments.
///
/// # Errors
/// The first place that is not YAML, or that exceeds a limit; the rest of the file is not read
/// then.
pub(super) fn read(text: &str) -> Result<Option<Node<'_>>, Fault> {
    if text.len() > MAX_BYTES {
        return Err(whole_file(
            1,
            1,
            format!("is {} bytes long, more than {MAX_BYTES}", text.len()),
            "split the services over several deployments",
        ));
    }
    let mut parser = Parser::new_from_str(text.strip_prefix('\u{feff}').unwrap_or(text));
    let mut open: Vec<Open<'_>> = Vec::new();
    let mut root = None;
    let mut documents = 0;
    let mut nodes = 0;
    while let Some(event) = parser.next_event() {
        let (event, span) = event.map_err(|error| {
            whole_file(
                error.marker().line(),
                error.marker().col() + 1,
                format!("is not YAML: {}", error.info()),
                "check the indentation, quotes and brackets here and just above",
            )
        })?;
        let (line, column) = place(span);
        let node = match event {
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => continue,
            Event::DocumentStart(_) => {
                documents += 1;
                if documents > 1 {
                    return Err(whole_file(
                        line,
                        column,
                        "begins a second document".to_owned(),
                        "keep one document in the file",
                    ));
                }
                continue;
            }
            Event::SequenceStart(_, tag) => {
                let content = Content::List(Vec::new());
                open.push(Open {
                    line,
                    column,
                    tagged: tag.is_some(),
                    content,
                });
                if open.len() > MAX_DEPTH {
                    return Err(too_deep(line, column));
                }
                continue;
            }
            Event::MappingStart(_, tag) => {
                let content = Content::Map {
                    entries: Vec::new(),
                    key: None,
                };
                open.push(Open {
                    line,
                    column,
                    tagged: tag.is_some(),
                    content,
                });
                if open.len() > MAX_DEPTH {
                    return Err(too_deep(line, column));
                }
                continue;
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let Some(closed) = open.pop() else { continue };
                closed.into_node()
            }
            Event::Alias(_) => Node {
                line,
                column,
                kind: NodeKind::Alias,
            },
            Event::Scalar(_, _, _, Some(_)) => Node {
                line,
                column,
                kind: NodeKind::Tagged,
            },
            Event::Scalar(text, style, _, None) => {
                let quoted = style != ScalarStyle::Plain;
                Node {
                    line,
                    column,
                    kind: NodeKind::Scalar { text, quoted },
                }
            }
        };
        nodes += 1;
        if nodes > MAX_NODES {
            return Err(whole_file(
                line,
                column,
                format!("holds more than {MAX_NODES} values"),
                "split the services over several deployments",
            ));
        }
        match open.last_mut() {
            Some(parent) => parent.add(node),
            None => root = Some(node),
        }
    }
    Ok(root)
}

impl<'t> Open<'t> {
    fn add(&mut self, mut node: Node<'t>) {
        match &mut self.content {
            Content::List(items) => items.push(node),
            Content::Map { entries, key } => match key.take() {
                None => *key = Some(node),
                Some(key) => {
                    // A block below its key, or a missing value, gets the line of the key, because
                    // a reader looks for that line.
                    let starts_elsewhere = match &node.kind {
                        NodeKind::Scalar { text, quoted } => text.is_empty() && !quoted,
                        NodeKind::List(_) | NodeKind::Map(_) => true,
                        NodeKind::Alias | NodeKind::Tagged => false,
                    };
                    if starts_elsewhere {
                        (node.line, node.column) = (key.line, key.column);
                    }
                    entries.push((key, node));
                }
            },
        }
    }

    fn into_node(self) -> Node<'t> {
        let kind = match self.content {
            _ if self.tagged => NodeKind::Tagged,
            Content::List(items) => NodeKind::List(items),
            Content::Map { entries, .. } => NodeKind::Map(entries),
        };
        Node {
            line: self.line,
            column: self.column,
            kind,
        }
    }
}

fn place(span: Span) -> (usize, usize) {
    (span.start.line(), span.start.col() + 1)
}

fn too_deep(line: usize, column: usize) -> Fault {
    whole_file(
        line,
        column,
        format!("is nested more than {MAX_DEPTH} levels deep"),
        "no key stands so deep; check the brackets and the indentation",
    )
}

/// A fault that belongs to no key.
pub(super) fn whole_file(line: usize, column: usize, problem: String, remedy: &str) -> Fault {
    Fault {
        line,
        column,
        path: String::new(),
        problem,
        remedy: remedy.to_owned(),
    }
}
