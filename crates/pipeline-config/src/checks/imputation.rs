//! What the functions need that conclude codes from others.

use checked_json::JsonPath;
use code_schemes::{Code, CodeScheme, CodeType};
use text_cleaners::{Country, Level, WithoutAnswer};

use super::country::hint_without_country;
use super::{Findings, Schemes, quoted};
use crate::plans_file::{PlanForm, PlansForm};
use crate::{Imputation, ages_of};

/// The field with what operators are told from.
const OPERATOR_FIELD: &str = "operator_raw";

pub(super) fn check(
    plans: &PlansForm,
    schemes: &Schemes,
    country: &Country,
    findings: &mut Findings<'_>,
) {
    for (path, plan, _) in plans.plans() {
        let path = path.key("CodeImputationFunction");
        match plan.code_imputation_function {
            Some(Imputation::Location) => {
                check_locations(&path, plans, plan, schemes, country, findings);
            }
            Some(Imputation::AgeCategory) => check_ages(&path, plan, schemes, findings),
            None => {}
        }
    }
}

fn check_locations(
    path: &JsonPath,
    plans: &PlansForm,
    plan: &PlanForm,
    schemes: &Schemes,
    country: &Country,
    findings: &mut Findings<'_>,
) {
    let locations = country.locations();
    let names: Vec<&str> =
        locations.levels().map(|(_, level)| level.code_scheme.as_str()).collect();
    if names.is_empty() {
        let hint = match plans.country {
            Some(_) => "add `LocationLevels` and `Locations` to its `country.json`".to_owned(),
            None => hint_without_country(),
        };
        findings.error_with_hint(path, "`Location` needs the places of a country", hint);
        return;
    }
    report_missing_schemes(path, "Location", plan, &names, findings);
    let needs_operator = |(_, level): (_, &text_cleaners::LocationLevel)| {
        level.without_answer == Some(WithoutAnswer::Operator)
    };
    if locations.levels().any(needs_operator)
        && !plans.plans().any(|(_, plan, _)| plan.raw_field == OPERATOR_FIELD)
    {
        findings.error_with_hint(
            path,
            format!("`Location` needs a plan with the raw field `{OPERATOR_FIELD}`"),
            "in this country, people without a location answer get a place from their operator",
        );
    }
    let schemes: Vec<(&str, Level, &CodeScheme)> = locations
        .levels()
        .filter_map(|(rank, level)| {
            let name = level.code_scheme.as_str();
            Some((name, rank, &**schemes.get(name)?))
        })
        .collect();
    check_places(path, &schemes, country, findings);
    for (name, _, scheme) in &schemes {
        let sources: Vec<&CodeScheme> = schemes.iter().map(|(_, _, scheme)| *scheme).collect();
        report_codes_that_cannot_carry_over(path, &sources, (name, scheme), findings);
    }
}

/// Every place that a label can name must have its code at all levels.
fn check_places(
    path: &JsonPath,
    schemes: &[(&str, Level, &CodeScheme)],
    country: &Country,
    findings: &mut Findings<'_>,
) {
    for (name, _, scheme) in schemes {
        let normal = || scheme.codes().iter().filter(|code| code.is_normal());
        let nameless = normal().filter(|code| code.match_values.is_empty());
        let nameless: Vec<&str> = nameless.map(|code| code.display_text.as_str()).collect();
        if !nameless.is_empty() {
            findings.error_with_hint(
                path,
                format!("places of scheme `{name}` without match value: {}", quoted(nameless)),
                "the first match value of a code says which place it is",
            );
        }
        let is_unknown = |place: &&str| !country.locations().has(place);
        let unknown = normal().filter_map(first_match_value).filter(is_unknown);
        let unknown: Vec<&str> = unknown.collect();
        if !unknown.is_empty() {
            findings.warning(
                path,
                format!("unknown places in scheme `{name}`: {}", quoted(unknown)),
                "answers with these get `NC` at all other levels",
            );
        }
    }
    for (name, level, scheme) in schemes {
        let places = schemes.iter().flat_map(|(_, _, scheme)| scheme.codes());
        let places = places.filter(|code| code.is_normal()).filter_map(first_match_value);
        let needed = places.filter_map(|place| country.locations().level_code(place, *level));
        let mut missing: Vec<&str> =
            needed.filter(|code| scheme.matching(code).is_none()).collect();
        missing.sort_unstable();
        missing.dedup();
        if !missing.is_empty() {
            findings.error_with_hint(
                path,
                format!(
                    "scheme `{name}` lacks places that follow from others: {}",
                    quoted(missing)
                ),
                format!("add codes with these match values to `code_schemes/{name}.json`"),
            );
        }
    }
}

