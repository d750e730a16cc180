//! The demo project with messages made up in a test.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use analysis_graphs::{
    About, Counts, Design, Layout, MapLayer, Messages, Objects, ReportInput, Samples, map_layers,
    read_messages, read_people, report_html, source_line,
};
use code_schemes::ControlCode;
use pipeline_config::{Project, load_project};
use serde_json::{Value as Json, json};
use stage_runner::RunInfo;
use traced_data::{Changes, History, Key, Metadata, TracedData, Value, write_jsonl};

/// A copy of the demo project, and the people and messages that a test puts into it.
pub struct Fixture {
    pub directory: tempfile::TempDir,
    people: Vec<TracedData>,
    messages: Vec<TracedData>,
    project: Project,
}

/// Everything that stage 5 works out.
pub struct Analysis {
    pub project: Project,
    pub design: Design,
    pub layers: Vec<MapLayer>,
    pub layouts: Arc<Vec<Layout>>,
    pub messages: Messages,
    pub people: Objects,
    pub samples: Samples,
    pub counts: Counts,
}

/// A person with one message, and the codes of both by field.
pub struct Person<'a> {
    pub uid: &'a str,
    /// What was written to the first radio show.
    pub text: &'a str,
    pub sent_on: &'a str,
    /// String values; every other field has `NA`.
    pub codes: &'a [(&'a str, &'a [&'a str])],
    pub withdrawn: bool,
}

impl Default for Person<'_> {
    fn default() -> Self {
        Self {
            uid: "p",
            text: "haa",
            sent_on: "2024-02-05T10:00:00+03:00",
            codes: &[],
            withdrawn: false,
        }
    }
}

impl Fixture {
    /// The demo project with other settings for stage 5.
    pub fn new(settings: &Json) -> Self {
        Self::with_files(settings, &[])
    }

    /// The demo project with other settings for stage 5, and files that these name.
    pub fn with_files(settings: &Json, files: &[(&str, &str)]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../pipeline_configs/demo");
        for (name, text) in files {
            fs::write(directory.path().join(name), text).unwrap();
        }
        fs::create_dir(directory.path().join("code_schemes")).unwrap();
        for entry in fs::read_dir(demo.join("code_schemes")).unwrap() {
            let path = entry.unwrap().path();
            let to = directory.path().join("code_schemes").join(path.file_name().unwrap());
            fs::copy(&path, to).unwrap();
        }
        fs::copy(demo.join("coding_plans.json"), directory.path().join("coding_plans.json"))
            .unwrap();
        let text = fs::read_to_string(demo.join("pipeline_config.json")).unwrap();
        let mut configuration: Json = serde_json::from_str(&text).unwrap();
        for (key, value) in settings.as_object().unwrap() {
            configuration["AutomatedAnalysis"][key] = value.clone();
        }
        let path = directory.path().join("pipeline_config.json");
        fs::write(&path, configuration.to_string()).unwrap();
        let project = load_project(&path).unwrap();
        Self { directory, people: Vec::new(), messages: Vec::new(), project }
    }

    /// Adds a person with one message.
    pub fn add(&mut self, person: &Person<'_>) {
        self.add_with_messages(person, &[person]);
    }

