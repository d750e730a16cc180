//! Names in the coding plans: that no two mean the same file, field or column, and that what
//! belongs together is there.

use std::collections::HashMap;

use checked_json::JsonPath;

use super::Findings;
use crate::plans_file::{CodingConfigurationForm, PlanForm, PlanKind, PlansForm};
use crate::{CodingMode, FoldStrategy};

/// Keys that the pipeline itself gives a meaning; no plan may put answers or labels there.
const RESERVED_FIELDS: [&str; 7] = [
    "uid",
    "sent_on",
    "avf_phone_id",
    "consent_withdrawn",
    "noise",
    "test_run",
    "survey_responses",
];

pub(super) fn check(plans: &PlansForm, findings: &mut Findings<'_>) {
    let mut names = Names::default();
    for (path, plan, kind) in plans.plans() {
        check_plan(&path, plan, kind, findings);
        names.see_plan(&path, plan, findings);
        for (path, configuration) in plan.configurations(&path) {
            check_fold_strategy(&path, configuration, findings);
            names.see_configuration(&path, configuration, findings);
        }
    }
    for (path, plan, _) in plans.plans() {
        if let Some(field) = &plan.time_field {
            names.check_time_field(field, &path.key("TimeField"), findings);
        }
    }
    if plans.radio_show_plans.is_empty() {
        findings.warning(
            &JsonPath::top().key("RadioShowPlans"),
            "no plan for radio show messages",
            "without one, all outputs are empty",
        );
    }
}

/// What belongs together within a plan.
fn check_plan(path: &JsonPath, plan: &PlanForm, kind: PlanKind, findings: &mut Findings<'_>) {
    let name = plan.dataset_name();
    if plan.time_field.is_none() {
        if plan.coda_dataset.is_some() {
            findings.error_with_hint(
                path,
                format!("plan `{name}` has a `CodaDataset`, but no `TimeField`"),
                "Coda shows when each message was sent; add the field with the times",
            );
        } else if kind == PlanKind::RadioShow {
            findings.error_with_hint(
                path,
                format!("plan `{name}` is for a radio show, but has no `TimeField`"),
                "messages outside the project's dates are dropped by it, as a rule by `sent_on`",
            );
        }
    }
    if let Some(dataset) = &plan.coda_dataset
        && dataset.ends_with(".json")
    {
        let message = format!("the name of a dataset, not of its file, is expected: `{dataset}`");
        findings.error_with_hint(&path.key("CodaDataset"), message, "leave out `.json`");
    }
    if plan.coding_configurations.is_empty() {
        findings.warning(
            &path.key("CodingConfigurations"),
            format!("plan `{name}` codes nothing"),
            "its answers go to the outputs as they are",
        );
    }
    check_icr_file(path, plan, kind, findings);
    check_raw_field_fold_strategy(path, plan, kind, findings);
}

/// The file for inter-coder reliability is written for radio shows, with run ids.
fn check_icr_file(path: &JsonPath, plan: &PlanForm, kind: PlanKind, findings: &mut Findings<'_>) {
    let name = plan.dataset_name();
    match (&plan.run_id_field, &plan.icr_file) {
        (Some(_), None) => findings.error_with_hint(
            path,
            format!("plan `{name}` has a `RunIdField`, but no `IcrFile`"),
            "add the name of a CSV file, or leave both out",
        ),
        (None, Some(_)) => findings.error_with_hint(
            path,
            format!("plan `{name}` has an `IcrFile`, but no `RunIdField`"),
            "add the field with the ids of the runs, or leave both out",
        ),
        _ => {}
    }
    if plan.icr_file.is_some() && kind == PlanKind::Survey {
        findings.warning(
            &path.key("IcrFile"),
            format!("plan `{name}` is not for a radio show, so its `IcrFile` is not written"),
            "leave out `IcrFile` and `RunIdField`",
        );
    }
}

/// Texts can be joined or must be equal; those of a radio show seldom are.
fn check_raw_field_fold_strategy(
    path: &JsonPath,
    plan: &PlanForm,
    kind: PlanKind,
    findings: &mut Findings<'_>,
) {
    use FoldStrategy::{AssertLabelIdsEqual, ListOfLabels};
    if matches!(plan.raw_field_fold_strategy, AssertLabelIdsEqual | ListOfLabels) {
        findings.error_with_hint(
            &path.key("RawFieldFoldStrategy"),
            format!("strategy `{:?}` is for labels, not for texts", plan.raw_field_fold_strategy),
            "use `Concatenate` for radio shows and `AssertEqual` for surveys",
        );
    }
    if kind == PlanKind::RadioShow && plan.raw_field_fold_strategy == FoldStrategy::AssertEqual {
        findings.warning(
            &path.key("RawFieldFoldStrategy"),
            "people send several messages to a radio show, which are seldom equal",
            "use `Concatenate` to keep all of them",
        );
    }
}

