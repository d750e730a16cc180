//! The file of a backup.
//!
//! ```json
//! {"Format": "coda-dataset/1", "Dataset": "age", "SegmentCount": null,
//!  "Segments": [{"Document": {"users": {"arrayValue": {}}},
//!                "Collections": {"messages": {"<MessageID>": {"Text": {"stringValue": "24"}}}}}]}
//! ```

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use data_root::FileError;
use google_services::documents::{BadValue, Fields, fields_from_typed_json, fields_to_typed_json};
use serde_json::{Map, Value as Json, json};

use super::{Backup, SegmentBackup, original};

const FORMAT: &str = "coda-dataset/1";

/// A file is no backup.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BackupFileError {
    /// The file cannot be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// The file is not JSON.
    #[error("backup `{}` is not JSON, or was cut short", .path.display())]
    NotJson {
        /// The file.
        path: PathBuf,
        /// Where it stops being JSON.
        source: serde_json::Error,
    },
    /// The JSON is not that of a backup.
    #[error("backup `{}`: {place} is missing or of the wrong kind", .path.display())]
    NoBackup {
        /// The file.
        path: PathBuf,
        /// What.
        place: String,
    },
    /// A document has a value that is none.
    #[error("backup `{}`, document `{document}`", .path.display())]
    BadValue {
        /// The file.
        path: PathBuf,
        /// Where in the backup.
        document: String,
        /// What is wrong.
        source: BadValue,
    },
    /// The file has several datasets, and none of the name.
    #[error("backup `{}` has the datasets `{}`, and not `{dataset}`", .path.display(), .found.join("`, `"))]
    OtherDatasets {
        /// The file.
        path: PathBuf,
        /// The dataset that was looked for.
        dataset: String,
        /// Those that it has.
        found: Vec<String>,
    },
}

impl BackupFileError {
    /// What the operator can try; the binary prints it once, after the error chain.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::File(error) => error.hint(),
            Self::OtherDatasets { .. } => Some("name one of those".to_owned()),
            _ => Some(
                "expected a file that `coda-datasets <auth-file> export` or Coda's `backup.py` \
                 wrote; nothing was restored"
                    .to_owned(),
            ),
        }
    }
}

impl Backup {
    /// Writes the backup to the file at `path`, readable by its owner only; whole or not at all.
    ///
    /// # Errors
    ///
    /// [`FileError`].
    pub fn write(&self, path: &Path) -> Result<(), FileError> {
        let collection = |documents: &BTreeMap<String, Fields>| -> Json {
            let documents = documents.iter();
            Json::Object(
                documents.map(|(id, fields)| (id.clone(), fields_to_typed_json(fields))).collect(),
            )
        };
        let segment = |segment: &SegmentBackup| {
            let collections: Map<String, Json> = segment
                .collections
                .iter()
                .map(|(name, documents)| (name.clone(), collection(documents)))
                .collect();
            let document = segment.document.as_ref().map(fields_to_typed_json);
            json!({ "Document": document, "Collections": collections })
        };
        let json = json!({
            "Format": FORMAT,
            "Dataset": self.dataset,
            "SegmentCount": self.count_document.as_ref().map(fields_to_typed_json),
            "Segments": self.segments.iter().map(segment).collect::<Json>(),
        });
        data_root::write(path, format!("{json}\n").as_bytes())
    }

    /// Reads the backup of `dataset` in the file at `path`, which this program or Coda's
    /// `backup.py` wrote. When the file has one dataset only, its name does not matter.
    ///
    /// # Errors
    ///
    /// [`BackupFileError`].
    pub fn read(path: &Path, dataset: &str) -> Result<Self, BackupFileError> {
        let bytes = data_root::read(path)?;
        // Coda's `backup.py` writes one dataset a line.
        let values: Result<Vec<Json>, _> =
            serde_json::Deserializer::from_slice(&bytes).into_iter().collect();
        let mut values =
            values.map_err(|source| BackupFileError::NotJson { path: path.into(), source })?;
        let name = |value: &Json| {
            let name = value.get("Dataset").or_else(|| value.get("dataset_id"));
            name.and_then(Json::as_str).map(str::to_owned)
        };
        let wanted = match values.len() {
            0 | 1 => values.pop(),
            _ => {
                let position = values.iter().position(|it| name(it).as_deref() == Some(dataset));
                let found = values.iter().filter_map(name).collect();
                let dataset = dataset.to_owned();
                let position = position.ok_or_else(|| BackupFileError::OtherDatasets {
                    path: path.into(),
                    dataset,
                    found,
                })?;
                Some(values.swap_remove(position))
            }
        };
        let wanted = wanted.unwrap_or_default();
        let reader = Reader { path };
        match wanted.get("dataset_id") {
            Some(_) => original::read(&reader, &wanted),
            None => reader.backup(&wanted),
        }
    }
}

/// Reads parts of a backup, naming the file in errors.
pub(super) struct Reader<'a> {
    path: &'a Path,
}

impl Reader<'_> {
    fn backup(&self, json: &Json) -> Result<Backup, BackupFileError> {
        if json["Format"] != FORMAT {
            return Err(self.missing("`\"Format\": \"coda-dataset/1\"`"));
        }
        let dataset = json["Dataset"].as_str().ok_or_else(|| self.missing("`Dataset`"))?;
        let segments = json["Segments"].as_array().filter(|segments| !segments.is_empty());
        let segments = segments.ok_or_else(|| self.missing("`Segments`"))?;
        Ok(Backup {
            dataset: dataset.to_owned(),
            count_document: self.document("SegmentCount", &json["SegmentCount"])?,
            segments: segments
                .iter()
                .map(|segment| self.segment(segment))
                .collect::<Result<_, _>>()?,
        })
    }

    fn segment(&self, json: &Json) -> Result<SegmentBackup, BackupFileError> {
        let document = self.document("Document", &json["Document"])?;
        let mut collections = BTreeMap::new();
        for (name, documents) in self.object("`Collections`", &json["Collections"])? {
            let mut collection = BTreeMap::new();
            for (id, fields) in self.object(&format!("`{name}`"), documents)? {
                let fields = self.document(&format!("{name}/{id}"), fields)?.unwrap_or_default();
                collection.insert(id.clone(), fields);
            }
            collections.insert(name.clone(), collection);
        }
        Ok(SegmentBackup { document, collections })
    }

    fn document(&self, document: &str, json: &Json) -> Result<Option<Fields>, BackupFileError> {
        if json.is_null() {
            return Ok(None);
        }
        fields_from_typed_json(json).map(Some).map_err(|source| BackupFileError::BadValue {
            path: self.path.into(),
            document: document.to_owned(),
            source,
        })
    }

    pub(super) fn object<'j>(
        &self,
        place: &str,
        json: &'j Json,
    ) -> Result<&'j Map<String, Json>, BackupFileError> {
        json.as_object().ok_or_else(|| self.missing(place))
    }

    pub(super) fn missing(&self, place: &str) -> BackupFileError {
        BackupFileError::NoBackup { path: self.path.into(), place: place.to_owned() }
    }
}
