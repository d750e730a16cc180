//! Stage 3 on samples with the outputs of the Python original.
//!
//! Runs when `PCVE_REFERENCE_DIR` names a directory with `sample_600.tar.xz`, `sample_2000.tar.xz`,
//! `sample_600_auto_code_only.tar.xz` and `traced_data_by_original.jsonl.xz`, else says “skipped”. The samples are not ours to ship.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::path::{Path, PathBuf};
use std::process::Command;

use pipeline_tests::{binary, copy_directory, files_below, succeed, text, workspace};
use serde_json::{Value as Json, json};
use tempfile::TempDir;
use traced_data::{JsonlReader, Key, TracedData};

#[test]
fn a_small_sample_is_equal() {
    compare("sample_600", &[]);
}

#[test]
fn a_larger_sample_is_equal() {
    compare("sample_2000", &[]);
}

#[test]
fn a_sample_of_auto_coding_is_equal() {
    compare("sample_600_auto_code_only", &["--auto-code-only"]);
}

#[test]
fn objects_written_by_the_original_are_read_and_written_again() {
    let Some(directory) = std::env::var_os("PCVE_REFERENCE_DIR") else {
        eprintln!("skipped: PCVE_REFERENCE_DIR is not set");
        return;
    };
    let file = PathBuf::from(directory).join("traced_data_by_original.jsonl.xz");
    let lines = succeed(Command::new("xz").arg("-dc").arg(&file)).unwrap().stdout;
    let objects: Vec<_> =
        JsonlReader::new(&lines[..], &file).flat_map(|batch| batch.unwrap()).collect();
    assert!(!objects.is_empty());
    let mut again = Vec::new();
    traced_data::write_jsonl(&objects, &mut again).unwrap();
    assert!(lines == again, "reading and writing changed the objects");
}

/// Labels that a human or the rules decided are equal; cleaners may differ on a tenth.
const MIN_EQUAL_SUGGESTIONS: f64 = 0.9;

fn compare(name: &str, options: &[&str]) {
    let Some(directory) = std::env::var_os("PCVE_REFERENCE_DIR") else {
        eprintln!("skipped: PCVE_REFERENCE_DIR is not set");
        return;
    };
    let archive = PathBuf::from(directory).join(format!("{name}.tar.xz"));
    let sample = Sample::unpack(&archive);
    sample.run_stage_3(options);
    let (n_equal, n_suggested) = sample.compare_files();
    assert!(
        MIN_EQUAL_SUGGESTIONS * n_suggested as f64 <= n_equal as f64,
        "suggested labels equal on {n_equal} of {n_suggested} messages"
    );
    for (file, outputs) in [
        ("messages_final_items.jsonl", "messages_traced_data.jsonl"),
        ("individuals_final_items.jsonl", "individuals_traced_data.jsonl"),
    ] {
        let expected = sample.expected().join("derived").join(file);
        if expected.exists() {
            compare_latest_values(&expected, &sample.outputs().join(outputs));
        }
    }
}

struct Sample(TempDir);

impl Sample {
    fn unpack(archive: &Path) -> Self {
        let directory = tempfile::tempdir().unwrap();
        succeed(Command::new("tar").arg("xf").arg(archive).arg("-C").arg(directory.path()))
            .unwrap();
        Self(directory)
    }

    fn expected(&self) -> PathBuf {
        self.0.path().join("expected")
    }

    fn outputs(&self) -> PathBuf {
        self.0.path().join("data_root/Outputs")
    }

    /// Our EU-PCVE plans with the sample's configuration and code schemes.
    fn run_stage_3(&self, options: &[&str]) {
        let project = self.0.path().join("project");
        copy_directory(&workspace().join("pipeline_configs/eu_pcve"), &project).unwrap();
        let config = self.0.path().join("config");
        copy_directory(&config.join("code_schemes"), &project.join("code_schemes")).unwrap();
        let configuration = project.join("pipeline_config.json");
        std::fs::copy(config.join("pipeline_config.json"), &configuration).unwrap();
        let stage_3 = binary("processing", "generate-outputs").unwrap();
        let mut command = Command::new(stage_3);
        command.args(options).arg("tests@example.org").arg("unused-credentials.json");
        succeed(command.arg(configuration).arg(self.0.path().join("data_root"))).unwrap();
    }