/// Lists of labels can only be joined, single labels only compared.
fn check_fold_strategy(
    path: &JsonPath,
    configuration: &CodingConfigurationForm,
    findings: &mut Findings<'_>,
) {
    let (mode, strategy) = (configuration.coding_mode, configuration.fold_strategy);
    let fitting = match mode {
        CodingMode::Multiple => FoldStrategy::ListOfLabels,
        CodingMode::Single => FoldStrategy::AssertLabelIdsEqual,
    };
    let is_fitting = strategy == fitting
        || (mode == CodingMode::Single && strategy == FoldStrategy::AssertEqual);
    if !is_fitting {
        findings.error_with_hint(
            &path.key("FoldStrategy"),
            format!("strategy `{strategy:?}` does not fit coding mode `{mode:?}`"),
            format!("use `{fitting:?}`"),
        );
    }
}

/// Names met so far, by what they name.
#[derive(Default)]
struct Names {
    seen: HashMap<(&'static str, String), JsonPath>,
}

impl Names {
    fn see_plan(&mut self, path: &JsonPath, plan: &PlanForm, findings: &mut Findings<'_>) {
        // A name that was left out is reported at the plan.
        let place = |key: &str, value: Option<&String>| match value {
            Some(_) => path.key(key),
            None => path.clone(),
        };
        let is_new = self.see("field", &plan.raw_field, &path.key("RawField"), findings);
        if is_new || plan.dataset_name.is_some() {
            let path = place("DatasetName", plan.dataset_name.as_ref());
            self.see("dataset name", plan.dataset_name(), &path, findings);
        }
        if is_new || plan.id_field.is_some() {
            let path = place("IdField", plan.id_field.as_ref());
            self.see("field", &plan.id_field(), &path, findings);
        }
        if let Some(field) = &plan.run_id_field {
            self.see("field", field, &path.key("RunIdField"), findings);
        }
        if let Some(dataset) = &plan.coda_dataset {
            self.see("Coda dataset", dataset, &path.key("CodaDataset"), findings);
        }
        if let Some(file) = &plan.icr_file {
            self.see("ICR file", file, &path.key("IcrFile"), findings);
        }
        if let Some(match_value) = &plan.ws_match_value {
            self.see("WS match value", match_value, &path.key("WSMatchValue"), findings);
        }
        for (key, field) in
            [("RawField", Some(&plan.raw_field)), ("IdField", plan.id_field.as_ref())]
        {
            if let Some(field) = field {
                check_reserved(field, &path.key(key), findings);
            }
        }
    }

    fn see_configuration(
        &mut self,
        path: &JsonPath,
        configuration: &CodingConfigurationForm,
        findings: &mut Findings<'_>,
    ) {
        let coded_field = &configuration.coded_field;
        self.see("field", coded_field, &path.key("CodedField"), findings);
        check_reserved(coded_field, &path.key("CodedField"), findings);
    }

    /// Several plans may share a time field, but nothing else may be written there.
    fn check_time_field(&self, field: &str, path: &JsonPath, findings: &mut Findings<'_>) {
        if let Some(first) = self.seen.get(&("field", field.to_string())) {
            findings.error(path, format!("time field `{field}` is already used at `{first}`"));
        }
    }

    /// Reports a name that something else of the same kind has, and says whether it is new; names
    /// of files are the same in upper and lower case.
    fn see(
        &mut self,
        kind: &'static str,
        name: &str,
        path: &JsonPath,
        findings: &mut Findings<'_>,
    ) -> bool {
        let is_file = matches!(kind, "Coda dataset" | "ICR file");
        let key = (kind, if is_file { name.to_lowercase() } else { name.to_string() });
        if let Some(first) = self.seen.get(&key) {
            findings.error(path, format!("{kind} `{name}` is already used at `{first}`"));
            return false;
        }
        self.seen.insert(key, path.clone());
        true
    }
}

fn check_reserved(field: &str, path: &JsonPath, findings: &mut Findings<'_>) {
    if RESERVED_FIELDS.contains(&field) {
        findings.error_with_hint(
            path,
            format!("field `{field}` has a meaning of its own in the pipeline"),
            "use another name",
        );
    }
}
