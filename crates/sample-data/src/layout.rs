//! What a configuration asks for: which files, with which keys, holding answers to what.

use std::sync::Arc;

use code_schemes::CodeScheme;
use pipeline_config::{CodingPlan, Imputation, PipelineConfiguration, Project, RawDataSource};
use text_cleaners::Country;
use traced_data::Key;

use crate::SampleDataError;
use crate::moment::{DAY_SECS, Moment};
use crate::phrases::Phrases;

/// The key of the time of a recovered message.
pub(crate) const RECOVERED_TIME: &str = "received_on";

/// A project, as far as making data for it goes.
pub(crate) struct Layout {
    pub(crate) country: Arc<Country>,
    pub(crate) phrases: Phrases,
    pub(crate) uid_prefix: String,
    pub(crate) start: Moment,
    pub(crate) end: Moment,
    pub(crate) datasets: Vec<Dataset>,
    pub(crate) activation_flows: Vec<Flow>,
    pub(crate) survey_flows: Vec<Flow>,
    pub(crate) time_ranges: Vec<TimeRange>,
    pub(crate) operator_scheme: Option<Arc<CodeScheme>>,
    pub(crate) wrong_scheme: Option<Arc<CodeScheme>>,
}

/// Answers to one question: a coding plan.
pub(crate) struct Dataset {
    pub(crate) raw_field: String,
    pub(crate) coda_dataset: Option<String>,
    /// Schemes in the order of the plan, at least one.
    pub(crate) schemes: Vec<Arc<CodeScheme>>,
    pub(crate) subject: Subject,
    /// What labellers choose in the scheme of wrong schemes for answers that belong here.
    pub(crate) ws_code: Option<code_schemes::CodeId>,
}

/// What a question is about, as far as that shapes the answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Subject {
    /// An opinion, coded with any number of themes.
    Opinion,
    /// A place; the schemes are the levels, smallest first.
    Location,
    /// An age in years.
    Age,
    Gender,
    YesNo,
    /// Anything else that one word answers.
    Word,
}

/// A raw data file.
pub(crate) struct Flow {
    pub(crate) name: String,
    pub(crate) kind: FlowKind,
    /// When people write to it: from, up to but not including.
    pub(crate) window: (Moment, Moment),
    pub(crate) keys: RunKeys,
    pub(crate) questions: Vec<Question>,
}

/// What the objects of a file are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FlowKind {
    /// Runs of a RapidPro flow.
    Runs,
    /// Rows of a recovery CSV.
    Recovered,
    /// Something this crate does not make: the file stays empty.
    Unknown,
}

/// The keys of a run.
pub(crate) struct RunKeys {
    pub(crate) run_id: Key,
    pub(crate) created_on: Key,
    pub(crate) modified_on: Key,
    pub(crate) exited_on: Key,
    pub(crate) exit_type: Key,
}

/// One question of a flow, with its keys.
pub(crate) struct Question {
    /// As in the flow's editor: `rqa_s01e01`.
    pub(crate) name: String,
    pub(crate) category: Key,
    pub(crate) name_key: Key,
    pub(crate) run_id: Key,
    pub(crate) text: Key,
    pub(crate) time: Key,
    pub(crate) value: Key,
    pub(crate) is_activation: bool,
    /// Index of the dataset that the answers belong to; answers to others are never coded.
    pub(crate) dataset: Option<usize>,
}

/// Messages received in this range belong to another show.
pub(crate) struct TimeRange {
    pub(crate) time_key: String,
    pub(crate) dataset: usize,
    pub(crate) start: Option<Moment>,
    pub(crate) end: Option<Moment>,
}