fn first_match_value(code: &Code) -> Option<&str> {
    code.match_values.first().map(String::as_str)
}

fn check_ages(path: &JsonPath, plan: &PlanForm, schemes: &Schemes, findings: &mut Findings<'_>) {
    report_missing_schemes(path, "AgeCategory", plan, &["age", "age_category"], findings);
    let (age, category) = (schemes.get("age"), schemes.get("age_category"));
    if let Some(category) = category {
        let categories = category.codes().iter().filter(|code| code.is_normal());
        let rangeless = categories.filter(|code| ages_of(code).is_none());
        let rangeless: Vec<&str> = rangeless.map(|code| code.display_text.as_str()).collect();
        if !rangeless.is_empty() {
            findings.error_with_hint(
                path,
                format!(
                    "categories of scheme `age_category` without a range of ages: {}",
                    quoted(rangeless)
                ),
                "the match value of a category is its range in whole years, as in `18 to 35`",
            );
        }
    }
    if let (Some(age), Some(category)) = (age, category) {
        let is_in = |category: &Code, age: &Code| {
            let ages = Some(category).filter(|it| it.is_normal()).and_then(ages_of);
            ages.is_some_and(|ages| ages.contains(&age.numeric_value))
        };
        let odd = age.codes().iter().filter(|code| code.is_normal());
        let odd = odd.filter(|age| !category.codes().iter().any(|category| is_in(category, age)));
        let odd: Vec<&str> = odd.map(|code| code.display_text.as_str()).collect();
        if !odd.is_empty() {
            findings.warning(
                path,
                format!("codes of scheme `age` in no category: {}", quoted(odd)),
                "an age belongs to a category by its numeric value; others get `NC`",
            );
        }
        let category = ("age_category", &**category);
        report_codes_that_cannot_carry_over(path, &[age], category, findings);
    }
}

fn report_missing_schemes(
    path: &JsonPath,
    function: &str,
    plan: &PlanForm,
    needed: &[&str],
    findings: &mut Findings<'_>,
) {
    let is_used = |name: &str| plan.coding_configurations.iter().any(|it| it.code_scheme == name);
    let missing: Vec<&str> = needed.iter().copied().filter(|name| !is_used(name)).collect();
    if !missing.is_empty() {
        findings.error_with_hint(
            path,
            format!(
                "`{function}` needs coding configurations with the schemes {}",
                quoted(missing)
            ),
            "add them to this plan, or leave out `CodeImputationFunction`",
        );
    }
}

/// Control and meta codes of `sources` are copied to a scheme, so it should have them.
fn report_codes_that_cannot_carry_over(
    path: &JsonPath,
    sources: &[&CodeScheme],
    (name, scheme): (&str, &CodeScheme),
    findings: &mut Findings<'_>,
) {
    let codes = sources.iter().flat_map(|source| source.codes());
    let mut missing: Vec<&str> = codes
        .filter_map(|code| match &code.code_type {
            CodeType::Normal => None,
            CodeType::Control(it) => scheme.control(*it).is_none().then_some(it.as_str()),
            CodeType::Meta(meta) => scheme.meta(meta).is_none().then_some(&**meta),
        })
        .collect();
    missing.sort_unstable();
    missing.dedup();
    if !missing.is_empty() {
        findings.warning(
            path,
            format!(
                "scheme `{name}` lacks codes that are copied to it from other schemes: {}",
                quoted(missing)
            ),
            "answers with these get `NC` there",
        );
    }
}
