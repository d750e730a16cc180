//! Graphs of a whole season: how codes were spread over its radio shows.

use std::collections::BTreeMap;

use crate::charts::{Cell, MatrixChart, percent};
use crate::counts::Counts;
use crate::design::{Coding, Design};
use crate::drawing::with_thousands;

use super::{About, GraphJob, code_name, is_ordinal, words};

/// The most rows of a graph.
const MOST_ROWS: usize = 25;

pub(super) fn jobs(design: &Design, counts: &Counts, project: &About<'_>) -> Vec<GraphJob> {
    let mut tables: Vec<Table<'_>> = Vec::new();
    for (place, coding) in design.demographics.iter().enumerate() {
        tables.push(demographic(design, counts, place, *coding));
    }
    // Themes can only be compared between radio shows that share a scheme.
    let mut by_scheme: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (show, coding) in design.shows.iter().enumerate() {
        by_scheme.entry(design.coding(*coding).scheme.scheme_id.as_str()).or_default().push(show);
    }
    tables.extend(
        by_scheme
            .values()
            .filter(|shows| 1 < shows.len())
            .map(|shows| themes(design, counts, shows)),
    );

    let mut jobs = Vec::new();
    for table in &tables {
        for (ending, in_percent) in [("", false), ("_percent", true)] {
            let chart = table.chart(counts, project, in_percent);
            let name = format!("season_{}{ending}", table.coding.name);
            jobs.push(GraphJob::new(&name, move |format| chart.draw(format)));
        }
    }
    jobs
}

/// Counts of the normal codes of a coding, by column.
struct Table<'a> {
    coding: &'a Coding,
    title: String,
    subtitle: String,
    columns: Vec<String>,
    /// By column: the number of people that percentages are of, and the counts of all codes.
    counts: Vec<(u64, Vec<u64>)>,
}

fn demographic<'a>(design: &'a Design, counts: &Counts, place: usize, coding: usize) -> Table<'a> {
    let coding = design.coding(coding);
    let column = |by_code: &Vec<u64>| {
        let known = coding.normal_codes().map(|(code, _)| by_code[usize::from(code)]).sum();
        (known, by_code.clone())
    };
    Table {
        coding,
        title: format!("Who took part in which radio show: {}", coding.scheme.name),
        subtitle: "People who sent a message to each radio show, by what they told of themselves"
            .to_owned(),
        columns: show_names(design, 0..design.shows.len()),
        counts: counts.season.iter().map(|show| column(&show.by_code[place])).collect(),
    }
}

fn themes<'a>(design: &'a Design, counts: &Counts, shows: &[usize]) -> Table<'a> {
    let coding = design.coding(design.shows[shows[0]]);
    let column = |show: &usize| {
        let distribution = &counts.tables.themes[*show];
        let by_code = distribution.codes.iter().map(|code| code.n_people).collect();
        (distribution.normal.n_people, by_code)
    };
    Table {
        coding,
        title: format!("{}: themes by radio show", coding.scheme.name),
        subtitle: "People who raised each theme, by radio show; a person can raise several"
            .to_owned(),
        columns: show_names(design, shows.iter().copied()),
        counts: shows.iter().map(column).collect(),
    }
}

fn show_names(design: &Design, shows: impl Iterator<Item = usize>) -> Vec<String> {
    let shows: Vec<&Coding> = shows.map(|show| design.coding(design.shows[show])).collect();
    // Radio shows that share a scheme are told apart by their keys.
    let shared = shows.windows(2).any(|pair| pair[0].scheme.scheme_id == pair[1].scheme.scheme_id);
    let name =
        |coding: &&Coding| if shared { coding.name.clone() } else { coding.scheme.name.clone() };
    shows.iter().map(name).collect()
}

impl Table<'_> {
    fn chart(&self, counts: &Counts, project: &About<'_>, in_percent: bool) -> MatrixChart {
        let total = |code: u16| {
            self.counts.iter().map(|(_, by_code)| by_code[usize::from(code)]).sum::<u64>()
        };
        let mut codes: Vec<(u64, u16)> =
            self.coding.normal_codes().map(|(code, _)| (total(code), code)).collect();
        if !is_ordinal(self.coding) {
            codes.sort_by_key(|(total, _)| std::cmp::Reverse(*total));
        }
        let n_codes = codes.len();
        if MOST_ROWS < n_codes {
            codes.retain(|(total, _)| 0 < *total);
        }
        let n_used = codes.len();
        codes.truncate(MOST_ROWS);
        let cell = |code: u16, (whole, by_code): &(u64, Vec<u64>)| {
            let count = by_code[usize::from(code)];
            match in_percent {
                false => Cell { value: count as f64, text: with_thousands(count) },
                true if *whole == 0 => Cell { value: 0.0, text: "–".to_owned() },
                true => {
                    let value = percent(count, *whole);
                    Cell { value, text: format!("{value:.0} %") }
                }
            }
        };
        let rows = codes.iter().map(|(_, code)| {
            let cells = self.counts.iter().map(|column| cell(*code, column)).collect();
            (code_name(self.coding.code(*code)), cells)
        });
        let mut subtitle = self.subtitle.clone();
        if in_percent {
            subtitle += "; per cent of those with a known answer";
        }
        if MOST_ROWS < n_used {
            subtitle += &format!(". The {MOST_ROWS} most frequent of {n_used}");
        }
        if n_used < n_codes {
            subtitle += &format!(". {} without anybody are left out", n_codes - n_used);
        }
        MatrixChart {
            words: words(counts, project, self.title.clone(), subtitle),
            columns: self.columns.clone(),
            rows: rows.collect(),
        }
    }
}
