//! Whether the fields of the plans are those that the configuration fills.

use std::collections::{BTreeMap, BTreeSet};

use checked_json::{JsonPath, Problem};

use super::{Findings, Located, did_you_mean};
use crate::PipelineConfiguration;
use crate::plans_file::PlansForm;

/// Fields that come with the raw data under their final names.
const FIELDS_OF_RAW_DATA: [&str; 2] = ["operator_raw", "avf_phone_id"];

/// Pipeline keys that the pipeline itself reads.
const FIELDS_OF_PIPELINE: [&str; 4] = ["uid", "sent_on", "noise", "test_run"];

pub(super) fn check(
    configuration: &Located<'_, PipelineConfiguration>,
    plans: &Located<'_, PlansForm>,
    problems: &mut Vec<Problem>,
) {
    let Located { document, value: configuration } = configuration;
    let mut findings = Findings { document, problems };
    check_shows(configuration, &plans.value, &mut findings);
    check_used(configuration, &plans.value, &mut findings);
    check_ws(configuration, &plans.value, &mut findings);
    check_map_layers(configuration, &plans.value, &mut findings);
    let mut findings = Findings { document: plans.document, problems };
    check_filled(configuration, &plans.value, &mut findings);
}

fn radio_show_fields(plans: &PlansForm) -> BTreeSet<&str> {
    plans.radio_show_plans.iter().map(|plan| plan.raw_field.as_str()).collect()
}

/// Radio show messages must end in the raw field of a radio show.
fn check_shows(
    configuration: &PipelineConfiguration,
    plans: &PlansForm,
    findings: &mut Findings<'_>,
) {
    let shows = radio_show_fields(plans);
    for (index, remapping) in configuration.timestamp_remappings.iter().enumerate() {
        let key = remapping.show_pipeline_key_to_remap_to.as_str();
        if !shows.contains(key) {
            let path = JsonPath::top().key("TimestampRemappings").index(index);
            findings.error_with_hint(
                &path.key("ShowPipelineKeyToRemapTo"),
                format!("no radio show plan has the raw field `{key}`"),
                did_you_mean(key, shows.iter().copied()),
            );
        }
    }
    let mut reported: BTreeSet<&str> = BTreeSet::new();
    for (index, remapping) in configuration.source_key_remappings.iter().enumerate() {
        let key = remapping.pipeline_key.as_str();
        let path = JsonPath::top().key("SourceKeyRemappings").index(index).key("PipelineKey");
        if remapping.is_activation_message {
            // With timestamp remappings a field can be a waiting place for recovered messages.
            let can_move = !configuration.timestamp_remappings.is_empty();
            if !shows.contains(key) && !can_move && reported.insert(key) {
                findings.warning(
                    &path,
                    format!(
                        "no radio show plan has the raw field `{key}`, so its messages are dropped"
                    ),
                    did_you_mean(key, shows.iter().copied()),
                );
            }
        } else if shows.contains(key) {
            findings.warning(
                &path,
                format!(
                    "`{key}` is the raw field of a radio show, but `IsActivationMessage` is not set"
                ),
                "set `\"IsActivationMessage\": true`, so that the messages can be moved by time",
            );
        }
    }
}

/// Keys that are mapped and that nothing reads: one warning for each pipeline key.
fn check_used(
    configuration: &PipelineConfiguration,
    plans: &PlansForm,
    findings: &mut Findings<'_>,
) {
    let mut used: BTreeSet<&str> = FIELDS_OF_PIPELINE.into();
    for (_, plan, _) in plans.plans() {
        used.insert(&plan.raw_field);
        used.extend(plan.time_field.as_deref());
        used.extend(plan.run_id_field.as_deref());
        used.extend(plan.coding_configurations.iter().filter_map(|it| it.raw_field.as_deref()));
    }
    let mut unused: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for (index, remapping) in configuration.source_key_remappings.iter().enumerate() {
        let key = remapping.pipeline_key.as_str();
        if !remapping.is_activation_message && !used.contains(key) {
            unused.entry(key).or_insert((index, 0)).1 += 1;
        }
    }
    for (key, (index, n_remappings)) in unused {
        let path = JsonPath::top().key("SourceKeyRemappings").index(index).key("PipelineKey");
        let others = match n_remappings {
            1 => String::new(),
            n_remappings => format!(" (in {n_remappings} remappings)"),
        };
        findings.warning(
            &path,
            format!("no coding plan uses `{key}`{others}"),
            "leave the remappings out, or add a plan",
        );
    }
}

/// Moving messages needs a scheme that says where to.
fn check_ws(configuration: &PipelineConfiguration, plans: &PlansForm, findings: &mut Findings<'_>) {
    if configuration.move_ws_messages && plans.ws_correct_dataset_scheme.is_none() {
        findings.error_with_hint(
            &JsonPath::top().key("MoveWSMessages"),
            "messages cannot be moved: the plans have no `WSCorrectDatasetScheme`",
            "name the scheme in the plans, or set `MoveWSMessages` to `false`",
        );
    }
}

fn check_map_layers(
    configuration: &PipelineConfiguration,
    plans: &PlansForm,
    findings: &mut Findings<'_>,
) {
    let coded = plans.plans().flat_map(|(_, plan, _)| &plan.coding_configurations);
    let coded: BTreeSet<&str> = coded.map(|it| it.coded_field.as_str()).collect();
    for (index, layer) in configuration.automated_analysis.map_layers.iter().enumerate() {
        let field = layer.coded_field.as_str();
        if !coded.contains(field) {
            let path = JsonPath::top().key("AutomatedAnalysis").key("MapLayers").index(index);
            findings.error_with_hint(
                &path.key("CodedField"),
                format!("no coding plan has the coded field `{field}`"),
                did_you_mean(field, coded.iter().copied()),
            );
        }
    }
}

/// Fields of the plans that no remapping fills: nothing is wrong, but they stay empty.
fn check_filled(
    configuration: &PipelineConfiguration,
    plans: &PlansForm,
    findings: &mut Findings<'_>,
) {
    let keys = configuration.source_key_remappings.iter().map(|it| it.pipeline_key.as_str());
    let moves = configuration.timestamp_remappings.iter();
    let moves = moves.map(|it| it.show_pipeline_key_to_remap_to.as_str());
    let filled: BTreeSet<&str> = keys.chain(moves).chain(FIELDS_OF_RAW_DATA).collect();
    let mut warn_unless_filled = |field: &str, path: &JsonPath, consequence: &str| {
        if !filled.contains(field) {
            findings.warning(
                path,
                format!("no `SourceKeyRemappings` of the configuration fill `{field}`"),
                format!("{consequence}; {}", did_you_mean(field, filled.iter().copied())),
            );
        }
    };
    for (path, plan, _) in plans.plans() {
        let no_answers = "without one, the plan has no answers";
        warn_unless_filled(&plan.raw_field, &path.key("RawField"), no_answers);
        for (path, configuration) in plan.configurations(&path) {
            if let Some(field) = &configuration.raw_field {
                warn_unless_filled(field, &path.key("RawField"), no_answers);
            }
        }
        if let Some(field) = &plan.time_field {
            warn_unless_filled(field, &path.key("TimeField"), "without one, answers have no time");
        }
        if let Some(field) = &plan.run_id_field {
            let consequence = "without one, the ICR file has no run ids";
            warn_unless_filled(field, &path.key("RunIdField"), consequence);
        }
    }
}
