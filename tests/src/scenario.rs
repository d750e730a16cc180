//! A few made-up messages on the demo project, taken through stage 3 in memory.
//!
//! A test says what was sent and how it was labelled, runs the stage, and looks at cells.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use anyhow::Result;
use code_schemes::{CodaMessage, ControlCode, Label, Origin};
use pipeline_config::{Project, load_project};
use processing::{
    CodedFiles, InMemory, Mode, OutputFile, ProcessingError, RawData, generate_outputs,
};
use serde_json::{Value as Json, json};
use stage_runner::RunInfo;
use traced_data::{Changes, History, Key, Metadata, TracedData, Value};

use crate::{copy_directory, workspace};

/// The first person of scenarios.
pub const HODAN: &str = "demo-phone-uuid-00000000-0000-4000-8000-00000000000a";
/// The second person of scenarios.
pub const WARSAME: &str = "demo-phone-uuid-00000000-0000-4000-8000-00000000000b";

const SHOWS: [&str; 2] = ["school_gardens_s01e01_activation", "school_gardens_s01e02_activation"];
const SURVEY: &str = "school_gardens_demog";

/// What was sent, how it was labelled, and with which configuration it is processed.
pub struct Scenario {
    configuration: Json,
    plans: Json,
    activation: [Vec<History>; 2],
    survey: Vec<History>,
    labels: Vec<GivenLabel>,
    coded_datasets: Vec<String>,
}

/// One message of a radio show.
#[derive(Clone)]
pub struct Sent<'a> {
    /// 1 or 2.
    pub episode: usize,
    /// Who sent it.
    pub person: &'a str,
    /// What was sent; `None` for null.
    pub text: Option<&'a str>,
    /// When.
    pub time: &'a str,
    /// Further keys.
    pub more: Vec<(&'a str, Value)>,
}

/// A label that a coder gives to all messages of a dataset with one text.
struct GivenLabel {
    dataset: String,
    text: String,
    scheme: String,
    scheme_suffix: String,
    code_id: String,
    checked: Option<bool>,
}

/// A message on the first day of the demo project.
pub fn sent<'a>(episode: usize, person: &'a str, text: &'a str) -> Sent<'a> {
    Sent { episode, person, text: Some(text), time: "2024-02-05T10:00:00+03:00", more: Vec::new() }
}

impl Default for Scenario {
    fn default() -> Self {
        Self::new()
    }
}

impl Scenario {
    /// The demo project without messages.
    pub fn new() -> Self {
        let read = |name: &str| {
            let path = workspace().join("pipeline_configs/demo").join(name);
            let text = std::fs::read_to_string(path).expect("the demo is part of the workspace");
            serde_json::from_str(&text).expect("the demo's files are JSON")
        };
        Self {
            configuration: read("pipeline_config.json"),
            plans: read("coding_plans.json"),
            activation: Default::default(),
            survey: Vec::new(),
            labels: Vec::new(),
            coded_datasets: Vec::new(),
        }
    }

    /// Sets a key of the configuration.
    #[must_use]
    pub fn with(mut self, key: &str, value: Json) -> Self {
        self.configuration[key] = value;
        self
    }

    /// Changes the coding plans.
    #[must_use]
    pub fn with_plans(mut self, change: impl FnOnce(&mut Json)) -> Self {
        change(&mut self.plans);
        self
    }

    /// Adds a message.
    #[must_use]
    pub fn message(mut self, message: &Sent<'_>) -> Self {
        let flow = SHOWS[message.episode - 1];
        let key =
            |field: &str| Key::new(&format!("Rqa_S01E0{} ({field}) - {flow}", message.episode));
        let run_id = self.activation.iter().map(Vec::len).sum::<usize>() as i64 + 1;
        let mut changes = Changes::new()
            .set("avf_phone_id", message.person)
            .set(key("Text"), message.text.map_or(Value::Null, Value::from))
            .set(key("Time"), message.time)
            .set(key("Run ID"), run_id);
        for (key, value) in &message.more {
            changes.insert(Key::new(key), value.clone());
        }
        self.activation[message.episode - 1].push(object(changes));
        self
    }

    /// Adds a run of the survey: texts by question (`Location`, `Gender`, `Age`, …).
    #[must_use]
    pub fn survey(mut self, person: &str, answers: &[(&str, Option<&str>)]) -> Self {
        let mut changes = Changes::new().set("avf_phone_id", person);
        for (question, text) in answers {
            let key = |field: &str| Key::new(&format!("{question} ({field}) - {SURVEY}"));
            changes.insert(key("Text"), text.map_or(Value::Null, Value::from));
            changes.insert(key("Time"), "2024-02-06T08:00:00+03:00".into());
        }
        self.survey.push(object(changes));
        self
    }

