//! `report.html`: one page with the numbers that may travel.
//!
//! The page holds everything it needs and asks nothing of any server. Counts below the minimum are
//! hidden ([`disclosure`]); what people wrote appears only when the configuration says so, and
//! masked ([`mask`]).

mod answers;
mod charts;
mod disclosure;
mod figures;
mod html;
mod maps;
mod mask;
mod page;
mod participation;
mod quality;

use pipeline_config::Project;
use serde_json::Value;
use stage_runner::RunInfo;

use crate::counts::Counts;
use crate::design::Design;
use crate::graphs::{About, period};
use crate::maps::{Layout, MapLayer};
use crate::samples::Samples;

use figures::Figures;

/// What the report is made from.
pub struct ReportInput<'a> {
    /// The project.
    pub project: &'a Project,
    /// What is counted.
    pub design: &'a Design,
    /// All counts.
    pub counts: &'a Counts,
    /// Sample messages, shown only when the configuration says so.
    pub samples: &'a Samples,
    /// The layers of the maps.
    pub layers: &'a [MapLayer],
    /// How they are laid out.
    pub layouts: &'a [Layout],
    /// When and by which version the report is made.
    pub run: &'a RunInfo,
    /// The entry of stage 3 in the run manifest.
    pub processing: Option<&'a Value>,
}

/// Where the report comes from.
struct Origin<'a> {
    project_name: &'a str,
    made_at: String,
    processed_at: String,
    version: &'a str,
    run_id: &'a str,
    configuration_hash: &'a str,
}

/// The page.
pub fn report_html(input: &ReportInput<'_>) -> String {
    let ReportInput { project, design, counts, layers, layouts, .. } = *input;
    let configuration = &project.configuration;
    let analysis = &configuration.automated_analysis;
    let minimum = analysis.minimum_cell_size;
    let figures = Figures::new(design, counts, layers, input.processing, u64::from(minimum));
    let about = About::new(configuration);
    let samples = analysis.include_sample_messages.then_some(input.samples);
    let mut attributions: Vec<&str> =
        layers.iter().map(|layer| layer.attribution.as_str()).collect();
    attributions.dedup();
    let origin = origin(input);
    let parts = [
        (
            "participation",
            "Participation",
            participation::participation(design, counts, &figures, &about),
        ),
        ("themes", "Themes", answers::themes(design, &figures, samples)),
        ("people", "People", answers::demographics(design, &figures)),
        ("maps", "Maps", maps::maps(design, counts, &figures, layers, layouts)),
        ("quality", "Data quality", quality::quality(design, &figures)),
        ("about", "About", quality::about(&origin, &figures, minimum, &attributions)),
    ];
    let subtitle = match period(&counts.timeline) {
        Some(period) => format!("Answers to the radio shows, sent {period}"),
        None => "No messages yet".to_owned(),
    };
    let title = format!("{}: what people said", configuration.pipeline_name);
    page::page(&title, &subtitle, &participation::headline(&figures, design.shows.len()), &parts)
}

fn origin<'a>(input: &ReportInput<'a>) -> Origin<'a> {
    let time = |text: &str| text.replace('T', " ").replace('Z', " UTC");
    let processed_at = input.processing.and_then(|stage| stage["End"].as_str());
    Origin {
        project_name: &input.project.configuration.pipeline_name,
        made_at: input.run.started_at.format("%Y-%m-%d %H:%M:%S UTC").to_string(),
        processed_at: processed_at.map(time).unwrap_or_default(),
        version: &input.run.version,
        run_id: &input.run.run_id,
        configuration_hash: &input.project.configuration_hash,
    }
}
