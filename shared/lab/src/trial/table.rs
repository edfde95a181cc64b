//! The table of results: counts over all runs, by kind and by traffic, as text and as JSON.

use std::io::{self, Write};

use atalaya_core::time::Minute;
use serde::Serialize;

use super::kind::IncidentKind;
use super::run::{Run, Setting, Trial, WATCHERS};
use super::score::{Named, Verdict};
use super::watch::ewma::Bar;
use super::world::EPOCH_MS;

const WEEK_MINUTES: f64 = 7.0 * 24.0 * 60.0;

/// Classes of traffic: the name, and the requests a minute below which a service belongs to it.
const CLASSES: [(&str, f64); 4] = [
    ("< 3 /min", 3.0),
    ("3-30 /min", 30.0),
    ("30-300 /min", 300.0),
    ("> 300 /min", f64::INFINITY),
];

/// All figures of the trials; as JSON, with every miss and false alarm.
#[derive(Debug, Serialize)]
pub struct Report {
    pub(super) seeds: String,
    pub(super) healthy_seeds: String,
    pub(super) setting: Setting,
    pub(super) watchers: Vec<Figures>,
    /// Incidents that would have left too little evidence, by kind.
    pub(super) not_drawn: Vec<(IncidentKind, usize)>,
    pub(super) misses: Vec<Miss>,
    pub(super) falsely: Vec<Falsely>,
}

/// The figures of one detector.
#[derive(Debug, Serialize)]
pub(super) struct Figures {
    pub(super) name: &'static str,
    pub(super) rows: Vec<Row>,
    pub(super) around_incidents: Quiet,
    pub(super) healthy_month: Quiet,
}

/// How often false alarms were raised.
#[derive(Debug, Default, Clone, Copy, PartialEq, Serialize)]
pub(super) struct Quiet {
    pub(super) service_weeks: f64,
    pub(super) pages: usize,
    pub(super) tickets: usize,
}

/// The figures of some trials.
#[derive(Debug, Default, PartialEq, Serialize)]
pub(super) struct Row {
    pub(super) of: String,
    pub(super) trials: usize,
    pub(super) paged: Found,
    pub(super) told: Found,
    pub(super) cause_right: usize,
    pub(super) cause_wrong: usize,
}

/// How many were found, how soon, and how much else was.
#[derive(Debug, Default, PartialEq, Serialize)]
pub(super) struct Found {
    pub(super) recall: f64,
    pub(super) precision: f64,
    /// Minutes from the true beginning; absent where nothing was found.
    pub(super) delay_median: Option<f64>,
    pub(super) delay_p90: Option<f64>,
}

/// An incident that Atalaya did not page for.
#[derive(Debug, Serialize)]
pub(super) struct Miss {
    seed: u64,
    rate: f64,
    kind: IncidentKind,
    at: String,
    words: String,
    /// Minutes until it was reported as a ticket, if it was.
    ticket_after: Option<f64>,
}

/// A false alarm of Atalaya.
#[derive(Debug, Serialize)]
pub(super) struct Falsely {
    seed: u64,
    rate: f64,
    at: String,
    paged: bool,
    title: String,
    /// Harmless things that went on.
    beside: Vec<&'static str>,
}

impl Report {
    /// Counts the results of runs with incidents and of healthy ones.
    pub(super) fn of(
        runs: &[Run],
        healthy: &[Run],
        kinds: &[IncidentKind],
        setting: Setting,
    ) -> Self {
        let figures = WATCHERS.iter().enumerate().map(|(watcher, name)| Figures {
            name,
            rows: rows(runs, kinds, watcher),
            around_incidents: quiet(runs, watcher),
            healthy_month: quiet(healthy, watcher),
        });
        let not_drawn = kinds.iter().map(|kind| {
            let without = |run: &&Run| run.not_drawn.contains(kind);
            (*kind, runs.iter().filter(without).count())
        });
        Self {
            seeds: span(runs),
            healthy_seeds: span(healthy),
            setting,
            watchers: figures.collect(),
            not_drawn: not_drawn.filter(|(_, n)| *n > 0).collect(),
            misses: runs.iter().flat_map(misses).collect(),
            falsely: runs.iter().chain(healthy).flat_map(falsely).collect(),
        }
    }

