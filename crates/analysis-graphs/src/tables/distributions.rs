//! How many people said what, broken down by what they said elsewhere.

use super::csv_file::{CsvFile, percentage};
use crate::design::{Coding, Design, Standing};
use crate::objects::Objects;

/// How many people have which code of one coding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Distribution {
    /// The coding.
    pub coding: usize,
    /// The people with at least one normal code, and all codes looked at.
    pub relevant: Breakdown,
    /// The people with at least one normal code, also while others wait for a label.
    pub normal: Breakdown,
    /// The people with each code of the scheme, in the order of the scheme.
    pub codes: Vec<Breakdown>,
}

/// How many people of a group have which codes of other codings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Breakdown {
    /// How many people are in the group.
    pub n_people: u64,
    /// How many of them have which code, by coding and by code in the order of the scheme.
    pub by_code: Vec<Vec<u64>>,
}

/// The distribution of each of `codings`, broken down by `breakdowns`.
///
/// Counts the people who did not withdraw their consent and have an answer in one of `codings`.
pub fn distributions(
    design: &Design,
    people: &Objects,
    codings: &[usize],
    breakdowns: &[usize],
) -> Vec<Distribution> {
    let empty = Breakdown::new(design, breakdowns);
    let mut distributions: Vec<Distribution> = codings
        .iter()
        .map(|&coding| Distribution {
            coding,
            relevant: empty.clone(),
            normal: empty.clone(),
            codes: design.coding(coding).codes().map(|_| empty.clone()).collect(),
        })
        .collect();
    for person in 0..people.len() {
        if !people.reached(design, person, codings, Standing::Answered) {
            continue;
        }
        for distribution in &mut distributions {
            if people.has_normal_code(design, person, &[distribution.coding]) {
                distribution.normal.add(people, person, breakdowns);
            }
            if people.standing(design, person, distribution.coding) == Standing::Relevant {
                distribution.relevant.add(people, person, breakdowns);
            }
            for code in people.codes(person, distribution.coding) {
                distribution.codes[usize::from(*code)].add(people, person, breakdowns);
            }
        }
    }
    distributions
}

/// The people with an answer in each of `codings`, broken down by `breakdowns`.
pub fn participants(
    design: &Design,
    people: &Objects,
    codings: &[usize],
    breakdowns: &[usize],
) -> Vec<Breakdown> {
    let of_coding = |coding: &usize| {
        let mut breakdown = Breakdown::new(design, breakdowns);
        for person in 0..people.len() {
            if people.reached(design, person, &[*coding], Standing::Answered) {
                breakdown.add(people, person, breakdowns);
            }
        }
        breakdown
    };
    codings.iter().map(of_coding).collect()
}

impl Breakdown {
    fn new(design: &Design, breakdowns: &[usize]) -> Self {
        let zeros = |coding: &usize| vec![0; design.coding(*coding).scheme.codes().len()];
        Self { n_people: 0, by_code: breakdowns.iter().map(zeros).collect() }
    }

    fn add(&mut self, people: &Objects, person: usize, breakdowns: &[usize]) {
        self.n_people += 1;
        for (counts, coding) in self.by_code.iter_mut().zip(breakdowns) {
            for code in people.codes(person, *coding) {
                counts[usize::from(*code)] += 1;
            }
        }
    }
}

pub(super) fn to_csv(
    design: &Design,
    distributions: &[Distribution],
    breakdowns: &[usize],
) -> Vec<u8> {
    let breakdowns: Vec<&Coding> = breakdowns.iter().map(|coding| design.coding(*coding)).collect();
    let mut header: Vec<String> =
        ["Dataset", "Theme", "Total Participants", "Total Participants %"].map(String::from).into();
    for coding in &breakdowns {
        for (_, code) in coding.non_stop_codes() {
            let name = format!("{}:{}", coding.name, code.string_value);
            header.push(name.clone());
            header.push(format!("{name} %"));
        }
    }
    let mut file = CsvFile::new(header.iter().map(String::as_str));
    for distribution in distributions {
        let coding = design.coding(distribution.coding);
        let whole = &distribution.relevant;
        let mut cells = vec![coding.name.clone(), "Total Relevant Participants".to_owned()];
        whole.cells(&mut cells, Some(whole), &breakdowns);
        file.row(&cells);
        for (position, code) in coding.non_stop_codes() {
            cells = vec![String::new(), code.string_value.clone()];
            let of_whole = code.is_normal().then_some(whole);
            distribution.codes[usize::from(position)].cells(&mut cells, of_whole, &breakdowns);
            file.row(&cells);
        }
    }
    file.finish()
}

impl Breakdown {
    /// Appends the counts, each with its percentage of the same count of `whole`.
    fn cells(&self, cells: &mut Vec<String>, whole: Option<&Breakdown>, breakdowns: &[&Coding]) {
        let mut add = |count: u64, whole: Option<u64>| {
            cells.push(count.to_string());
            cells.push(whole.map(|whole| percentage(count, whole)).unwrap_or_default());
        };
        add(self.n_people, whole.map(|whole| whole.n_people));
        for (place, coding) in breakdowns.iter().enumerate() {
            for (position, _) in coding.non_stop_codes() {
                let count = |breakdown: &Breakdown| breakdown.by_code[place][usize::from(position)];
                add(count(self), whole.map(count));
            }
        }
    }
}
