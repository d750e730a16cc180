//! What was found in a project, for a person to read.

use std::fmt;

use pipeline_config::{CodingMode, CodingPlan, Project, RawDataSource};

/// The flows, plans and schemes of a project, a line each.
pub(crate) struct Summary<'a>(pub(crate) &'a Project);

impl fmt::Display for Summary<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Project { configuration, plans, schemes, configuration_hash, .. } = self.0;
        let start = iso_time::format(&configuration.project_start_date);
        let end = iso_time::format(&configuration.project_end_date);
        let country = match plans.country.name() {
            "" => "no country",
            name => name,
        };
        writeln!(
            formatter,
            "pipeline {} from {start} to {end}; {country}, time zone {}",
            configuration.pipeline_name,
            self.0.time_zone()
        )?;

        let n_flows =
            configuration.activation_flow_names().len() + configuration.survey_flow_names().len();
        writeln!(formatter, "\n{n_flows} flows")?;
        for source in &configuration.raw_data_sources {
            let name = source_name(source);
            for flow in source.activation_flow_names() {
                writeln!(formatter, "  radio show  {flow}  ({name})")?;
            }
            for flow in source.survey_flow_names() {
                writeln!(formatter, "  survey      {flow}  ({name})")?;
            }
        }

        let groups = [
            ("radio show ", &plans.radio_show),
            ("demographic", &plans.demographic),
            ("follow-up  ", &plans.follow_up),
            ("engagement ", &plans.engagement),
        ];
        writeln!(formatter, "\n{} coding plans", plans.all().count())?;
        for (group, plans) in groups {
            for plan in plans {
                writeln!(formatter, "  {group}  {}", plan_line(plan))?;
            }
        }

        writeln!(formatter, "\n{} code schemes", schemes.len())?;
        for (name, scheme) in schemes {
            writeln!(formatter, "  {name}  ({}, {} codes)", scheme.name, scheme.codes().len())?;
        }
        writeln!(formatter, "\nconfiguration hash {configuration_hash}")
    }
}

fn source_name(source: &RawDataSource) -> String {
    match source {
        RawDataSource::RapidPro(source) => format!("RapidPro {}", source.domain),
        RawDataSource::GCloudBucket(_) => "bucket".to_string(),
        RawDataSource::RecoveryCsv(_) => "recovery CSV".to_string(),
        RawDataSource::Facebook(source) => format!("Facebook page {}", source.page_id),
    }
}

/// The raw field, the schemes it is coded with, and where people label it.
fn plan_line(plan: &CodingPlan) -> String {
    let schemes: Vec<String> = plan
        .coding_configurations
        .iter()
        .map(|configuration| match configuration.coding_mode {
            CodingMode::Single => configuration.code_scheme_name.clone(),
            CodingMode::Multiple => format!("{} (multiple)", configuration.code_scheme_name),
        })
        .collect();
    let coda = match &plan.coda_dataset {
        Some(dataset) => format!("Coda dataset {dataset}"),
        None => "not in Coda".to_string(),
    };
    format!("{}  {}; {coda}", plan.raw_field, schemes.join(", "))
}
