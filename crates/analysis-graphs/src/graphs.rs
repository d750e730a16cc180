//! The graphs of a project: which there are, and what they show.

mod participation;
mod season;
mod themes;

use code_schemes::Code;
use pipeline_config::{PipelineConfiguration, TrafficLabel};

use crate::charts::{Format, Span, Words, day_name};
use crate::counts::Counts;
use crate::design::{Coding, Design};
use crate::drawing::{Picture, with_thousands};
use crate::timeline::Timeline;

pub(crate) use participation::{per_show, per_week, repeat_participations, traffic};

/// All graphs of a project, in `graphs/`.
pub fn draw_graphs(design: &Design, counts: &Counts, project: &About<'_>) -> Vec<GraphJob> {
    let mut jobs = participation::jobs(design, counts, project);
    jobs.extend(themes::jobs(design, counts, project));
    jobs.extend(season::jobs(design, counts, project));
    jobs
}

/// What graphs say of the project that they are about.
#[derive(Debug, Clone, Copy)]
pub struct About<'a> {
    /// The name of the pipeline.
    pub name: &'a str,
    /// The time ranges with a name.
    pub traffic_labels: &'a [TrafficLabel],
}

impl<'a> About<'a> {
    /// What the configuration says.
    pub fn new(configuration: &'a PipelineConfiguration) -> Self {
        let labels = configuration.automated_analysis.traffic_labels.as_deref();
        Self { name: &configuration.pipeline_name, traffic_labels: labels.unwrap_or_default() }
    }
}

/// A graph that is still to be drawn.
pub struct GraphJob {
    path: String,
    draw: Box<dyn Fn(Format) -> String + Send + Sync>,
}

impl GraphJob {
    fn new(name: &str, draw: impl Fn(Format) -> String + Send + Sync + 'static) -> Self {
        Self { path: format!("graphs/{}", crate::maps::file_name_of(name)), draw: Box::new(draw) }
    }

    /// Draws it.
    pub fn picture(&self) -> Picture {
        Picture { path: self.path.clone(), svg: (self.draw)(Format::FILE) }
    }
}

/// The words around a graph of the project.
fn words(counts: &Counts, project: &About<'_>, title: String, subtitle: String) -> Words {
    Words { title, subtitle, source: source_line(counts, project) }
}

/// Where all numbers come from, in one sentence.
pub fn source_line(counts: &Counts, project: &About<'_>) -> String {
    let project_name = project.name;
    let total = &counts.tables.engagement_counts.total;
    let Some(period) = period(&counts.timeline) else {
        return format!("Source: {project_name}; no messages yet");
    };
    format!(
        "Source: {project_name}; {} radio show messages by {} people who did not withdraw consent, sent {period}",
        with_thousands(total.n_messages),
        with_thousands(total.n_people),
    )
}

/// The first and the last day with a message.
pub(crate) fn period(timeline: &Timeline) -> Option<String> {
    let (first, last) = timeline.first_day.zip(timeline.last_day())?;
    Some(match first == last {
        true => format!("on {}", day_name(first)),
        false => format!("from {} to {}", day_name(first), day_name(last)),
    })
}

/// The time ranges with a name, in days since the first message.
fn spans(timeline: &Timeline, labels: &[TrafficLabel]) -> Vec<Span> {
    let span = |label: &TrafficLabel| Span {
        label: label.label.clone(),
        start: timeline.days_since_start(&label.start_date),
        end: timeline.days_since_start(&label.end_date),
    };
    labels.iter().map(span).collect()
}

/// Whether the codes of a scheme have an order of their own, as ages have.
pub(crate) fn is_ordinal(coding: &Coding) -> bool {
    let starts_with_digit =
        |code: &Code| code.display_text.starts_with(|first: char| first.is_ascii_digit());
    coding.normal_codes().all(|(_, code)| starts_with_digit(code))
}

/// The name of a code as people read it.
pub(crate) fn code_name(code: &Code) -> String {
    let name = code.display_text.trim_start_matches("meta: ");
    let mut characters = name.chars();
    let first: String = characters.next().into_iter().flat_map(char::to_uppercase).collect();
    first + characters.as_str()
}