    /// Adds a person who sent some messages.
    pub fn add_with_messages(&mut self, person: &Person<'_>, messages: &[&Person<'_>]) {
        self.people.push(self.object(person));
        let messages: Vec<TracedData> = messages.iter().map(|it| self.object(it)).collect();
        self.messages.extend(messages);
    }

    fn object(&self, person: &Person<'_>) -> TracedData {
        let metadata =
            Arc::new(Metadata::new("test", "tests::fixture", "2024-03-01T00:00:00+00:00"));
        let mut changes = Changes::new();
        let withdrawn = if person.withdrawn { "true" } else { "false" };
        changes = changes.set("uid", person.uid).set("consent_withdrawn", withdrawn);
        changes = changes.set("sent_on", person.sent_on).set("rqa_s01e01_raw", person.text);
        for (field, value) in self.labels(person) {
            changes.insert(Key::new(&field), value);
        }
        TracedData::new(changes, &metadata)
    }

    fn labels(&self, person: &Person<'_>) -> BTreeMap<String, Value> {
        let mut labels = BTreeMap::new();
        let configurations = self.project.plans.all().flat_map(|plan| &plan.coding_configurations);
        for configuration in configurations {
            let scheme = &configuration.code_scheme;
            let field = configuration.coded_field.as_str();
            let wanted =
                person.codes.iter().find(|(name, _)| *name == field).map(|(_, codes)| *codes);
            let missing = scheme.control(ControlCode::TrueMissing).unwrap().string_value.as_str();
            let label = |string_value: &str| {
                let code = scheme.codes().iter().find(|code| code.string_value == string_value);
                let code = code.unwrap_or_else(|| panic!("no `{string_value}` for `{field}`"));
                Value::object([(Key::new("CodeID"), Value::from(code.code_id.as_str()))])
            };
            let codes: Vec<Value> =
                wanted.unwrap_or(&[missing]).iter().map(|code| label(code)).collect();
            labels.insert(field.to_owned(), Value::Array(codes.into()));
        }
        labels
    }

    /// Writes the files of stage 3; where the messages and the people are.
    pub fn write(&self) -> (PathBuf, PathBuf) {
        let (messages, people) = (self.path("messages.jsonl"), self.path("people.jsonl"));
        write(&messages, &self.messages);
        write(&people, &self.people);
        (messages, people)
    }

    /// Does with the files of stage 3 what stage 5 does.
    pub fn analyze(&self) -> Analysis {
        let (messages, people) = self.write();
        Analysis::of(self.project.clone(), &messages, &people)
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }
}

impl Analysis {
    pub fn of(project: Project, messages: &Path, people: &Path) -> Self {
        let design = Design::new(&project);
        let layers = map_layers(&project, &design).unwrap();
        let (messages, samples) = read_messages(messages, &design).unwrap();
        let people = read_people(people, &design).unwrap();
        let counts = Counts::count(&project, &design, &layers, &messages, &people);
        let source = source_line(&counts, &About::new(&project.configuration));
        let layouts = layouts_of(&layers, &source);
        Self { project, design, layers, layouts, messages, people, samples, counts }
    }

    /// A table of stage 5 as text.
    pub fn table(&self, name: &str) -> String {
        let files =
            self.counts.tables.files(&self.design, &self.messages, &self.people, &self.samples);
        let (_, bytes) = files.into_iter().find(|(known, _)| *known == name).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    /// `report.html`.
    pub fn report(&self) -> String {
        let run = RunInfo {
            user: "ann@example.org".to_owned(),
            started_at: iso_time::parse("2024-03-01T12:00:00+00:00").unwrap(),
            run_id: "2024-03-01T12:00:00Z-abc".to_owned(),
            version: "0.1.0".to_owned(),
        };
        let processing = json!({
            "In": {"raw objects": 200},
            "Out": {"messages": 198, "people who withdrew consent": 3},
            "Dropped": {"from test contacts": 2},
        });
        report_html(&ReportInput {
            project: &self.project,
            design: &self.design,
            counts: &self.counts,
            samples: &self.samples,
            layers: &self.layers,
            layouts: &self.layouts,
            run: &run,
            processing: Some(&processing),
        })
    }
}

/// The layouts of these layers, which take long: all tests share them, with the words of the first.
fn layouts_of(layers: &[MapLayer], source: &str) -> Arc<Vec<Layout>> {
    static KNOWN: Mutex<BTreeMap<String, Arc<Vec<Layout>>>> = Mutex::new(BTreeMap::new());
    let names: Vec<&str> = layers.iter().map(|layer| layer.name.as_str()).collect();
    let mut known = KNOWN.lock().unwrap();
    let layouts = known.entry(names.join(", ")).or_insert_with(|| {
        Arc::new(layers.iter().map(|layer| Layout::new(layer, 3, source)).collect())
    });
    Arc::clone(layouts)
}

fn write(path: &Path, objects: &[TracedData]) {
    let histories: Vec<History> = objects.iter().map(|object| object.history().clone()).collect();
    let mut file = fs::File::create(path).unwrap();
    write_jsonl(&histories, &mut file).unwrap();
}