impl Layout {
    /// What `project` asks for.
    ///
    /// # Errors
    ///
    /// [`SampleDataError::NothingToAsk`] when no activation flow has a question whose answers
    /// belong to a radio show.
    pub(crate) fn of(project: &Project) -> Result<Self, SampleDataError> {
        let configuration = &project.configuration;
        let datasets: Vec<Dataset> = (project.plans.radio_show.iter())
            .map(|plan| Dataset::of(plan, true))
            .chain(project.plans.survey().map(|plan| Dataset::of(plan, false)))
            .collect();
        let dates: (Moment, Moment) =
            ((&configuration.project_start_date).into(), (&configuration.project_end_date).into());
        let (activation_flows, survey_flows) = flows(configuration, &datasets, dates);
        if !activation_flows.iter().any(Flow::takes_messages) {
            return Err(SampleDataError::NothingToAsk);
        }
        let operator_scheme = (datasets.iter())
            .find(|dataset| dataset.raw_field == "operator_raw")
            .map(|dataset| Arc::clone(&dataset.schemes[0]));
        Ok(Self {
            country: Arc::clone(&project.plans.country),
            phrases: Phrases::read(project.plans.country.sample_texts())?,
            uid_prefix: configuration.uuid_table.uuid_prefix.clone(),
            start: dates.0,
            end: dates.1,
            time_ranges: time_ranges(configuration, &datasets),
            datasets,
            activation_flows,
            survey_flows,
            operator_scheme,
            wrong_scheme: project.plans.ws_correct_dataset.clone(),
        })
    }

    /// The dataset that a message received at `time` belongs to; the last matching range decides.
    pub(crate) fn dataset_at(
        &self,
        time_key: &str,
        time: Moment,
        otherwise: Option<usize>,
    ) -> Option<usize> {
        (self.time_ranges.iter())
            .rfind(|range| range.time_key == time_key && range.contains(time))
            .map_or(otherwise, |range| Some(range.dataset))
    }

    /// Indexes of the datasets that come from surveys and are answered by people.
    pub(crate) fn survey_datasets(&self) -> impl Iterator<Item = usize> {
        (0..self.datasets.len()).filter(|&index| {
            let is_asked = |question: &Question| question.dataset == Some(index);
            self.survey_flows.iter().any(|flow| flow.questions.iter().any(is_asked))
        })
    }
}

impl Dataset {
    fn of(plan: &CodingPlan, is_radio_show: bool) -> Self {
        let cleans = |codes: &[&str]| {
            let mut cleaners =
                plan.coding_configurations.iter().filter_map(|it| it.cleaner.as_ref());
            cleaners.any(|cleaner| codes.iter().all(|code| cleaner.codes().contains(code)))
        };
        let subject = match plan.code_imputation_function {
            _ if is_radio_show => Subject::Opinion,
            Some(Imputation::Location) => Subject::Location,
            Some(Imputation::AgeCategory) => Subject::Age,
            _ if cleans(&["man", "woman"]) => Subject::Gender,
            _ if cleans(&["yes", "no"]) => Subject::YesNo,
            _ => Subject::Word,
        };
        Self {
            raw_field: plan.raw_field.clone(),
            coda_dataset: plan.coda_dataset.clone(),
            schemes: (plan.coding_configurations.iter())
                .map(|coding| Arc::clone(&coding.code_scheme))
                .collect(),
            subject,
            ws_code: plan.ws_code.clone(),
        }
    }
}

impl Flow {
    /// Whether radio show messages can be put into the flow.
    pub(crate) fn takes_messages(&self) -> bool {
        match self.kind {
            FlowKind::Recovered => true,
            FlowKind::Runs => self.questions.iter().any(|question| question.is_activation),
            FlowKind::Unknown => false,
        }
    }
}

impl TimeRange {
    fn contains(&self, time: Moment) -> bool {
        self.start.is_none_or(|start| start <= time) && self.end.is_none_or(|end| time < end)
    }
}