    /// Prints the tables for a person.
    ///
    /// # Errors
    ///
    /// Fails where `out` cannot be written.
    pub fn print(&self, out: &mut impl Write) -> io::Result<()> {
        writeln!(
            out,
            "incidents on seeds {}; a healthy month on seeds {}; times in minutes from the true beginning",
            self.seeds, self.healthy_seeds
        )?;
        for figures in &self.watchers {
            writeln!(out)?;
            if figures.name == "ewma" {
                let Bar { k, minutes } = self.setting.ewma;
                writeln!(out, "ewma (k = {k}, over {minutes} min)")?;
            } else if figures.name == "atalaya" {
                writeln!(
                    out,
                    "atalaya ({} evaluations a minute)",
                    self.setting.evaluations
                )?;
            } else {
                writeln!(out, "{}", figures.name)?;
            }
            figures.print(out)?;
        }
        if !self.not_drawn.is_empty() {
            let counts = self
                .not_drawn
                .iter()
                .map(|(kind, n)| format!("{} {n}", kind.name()));
            let counts: Vec<String> = counts.collect();
            writeln!(
                out,
                "\nnot drawn for want of evidence: {}",
                counts.join(", ")
            )?;
        }
        Ok(())
    }

    /// Prints the incidents for which Atalaya did not page, and its false alarms.
    ///
    /// # Errors
    ///
    /// Fails where `out` cannot be written.
    pub fn print_misses(&self, out: &mut impl Write) -> io::Result<()> {
        writeln!(out)?;
        for miss in &self.misses {
            let told = match miss.ticket_after {
                Some(minutes) => format!("ticket after {minutes:.1} min"),
                None => "nothing told".into(),
            };
            let Miss {
                seed,
                rate,
                kind,
                at,
                words,
                ..
            } = miss;
            let kind = kind.name();
            writeln!(
                out,
                "missed  seed {seed} {rate:.1}/min {at} {kind}: {words}; {told}"
            )?;
        }
        for told in &self.falsely {
            let Falsely {
                seed,
                rate,
                at,
                title,
                ..
            } = told;
            let what = if told.paged { "page  " } else { "ticket" };
            let beside = if told.beside.is_empty() {
                "nothing".into()
            } else {
                told.beside.join(", ")
            };
            writeln!(
                out,
                "false {what}  seed {seed} {rate:.1}/min {at} {title}; beside {beside}"
            )?;
        }
        Ok(())
    }
}

impl Figures {
    fn print(&self, out: &mut impl Write) -> io::Result<()> {
        writeln!(
            out,
            "{:<14}{:>7}  {:>7}{:>10}{:>7}{:>7}  {:>7}{:>10}{:>7}  {:>12}",
            "",
            "trials",
            "paged",
            "precision",
            "p50",
            "p90",
            "told",
            "precision",
            "p50",
            "cause r/w"
        )?;
        let minutes = |value: Option<f64>| value.map_or("-".into(), |value| format!("{value:.1}"));
        for row in &self.rows {
            let (paged, told) = (&row.paged, &row.told);
            writeln!(
                out,
                "{:<14}{:>7}  {:>7.3}{:>10.3}{:>7}{:>7}  {:>7.3}{:>10.3}{:>7}  {:>12}",
                row.of,
                row.trials,
                paged.recall,
                paged.precision,
                minutes(paged.delay_median),
                minutes(paged.delay_p90),
                told.recall,
                told.precision,
                minutes(told.delay_median),
                format!("{}/{}", row.cause_right, row.cause_wrong),
            )?;
        }
        for (when, quiet) in [
            ("around incidents", self.around_incidents),
            ("healthy month", self.healthy_month),
        ] {
            let weeks = quiet.service_weeks.max(f64::MIN_POSITIVE);
            writeln!(
                out,
                "false in {when}: {:.3} pages, {:.3} tickets a service-week ({} and {} in {:.0})",
                quiet.pages as f64 / weeks,
                quiet.tickets as f64 / weeks,
                quiet.pages,
                quiet.tickets,
                quiet.service_weeks,
            )?;
        }
        Ok(())
    }
}

