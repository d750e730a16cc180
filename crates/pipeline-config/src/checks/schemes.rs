//! What the coding plans need of the code schemes.

use std::collections::HashMap;

use checked_json::JsonPath;
use code_schemes::{CodeScheme, ControlCode};
use text_cleaners::Cleaner;

use super::{Findings, Known, Schemes, did_you_mean, quoted};
use crate::CodingMode;
use crate::plans_file::{CodingConfigurationForm, PlanForm, PlansForm};

pub(super) fn check(plans: &PlansForm, known: &Known<'_>, findings: &mut Findings<'_>) {
    let schemes = known.schemes;
    check_names(plans, schemes, findings);
    check_ids(plans, schemes, findings);
    check_ws_scheme(plans, schemes, findings);
    let mut columns = Columns::new();
    for (path, plan, _) in plans.plans() {
        columns.see_raw_field(&plan.raw_field, &path.key("RawField"), findings);
        for (path, configuration) in plan.configurations(&path) {
            let Some(scheme) = schemes.get(&configuration.code_scheme) else { continue };
            check_control_codes(&path, plan, configuration, scheme, findings);
            let cleaner = configuration.cleaner.as_deref();
            if let Some(cleaner) = cleaner.and_then(|name| known.country?.cleaner(name)) {
                check_cleaner(&path, configuration, (cleaner, scheme), findings);
            }
            columns.see_configuration(&path, configuration, scheme, findings);
        }
    }
}

/// The places where schemes are named, and the names, in the order of the file.
fn named_schemes(plans: &PlansForm) -> Vec<(JsonPath, &str)> {
    let configurations = plans.plans().flat_map(|(path, plan, _)| plan.configurations(&path));
    let names = configurations.map(|(path, it)| (path.key("CodeScheme"), it.code_scheme.as_str()));
    let ws = plans.ws_correct_dataset_scheme.as_deref();
    let ws = ws.map(|name| (JsonPath::top().key("WSCorrectDatasetScheme"), name));
    names.chain(ws).collect()
}

/// Every scheme that is named must exist.
fn check_names(plans: &PlansForm, schemes: &Schemes, findings: &mut Findings<'_>) {
    for (path, name) in named_schemes(plans) {
        // What is wrong with a file that is there was reported when it was read.
        if !schemes.has_file(name) {
            findings.error_with_hint(
                &path,
                format!("there is no code scheme `code_schemes/{name}.json`"),
                did_you_mean(name, schemes.names()),
            );
        }
    }
}

/// Labels belong to the scheme whose id theirs starts with; that must be one scheme.
fn check_ids(plans: &PlansForm, schemes: &Schemes, findings: &mut Findings<'_>) {
    let mut seen: Vec<(&str, &CodeScheme)> = Vec::new();
    for (path, name) in named_schemes(plans) {
        let Some(scheme) = schemes.get(name) else { continue };
        if seen.iter().any(|(other, _)| *other == name) {
            continue;
        }
        let id = scheme.scheme_id.as_str();
        let clash = |other: &CodeScheme| other.owns(id) || scheme.owns(other.scheme_id.as_str());
        if let Some((other_name, other)) = seen.iter().find(|(_, other)| clash(other)) {
            let other_id = &other.scheme_id;
            findings.error_with_hint(
                &path,
                format!("ids of schemes `{name}` (`{id}`) and `{other_name}` (`{other_id}`) clash"),
                "a label belongs to the scheme that its scheme id starts with; use other ids",
            );
        }
        seen.push((name, scheme));
    }
}

/// The scheme in which labellers say to which plan a message belongs.
fn check_ws_scheme(plans: &PlansForm, schemes: &Schemes, findings: &mut Findings<'_>) {
    let name = plans.ws_correct_dataset_scheme.as_deref();
    let scheme = name.and_then(|name| schemes.get(name));
    if let (Some(name), Some(scheme)) = (name, scheme) {
        let needed = [ControlCode::NotCoded, ControlCode::NotReviewed, ControlCode::CodingError];
        let path = JsonPath::top().key("WSCorrectDatasetScheme");
        report_missing_control_codes(&path, name, scheme, &needed, findings);
    }
    let match_values =
        plans.plans().filter_map(|(path, plan, _)| Some((path, plan.ws_match_value.as_ref()?)));
    for (path, match_value) in match_values {
        let path = path.key("WSMatchValue");
        match (name, scheme) {
            (None, _) => {
                findings.error_with_hint(
                    &path,
                    "a `WSMatchValue`, but no `WSCorrectDatasetScheme`",
                    "name the scheme with the key `WSCorrectDatasetScheme` at the top of the plans",
                );
                break; // the same holds for all
            }
            (Some(_), None) => break, // reported with the scheme
            (Some(_), Some(scheme)) if scheme.matching(match_value).is_some() => {}
            (Some(name), Some(scheme)) => {
                let known = scheme.codes().iter().flat_map(|code| &code.match_values);
                findings.error_with_hint(
                    &path,
                    format!("no code of scheme `{name}` has the match value `{match_value}`"),
                    did_you_mean(match_value, known.map(String::as_str)),
                );
            }
        }
    }
}

