//! Sample data made for a project of this repository, read back.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use code_schemes::CodaMessage;
use data_root::DataRoot;
use pipeline_config::Project;
use sample_data::{Options, Summary, generate};
use traced_data::{Key, TracedData, Value};

/// Data that was made, read back.
pub struct Made {
    pub project: Project,
    pub summary: Summary,
    pub raw: BTreeMap<String, Vec<TracedData>>,
    pub coda: BTreeMap<String, Vec<CodaMessage>>,
}

/// The project whose configuration is in `pipeline_configs/<name>`.
pub fn project(name: &str) -> Project {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../pipeline_configs");
    pipeline_config::load_project(&root.join(name).join("pipeline_config.json")).unwrap()
}

/// Makes data and reads it back; reading verifies the chains of SHAs.
pub fn make(project: Project, options: &Options) -> Made {
    let directory = tempfile::tempdir().unwrap();
    let data_root = DataRoot::create(directory.path()).unwrap();
    let summary = generate(&project, options, &data_root).unwrap();
    let (mut raw, mut coda) = (BTreeMap::new(), BTreeMap::new());
    let configuration = &project.configuration;
    let flows = [configuration.activation_flow_names(), configuration.survey_flow_names()].concat();
    for flow in flows {
        let path = data_root.raw_data_file(&flow).unwrap();
        let objects = traced_data::read_jsonl(&path).unwrap();
        raw.insert(flow, objects.into_iter().map(TracedData::from).collect());
    }
    for dataset in project.plans.all().filter_map(|plan| plan.coda_dataset.clone()) {
        let messages =
            code_schemes::read_messages(&data_root.coded_coda_file(&dataset).unwrap()).unwrap();
        coda.insert(dataset, messages);
    }
    Made { project, summary, raw, coda }
}

/// Every file under `directory` with its bytes, by path, locks aside.
pub fn files(directory: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(self::files(&path));
        } else if !path.file_name().unwrap().to_string_lossy().starts_with('.') {
            files.insert(path.clone(), std::fs::read(path).unwrap());
        }
    }
    files
}

impl Made {
    /// The rows of flows whose name contains `part`.
    pub fn rows<'a>(&'a self, part: &'a str) -> impl Iterator<Item = &'a TracedData> {
        self.raw.iter().filter(move |(flow, _)| flow.contains(part)).flat_map(|(_, rows)| rows)
    }

    /// The Coda messages of datasets whose name contains `part`.
    pub fn messages<'a>(&'a self, part: &'a str) -> impl Iterator<Item = &'a CodaMessage> {
        self.coda.iter().filter(move |(name, _)| name.contains(part)).flat_map(|(_, list)| list)
    }
}

/// The values of the keys that contain `part`.
pub fn values<'a>(row: &'a TracedData, part: &'a str) -> impl Iterator<Item = &'a Value> {
    row.keys().filter(move |key| key.as_str().contains(part)).filter_map(|key| row.get(key))
}

/// The texts that a row holds.
pub fn texts(row: &TracedData) -> impl Iterator<Item = &str> {
    values(row, "(Text)").chain(row.get(Key::new("message"))).filter_map(Value::as_str)
}