/// The activation flows, then the survey flows, in the order of the configuration.
fn flows(
    configuration: &PipelineConfiguration,
    datasets: &[Dataset],
    dates: (Moment, Moment),
) -> (Vec<Flow>, Vec<Flow>) {
    let (mut activation, mut survey) = (Vec::new(), Vec::new());
    for source in &configuration.raw_data_sources {
        let kind = match source {
            RawDataSource::RapidPro(_) | RawDataSource::GCloudBucket(_) => FlowKind::Runs,
            RawDataSource::RecoveryCsv(_) => FlowKind::Recovered,
            RawDataSource::Facebook(_) => FlowKind::Unknown,
        };
        let flow = |name: String| Flow {
            questions: questions(configuration, datasets, &name),
            keys: RunKeys::of(&name),
            kind,
            window: dates,
            name,
        };
        activation.extend(source.activation_flow_names().into_iter().map(flow));
        survey.extend(source.survey_flow_names().into_iter().map(flow));
    }
    set_show_windows(&mut activation, dates);
    set_survey_windows(&mut survey, dates);
    (activation, survey)
}

/// One show after the other, each as long.
fn set_show_windows(flows: &mut [Flow], (start, end): (Moment, Moment)) {
    let is_show = |flow: &&mut Flow| flow.kind == FlowKind::Runs && flow.takes_messages();
    let mut shows: Vec<&mut Flow> = flows.iter_mut().filter(is_show).collect();
    let n_shows = i64::try_from(shows.len()).unwrap_or(i64::MAX).max(1);
    for (position, flow) in (0..).zip(&mut shows) {
        let at = |position: i64| Moment(start.0 + (end.0 - start.0) / n_shows * position);
        flow.window = (at(position), at(position + 1));
    }
}

/// The last survey during the project, the others one a month before it.
fn set_survey_windows(flows: &mut [Flow], (start, _): (Moment, Moment)) {
    for (months_before, flow) in (0..).zip(flows.iter_mut().rev()) {
        if 0 < months_before {
            let from = start.plus_secs(-30 * DAY_SECS * months_before);
            flow.window = (from, from.plus_secs(21 * DAY_SECS));
        }
    }
}

/// The questions of `flow`: every source key `<name> (Text) - <flow>`.
fn questions(
    configuration: &PipelineConfiguration,
    datasets: &[Dataset],
    flow: &str,
) -> Vec<Question> {
    let suffix = format!(" (Text) - {flow}");
    let of_field = |field: &str| datasets.iter().position(|dataset| dataset.raw_field == field);
    (configuration.source_key_remappings.iter())
        .filter_map(|remapping| {
            let title = remapping.source_key.strip_suffix(&suffix)?;
            let key = |what: &str| Key::new(&format!("{title} ({what}) - {flow}"));
            Some(Question {
                name: title.to_lowercase(),
                category: key("Category"),
                name_key: key("Name"),
                run_id: key("Run ID"),
                text: key("Text"),
                time: key("Time"),
                value: key("Value"),
                is_activation: remapping.is_activation_message,
                dataset: of_field(&remapping.pipeline_key),
            })
        })
        .collect()
}

impl RunKeys {
    fn of(flow: &str) -> Self {
        let key = |what: &str| Key::new(&format!("{what} - {flow}"));
        Self {
            run_id: key("run_id"),
            created_on: key("run_created_on"),
            modified_on: key("run_modified_on"),
            exited_on: key("run_exited_on"),
            exit_type: key("run_exit_type"),
        }
    }
}

fn time_ranges(configuration: &PipelineConfiguration, datasets: &[Dataset]) -> Vec<TimeRange> {
    (configuration.timestamp_remappings.iter())
        .filter_map(|remapping| {
            let field = &remapping.show_pipeline_key_to_remap_to;
            Some(TimeRange {
                time_key: remapping.time_key.clone(),
                dataset: datasets.iter().position(|dataset| dataset.raw_field == *field)?,
                start: remapping.range_start_inclusive.as_ref().map(Moment::from),
                end: remapping.range_end_exclusive.as_ref().map(Moment::from),
            })
        })
        .collect()
}
