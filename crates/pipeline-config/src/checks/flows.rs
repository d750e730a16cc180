//! Where messages come from, and the files they go to.

use std::collections::HashMap;

use checked_json::JsonPath;

use super::Findings;
use crate::{FacebookSource, PipelineConfiguration, RawDataSource, UrlSource, flow_name_of_url};

pub(super) fn check(configuration: &PipelineConfiguration, findings: &mut Findings<'_>) {
    check_names(configuration, findings);
    if configuration.activation_flow_names().is_empty() {
        findings.warning(
            &JsonPath::top().key("RawDataSources"),
            "no flow with radio show messages",
            "without one, all outputs are empty",
        );
    }
    for (index, source) in configuration.raw_data_sources.iter().enumerate() {
        let path = JsonPath::top().key("RawDataSources").index(index);
        if let RawDataSource::Facebook(source) = source {
            check_facebook(source, &path, findings);
        }
    }
}

/// The flows of all sources with their places, in the order of the configuration.
pub(super) fn located_flows(configuration: &PipelineConfiguration) -> Vec<(JsonPath, String)> {
    let sources = configuration.raw_data_sources.iter().enumerate();
    let located = sources.flat_map(|(index, source)| {
        let path = JsonPath::top().key("RawDataSources").index(index);
        match source {
            RawDataSource::RapidPro(source) => {
                let activation =
                    numbered(&path, "ActivationFlowNames", &source.activation_flow_names);
                activation
                    .chain(numbered(&path, "SurveyFlowNames", &source.survey_flow_names))
                    .collect()
            }
            RawDataSource::GCloudBucket(source) | RawDataSource::RecoveryCsv(source) => {
                flows_of_urls(&path, source)
            }
            RawDataSource::Facebook(source) => {
                let flows = source.datasets.iter().map(|dataset| source.flow_name(dataset));
                let paths = (0..).map(|index| path.key("Datasets").index(index).key("Name"));
                paths.zip(flows).collect::<Vec<_>>()
            }
        }
    });
    located.collect()
}

fn numbered<'a>(
    path: &JsonPath,
    key: &str,
    names: &'a [String],
) -> impl Iterator<Item = (JsonPath, String)> + use<'a> {
    let path = path.key(key);
    names.iter().enumerate().map(move |(index, name)| (path.index(index), name.clone()))
}

fn flows_of_urls(path: &JsonPath, source: &UrlSource) -> Vec<(JsonPath, String)> {
    let activation = numbered(path, "ActivationFlowURLs", &source.activation_flow_urls);
    let survey = numbered(path, "SurveyFlowURLs", &source.survey_flow_urls);
    activation.chain(survey).map(|(path, url)| (path, flow_name_of_url(&url))).collect()
}

/// No two flows may share a file.
fn check_names(configuration: &PipelineConfiguration, findings: &mut Findings<'_>) {
    let mut seen: HashMap<String, JsonPath> = HashMap::new();
    for (path, flow) in located_flows(configuration) {
        // Some file systems do not tell upper from lower case.
        match seen.get(&flow.to_lowercase()) {
            Some(first) => findings.error_with_hint(
                &path,
                format!("flow `{flow}` goes to the same file as that at `{first}`"),
                "each flow is written to `Raw Data/<flow>.jsonl`; give one another name",
            ),
            None => {
                seen.insert(flow.to_lowercase(), path);
            }
        }
    }
}

fn check_facebook(source: &FacebookSource, path: &JsonPath, findings: &mut Findings<'_>) {
    for (index, dataset) in source.datasets.iter().enumerate() {
        if dataset.post_ids.is_none() && dataset.search.is_none() {
            findings.error_with_hint(
                &path.key("Datasets").index(index),
                format!("dataset `{}` has neither `PostIDs` nor `Search`", dataset.name),
                "say which posts to fetch, how to find them, or both",
            );
        }
    }
}
