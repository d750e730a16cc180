//! Which texts wait for somebody who labels them.

use std::collections::HashSet;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use data_root::{DataRoot, FileError, Operation};
use serde::{Deserialize, Serialize};

/// The code id of a label by which a labeller took back an earlier one.
const MANUALLY_UNCODED: &str = "SPECIAL-MANUALLY_UNCODED";

/// How many texts of a dataset wait for a label that a person gave or confirmed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Waiting {
    /// The dataset.
    pub dataset: String,
    /// How many texts the last stage 3 found.
    pub n_texts: u64,
    /// How many of them had no such label when stage 1 last looked.
    pub n_waiting: u64,
}

/// As much of a message of Coda as is needed here.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Message {
    #[serde(rename = "MessageID")]
    message_id: String,
    #[serde(default)]
    labels: Vec<Label>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Label {
    #[serde(rename = "SchemeID")]
    scheme_id: String,
    #[serde(rename = "CodeID")]
    code_id: String,
    checked: Option<bool>,
}

/// What waits in each dataset that stage 3 made, by name; none before stage 3.
///
/// # Errors
///
/// [`FileError`] when a file of messages cannot be read, or is not one.
pub(crate) fn waiting(data_root: &DataRoot) -> Result<Vec<Waiting>, FileError> {
    let mut datasets = Vec::new();
    for path in data_root::list(&data_root.outputs().coda_files())? {
        let dataset = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let texts = read(&path)?.unwrap_or_default();
        let labelled: HashSet<String> = read(&data_root.coded_coda_file(&dataset)?)?
            .unwrap_or_default()
            .into_iter()
            .filter(is_labelled)
            .map(|message| message.message_id)
            .collect();
        let waits = |message: &&Message| !labelled.contains(&message.message_id);
        datasets.push(Waiting {
            dataset,
            n_texts: texts.len() as u64,
            n_waiting: texts.iter().filter(waits).count() as u64,
        });
    }
    Ok(datasets)
}

/// Whether the latest label of some scheme was given or confirmed by a person.
fn is_labelled(message: &Message) -> bool {
    let mut seen = HashSet::new();
    // Newest first, so the first of a scheme is its latest.
    message.labels.iter().any(|label| {
        seen.insert(&label.scheme_id)
            && label.checked == Some(true)
            && label.code_id != MANUALLY_UNCODED
    })
}

/// The messages in a file; `None` when there is no such file.
fn read(path: &Path) -> Result<Option<Vec<Message>>, FileError> {
    let file: File = match data_root::open(path) {
        Ok(file) => file,
        Err(FileError::Missing { .. }) => return Ok(None),
        Err(error) => return Err(error),
    };
    let messages = serde_json::from_reader(BufReader::new(file));
    messages.map(Some).map_err(|source| FileError::new(Operation::Read, path, source.into()))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn a_text_waits_until_a_person_confirmed_a_label() {
        check(&json!([]), 1);
        check(&json!([label("Scheme-a", "code-x", Some(true))]), 0);
        check(&json!([label("Scheme-a", "code-x", Some(false))]), 1);
        check(&json!([label("Scheme-a", "code-x", None)]), 1);
    }

    #[test]
    fn a_text_waits_again_when_its_label_was_taken_back() {
        let uncoded = label("Scheme-a", MANUALLY_UNCODED, Some(true));
        let earlier = label("Scheme-a", "code-x", Some(true));
        check(&json!([uncoded, earlier]), 1);
        check(&json!([uncoded, earlier, label("Scheme-b", "code-y", Some(true))]), 0);
    }

    #[test]
    fn before_coding_has_begun_all_texts_wait() {
        let directory = tempfile::tempdir().unwrap();
        let data_root = DataRoot::open_to_read(directory.path()).unwrap();
        assert_eq!(waiting(&data_root).unwrap(), []);
        write(&data_root.outputs().coda_file("GENDER").unwrap(), &json!([]));
        assert_eq!(waiting(&data_root).unwrap(), [of_gender(1)]);
    }

    #[track_caller]
    fn check(labels: &Value, n_waiting: u64) {
        let directory = tempfile::tempdir().unwrap();
        let data_root = DataRoot::open_to_read(directory.path()).unwrap();
        write(&data_root.outputs().coda_file("GENDER").unwrap(), &json!([]));
        write(&data_root.coded_coda_file("GENDER").unwrap(), labels);
        assert_eq!(waiting(&data_root).unwrap(), [of_gender(n_waiting)], "labels: {labels}");
    }

    fn of_gender(n_waiting: u64) -> Waiting {
        Waiting { dataset: "GENDER".to_owned(), n_texts: 1, n_waiting }
    }

    fn write(path: &Path, labels: &Value) {
        let messages = json!([{"MessageID": "1", "Text": "Male", "Labels": labels}]);
        data_root::write(path, messages.to_string().as_bytes()).unwrap();
    }

    fn label(scheme: &str, code: &str, checked: Option<bool>) -> Value {
        json!({"SchemeID": scheme, "CodeID": code, "Checked": checked})
    }
}
