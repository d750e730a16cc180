//! What the codebook says, in plain words.

use code_schemes::{Code, CodeType, ControlCode};
use pipeline_config::{FoldStrategy, Imputation};
use text_cleaners::{Country, WithoutAnswer};

use crate::plan::{Field, Plan};

pub(super) const PERSON_MEANING: &str = "The person.";
pub(super) const PERSON_HOW: &str =
    "The phone number or account was replaced by this id when the message was fetched.";
pub(super) const PERSON_NOTE: &str =
    "an id; all messages of a person have the same one, and it says nothing else about them";

pub(super) const TIME_MEANING: &str = "When the message was sent.";
pub(super) const TIME_HOW: &str =
    "As it came with the message, or as the configuration says for the messages of a time range.";
pub(super) const TIME_NOTE: &str = "date, time and distance from UTC, as 2021-09-01T10:15:30+03:00";

pub(super) const CONSENT_MEANING: &str = "Whether the person withdrew their consent.";
pub(super) const CONSENT_HOW: &str =
    "`true` when any message or answer of the person has the code STOP.";
pub(super) const CONSENT_TRUE_NOTE: &str = "every other cell of the row is STOP";

pub(super) const STOP_NOTE: &str =
    "the person withdrew their consent, so nothing is left of what they sent";
pub(super) const TEXT_NOTE: &str = "any text; empty when there is no answer";
pub(super) const NO_LABEL_NOTE: &str = "the code was not given";
pub(super) const META_NOTE: &str = "says what kind of message it is, not what it answers";

pub(super) const SAME_FOR_ALL_MESSAGES: &str = "The same in all messages of the person.";

const LEFT_OUT: &str = "Left out: the column is empty in individuals.";

/// What kind of code it is, as the scheme spells it.
pub(super) fn code_type(code_type: &CodeType) -> &'static str {
    match code_type {
        CodeType::Normal => "Normal",
        CodeType::Control(_) => "Control",
        CodeType::Meta(_) => "Meta",
    }
}

/// What a control code says of the answer.
pub(super) fn control_note(code: ControlCode) -> &'static str {
    match code {
        ControlCode::Stop => STOP_NOTE,
        ControlCode::Deleted => "the message was deleted",
        ControlCode::TrueMissing => "there is no answer",
        ControlCode::Skipped => "the question was skipped",
        ControlCode::NotInternallyConsistent => "the answer contradicts another one",
        ControlCode::CodingError => "the labels of the answer contradict each other",
        ControlCode::NotReviewed => "nobody has labelled the answer yet",
        ControlCode::NotCoded => "the answer fits no other code",
        ControlCode::WrongScheme => "the answer belongs to another question",
        ControlCode::NoiseOtherChannel => "the message came through another channel",
    }
}

/// The meaning of a column of raw text.
pub(super) fn raw_meaning(plan: &Plan, is_radio_show: bool) -> String {
    let topic = topic(plan);
    match (is_radio_show, &plan.coda_dataset) {
        (true, _) => format!("What the person wrote to the radio show: {topic}."),
        (false, Some(_)) => format!("What the person wrote about themselves: {topic}."),
        (false, None) => format!("What the code for {topic} was made from."),
    }
}

/// How a column of raw text came about.
pub(super) fn raw_how(plan: &Plan, is_radio_show: bool, moves_messages: bool) -> String {
    if plan.coda_dataset.is_none() && !is_radio_show {
        return "As it came with the message.".to_owned();
    }
    let mut how = "As the person typed it.".to_owned();
    if !is_radio_show {
        how += " When they answered the survey again, the later answer.";
    }
    if moves_messages && plan.coda_dataset.is_some() {
        how += " Answers to another question that coders moved to this one are here too";
        how += if is_radio_show { "." } else { ", joined with `; `." };
    }
    how
}

/// The meaning of a column with one code.
pub(super) fn code_meaning(field: &Field) -> String {
    format!("{}: the code for `{}`.", field.scheme.name, field.raw)
}

/// The meaning of a column that says whether one code was given.
pub(super) fn has_code_meaning(field: &Field, code: &Code) -> String {
    let (name, label) = (&field.scheme.name, &code.display_text);
    match code.code_type {
        CodeType::Normal => format!("{name}: whether `{}` says: {label}.", field.raw),
        CodeType::Control(_) | CodeType::Meta(_) => {
            format!("{name}: whether `{}` was labelled: {label}.", field.raw)
        }
    }
}

