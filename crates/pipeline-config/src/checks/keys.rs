//! The keys of the raw data, as far as the configuration alone can tell.

use std::collections::{BTreeSet, HashMap, HashSet};

use checked_json::JsonPath;

use super::flows::located_flows;
use super::{Findings, did_you_mean};
use crate::{PipelineConfiguration, RawDataSource};

pub(super) fn check(configuration: &PipelineConfiguration, findings: &mut Findings<'_>) {
    check_repeated_keys(configuration, findings);
    check_time_keys(configuration, findings);
    check_flows_of_keys(configuration, findings);
}

/// The flow that a key of RapidPro data belongs to: `Gender (Text) - csap_demog` is of
/// `csap_demog`.
fn flow_of_key(source_key: &str) -> Option<&str> {
    source_key.rsplit_once(") - ").map(|(_, flow)| flow)
}

fn check_repeated_keys(configuration: &PipelineConfiguration, findings: &mut Findings<'_>) {
    let path = JsonPath::top().key("SourceKeyRemappings");
    let mut pairs: HashMap<(&str, &str), usize> = HashMap::new();
    let mut activation: HashMap<&str, usize> = HashMap::new();
    for (index, remapping) in configuration.source_key_remappings.iter().enumerate() {
        let (source, pipeline) = (remapping.source_key.as_str(), remapping.pipeline_key.as_str());
        if let Some(first) = pairs.get(&(source, pipeline)) {
            let message = format!("the same remapping as `{}`", path.index(*first));
            findings.warning(&path.index(index), message, "leave one out");
            continue;
        }
        pairs.insert((source, pipeline), index);
        if remapping.is_activation_message {
            match activation.get(source) {
                Some(first) => findings.error(
                    &path.index(index).key("SourceKey"),
                    format!(
                        "radio show messages in `{source}` go to two keys, here and at `{}`",
                        path.index(*first)
                    ),
                ),
                None => {
                    activation.insert(source, index);
                }
            }
        }
    }
    if !configuration.source_key_remappings.iter().any(|it| it.pipeline_key == "uid") {
        findings.error_with_hint(
            &path,
            "no remapping to the pipeline key `uid`",
            "map the key with the participant id, as a rule `avf_phone_id`, to `uid`",
        );
    }
}

/// A time key that no raw data has would silently remap nothing.
fn check_time_keys(configuration: &PipelineConfiguration, findings: &mut Findings<'_>) {
    let known: BTreeSet<&str> =
        configuration.source_key_remappings.iter().map(|it| it.source_key.as_str()).collect();
    for (index, remapping) in configuration.timestamp_remappings.iter().enumerate() {
        if !known.contains(remapping.time_key.as_str()) {
            let path = JsonPath::top().key("TimestampRemappings").index(index).key("TimeKey");
            findings.warning(
                &path,
                format!("`{}` is not the `SourceKey` of any remapping", remapping.time_key),
                "the time key is a key of the raw data; without it no message is moved",
            );
        }
    }
}

/// Keys of flows that are not fetched, and fetched flows without keys.
fn check_flows_of_keys(configuration: &PipelineConfiguration, findings: &mut Findings<'_>) {
    let flows = located_flows(configuration);
    let fetched: HashSet<&str> = flows.iter().map(|(_, flow)| flow.as_str()).collect();
    let path = JsonPath::top().key("SourceKeyRemappings");
    let mut mentioned: HashSet<&str> = HashSet::new();
    for (index, remapping) in configuration.source_key_remappings.iter().enumerate() {
        let Some(flow) = flow_of_key(&remapping.source_key) else { continue };
        if mentioned.insert(flow) && !fetched.contains(flow) {
            findings.warning(
                &path.index(index).key("SourceKey"),
                format!("flow `{flow}` is not fetched by any source"),
                did_you_mean(flow, flows.iter().map(|(_, flow)| flow.as_str())),
            );
        }
    }
    for (path, flow) in &flows {
        if is_rapid_pro(configuration, path) && !mentioned.contains(flow.as_str()) {
            findings.warning(
                path,
                format!("flow `{flow}` is fetched, but none of its keys is mapped"),
                format!("add `SourceKeyRemappings` for keys such as `… (Text) - {flow}`"),
            );
        }
    }
}

fn is_rapid_pro(configuration: &PipelineConfiguration, flow_path: &JsonPath) -> bool {
    configuration.raw_data_sources.iter().enumerate().any(|(index, source)| {
        let source_path = JsonPath::top().key("RawDataSources").index(index);
        matches!(source, RawDataSource::RapidPro(_))
            && flow_path.steps().starts_with(source_path.steps())
    })
}
