//! Codes that follow from others: all levels of a location, the category of an age.

use code_schemes::{Code, CodeType, ControlCode};
use pipeline_config::Imputation;
use text_cleaners::locations::{Level, level_code};
use traced_data::{TracedData, Value};

use super::draft::Draft;
use crate::context::Context;
use crate::labels::code_of;
use crate::plan::{Field, Plan};

/// Fills in the codes that follow from others, as the coding plans say.
pub(crate) fn apply(context: &Context<'_>, object: &mut TracedData) {
    let mut draft = Draft::new(object);
    for plan in context.plans.all() {
        match plan.imputation {
            Some(Imputation::SomaliaLocation) => impute_location(plan, object, &mut draft),
            Some(Imputation::AgeCategory) => impute_age_category(plan, object, &mut draft),
            None => {}
        }
    }
    object
        .append(draft.into_changes(), &context.by.imputation)
        .expect("changes without nested objects cannot conflict");
}

/// What is known of a place, whatever the level.
#[derive(Clone, Copy)]
enum Location<'a> {
    Place(&'a Code),
    Control(ControlCode),
    Meta(&'a str),
}

/// Fills all levels from the one that a coder labelled; two labels that contradict each other
/// are a coding error on all levels.
fn impute_location(plan: &Plan, object: &TracedData, draft: &mut Draft<'_>) {
    let location = labelled_location(plan, object);
    for field in &plan.fields {
        let code = match location {
            Location::Place(place) => field_level(field).and_then(|level| {
                let place = place.match_values.first()?;
                field.scheme.matching(level_code(place, level)?)
            }),
            Location::Control(code) => field.scheme.control(code),
            Location::Meta(code) => field.scheme.meta(code),
        };
        let code = code.or_else(|| field.scheme.control(ControlCode::NotCoded));
        draft.set(field.coded, imputed(field, code));
    }
    if !object.contains(plan.raw) {
        // The operator's zone was meant to stand in here, but is looked up as a state, which no
        // zone is; kept, because the tables of all seasons have it so.
        let zone = plan.fields.iter().find(|field| field_level(field) == Some(Level::Zone));
        if let Some(zone) = zone {
            draft.set(zone.coded, imputed(zone, zone.scheme.control(ControlCode::NotCoded)));
        }
    }
}

fn labelled_location<'a>(plan: &'a Plan, object: &'a TracedData) -> Location<'a> {
    let mut found: Option<&Code> = None;
    for field in &plan.fields {
        for code in field.codes_in(object.get(field.coded)) {
            match found {
                _ if code.control_code() == Some(ControlCode::NotReviewed) => {}
                None => found = Some(code),
                Some(known) if means_the_same(known, code) => {}
                Some(_) => return Location::Control(ControlCode::CodingError),
            }
        }
    }
    match found {
        None => Location::Control(ControlCode::NotReviewed),
        Some(code) => match &code.code_type {
            CodeType::Normal => Location::Place(code),
            CodeType::Control(control) => Location::Control(*control),
            CodeType::Meta(meta) => Location::Meta(meta),
        },
    }
}

/// Whether two codes of different schemes are one: the same id, or the same control or meta code.
fn means_the_same(left: &Code, right: &Code) -> bool {
    left.code_id == right.code_id || !left.is_normal() && left.code_type == right.code_type
}

fn field_level(field: &Field) -> Option<Level> {
    match field.scheme_name.as_str() {
        "mogadishu_sub_district" => Some(Level::MogadishuSubDistrict),
        "somalia_district" => Some(Level::District),
        "somalia_region" => Some(Level::Region),
        "somalia_state" => Some(Level::State),
        "somalia_zone" => Some(Level::Zone),
        _ => None,
    }
}

/// Sets the category that the age falls in; control and meta codes carry over.
fn impute_age_category(plan: &Plan, object: &TracedData, draft: &mut Draft<'_>) {
    let field_of = |name: &str| plan.fields.iter().find(|field| field.scheme_name == name);
    let (Some(age), Some(category)) = (field_of("age"), field_of("age_category")) else { return };
    let code = object.get(age.coded).and_then(|label| code_of(&age.scheme, label));
    let Some(code) = code else { return };
    let category_code = match &code.code_type {
        CodeType::Normal => {
            age_category(code.numeric_value).and_then(|name| category.scheme.matching(name))
        }
        CodeType::Control(control) => category.scheme.control(*control),
        CodeType::Meta(meta) => category.scheme.meta(meta),
    };
    let category_code = category_code.or_else(|| category.scheme.control(ControlCode::NotCoded));
    draft.set(category.coded, imputed(category, category_code));
}

fn age_category(age_years: i64) -> Option<&'static str> {
    match age_years {
        10..=14 => Some("10 to 14"),
        15..=17 => Some("15 to 17"),
        18..=35 => Some("18 to 35"),
        36..=54 => Some("36 to 54"),
        55..=99 => Some("55 to 99"),
        _ => None,
    }
}

fn imputed(field: &Field, code: Option<&Code>) -> Value {
    field.labels.imputed.of(code.expect("check-config refuses schemes without `NC`"))
}
