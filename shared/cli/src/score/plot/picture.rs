//! Draws a chart as one SVG document: without scripts or external resources, for light and dark
//! pages, and with a description for readers who do not see it.

use std::fmt::{self, Write};

use super::Chart;
use super::axis::{self, levels, moments, show};
use super::columns::Column;
use super::findings::Finding;
use crate::replay::story::grouped;

const WIDTH: f64 = 1200.0;
const LEFT: f64 = 76.0;
const RIGHT: f64 = WIDTH - 28.0;
/// Where the first lane of labels would begin.
const HEAD: f64 = 76.0;
/// The height of a lane of labels.
const LANE: f64 = 18.0;
/// The most lanes.
const LANES: usize = 3;
/// The height of the values, and of the score.
const VALUES: f64 = 340.0;
const SCORE: f64 = 64.0;
/// About how wide a letter of a label is.
const LETTER: f64 = 6.9;
/// Findings that lie closer than this share one label, that of the highest.
const APART: f64 = 12.0;
/// The most findings in the description.
const TOLD: usize = 10;

const STYLE: &str = "\
svg{background:var(--back);--back:#fff;--ink:#1c2733;--soft:#5d6b79;--grid:#e4e9ee;--line:#1f5fbf;--band:#1f5fbf;--found:#c62a1c;--score:#b4690e;--haze:.17}
@media (prefers-color-scheme:dark){svg{--back:#12171d;--ink:#e8edf2;--soft:#9aa8b6;--grid:#28323d;--line:#74b0ff;--band:#74b0ff;--found:#ff7c6b;--score:#f0b357;--haze:.27}}
text{font:12px system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif;fill:var(--soft)}
.back{fill:var(--back)}
.name{font-size:19px;font-weight:600;fill:var(--ink)}
.grid{stroke:var(--grid);fill:none}
.edge{stroke:var(--soft);stroke-opacity:.5;fill:none}
.band{fill:var(--band);fill-opacity:var(--haze);stroke:none}
.expected{stroke:var(--soft);stroke-opacity:.75;fill:none}
.line{stroke:var(--line);stroke-width:1.4;stroke-linejoin:round;stroke-linecap:round;fill:none}
.score{stroke:var(--score);fill:none}
.drop{stroke:var(--found);stroke-opacity:.4;fill:none}
.dot{fill:var(--found);stroke:var(--back);stroke-width:1.5}
.found{fill:var(--found);font-weight:600;paint-order:stroke;stroke:var(--back);stroke-width:5px;stroke-linejoin:round}
.end{text-anchor:end}.middle{text-anchor:middle}";

/// Returns the document.
pub(super) fn draw(chart: &Chart) -> String {
    let mut page = Page::default();
    let Some((field, span)) = Field::of(chart) else {
        page.open(chart, 80.0, &["no row could be read".to_owned()]);
        return page.close();
    };
    let findings = chart.findings.highest();
    let labels = Label::place(&findings, &field);
    let lanes = labels.iter().map(|label| label.lane + 1).max();
    let field = field.below(HEAD + LANE * lanes.unwrap_or_default() as f64 + 8.0);
    page.open(chart, field.bottom + 66.0, &told(chart, span, &findings));
    page.legend();
    page.grid(&field, span);
    page.values(chart, &field);
    page.scores(chart, &field);
    page.findings(&findings, &labels, &field);
    page.close()
}

/// Where moments and values lie on the page.
#[derive(Debug, Clone, Copy)]
struct Field {
    first_ms: i64,
    length_ms: f64,
    low: f64,
    high: f64,
    /// The upper edge of the values.
    top: f64,
    /// The lower edge of the score.
    bottom: f64,
}

impl Field {
    /// Returns where the rows lie, with the first and the last moment; `None` where there is no row.
    fn of(chart: &Chart) -> Option<(Self, (i64, i64))> {
        let (first, last) = chart.columns.span()?;
        let (least, most) = chart.columns.range()?;
        let room = match most - least {
            0.0 => (most.abs() * 0.05).max(0.5),
            span => span * 0.06,
        };
        let inside = |value: f64| value.clamp(-f64::MAX, f64::MAX);
        let field = Self {
            first_ms: first,
            length_ms: (last - first).max(1) as f64,
            low: inside(least - room),
            high: inside(most + room),
            top: 0.0,
            bottom: 0.0,
        };
        Some((field, (first, last)))
    }

    fn below(self, top: f64) -> Self {
        let bottom = top + VALUES + 34.0 + SCORE;
        Self {
            top,
            bottom,
            ..self
        }
    }

    fn x(&self, at_ms: i64) -> f64 {
        let part = (at_ms - self.first_ms) as f64 / self.length_ms;
        LEFT + part * (RIGHT - LEFT)
    }

    fn y(&self, value: f64) -> f64 {
        // Halves, so that the distance between the largest numbers is a number too.
        let part = (value / 2.0 - self.low / 2.0) / (self.high / 2.0 - self.low / 2.0);
        let y = self.top + VALUES * (1.0 - part);
        // A point far outside is cut off anyway.
        y.clamp(-2.0 * WIDTH, 2.0 * WIDTH)
    }

    fn score_y(&self, score: f64) -> f64 {
        self.bottom - SCORE * score.clamp(0.0, 1.0)
    }
}

/// The label of a finding.
struct Label {
    /// Where the finding lies.
    x: f64,
    lane: usize,
    middle: f64,
    text: String,
}

impl Label {
    /// Finds room for as many labels as fit above the values, the highest scores first.
    fn place(findings: &[Finding], field: &Field) -> Vec<Self> {
        let mut lanes = [const { Vec::<(f64, f64)>::new() }; LANES];
        let mut labels: Vec<Self> = Vec::new();
        for finding in findings {
            let x = field.x(finding.at_ms);
            if labels.iter().any(|label| (label.x - x).abs() < APART) {
                continue;
            }
            let text = format!(
                "{} · {:.2}",
                show(finding.at_ms, "%-d %b %H:%M"),
                finding.score
            );
            let half = text.chars().count() as f64 * LETTER / 2.0;
            let middle = x.clamp(LEFT + half, RIGHT - half);
            let (from, to) = (middle - half - 6.0, middle + half + 6.0);
            let free =
                |lane: &Vec<(f64, f64)>| lane.iter().all(|taken| to < taken.0 || from > taken.1);
            if let Some(lane) = lanes.iter().position(free) {
                lanes[lane].push((from, to));
                labels.push(Self {
                    x,
                    lane,
                    middle,
                    text,
                });
            }
        }
        labels
    }
}

/// The document as it grows.
#[derive(Default)]
struct Page {
    text: String,
}

impl Page {
    fn put(&mut self, text: fmt::Arguments) {
        self.text.write_fmt(text).expect("a string takes any text");
    }

    fn open(&mut self, chart: &Chart, height: f64, told: &[String]) {
        let name = title(&chart.name);
        self.put(format_args!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height:.0}\" role=\"img\" aria-labelledby=\"t d\">\n\
             <title id=\"t\">How unusual: {}</title>\n<desc id=\"d\">{}</desc>\n<style>{STYLE}</style>\n\
             <rect class=\"back\" width=\"100%\" height=\"100%\"/>\n\
             <text class=\"name\" x=\"{LEFT}\" y=\"32\">{}</text>\n\
             <text x=\"{LEFT}\" y=\"54\">{}</text>\n",
            escaped(name),
            escaped(&told.join(". ")),
            escaped(&cut(name, 90)),
            escaped(&told[0]),
        ));
    }

    fn close(mut self) -> String {
        self.text.push_str("</svg>\n");
        self.text
    }

    fn legend(&mut self) {
        let mut right = RIGHT;
        for (what, mark) in [
            (
                "found",
                "<circle class=\"dot\" cx=\"9\" cy=\"-4\" r=\"4.5\"/>",
            ),
            (
                "usual",
                "<rect class=\"band\" x=\"0\" y=\"-10\" width=\"18\" height=\"12\"/>",
            ),
            ("expected", "<path class=\"expected\" d=\"M0 -4h18\"/>"),
            ("measured", "<path class=\"line\" d=\"M0 -4h18\"/>"),
        ] {
            right -= what.len() as f64 * LETTER + 26.0;
            self.put(format_args!(
                "<g transform=\"translate({right:.0} 54)\">{mark}<text x=\"24\">{what}</text></g>\n"
            ));
            right -= 16.0;
        }
    }

    fn grid(&mut self, field: &Field, span: (i64, i64)) {
        let values_bottom = field.top + VALUES;
        for level in levels(field.low, field.high, 8) {
            let y = field.y(level.value);
            self.put(format_args!(
                "<path class=\"grid\" d=\"M{LEFT} {y:.1}H{RIGHT}\"/><text class=\"end\" x=\"{}\" y=\"{:.1}\">{}</text>\n",
                LEFT - 10.0,
                y + 4.0,
                level.label,
            ));
        }
        for moment in moments(span.0, span.1, 12) {
            let x = field.x(moment.at_ms);
            let score_top = field.bottom - SCORE;
            self.put(format_args!(
                "<path class=\"grid\" d=\"M{x:.1} {:.1}V{values_bottom:.1}M{x:.1} {score_top:.1}V{:.1}\"/>\
                 <text class=\"middle\" x=\"{x:.1}\" y=\"{:.1}\">{}</text>\n",
                field.top,
                field.bottom,
                field.bottom + 20.0,
                moment.label,
            ));
            if let Some(below) = moment.below {
                self.put(format_args!(
                    "<text class=\"middle\" x=\"{x:.1}\" y=\"{:.1}\">{below}</text>\n",
                    field.bottom + 37.0
                ));
            }
        }
        for score in [0.0, 0.5, 1.0] {
            let y = field.score_y(score);
            self.put(format_args!(
                "<path class=\"grid\" d=\"M{LEFT} {y:.1}H{RIGHT}\"/><text class=\"end\" x=\"{}\" y=\"{:.1}\">{score}</text>\n",
                LEFT - 10.0,
                y + 4.0,
            ));
        }
        self.put(format_args!(
            "<path class=\"edge\" d=\"M{LEFT} {values_bottom:.1}H{RIGHT}M{LEFT} {:.1}H{RIGHT}\"/>\n\
             <text x=\"{LEFT}\" y=\"{:.1}\">anomaly score</text>\n",
            field.bottom,
            field.bottom - SCORE - 9.0,
        ));
    }

    fn values(&mut self, chart: &Chart, field: &Field) {
        self.put(format_args!(
            "<clipPath id=\"c\"><rect x=\"{LEFT}\" y=\"{:.1}\" width=\"{}\" height=\"{VALUES}\"/></clipPath>\n",
            field.top,
            RIGHT - LEFT
        ));
        let stretches = chart.columns.stretches();
        let expecting = stretches.iter().flat_map(|stretch| {
            let known = stretch.chunk_by(|a, b| a.expected().is_some() == b.expected().is_some());
            known.filter_map(|part| part.iter().map(|column| with_band(column, field)).collect())
        });
        for part in expecting {
            let part: Vec<(f64, [f64; 3])> = part;
            let edge = |of: usize| part.iter().map(move |(x, y)| (*x, y[of]));
            let around: Vec<_> = edge(2).chain(edge(0).rev()).collect();
            self.path("band", &around);
            self.path("expected", &edge(1).collect::<Vec<_>>());
        }
        for stretch in &stretches {
            let dots = stretch.iter().flat_map(|column| column.dots());
            let points = dots.map(|dot| (field.x(dot.at_ms), field.y(dot.value)));
            self.path("line", &points.collect::<Vec<_>>());
        }
    }

    /// Draws a line, inside the field of the values; a single point is a dot.
    fn path(&mut self, class: &str, points: &[(f64, f64)]) {
        self.put(format_args!(
            "<path class=\"{class}\" clip-path=\"url(#c)\" d=\""
        ));
        for (at, (x, y)) in points.iter().enumerate() {
            let draw = if at == 0 { 'M' } else { 'L' };
            self.put(format_args!("{draw}{x:.1} {y:.1}"));
        }
        self.text.push_str(if points.len() == 1 {
            "h0\"/>\n"
        } else {
            "\"/>\n"
        });
    }

    fn scores(&mut self, chart: &Chart, field: &Field) {
        let columns = chart.columns.iter();
        let wide = ((RIGHT - LEFT) / columns.clone().count() as f64).clamp(1.2, 4.0);
        self.put(format_args!(
            "<path class=\"score\" stroke-width=\"{wide:.1}\" d=\""
        ));
        for column in columns.filter(|column| column.score >= 0.005) {
            let (x, y) = (field.x(column.at_ms()), field.score_y(column.score));
            self.put(format_args!("M{x:.1} {:.1}V{y:.1}", field.bottom));
        }
        self.text.push_str("\"/>\n");
    }

    fn findings(&mut self, findings: &[Finding], labels: &[Label], field: &Field) {
        let height = |label: &Label| field.top - 12.0 - LANE * label.lane as f64;
        for label in labels {
            let x = label.x;
            self.put(format_args!(
                "<path class=\"drop\" d=\"M{x:.1} {:.1}V{:.1}\"/>\n",
                height(label) + 4.0,
                field.bottom
            ));
        }
        for finding in findings {
            self.put(format_args!(
                "<circle class=\"dot\" cx=\"{:.1}\" cy=\"{:.1}\" r=\"4.5\"><title>{}</title></circle>\n",
                field.x(finding.at_ms),
                field.y(finding.value),
                words(finding),
            ));
        }
        for label in labels {
            self.put(format_args!(
                "<text class=\"found middle\" x=\"{:.1}\" y=\"{:.1}\">{}</text>\n",
                label.middle,
                height(label),
                label.text
            ));
        }
    }
}

