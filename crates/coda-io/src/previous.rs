//! What the last download of a dataset left: its messages, and a record that they are that.
//!
//! The record is a small file beside the messages. It says which dataset of which database the
//! messages are, at which moment they were read, and what the bytes of their file hash to: a file
//! that was changed, cut short or put there by somebody else is never taken for a download.

use std::collections::BTreeMap;
use std::fmt;
use std::io::Write as _;
use std::path::PathBuf;

use chrono::{DateTime, Utc};
use code_schemes::write_export;
use data_root::{DataRoot, FileError, Operation, WholeFiles};
use google_services::documents::{Fields, Value};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};
use sha2::{Digest as _, Sha256};

use crate::Dataset;
use crate::message::{MESSAGE_ID, sequence_number};

const FORMAT: u32 = 1;

/// The files of one dataset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DownloadFiles {
    /// `Coded Coda Files/<dataset>.json`.
    pub messages: PathBuf,
    /// `Coded Coda Files/.<dataset>.download.json`.
    pub record: PathBuf,
    /// `Coded Coda Files/<dataset>.json.replaced`: messages that were no download of ours.
    pub replaced: PathBuf,
}

/// A dataset as it was at one moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Download {
    /// All messages, by id.
    pub messages: BTreeMap<String, Fields>,
    /// What they are.
    pub record: Record,
}

/// What a download is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Record {
    format: u32,
    /// The dataset.
    pub dataset: String,
    /// The database that has it.
    pub database: String,
    /// The moment of the database that the messages show.
    pub read_at: DateTime<Utc>,
    /// The moment at which all messages were last read.
    pub full_at: DateTime<Utc>,
    /// How many documents the messages were beyond one each.
    pub n_extra_copies: u64,
    /// SHA-256 (hex) of the file of messages.
    #[serde(rename = "SHA256")]
    sha256: String,
}

/// What the last download left.
#[derive(Debug)]
pub enum Previous {
    /// Nothing.
    Nothing,
    /// A file that cannot be built on.
    Unusable {
        /// Why not.
        reason: Unusable,
        /// What it says.
        bytes: Vec<u8>,
    },
    /// A download.
    Usable(Box<Download>),
}

/// Why a file of messages cannot be built on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unusable {
    /// No record says what it is.
    NoRecord,
    /// It, or the record, was damaged, edited or replaced.
    Changed,
    /// It belongs to another dataset.
    OtherDataset,
    /// It comes from another database.
    OtherDatabase,
}

impl DownloadFiles {
    /// Where the files of `dataset` are.
    ///
    /// # Errors
    ///
    /// [`FileError::BadName`] when the dataset's name cannot be the name of a file.
    pub fn of(data_root: &DataRoot, dataset: &Dataset) -> Result<Self, FileError> {
        let directory = data_root.coded_coda_files();
        let name = dataset.name();
        Ok(Self {
            messages: data_root.coded_coda_file(name)?,
            record: directory.join(format!(".{name}.download.json")),
            replaced: directory.join(format!("{name}.json.replaced")),
        })
    }

    /// Reads what the last download of `dataset` from the database called `identity` left.
    ///
    /// # Errors
    ///
    /// [`FileError`] when a file is there and cannot be read.
    pub fn read(&self, dataset: &Dataset, identity: &str) -> Result<Previous, FileError> {
        let Some(bytes) = read_if_there(&self.messages)? else { return Ok(Previous::Nothing) };
        let unusable = |reason, bytes| Ok(Previous::Unusable { reason, bytes });
        let Some(record) = read_if_there(&self.record)? else {
            return unusable(Unusable::NoRecord, bytes);
        };
        let record = serde_json::from_slice(&record).ok();
        let Some(record) = record.filter(|record: &Record| record.format == FORMAT) else {
            return unusable(Unusable::Changed, bytes);
        };
        if record.dataset != dataset.name() {
            return unusable(Unusable::OtherDataset, bytes);
        }
        if record.database != identity {
            return unusable(Unusable::OtherDatabase, bytes);
        }
        match messages(&bytes) {
            Some(messages) if record.sha256 == sha256_hex(&bytes) => {
                Ok(Previous::Usable(Box::new(Download { messages, record })))
            }
            _ => unusable(Unusable::Changed, bytes),
        }
    }

    /// Writes a download in place of `previous`; all files appear together. A file whose bytes
    /// stay the same is left alone.
    ///
    /// # Errors
    ///
    /// [`FileError`]; what was there stays.
    pub fn write(&self, mut download: Download, previous: &Previous) -> Result<(), FileError> {
        let files = WholeFiles::new();
        let bytes = render(&download.messages);
        download.record.sha256 = sha256_hex(&bytes);
        let write = |path, bytes: &[u8]| {
            let mut file = files.create(path)?;
            let failed = |source| FileError::new(Operation::Write, path, source);
            file.write_all(bytes).map_err(failed)?;
            file.commit()
        };
        match previous {
            Previous::Usable(before) if before.record.sha256 == download.record.sha256 => {}
            Previous::Unusable { bytes: before, .. } if *before != bytes => {
                write(&self.replaced, before)?;
                write(&self.messages, &bytes)?;
            }
            _ => write(&self.messages, &bytes)?,
        }
        let record = serde_json::to_vec_pretty(&download.record).expect("a record is plain data");
        write(&self.record, &record)?;
        files.commit()
    }
}

impl Record {
    /// The record of messages that were read at `read_at`.
    pub(crate) fn new(
        dataset: &Dataset,
        database: &str,
        [read_at, full_at]: [DateTime<Utc>; 2],
        n_extra_copies: u64,
    ) -> Self {
        Self {
            format: FORMAT,
            dataset: dataset.name().to_owned(),
            database: database.to_owned(),
            read_at,
            full_at,
            n_extra_copies,
            sha256: String::new(),
        }
    }
}

impl fmt::Display for Unusable {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::NoRecord => "no record says that it is a download",
            Self::Changed => "it was changed or damaged since it was downloaded",
            Self::OtherDataset => "it belongs to another dataset",
            Self::OtherDatabase => "it comes from another Coda",
        })
    }
}

/// Messages in the form of Coda's own export: by sequence number, those without at the end.
fn render(messages: &BTreeMap<String, Fields>) -> Vec<u8> {
    let mut sorted: Vec<(&String, &Fields)> = messages.iter().collect();
    sorted.sort_by_key(|(_, message)| {
        let number = sequence_number(message);
        (number.is_none(), number)
    });
    let sorted = sorted.into_iter().map(|(id, message)| {
        let mut json: Map<String, Json> =
            message.iter().map(|(key, value)| (key.clone(), value.to_plain_json())).collect();
        json.entry(MESSAGE_ID).or_insert_with(|| Json::from(id.as_str()));
        json
    });
    let mut bytes = Vec::new();
    write_export(sorted.collect(), &mut bytes).expect("writing to memory cannot fail");
    bytes
}

/// The messages in an export, by id; `None` when it is not one.
fn messages(bytes: &[u8]) -> Option<BTreeMap<String, Fields>> {
    let messages: Vec<Map<String, Json>> = serde_json::from_slice(bytes).ok()?;
    messages
        .into_iter()
        .map(|message| {
            let id = message.get(MESSAGE_ID)?.as_str()?.to_owned();
            match Value::from_plain_json(&Json::Object(message)) {
                Value::Map(fields) => Some((id, fields)),
                _ => None,
            }
        })
        .collect()
}

fn read_if_there(path: &std::path::Path) -> Result<Option<Vec<u8>>, FileError> {
    match data_root::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(FileError::Missing { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

fn sha256_hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
