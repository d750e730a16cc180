//! Questions whose answers lie within those of another one, as districts lie in regions, and ages
//! in age categories.
//!
//! This is found in the data: no list of places is needed, and what readers may know about a
//! country is never forgotten in one.

use pipeline_config::CodingMode;

use crate::design::Design;
use crate::objects::Objects;

/// Each answer to one question lies in one answer to another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nesting {
    /// The coding of the finer answers.
    pub finer: usize,
    /// The coding of the coarser answers.
    pub coarser: usize,
    /// By code of the finer coding, the code of the coarser one in which all its people are.
    pub within: Vec<Option<u16>>,
}

/// The nestings among the demographic questions with one answer each.
pub fn nestings(design: &Design, people: &Objects) -> Vec<Nesting> {
    let single: Vec<usize> = design
        .demographics
        .iter()
        .copied()
        .filter(|coding| design.coding(*coding).mode == CodingMode::Single)
        .collect();
    let pairs = single.iter().flat_map(|finer| single.iter().map(|coarser| (*finer, *coarser)));
    pairs
        .filter(|(finer, coarser)| finer != coarser)
        .filter_map(|(finer, coarser)| nesting(design, people, finer, coarser))
        .collect()
}

fn nesting(design: &Design, people: &Objects, finer: usize, coarser: usize) -> Option<Nesting> {
    let answer = |person: usize, coding: usize| {
        let code = people.codes(person, coding).first().copied();
        code.filter(|code| design.coding(coding).code(*code).is_normal()).map(usize::from)
    };
    let n_coarser = design.coding(coarser).scheme.codes().len();
    let mut n_people = vec![vec![0_u64; n_coarser + 1]; design.coding(finer).scheme.codes().len()];
    for person in people.consenting() {
        if let Some(code) = answer(person, finer) {
            // The last column is for those without an answer to the coarser question.
            n_people[code][answer(person, coarser).unwrap_or(n_coarser)] += 1;
        }
    }
    let total: u64 = n_people.iter().flatten().sum();
    let in_one: u64 = n_people.iter().filter_map(|row| row[..n_coarser].iter().max()).sum();
    // A few contradictory answers do not make two questions independent.
    if total == 0 || in_one * 10 < total * 9 {
        return None;
    }
    let only_answer = |row: &Vec<u64>| {
        let mut answers = (0..).zip(row).filter(|(_, n_people)| 0 < **n_people);
        let (only, _) = answers.next()?;
        (answers.next().is_none() && usize::from(only) < n_coarser).then_some(only)
    };
    Some(Nesting { finer, coarser, within: n_people.iter().map(only_answer).collect() })
}
