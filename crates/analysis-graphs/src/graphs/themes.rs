//! Graphs of what people said: themes of each radio show, answers to each demographic question.

use code_schemes::ControlCode;

use crate::charts::{Bar, BarChart, BarGroup, count_text, percent};
use crate::counts::Counts;
use crate::design::{Coding, Design};
use crate::drawing::{Role, with_thousands};
use crate::tables::Distribution;

use super::{About, GraphJob, code_name, is_ordinal, words};

/// With more codes than this, those of nobody are left out.
const MOST_CODES_WITH_ZEROS: usize = 20;

pub(super) fn jobs(design: &Design, counts: &Counts, project: &About<'_>) -> Vec<GraphJob> {
    let mut jobs = Vec::new();
    let kinds = [
        ("themes", Kind::Themes, &counts.tables.themes),
        ("demographics", Kind::Answers, &counts.tables.demographics),
    ];
    for (prefix, kind, distributions) in kinds {
        for distribution in distributions {
            for unit in [Unit::People, Unit::Percent] {
                let chart = chart(design, counts, project, (distribution, kind, unit));
                let name = &design.coding(distribution.coding).name;
                let ending = if unit == Unit::Percent { "_percent" } else { "" };
                let name = format!("{prefix}_{name}{ending}");
                jobs.push(GraphJob::new(&name, move |format| chart.draw(format)));
            }
        }
    }
    jobs
}

/// What the codes of a distribution are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Themes of a radio show.
    Themes,
    /// Answers to a question about the person.
    Answers,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    People,
    Percent,
}

fn chart(
    design: &Design,
    counts: &Counts,
    project: &About<'_>,
    (distribution, kind, unit): (&Distribution, Kind, Unit),
) -> BarChart {
    let coding = design.coding(distribution.coding);
    let whole = distribution.normal.n_people;
    let bar = |code: u16| {
        let count = distribution.codes[usize::from(code)].n_people;
        let value = if unit == Unit::Percent { percent(count, whole) } else { count as f64 };
        let text = match unit {
            Unit::People => count_text(count, whole),
            Unit::Percent => format!("{value:.1} %"),
        };
        (count, Bar { label: code_name(coding.code(code)), value, text })
    };
    let (normal, left_out) = normal_bars(coding, bar);
    let mut groups = vec![BarGroup { heading: String::new(), role: Role::Main, bars: normal }];
    if unit == Unit::People {
        groups.extend(other_groups(coding, distribution, kind));
    }
    let (title, subtitle) = texts(coding, whole, kind, left_out);
    BarChart {
        words: words(counts, project, title, subtitle),
        groups,
        unit: if unit == Unit::Percent { " %" } else { "" },
        axis_title: match (unit, kind) {
            (Unit::People, _) => "people".to_owned(),
            (Unit::Percent, Kind::Themes) => "of the people with a theme".to_owned(),
            (Unit::Percent, Kind::Answers) => "of the people with a known answer".to_owned(),
        },
    }
}

/// The bars of normal codes, the longest first unless the codes have an order of their own, and
/// how many codes of nobody were left out.
fn normal_bars(coding: &Coding, bar: impl Fn(u16) -> (u64, Bar)) -> (Vec<Bar>, usize) {
    let mut bars: Vec<(u64, Bar)> = coding.normal_codes().map(|(code, _)| bar(code)).collect();
    let n_codes = bars.len();
    if !is_ordinal(coding) {
        bars.sort_by_key(|(count, _)| std::cmp::Reverse(*count));
    }
    if MOST_CODES_WITH_ZEROS < n_codes && bars.iter().any(|(count, _)| 0 < *count) {
        bars.retain(|(count, _)| 0 < *count);
    }
    let left_out = n_codes - bars.len();
    (bars.into_iter().map(|(_, bar)| bar).collect(), left_out)
}

/// Codes that are no themes: kinds of messages, and states of answers.
fn other_groups(coding: &Coding, distribution: &Distribution, kind: Kind) -> [BarGroup; 2] {
    let bars = |is_wanted: &dyn Fn(&code_schemes::Code) -> bool| {
        let codes = coding.non_stop_codes().filter(|(_, code)| is_wanted(code));
        let bar = |(position, code): (u16, &code_schemes::Code)| {
            let count = distribution.codes[usize::from(position)].n_people;
            let text = with_thousands(count);
            (0 < count).then(|| Bar { label: code_name(code), value: count as f64, text })
        };
        codes.filter_map(bar).collect::<Vec<Bar>>()
    };
    // People who did not answer a radio show at all say nothing about its themes.
    let is_no_answer = |code: &code_schemes::Code| {
        matches!(code.control_code(), Some(ControlCode::TrueMissing | ControlCode::Skipped))
    };
    let heading = match kind {
        Kind::Themes => "Answers without a theme",
        Kind::Answers => "No known answer",
    };
    [
        BarGroup {
            heading: "Kind of message".to_owned(),
            role: Role::Meta,
            bars: bars(&|code| code.meta_code().is_some()),
        },
        BarGroup {
            heading: heading.to_owned(),
            role: Role::Control,
            bars: bars(&|code| {
                code.control_code().is_some() && !(kind == Kind::Themes && is_no_answer(code))
            }),
        },
    ]
}

fn texts(coding: &Coding, whole: u64, kind: Kind, left_out: usize) -> (String, String) {
    let n_people = with_thousands(whole);
    let mut subtitle = match kind {
        Kind::Themes => format!(
            "People who raised each theme; per cent of the {n_people} people with a theme. A person can raise several"
        ),
        Kind::Answers => {
            format!(
                "People who took part, by what they told of themselves; per cent of the {n_people} with a known answer"
            )
        }
    };
    if 0 < left_out {
        subtitle += &format!(". {left_out} without anybody are left out");
    }
    match kind {
        Kind::Themes => (format!("{}: themes", coding.scheme.name), subtitle),
        Kind::Answers => (format!("Who took part: {}", coding.scheme.name), subtitle),
    }
}