    /// Says that coding of a dataset has begun.
    #[must_use]
    pub fn coded(mut self, dataset: &str) -> Self {
        self.coded_datasets.push(format!("SCHOOL_GARDENS_{dataset}"));
        self
    }

    /// Gives a checked label; `code` is a code id or the name of a control code.
    ///
    /// Labels of one message are given newest first, as they stand in Coda's files.
    #[must_use]
    pub fn label(self, dataset: &str, text: &str, scheme: &str, code: &str) -> Self {
        self.label_as(dataset, text, scheme, code, Some(true))
    }

    /// Gives a label with `Checked` as said; `rqa_s01e01-1` is the first duplicate of a scheme.
    #[must_use]
    pub fn label_as(
        self,
        dataset: &str,
        text: &str,
        scheme: &str,
        code: &str,
        checked: Option<bool>,
    ) -> Self {
        let (scheme, suffix) = match scheme.split_once('-') {
            Some((scheme, number)) => (scheme, format!("-{number}")),
            None => (scheme, String::new()),
        };
        let mut scenario = self.coded(dataset);
        scenario.labels.push(GivenLabel {
            dataset: format!("SCHOOL_GARDENS_{dataset}"),
            text: text.to_owned(),
            scheme: scheme.to_owned(),
            scheme_suffix: suffix,
            code_id: code.to_owned(),
            checked,
        });
        scenario
    }

    /// Runs stage 3.
    ///
    /// # Errors
    ///
    /// Those of the stage.
    pub fn try_run(&self, mode: Mode) -> Result<Ran, ProcessingError> {
        let project = self.project();
        let files = self.coded_files(&project);
        let flows = |names: &[&str], objects: &[Vec<History>]| {
            names.iter().map(|name| (*name).to_owned()).zip(objects.to_vec()).collect()
        };
        let raw = RawData {
            activation: flows(&SHOWS, &self.activation),
            survey: flows(&[SURVEY], std::slice::from_ref(&self.survey)),
        };
        // In groups of one person each, as if nothing fitted in memory.
        let outputs = generate_outputs(&project, &run_info(), &raw, &files, mode, 1)?;
        Ok(Ran { outputs })
    }

    /// Runs stage 3 to its end.
    ///
    /// # Panics
    ///
    /// When the stage fails or loses a message.
    #[track_caller]
    pub fn run(&self) -> Ran {
        let ran = self.try_run(Mode::AllStages).expect("the scenario is sound");
        assert!(ran.outputs.counts.adds_up(), "lost messages: {:?}", ran.outputs.counts);
        ran
    }

    fn project(&self) -> Project {
        let directory = tempfile::tempdir().expect("a temporary directory can be made");
        let write = |name: &str, json: &Json| {
            std::fs::write(directory.path().join(name), json.to_string())
                .expect("a temporary directory can be written to");
        };
        write("pipeline_config.json", &self.configuration);
        write("coding_plans.json", &self.plans);
        let schemes = workspace().join("pipeline_configs/demo/code_schemes");
        copy_directory(&schemes, &directory.path().join("code_schemes"))
            .expect("the demo's schemes can be copied");
        load_project(&directory.path().join("pipeline_config.json"))
            .expect("the scenario's configuration is sound")
    }

    fn coded_files(&self, project: &Project) -> CodedFiles {
        let datasets = self.coded_datasets.iter().cloned();
        let mut files: CodedFiles = datasets.map(|dataset| (dataset, Vec::new())).collect();
        let mut by_text: BTreeMap<(&str, &str), Vec<Label>> = BTreeMap::new();
        for given in &self.labels {
            let labels = by_text.entry((&given.dataset, &given.text)).or_default();
            labels.push(coda_label(project, given));
        }
        for ((dataset, text), labels) in by_text {
            files.entry(dataset.to_owned()).or_default().push(CodaMessage {
                message_id: traced_data::sha256_hex(text).as_str().into(),
                text: text.to_owned(),
                creation_date_time_utc: "2024-02-05T07:00:00+00:00".to_owned(),
                labels,
                sequence_number: None,
                last_updated: None,
            });
        }
        files
    }
}

/// What a run gave.
pub struct Ran {
    /// Everything that stage 3 would write.
    pub outputs: InMemory,
}

impl Ran {
    /// A column of `messages.csv`, by row.
    pub fn messages(&self, column: &str) -> Vec<String> {
        cells(self.file(&OutputFile::MessagesCsv), column)
    }