    /// CSV and ICR files are equal byte by byte, Coda files but for suggested labels; gives on how
    /// many messages those are equal, and how many have any.
    fn compare_files(&self) -> (usize, usize) {
        let (mut n_equal, mut n_suggested) = (0, 0);
        for (path, expected) in files_below(&self.expected()).unwrap() {
            if path.starts_with("Automated Analysis") || path.starts_with("derived") {
                continue;
            }
            let found = std::fs::read(self.outputs().join(&path)).unwrap();
            if path.starts_with("Coda Files") {
                let (equal, suggested) = compare_coda(&path, &expected, &found);
                n_equal += equal;
                n_suggested += suggested;
            } else {
                let difference = first_difference(&expected, &found);
                assert!(expected == found, "`{}`: {difference}", path.display());
            }
        }
        (n_equal, n_suggested)
    }
}

fn first_difference(expected: &[u8], found: &[u8]) -> String {
    let (expected, found) = (text(expected), text(found));
    let lines = expected.lines().zip(found.lines()).enumerate();
    let different = lines.into_iter().find(|(_, (expected, found))| expected != found);
    match different {
        Some((number, (expected, found))) => {
            format!("line {}: expected\n{expected}\nfound\n{found}", number + 1)
        }
        None => "one file is longer than the other".to_owned(),
    }
}

fn compare_coda(path: &Path, expected: &[u8], found: &[u8]) -> (usize, usize) {
    let messages = |bytes| serde_json::from_slice::<Vec<Json>>(bytes).unwrap();
    let (expected, found) = (messages(expected), messages(found));
    let identity = |message: &Json| {
        json!([message["MessageID"], message["Text"], message["CreationDateTimeUTC"]])
    };
    let identities = |messages: &[Json]| messages.iter().map(identity).collect::<Vec<_>>();
    assert!(identities(&expected) == identities(&found), "`{}` differs", path.display());
    let codes = |message: &Json| -> Vec<Json> {
        let labels = message["Labels"].as_array().unwrap().iter();
        labels.map(|label| json!([label["SchemeID"], label["CodeID"]])).collect()
    };
    let pairs = expected.iter().zip(&found).map(|(left, right)| (codes(left), codes(right)));
    let suggested: Vec<_> =
        pairs.filter(|(left, right)| !left.is_empty() || !right.is_empty()).collect();
    (suggested.iter().filter(|(left, right)| left == right).count(), suggested.len())
}

fn compare_latest_values(expected: &Path, found: &Path) {
    let expected = std::fs::read_to_string(expected).unwrap();
    let objects = JsonlReader::open(found).unwrap().flat_map(|batch| batch.unwrap());
    let mut n_objects = 0;
    for (line, object) in expected.lines().zip(objects) {
        let object = TracedData::from(object);
        let wanted: serde_json::Map<String, Json> = serde_json::from_str(line).unwrap();
        for (key, value) in wanted {
            let latest = object.get(Key::new(&key)).map(as_json);
            assert_eq!(latest.map(without_origin), Some(without_origin(value)), "key `{key}`");
        }
        n_objects += 1;
    }
    assert_eq!(n_objects, expected.lines().count());
}

fn as_json(value: &traced_data::Value) -> Json {
    let metadata = std::sync::Arc::new(traced_data::Metadata::new("tests", "tests", "now"));
    let changes = traced_data::Changes::new().set("value", value.clone());
    let mut line = Vec::new();
    traced_data::serialize_line(&TracedData::new(changes, &metadata).into_history(), &mut line);
    let mut history: Json = serde_json::from_slice(&line).unwrap();
    history[0]["Data"]["value"].take()
}

/// A value without the time and origin of labels.
fn without_origin(value: Json) -> Json {
    match value {
        Json::Object(pairs) => {
            let kept = pairs.into_iter().filter(|(key, _)| key != "DateTimeUTC" && key != "Origin");
            Json::Object(kept.map(|(key, value)| (key, without_origin(value))).collect())
        }
        Json::Array(items) => Json::Array(items.into_iter().map(without_origin).collect()),
        other => other,
    }
}