/// Returns where a column lies, and what was expected of it: low, normal, high.
fn with_band(column: &Column, field: &Field) -> Option<(f64, [f64; 3])> {
    let expected = column.expected()?;
    Some((
        field.x(column.at_ms()),
        expected.map(|value| field.y(value)),
    ))
}

/// Returns the description of the picture: one line for all of it, and one for each of the highest
/// findings.
fn told(chart: &Chart, (first, last): (i64, i64), findings: &[Finding]) -> Vec<String> {
    const FORM: &str = "%-d %b %Y %H:%M";
    let found = match chart.findings.all {
        0 => "nothing found".to_owned(),
        1 => "1 finding".to_owned(),
        all => format!("{} findings", grouped(all)),
    };
    let marked = match findings.len() {
        marked if (marked as u64) < chart.findings.all => {
            format!(", the {marked} highest are marked")
        }
        _ => String::new(),
    };
    let all = format!(
        "{} rows, {} to {} UTC, {found}{marked}",
        grouped(chart.rows),
        show(first, FORM),
        show(last, FORM),
    );
    let mut told = vec![all];
    let highest = findings.iter().take(TOLD);
    told.extend(highest.map(words));
    told
}

fn words(finding: &Finding) -> String {
    let (low, high) = finding.band;
    format!(
        "{} UTC: {}, usually {} to {}, score {:.2}",
        show(finding.at_ms, "%-d %b %Y %H:%M:%S"),
        spoken(finding.value),
        spoken(low),
        spoken(high),
        finding.score
    )
}

/// Returns a number with four significant digits.
fn spoken(value: f64) -> String {
    if !value.is_finite() {
        return "unknown".to_owned();
    }
    let step = 10_f64.powf(value.abs().max(1e-12).log10().floor() - 3.0);
    axis::number(value, step, value.abs())
}

/// Returns what a file is called, without the folders it lies in.
fn title(source: &str) -> &str {
    match source {
        "-" => "standard input",
        path => path.rsplit(['/', '\\']).next().unwrap_or(path),
    }
}

fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}

/// Returns a text as XML may hold it.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            // XML has no way to write most control characters.
            letter if letter.is_control() || matches!(letter, '\u{fffe}' | '\u{ffff}') => {
                escaped.push(char::REPLACEMENT_CHARACTER);
            }
            letter => escaped.push(letter),
        }
    }
    escaped
}
