//! How far people who labelled the same messages agree.
//!
//! [`read_coder`] reads what one person gave, [`score`] compares: for all codes together and for
//! each one, the share of pairs that agree, Cohen's kappa and Krippendorff's alpha. A measure that
//! is not defined, because nothing varies or nothing can be compared, is `None` and never a NaN.

mod input;
mod measures;
mod output;

use std::collections::{BTreeMap, BTreeSet};

pub use input::{CoderFileError, CsvColumns, read_coder};
pub use measures::{Measures, Rating, measures};
pub use output::{disagreements_csv, scores_json, scores_text};

/// The codes that one person gave, by message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coder {
    /// The name of the person, or of the file.
    pub name: String,
    /// By message id, then by scheme; a message without an entry was not coded.
    pub codes: BTreeMap<String, BTreeMap<String, BTreeSet<String>>>,
    /// By message id, its text, where the file has it.
    pub texts: BTreeMap<String, String>,
}

/// How far coders agree in one scheme.
#[derive(Debug, Clone, PartialEq)]
pub struct SchemeScore {
    /// The scheme.
    pub scheme: String,
    /// How many messages at least two coders coded.
    pub n_compared: usize,
    /// How many messages only one coder coded; they are in no measure.
    pub n_not_compared: usize,
    /// All codes of a message taken together: coders agree when they gave exactly the same.
    pub overall: Measures,
    /// Each code: coders agree when both gave it, or neither.
    pub codes: Vec<CodeScore>,
    /// The messages that coders disagree about.
    pub disagreements: Vec<Disagreement>,
}

/// How far coders agree about one code.
#[derive(Debug, Clone, PartialEq)]
pub struct CodeScore {
    /// The code.
    pub code: String,
    /// How often each coder gave it to a message that another one coded too.
    pub n_given: Vec<usize>,
    /// The measures.
    pub measures: Measures,
}

/// A message that coders disagree about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disagreement {
    /// The message.
    pub message_id: String,
    /// Its text, where a file has it.
    pub text: String,
    /// By coder, the codes; `None`: not coded.
    pub codes: Vec<Option<BTreeSet<String>>>,
}

/// The scores of each scheme that any coder used, sorted by its name.
pub fn score(coders: &[Coder]) -> Vec<SchemeScore> {
    let schemes: BTreeSet<&String> =
        coders.iter().flat_map(|coder| coder.codes.values().flat_map(BTreeMap::keys)).collect();
    schemes.into_iter().map(|scheme| score_scheme(coders, scheme)).collect()
}

/// What all coders gave to one message.
struct Unit<'a> {
    message_id: &'a str,
    codes: Vec<Option<&'a BTreeSet<String>>>,
}

fn score_scheme(coders: &[Coder], scheme: &str) -> SchemeScore {
    let message_ids: BTreeSet<&String> =
        coders.iter().flat_map(|coder| coder.codes.keys()).collect();
    let unit = |message_id: &'_ String| -> Vec<Option<&BTreeSet<String>>> {
        coders.iter().map(|coder| coder.codes.get(message_id)?.get(scheme)).collect()
    };
    let units = message_ids.into_iter().map(|id| Unit { message_id: id, codes: unit(id) });
    let coded = units.filter(|unit| unit.codes.iter().any(Option::is_some));
    let (compared, alone): (Vec<Unit<'_>>, Vec<Unit<'_>>) =
        coded.partition(|unit| 2 <= unit.codes.iter().flatten().count());

    let all_sets: BTreeSet<&BTreeSet<String>> =
        compared.iter().flat_map(|unit| unit.codes.iter().flatten().copied()).collect();
    let numbers: BTreeMap<&BTreeSet<String>, usize> = all_sets.iter().copied().zip(0..).collect();
    let overall = rate(&compared, |codes| numbers[codes]);
    let all_codes: BTreeSet<&String> = all_sets.into_iter().flatten().collect();
    let codes = all_codes
        .into_iter()
        .map(|code| CodeScore {
            code: code.clone(),
            n_given: (0..coders.len()).map(|coder| n_given(&compared, coder, code)).collect(),
            measures: measures(&rate(&compared, |codes| usize::from(codes.contains(code)))),
        })
        .collect();
    SchemeScore {
        scheme: scheme.to_owned(),
        n_compared: compared.len(),
        n_not_compared: alone.len(),
        overall: measures(&overall),
        codes,
        disagreements: compared.iter().filter_map(|unit| disagreement(coders, unit)).collect(),
    }
}

/// Each message as one category by coder.
fn rate(units: &[Unit<'_>], category: impl Fn(&BTreeSet<String>) -> usize) -> Vec<Rating> {
    let rating = |unit: &Unit<'_>| {
        unit.codes.iter().map(|codes| codes.map(&category)).collect::<Vec<Option<usize>>>()
    };
    units.iter().map(rating).collect()
}

fn n_given(units: &[Unit<'_>], coder: usize, code: &str) -> usize {
    units.iter().filter(|unit| unit.codes[coder].is_some_and(|codes| codes.contains(code))).count()
}

fn disagreement(coders: &[Coder], unit: &Unit<'_>) -> Option<Disagreement> {
    let mut given = unit.codes.iter().flatten();
    let first = given.next()?;
    given.any(|codes| codes != first).then(|| Disagreement {
        message_id: unit.message_id.to_owned(),
        text: coders
            .iter()
            .find_map(|coder| coder.texts.get(unit.message_id))
            .cloned()
            .unwrap_or_default(),
        codes: unit.codes.iter().map(|codes| codes.cloned()).collect(),
    })
}

#[cfg(test)]
mod tests;
