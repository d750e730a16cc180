//! Time ranges: that they end after they start, and that they do not overlap.

use checked_json::JsonPath;
use iso_time::Instant;

use super::Findings;
use crate::{PipelineConfiguration, RawDataSource};

pub(super) fn check(configuration: &PipelineConfiguration, findings: &mut Findings<'_>) {
    let top = JsonPath::top();
    let project = (configuration.project_start_date, configuration.project_end_date);
    check_range(project, "the project", &top.key("ProjectEndDate"), findings);
    for (index, source) in configuration.raw_data_sources.iter().enumerate() {
        let RawDataSource::Facebook(source) = source else { continue };
        let path = top.key("RawDataSources").index(index).key("Datasets");
        for (index, dataset) in source.datasets.iter().enumerate() {
            let Some(search) = &dataset.search else { continue };
            let path = path.index(index).key("Search").key("EndDate");
            check_range((search.start_date, search.end_date), "the search", &path, findings);
        }
    }
    check_timestamp_remappings(configuration, findings);
    check_traffic_labels(configuration, findings);
}

fn check_range(
    (start, end): (Instant, Instant),
    what: &str,
    end_path: &JsonPath,
    findings: &mut Findings<'_>,
) {
    if end <= start {
        let (start, end) = (iso_time::format(&start), iso_time::format(&end));
        findings.error(end_path, format!("{what} ends at `{end}`, not after its start `{start}`"));
    }
}

fn check_timestamp_remappings(configuration: &PipelineConfiguration, findings: &mut Findings<'_>) {
    let path = JsonPath::top().key("TimestampRemappings");
    let remappings = &configuration.timestamp_remappings;
    for (index, remapping) in remappings.iter().enumerate() {
        let (start, end) = (remapping.range_start_inclusive, remapping.range_end_exclusive);
        if let (Some(start), Some(end)) = (start, end) {
            let end_path = path.index(index).key("RangeEndExclusive");
            check_range((start, end), "the range", &end_path, findings);
        }
        for (other_index, other) in remappings.iter().enumerate().skip(index + 1) {
            let other_range = (other.range_start_inclusive, other.range_end_exclusive);
            if remapping.time_key == other.time_key && overlap((start, end), other_range) {
                findings.warning(
                    &path.index(other_index),
                    format!("the time range overlaps that of `{}`", path.index(index)),
                    "in both ranges, the later entry counts",
                );
            }
        }
    }
}

fn check_traffic_labels(configuration: &PipelineConfiguration, findings: &mut Findings<'_>) {
    let path = JsonPath::top().key("AutomatedAnalysis").key("TrafficLabels");
    let labels = configuration.automated_analysis.traffic_labels.as_deref().unwrap_or_default();
    for (index, label) in labels.iter().enumerate() {
        let range = (label.start_date, label.end_date);
        check_range(range, "the range", &path.index(index).key("EndDate"), findings);
        for (other_index, other) in labels.iter().enumerate().skip(index + 1) {
            let other_path = path.index(other_index);
            if label.label == other.label {
                findings.warning(
                    &other_path.key("Label"),
                    format!("label `{}` is also that of `{}`", label.label, path.index(index)),
                    "the table will have two rows of this name",
                );
            } else if overlap(
                (Some(label.start_date), Some(label.end_date)),
                (Some(other.start_date), Some(other.end_date)),
            ) {
                findings.warning(
                    &other_path,
                    format!("the time range overlaps that of `{}`", path.index(index)),
                    "messages in both ranges are counted in both",
                );
            }
        }
    }
}

type Range = (Option<Instant>, Option<Instant>);

/// Whether two ranges share an instant; `None` is an end that is open.
fn overlap((start, end): Range, (other_start, other_end): Range) -> bool {
    let is_before = |start: Option<Instant>, end: Option<Instant>| match (start, end) {
        (Some(start), Some(end)) => start < end,
        _ => true,
    };
    is_before(start, other_end) && is_before(other_start, end)
}
