//! Folds a person's messages into one object.

use std::str::FromStr;

use code_schemes::{CodeScheme, ControlCode};
use iso_time::Instant;
use pipeline_config::FoldStrategy;
use rustc_hash::FxHashSet;
use traced_data::{Changes, Key, TracedData, Value};

use crate::columns::CONSENT_WITHDRAWN;
use crate::context::{Context, Message};
use crate::counts::Counts;
use crate::labels::{code_of, labels_in, list};

/// One object for all messages of a person, oldest first; `None` when there is no message.
///
/// It continues the history of the first message, and nests the others.
/// Keys that no coding plan names are hidden, unless there is just one message.
pub(crate) fn fold(
    context: &Context<'_>,
    messages: &[(Instant, Message)],
    counts: &mut Counts,
) -> Option<TracedData> {
    let ((_, first), others) = messages.split_first()?;
    let mut person = first.object.clone();
    if others.is_empty() {
        return Some(person);
    }
    let mut changes = Changes::new();
    let mut folded_keys: FxHashSet<Key> = FxHashSet::default();
    for FoldedKey { key, strategy, scheme } in folded_keys_of(context) {
        let mut folded = person.get(key).cloned();
        for (_, message) in others {
            folded = fold_values(strategy, scheme, folded, message.object.get(key), counts);
        }
        if let Some(value) = folded {
            changes.insert(key, value);
            folded_keys.insert(key);
        }
    }
    let objects = std::iter::once(&first.object).chain(others.iter().map(|(_, m)| &m.object));
    for key in objects.flat_map(TracedData::keys).filter(|key| !folded_keys.contains(key)) {
        changes.hide(key);
    }
    for (number, (_, message)) in others.iter().enumerate() {
        changes.nest(Key::new(&format!("folded_with_{:06}", number + 2)), message.object.clone());
    }
    person
        .append(changes, &context.by.fold)
        .expect("the fold decides every key of the nested objects");
    Some(person)
}

struct FoldedKey<'a> {
    key: Key,
    strategy: FoldStrategy,
    scheme: Option<&'a CodeScheme>,
}

fn folded_keys_of<'a>(context: &'a Context<'_>) -> Vec<FoldedKey<'a>> {
    let mut keys = vec![
        FoldedKey { key: Key::new("uid"), strategy: FoldStrategy::AssertEqual, scheme: None },
        FoldedKey {
            key: Key::new(CONSENT_WITHDRAWN),
            strategy: FoldStrategy::BooleanOr,
            scheme: None,
        },
    ];
    for plan in context.plans.all() {
        for field in &plan.fields {
            if field.analysis_key.is_some() && field.in_individuals {
                let scheme = Some(&*field.scheme);
                keys.push(FoldedKey { key: field.coded, strategy: field.fold, scheme });
            }
        }
        keys.push(FoldedKey { key: plan.raw, strategy: plan.raw_fold, scheme: None });
    }
    keys
}

/// Two values folded into one, older first; an absent one leaves the other.
fn fold_values(
    strategy: FoldStrategy,
    scheme: Option<&CodeScheme>,
    older: Option<Value>,
    newer: Option<&Value>,
    counts: &mut Counts,
) -> Option<Value> {
    let (older, newer) = match (older, newer) {
        (Some(older), Some(newer)) => (older, newer),
        (older, newer) => return older.or_else(|| newer.cloned()),
    };
    let either = |text: &str| [&older, newer].iter().any(|value| value.as_str() == Some(text));
    Some(match strategy {
        FoldStrategy::AssertEqual => {
            counts.n_differing_values += u64::from(older != *newer);
            older
        }
        FoldStrategy::Concatenate => match (older.as_str(), newer.as_str()) {
            (Some(left), Some(right)) => format!("{left};{right}").into(),
            (None, Some(_)) => newer.clone(),
            _ => older,
        },
        FoldStrategy::BooleanOr => if either("true") { "true" } else { "false" }.into(),
        FoldStrategy::Matrix => if either("1") { "1" } else { "0" }.into(),
        FoldStrategy::ControlCodeByPrecedence => control_by_precedence(older, newer),
        FoldStrategy::YesNoAmbivalent => yes_no_ambivalent(older, newer),
        FoldStrategy::AssertLabelIdsEqual => same_label(scheme, older, newer, counts),
        FoldStrategy::ListOfLabels => union_of_labels(scheme, &older, newer),
    })
}

/// The label of both; where they differ, the one that says more than that the answer is missing,
/// else the older.
fn same_label(
    scheme: Option<&CodeScheme>,
    older: Value,
    newer: &Value,
    counts: &mut Counts,
) -> Value {
    let id = |label: &Value| ["SchemeID", "CodeID"].map(|key| label.member(Key::new(key)).cloned());
    if id(&older) == id(newer) {
        return older;
    }
    if is_control(scheme, &older, ControlCode::TrueMissing) {
        return newer.clone();
    }
    if !is_control(scheme, newer, ControlCode::TrueMissing) {
        counts.n_differing_values += 1;
    }
    older
}

/// The labels of both, each code once: `NA` only when both are, `NC` only when there is no other.
fn union_of_labels(scheme: Option<&CodeScheme>, older: &Value, newer: &Value) -> Value {
    let both: Vec<&Value> = labels_in(Some(older)).iter().chain(labels_in(Some(newer))).collect();
    let is = |label: &Value, code| is_control(scheme, label, code);
    let mut union: Vec<Value> = Vec::new();
    let code_key = Key::new("CodeID");
    for label in &both {
        let empty = is(label, ControlCode::TrueMissing) || is(label, ControlCode::NotCoded);
        let known = union.iter().any(|other| other.member(code_key) == label.member(code_key));
        if !empty && !known {
            union.push((*label).clone());
        }
    }
    if union.is_empty() {
        let not_coded = both.iter().find(|label| is(label, ControlCode::NotCoded));
        union.extend(not_coded.or(both.first()).map(|label| (*label).clone()));
    }
    list(union)
}

fn is_control(scheme: Option<&CodeScheme>, label: &Value, code: ControlCode) -> bool {
    scheme
        .and_then(|scheme| code_of(scheme, label))
        .is_some_and(|known| known.control_code() == Some(code))
}

/// Control codes, the one that overrules all others first.
const PRECEDENCE: [ControlCode; 10] = [
    ControlCode::Stop,
    ControlCode::CodingError,
    ControlCode::NotReviewed,
    ControlCode::NotInternallyConsistent,
    ControlCode::NotCoded,
    ControlCode::Deleted,
    ControlCode::TrueMissing,
    ControlCode::Skipped,
    ControlCode::WrongScheme,
    ControlCode::NoiseOtherChannel,
];

fn control_by_precedence(older: Value, newer: &Value) -> Value {
    let rank = |value: &Value| {
        let code = value.as_str().and_then(|text| ControlCode::from_str(text).ok());
        PRECEDENCE.iter().position(|known| Some(*known) == code).unwrap_or(PRECEDENCE.len())
    };
    if rank(&older) <= rank(newer) { older } else { newer.clone() }
}

fn yes_no_ambivalent(older: Value, newer: &Value) -> Value {
    let is_control =
        |value: &Value| value.as_str().is_some_and(|text| ControlCode::from_str(text).is_ok());
    match (is_control(&older), is_control(newer)) {
        (true, true) => control_by_precedence(older, newer),
        (true, false) => newer.clone(),
        (false, true) => older,
        (false, false) if older == *newer => older,
        (false, false) => "ambivalent".into(),
    }
}