/// How a column of codes came about.
pub(super) fn coding_how(plan: &Plan, field: &Field, country: &Country) -> String {
    let filled_in = match plan.imputation {
        Some(Imputation::AgeCategory) if field.scheme_name == "age_category" => {
            let age = plan.fields.iter().find(|field| field.scheme_name == "age");
            let age = age.and_then(|age| age.analysis_key.as_deref()).unwrap_or("age");
            return format!("Concluded from the column `{age}`.");
        }
        Some(Imputation::Location) => match without_answer(country, field) {
            None => " Filled in from the other location columns when one of those was labelled.",
            Some(WithoutAnswer::NotCoded) => {
                " Filled in from the other location columns when one of those was labelled; NC for \
                 people who gave no location."
            }
            Some(WithoutAnswer::Operator) => {
                " Filled in from the other location columns when one of those was labelled; for \
                 people who gave no location, where most customers of their telephone operator live."
            }
        },
        _ => "",
    };
    labelled_how(plan, field) + filled_in
}

/// What people get in a column of places who gave no location.
fn without_answer(country: &Country, field: &Field) -> Option<WithoutAnswer> {
    let locations = country.locations();
    let level = locations.level_of_scheme(&field.scheme_name)?;
    locations.level(level).without_answer
}

fn labelled_how(plan: &Plan, field: &Field) -> String {
    let raw = field.raw;
    match (&plan.coda_dataset, &field.cleaner) {
        (Some(dataset), Some(cleaner)) if field.by_hand => format!(
            "Suggested by the program from the words in `{raw}` (cleaner `{}`), then confirmed or \
             changed by hand in the Coda dataset `{dataset}`.",
            cleaner.name()
        ),
        (Some(dataset), None) if field.by_hand => {
            format!("Labelled by hand in the Coda dataset `{dataset}`.")
        }
        (_, Some(cleaner)) => format!(
            "Labelled by the program from the words in `{raw}` (cleaner `{}`), not confirmed by \
             hand.",
            cleaner.name()
        ),
        (Some(_), None) => "Labelled by nobody.".to_owned(),
        (None, None) => "Labelled by the program when the message was fetched.".to_owned(),
    }
}

/// How several messages of a person become one cell of a column with one code.
pub(super) fn code_fold(field: &Field) -> &'static str {
    match field.in_individuals {
        true => fold(field.fold),
        false => LEFT_OUT,
    }
}

/// How several messages of a person become one cell of a column that says whether a code was given.
pub(super) fn has_code_fold(field: &Field, code: &Code) -> &'static str {
    match (field.fold, code.control_code()) {
        _ if !field.in_individuals => LEFT_OUT,
        (FoldStrategy::ListOfLabels, Some(ControlCode::TrueMissing)) => {
            "1 when it is 1 for all messages of the person."
        }
        (FoldStrategy::ListOfLabels, Some(ControlCode::NotCoded)) => {
            "1 when it is 1 for any message and no message has another code, NA aside."
        }
        (strategy, _) => fold(strategy),
    }
}

/// How several values become one.
pub(super) fn fold(strategy: FoldStrategy) -> &'static str {
    match strategy {
        FoldStrategy::AssertEqual => "The same in all messages of the person, else the oldest.",
        FoldStrategy::Concatenate => "All texts, oldest first, joined with `;`.",
        FoldStrategy::BooleanOr => "`true` when it is `true` for any message.",
        FoldStrategy::YesNoAmbivalent => {
            "The same in all messages of the person, else `ambivalent`; codes such as NA give way."
        }
        FoldStrategy::ControlCodeByPrecedence => {
            "The first of STOP, CE, NR, NIC, NC, DELETED, NA, NS, WS, NOC that any message has."
        }
        FoldStrategy::AssertLabelIdsEqual => {
            "The same in all messages of the person, else the oldest that is not NA."
        }
        FoldStrategy::ListOfLabels | FoldStrategy::Matrix => "1 when it is 1 for any message.",
    }
}

/// What a plan is about: the name of its only scheme, else of its field.
fn topic(plan: &Plan) -> String {
    match plan.fields.as_slice() {
        [field] => field.scheme.name.clone(),
        _ => plan.raw.as_str().trim_end_matches("_raw").replace('_', " "),
    }
}