    /// A column of `individuals.csv`, by row.
    pub fn individuals(&self, column: &str) -> Vec<String> {
        cells(self.file(&OutputFile::IndividualsCsv), column)
    }

    /// A column of `production.csv`, by row.
    pub fn production(&self, column: &str) -> Vec<String> {
        cells(self.file(&OutputFile::ProductionCsv), column)
    }

    /// The names of the columns with a 1 in a row of `messages.csv` that begin with `prefix`.
    pub fn codes(&self, row: usize, prefix: &str) -> Vec<String> {
        let mut reader = csv::Reader::from_reader(self.file(&OutputFile::MessagesCsv));
        let names = reader.headers().expect("the file has a header").clone();
        let record = reader.records().nth(row).expect("the row exists").expect("the row is CSV");
        names
            .iter()
            .zip(&record)
            .filter(|(name, cell)| name.starts_with(prefix) && *cell == "1")
            .map(|(name, _)| name[prefix.len()..].trim_start_matches('_').to_owned())
            .collect()
    }

    /// The content of a file.
    ///
    /// # Panics
    ///
    /// When the run gave no such file.
    #[track_caller]
    pub fn file(&self, file: &OutputFile) -> &[u8] {
        self.outputs.files.get(file).expect("the run gave this file")
    }

    /// The objects of a file of TracedData.
    ///
    /// # Panics
    ///
    /// When the run gave no such file, or it does not verify.
    #[track_caller]
    pub fn objects(&self, file: &OutputFile) -> Vec<TracedData> {
        let batches = traced_data::JsonlReader::new(self.file(file), Path::new("in memory"));
        let objects = batches.flat_map(|batch| batch.expect("what was written verifies"));
        objects.map(TracedData::from).collect()
    }
}

/// Who runs scenarios, and when.
pub fn run_info() -> RunInfo {
    RunInfo {
        user: "tests@example.org".to_owned(),
        started_at: iso_time::parse("2024-03-01T00:00:00Z").expect("the time is ISO 8601"),
        run_id: "2024-03-01T00:00:00Z-test".to_owned(),
        version: "test".to_owned(),
    }
}

fn object(changes: Changes) -> History {
    let metadata =
        Arc::new(Metadata::new("tests@example.org", "tests::sent", "2024-02-05T00:00:00+00:00"));
    TracedData::new(changes, &metadata).into_history()
}

fn coda_label(project: &Project, given: &GivenLabel) -> Label {
    let configurations = project.plans.all().flat_map(|plan| &plan.coding_configurations);
    let scheme = configurations
        .filter(|configuration| configuration.code_scheme_name == given.scheme)
        .map(|configuration| &configuration.code_scheme)
        .next()
        .or(project.plans.ws_correct_dataset.as_ref())
        .expect("the scheme is one of the plans");
    let control = given.code_id.parse::<ControlCode>().ok();
    let code_id = control
        .and_then(|code| scheme.control(code))
        .map_or_else(|| given.code_id.as_str().into(), |code| code.code_id.clone());
    Label {
        scheme_id: format!("{}{}", scheme.scheme_id, given.scheme_suffix).as_str().into(),
        code_id,
        date_time_utc: "2024-02-20T08:00:00Z".to_owned(),
        checked: given.checked,
        confidence: None,
        label_set: None,
        origin: Origin {
            origin_id: "coder@example.org".to_owned(),
            name: "Coder".to_owned(),
            origin_type: "Manual".to_owned(),
            metadata: None,
        },
    }
}

fn cells(csv: &[u8], column: &str) -> Vec<String> {
    let mut reader = csv::Reader::from_reader(csv);
    let names = reader.headers().expect("the file has a header").clone();
    let index = names.iter().position(|name| name == column);
    let index = index.unwrap_or_else(|| panic!("no column `{column}` in {names:?}"));
    reader.records().map(|row| row.expect("the row is CSV")[index].to_owned()).collect()
}

/// A time range remapping of the demo.
pub fn remapping(start: &str, end: &str, adjust_to: Option<&str>) -> Json {
    let mut remapping = json!({
        "TimeKey": "Rqa_S01E01 (Time) - school_gardens_s01e01_activation",
        "ShowPipelineKeyToRemapTo": "rqa_s01e02_raw",
        "RangeStartInclusive": start,
        "RangeEndExclusive": end,
    });
    if let Some(time) = adjust_to {
        remapping["TimeToAdjustTo"] = json!(time);
    }
    remapping
}
