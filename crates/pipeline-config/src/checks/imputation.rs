//! What the functions need that conclude codes from others.

use checked_json::JsonPath;
use code_schemes::{Code, CodeScheme, CodeType};
use text_cleaners::locations::{Level, is_location_code, level_code};

use super::{Findings, Schemes, quoted};
use crate::Imputation;
use crate::plans_file::{PlanForm, PlansForm};

/// The schemes that location imputation fills, by the level of their places.
const LOCATION_SCHEMES: [(&str, Level); 5] = [
    ("mogadishu_sub_district", Level::MogadishuSubDistrict),
    ("somalia_district", Level::District),
    ("somalia_region", Level::Region),
    ("somalia_state", Level::State),
    ("somalia_zone", Level::Zone),
];

/// The match values of the categories that ages are put in.
const AGE_CATEGORIES: [&str; 5] = ["10 to 14", "15 to 17", "18 to 35", "36 to 54", "55 to 99"];

pub(super) fn check(plans: &PlansForm, schemes: &Schemes, findings: &mut Findings<'_>) {
    for (path, plan, _) in plans.plans() {
        let path = path.key("CodeImputationFunction");
        match plan.code_imputation_function {
            Some(Imputation::SomaliaLocation) => {
                check_locations(&path, plans, plan, schemes, findings);
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
    findings: &mut Findings<'_>,
) {
    let names = LOCATION_SCHEMES.map(|(name, _)| name);
    report_missing_schemes(path, "SomaliaLocation", plan, &names, findings);
    let uses_operator = |plan: &PlanForm| {
        plan.coding_configurations.iter().any(|it| it.code_scheme == "somalia_operator")
    };
    if !plans.plans().any(|(_, plan, _)| uses_operator(plan)) {
        findings.error_with_hint(
            path,
            "`SomaliaLocation` needs a plan with the scheme `somalia_operator`",
            "people without a location answer get their zone from the operator",
        );
    }
    let schemes: Vec<(&str, Level, &CodeScheme)> = LOCATION_SCHEMES
        .iter()
        .filter_map(|(name, level)| Some((*name, *level, &**schemes.get(name)?)))
        .collect();
    check_places(path, &schemes, findings);
    for (name, _, scheme) in &schemes {
        let sources: Vec<&CodeScheme> = schemes.iter().map(|(_, _, scheme)| *scheme).collect();
        report_codes_that_cannot_carry_over(path, &sources, (name, scheme), findings);
    }
}

/// Every place that a label can name must have its code at all levels.
fn check_places(
    path: &JsonPath,
    schemes: &[(&str, Level, &CodeScheme)],
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
        let unknown =
            normal().filter_map(first_match_value).filter(|place| !is_location_code(place));
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
        let needed = places.filter_map(|place| level_code(place, *level));
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
        let missing = AGE_CATEGORIES.into_iter().filter(|name| category.matching(name).is_none());
        let missing: Vec<&str> = missing.collect();
        if !missing.is_empty() {
            findings.error_with_hint(
                path,
                format!("scheme `age_category` lacks the categories {}", quoted(missing)),
                "add codes with these match values to `code_schemes/age_category.json`",
            );
        }
    }
    if let Some(age) = age {
        let odd = age.codes().iter().filter(|code| code.is_normal());
        let odd = odd.filter(|code| !(10..=99).contains(&code.numeric_value));
        let odd: Vec<&str> = odd.map(|code| code.display_text.as_str()).collect();
        if !odd.is_empty() {
            findings.warning(
                path,
                format!("codes of scheme `age` in no category: {}", quoted(odd)),
                "categories go from 10 to 99 by the numeric value; others get `NC`",
            );
        }
    }
    if let (Some(age), Some(category)) = (age, category) {
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