fn rows(runs: &[Run], kinds: &[IncidentKind], watcher: usize) -> Vec<Row> {
    let all = |of: &str, belongs: &dyn Fn(&Run, &Trial) -> bool| {
        let trials = runs.iter().flat_map(|run| {
            let mine = run.trials.iter().filter(move |trial| belongs(run, trial));
            mine.map(|trial| &trial.told[watcher])
        });
        row(of, &trials.collect::<Vec<_>>())
    };
    let by_kind = kinds
        .iter()
        .map(|kind| all(kind.name(), &|_, trial| trial.truth.kind == *kind));
    let by_class = CLASSES.iter().enumerate().map(|(class, (name, below))| {
        let least = if class == 0 {
            0.0
        } else {
            CLASSES[class - 1].1
        };
        all(name, &|run, _| (least..*below).contains(&run.rate))
    });
    let mut rows: Vec<Row> = by_kind.chain(by_class).collect();
    rows.push(all("all", &|_, _| true));
    rows
}

fn row(of: &str, trials: &[&Verdict]) -> Row {
    let found = |delay: fn(&Verdict) -> Option<f64>, falsely: fn(&Verdict) -> usize| {
        let mut delays: Vec<f64> = trials.iter().filter_map(|told| delay(told)).collect();
        delays.sort_by(f64::total_cmp);
        let hits = delays.len() as f64;
        let falsely: usize = trials.iter().map(|told| falsely(told)).sum();
        Found {
            recall: hits / (trials.len() as f64).max(1.0),
            precision: hits / (hits + falsely as f64).max(1.0),
            delay_median: quantile(&delays, 0.5),
            delay_p90: quantile(&delays, 0.9),
        }
    };
    let causes = |named| trials.iter().filter(|told| told.cause == named).count();
    Row {
        of: of.to_owned(),
        trials: trials.len(),
        paged: found(|told| told.paged, |told| told.false_pages),
        told: found(|told| told.told, |told| told.false_told),
        cause_right: causes(Named::Right),
        cause_wrong: causes(Named::Wrong),
    }
}

fn quantile(sorted: &[f64], q: f64) -> Option<f64> {
    let rank = (q * sorted.len() as f64).ceil() as usize;
    sorted.get(rank.max(1) - 1).copied()
}

fn quiet(runs: &[Run], watcher: usize) -> Quiet {
    let falsely = || runs.iter().flat_map(|run| &run.falsely[watcher]);
    let pages = falsely().filter(|alarm| alarm.paged_ms.is_some()).count();
    let minutes: i64 = runs.iter().map(|run| run.healthy).sum();
    Quiet {
        service_weeks: minutes as f64 / WEEK_MINUTES,
        pages,
        tickets: falsely().count() - pages,
    }
}

fn misses(run: &Run) -> Vec<Miss> {
    let missed = run
        .trials
        .iter()
        .filter(|trial| trial.told[0].paged.is_none());
    let miss = |trial: &Trial| Miss {
        seed: run.seed,
        rate: run.rate,
        kind: trial.truth.kind,
        at: Minute::of_ms(EPOCH_MS + trial.truth.from).to_string(),
        words: trial.truth.words.clone(),
        ticket_after: trial.told[0].told,
    };
    missed.map(miss).collect()
}

fn falsely(run: &Run) -> Vec<Falsely> {
    let told = run.falsely[0].iter();
    let falsely = told.map(|alarm| Falsely {
        seed: run.seed,
        rate: run.rate,
        at: Minute::of_ms(alarm.told_ms).to_string(),
        paged: alarm.paged_ms.is_some(),
        title: alarm.title.clone(),
        beside: run.beside(alarm),
    });
    falsely.collect()
}

fn span(runs: &[Run]) -> String {
    match (runs.first(), runs.last()) {
        (Some(first), Some(last)) => format!("{}..{}", first.seed, last.seed),
        _ => "none".into(),
    }
}
