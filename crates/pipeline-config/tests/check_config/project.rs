//! A small good project, to be made wrong by one edit each.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use assert_cmd::Command;
use pipeline_config::{Project, load_project};
use serde_json::{Value, json};
use tempfile::TempDir;

const CONFIGURATION: &str = include_str!("project/pipeline_config.json");
const PLANS: &str = include_str!("project/coding_plans.json");

/// The files of a project, by name.
pub struct Files(BTreeMap<String, String>);

/// A project in which nothing is wrong or odd.
pub fn good() -> Files {
    let mut files = BTreeMap::new();
    files.insert("pipeline_config.json".to_string(), CONFIGURATION.to_string());
    files.insert("coding_plans.json".to_string(), PLANS.to_string());
    let mut add = |name: &str, normal_codes: &[&str]| {
        let text = serde_json::to_string_pretty(&scheme(name, normal_codes)).unwrap();
        files.insert(format!("code_schemes/{name}.json"), text + "\n");
    };
    add("show_e01", &[]);
    add("gender", &["man", "woman"]);
    add("age", &["10", "11"]);
    add("age_category", &["10 to 14", "15 to 17", "18 to 35", "36 to 54", "55 to 99"]);
    add("mogadishu_sub_district", &["hodan"]);
    add("somalia_district", &["mogadishu", "kismayo"]);
    add("somalia_region", &["banadir", "lower juba"]);
    add("somalia_state", &["banadir", "jubbaland"]);
    add("somalia_zone", &["scz"]);
    add("somalia_operator", &["hormud"]);
    add("ws_correct_dataset", &["show e01", "gender", "age", "location"]);
    Files(files)
}

impl Files {
    /// The project with `from`, which occurs once in `file`, replaced.
    #[track_caller]
    pub fn edit(mut self, file: &str, from: &str, to: &str) -> Self {
        let text = self.0.get_mut(file).unwrap_or_else(|| panic!("no file {file}"));
        assert_eq!(text.matches(from).count(), 1, "{from:?} in {file}");
        *text = text.replace(from, to);
        self
    }

    /// The project with `more` at the end of `file`.
    pub fn edit_end(mut self, file: &str, more: &str) -> Self {
        self.0.get_mut(file).unwrap().push_str(more);
        self
    }

    /// The project with `file` under another name.
    pub fn moved(mut self, file: &str, to: &str) -> Self {
        let text = self.0.remove(file).unwrap();
        self.0.insert(to.to_string(), text);
        self
    }

    /// The project without `file`.
    pub fn without(mut self, file: &str) -> Self {
        assert!(self.0.remove(file).is_some(), "no file {file}");
        self
    }

    /// The project with another file.
    pub fn with(mut self, file: &str, text: &str) -> Self {
        self.0.insert(file.to_string(), text.to_string());
        self
    }

    /// What `check-config` says: exit status, stdout when it is not empty, stderr.
    pub fn check(&self) -> String {
        let directory = self.write();
        let output = Command::new(assert_cmd::cargo::cargo_bin!("check-config"))
            .arg("pipeline_config.json")
            .current_dir(directory.path())
            .output()
            .unwrap();
        let stdout = String::from_utf8(output.stdout).unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        let n_lines = stdout.lines().count();
        let stdout = if n_lines == 0 { "nothing".to_string() } else { format!("{n_lines} lines") };
        format!("exit status {}, stdout {stdout}\n{stderr}", output.status.code().unwrap())
    }

    /// The project as stages load it.
    pub fn load(&self) -> Project {
        let directory = self.write();
        load_project(&directory.path().join("pipeline_config.json"))
            .unwrap_or_else(|error| panic!("{error}"))
    }

    fn write(&self) -> TempDir {
        let directory = tempfile::tempdir().unwrap();
        fs::create_dir(directory.path().join("code_schemes")).unwrap();
        for (file, text) in &self.0 {
            let parent = Path::new(file).parent().unwrap();
            fs::create_dir_all(directory.path().join(parent)).unwrap();
            fs::write(directory.path().join(file), text).unwrap();
        }
        directory
    }
}

/// A scheme with the given match values as codes, all control codes that plans can need, and a
/// meta code.
fn scheme(name: &str, normal_codes: &[&str]) -> Value {
    let normal = normal_codes.iter().enumerate().map(|(index, match_value)| {
        let number = match_value.parse().unwrap_or(index as i64 + 1);
        json!({"CodeID": format!("code-{number}"), "CodeType": "Normal",
               "DisplayText": match_value, "NumericValue": number,
               "StringValue": match_value.replace(' ', "_"), "VisibleInCoda": true,
               "MatchValues": [match_value]})
    });
    let control = ["NA", "NC", "NR", "CE", "WS", "STOP"].iter().enumerate();
    let control = control.map(|(index, code)| {
        json!({"CodeID": format!("code-{code}"), "CodeType": "Control", "ControlCode": code,
               "DisplayText": code, "NumericValue": -10 * (index as i64 + 1),
               "StringValue": code, "VisibleInCoda": false})
    });
    let meta = json!({"CodeID": "code-greeting", "CodeType": "Meta", "MetaCode": "greeting",
                      "DisplayText": "greeting", "NumericValue": -100000,
                      "StringValue": "greeting", "VisibleInCoda": true});
    let codes: Vec<Value> = normal.chain(control).chain([meta]).collect();
    json!({"SchemeID": format!("Scheme-{name}-id"), "Name": name, "Version": "0.0.0.1", "Codes": codes})
}
