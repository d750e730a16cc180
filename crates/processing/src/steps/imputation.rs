//! Codes that follow from others: all levels of a location, the category of an age.

use code_schemes::{Code, CodeType, ControlCode};
use pipeline_config::{Imputation, ages_of};
use text_cleaners::{Level, WithoutAnswer};
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
            Some(Imputation::Location) => impute_location(context, plan, object, &mut draft),
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
fn impute_location(context: &Context<'_>, plan: &Plan, object: &TracedData, draft: &mut Draft<'_>) {
    let locations = context.plans.country.locations();
    let level_of = |field: &Field| locations.level_of_scheme(&field.scheme_name);
    let location = labelled_location(plan, object);
    for field in &plan.fields {
        let code = match location {
            Location::Place(place) => level_of(field).and_then(|level| {
                let place = place.match_values.first()?;
                field.scheme.matching(locations.level_code(place, level)?)
            }),
            Location::Control(code) => field.scheme.control(code),
            Location::Meta(code) => field.scheme.meta(code),
        };
        let code = code.or_else(|| field.scheme.control(ControlCode::NotCoded));
        draft.set(field.coded, imputed(field, code));
    }
    if object.contains(plan.raw) {
        return;
    }
    for field in &plan.fields {
        let Some(level) = level_of(field) else { continue };
        let code = match locations.level(level).without_answer {
            None => continue,
            Some(WithoutAnswer::NotCoded) => None,
            Some(WithoutAnswer::Operator) => place_of_operator(context, object, level)
                .and_then(|place| field.scheme.matching(place)),
        };
        let code = code.or_else(|| field.scheme.control(ControlCode::NotCoded));
        draft.set(field.coded, imputed(field, code));
    }
}

/// The place of `level` in which most customers of the person's telephone operator live.
fn place_of_operator<'a>(
    context: &'a Context<'_>,
    object: &TracedData,
    level: Level,
) -> Option<&'a str> {
    let country = &context.plans.country;
    let field = context.plans.all().iter().find(|plan| plan.raw.as_str() == "operator_raw")?;
    let field = field.fields.first()?;
    let operator = code_of(&field.scheme, object.get(field.coded)?)?;
    let place = operator.match_values.iter().find_map(|it| country.operators().place_of(it))?;
    // A level that is not coded when labelled is in no level, its own included.
    country.locations().level_code(place, level).or(Some(place))
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

/// Sets the category that the age falls in; control and meta codes carry over.
fn impute_age_category(plan: &Plan, object: &TracedData, draft: &mut Draft<'_>) {
    let field_of = |name: &str| plan.fields.iter().find(|field| field.scheme_name == name);
    let (Some(age), Some(category)) = (field_of("age"), field_of("age_category")) else { return };
    let code = object.get(age.coded).and_then(|label| code_of(&age.scheme, label));
    let Some(code) = code else { return };
    let category_code = match &code.code_type {
        CodeType::Normal => {
            let holds_age = |category: &&Code| {
                let ages = Some(*category).filter(|it| it.is_normal()).and_then(ages_of);
                ages.is_some_and(|ages| ages.contains(&code.numeric_value))
            };
            category.scheme.codes().iter().find(holds_age)
        }
        CodeType::Control(control) => category.scheme.control(*control),
        CodeType::Meta(meta) => category.scheme.meta(meta),
    };
    let category_code = category_code.or_else(|| category.scheme.control(ControlCode::NotCoded));
    draft.set(category.coded, imputed(category, category_code));
}

fn imputed(field: &Field, code: Option<&Code>) -> Value {
    field.labels.imputed.of(code.expect("check-config refuses schemes without `NC`"))
}