/// The states of an answer that a scheme must be able to say, given how it is used.
fn check_control_codes(
    path: &JsonPath,
    plan: &PlanForm,
    configuration: &CodingConfigurationForm,
    scheme: &CodeScheme,
    findings: &mut Findings<'_>,
) {
    let mut needed = vec![ControlCode::TrueMissing, ControlCode::NotCoded];
    if plan.coda_dataset.is_some() {
        needed.extend([ControlCode::NotReviewed, ControlCode::CodingError]);
    }
    if plan.ws_match_value.is_some() {
        needed.push(ControlCode::WrongScheme);
    }
    let path = path.key("CodeScheme");
    report_missing_control_codes(&path, &configuration.code_scheme, scheme, &needed, findings);
}

fn report_missing_control_codes(
    path: &JsonPath,
    name: &str,
    scheme: &CodeScheme,
    needed: &[ControlCode],
    findings: &mut Findings<'_>,
) {
    let missing = needed.iter().filter(|code| scheme.control(**code).is_none());
    let missing: Vec<&str> = missing.map(|code| code.as_str()).collect();
    if !missing.is_empty() {
        let codes = quoted(missing.iter().copied());
        findings.error_with_hint(
            path,
            format!("scheme `{name}` lacks the control codes {codes} that this plan needs"),
            format!("add codes of type `Control` to `code_schemes/{name}.json`"),
        );
    }
}

/// What a cleaner gives must be in the scheme; what is not is left to people.
fn check_cleaner(
    path: &JsonPath,
    configuration: &CodingConfigurationForm,
    (cleaner, scheme): (&Cleaner, &CodeScheme),
    findings: &mut Findings<'_>,
) {
    let (path, name) = (path.key("Cleaner"), &configuration.code_scheme);
    let codes = cleaner.codes();
    let missing: Vec<&str> =
        codes.iter().copied().filter(|code| scheme.matching(code).is_none()).collect();
    if missing.is_empty() {
        return;
    }
    let cleaner = cleaner.name();
    if missing.len() == codes.len() {
        findings.error_with_hint(
            &path,
            format!("cleaner `{cleaner}` and scheme `{name}` have no code in common"),
            format!("the cleaner gives the match values {}", quoted(codes)),
        );
    } else {
        findings.warning(
            &path,
            format!(
                "cleaner `{cleaner}` can give match values that scheme `{name}` lacks: {}",
                quoted(missing)
            ),
            "answers with these are left to people",
        );
    }
}

/// The columns of the messages and individuals files, with the place each comes from.
struct Columns {
    seen: HashMap<String, Option<JsonPath>>,
}

impl Columns {
    fn new() -> Self {
        let fixed = ["uid", "sent_on", "consent_withdrawn"];
        Self { seen: fixed.map(|column| (column.to_string(), None)).into() }
    }

    /// Plans that share a raw field are reported as such elsewhere.
    fn see_raw_field(&mut self, field: &str, path: &JsonPath, findings: &mut Findings<'_>) {
        let first = self.seen.get(field).and_then(Option::as_ref);
        if first.is_none_or(|first| first.steps().last() != path.steps().last()) {
            self.see(field, path, findings);
        }
    }

    fn see_configuration(
        &mut self,
        path: &JsonPath,
        configuration: &CodingConfigurationForm,
        scheme: &CodeScheme,
        findings: &mut Findings<'_>,
    ) {
        let Some(key) = &configuration.analysis_file_key else { return };
        let path = path.key("AnalysisFileKey");
        match configuration.coding_mode {
            CodingMode::Single => {
                self.see(key, &path, findings);
            }
            CodingMode::Multiple => {
                // One clash is enough to say.
                let mut codes = scheme.codes().iter();
                codes
                    .all(|code| self.see(&format!("{key}_{}", code.string_value), &path, findings));
            }
        }
    }

    /// Reports a column that is there already; says whether it is new.
    fn see(&mut self, column: &str, path: &JsonPath, findings: &mut Findings<'_>) -> bool {
        match self.seen.get(column) {
            Some(first) => {
                let first = match first {
                    Some(first) => format!("that at `{first}`"),
                    None => "one that every file has".to_string(),
                };
                findings.error(path, format!("column `{column}` has the same name as {first}"));
                false
            }
            None => {
                self.seen.insert(column.to_string(), Some(path.clone()));
                true
            }
        }
    }
}
