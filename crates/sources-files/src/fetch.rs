//! A fetch: from files in buckets to the raw data of all flows of one source.

use std::cell::Cell;
use std::collections::{BTreeSet, HashMap};
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Arc;

use data_root::{DataRoot, WholeFiles};
use fetching::{OperatorLabels, RawFile, RunIdentity, Time};
use google_services::storage::{GsUrl, ObjectMetadata, ObjectStorage, StorageError};
use pipeline_config::{UrlSource, flow_name_of_url};
use serde::{Deserialize, Serialize};
use traced_data::{Changes, Metadata, TracedData, serialize_line};
use tracing::{info, warn};
use uuid_table::{ParticipantUuid, Urn, UuidTable};

use crate::bucket::CheckedLines;
use crate::error::FilesError;
use crate::recovery::{RecoveredMessage, RowFormat, recovered_messages};

/// The step that labels recovered messages with operators.
pub const LABEL_STEP: &str = "sources_files::label_operators";

/// Fetches the files of one source.
pub struct Fetch<'a> {
    /// Where the files are.
    pub buckets: &'a dyn ObjectStorage,
    /// What the files are.
    pub kind: FileKind<'a>,
    /// Which files.
    pub source: &'a UrlSource,
    /// Where raw data go.
    pub data_root: &'a DataRoot,
    /// The SHA-256 of the configuration.
    pub configuration_hash: &'a str,
}

/// What the files of a source are.
#[derive(Clone, Copy)]
pub enum FileKind<'a> {
    /// Raw data of an earlier pipeline.
    RawData,
    /// CSV files with recovered messages.
    RecoveryCsv {
        /// What their rows look like.
        format: RowFormat<'a>,
        /// Who fetches, and when.
        run: &'a RunIdentity,
        /// How messages of radio shows are labelled with operators.
        operators: Option<Operators<'a>>,
    },
}

/// Who the senders are, as far as their telephone operator.
#[derive(Clone, Copy)]
pub struct Operators<'a> {
    /// The labels.
    pub labels: &'a OperatorLabels,
    /// Leads from ids back to numbers.
    pub table: &'a UuidTable,
}

/// What a fetch did.
#[derive(Debug, Default)]
pub struct Fetched {
    /// How many objects were written.
    pub n_objects: u64,
    /// How many files were fetched.
    pub n_files: u64,
    /// How many files are the same as last time.
    pub n_unchanged: u64,
    /// How many recovered messages have senders whom the table does not know, so that their
    /// operator is not known either.
    pub n_unknown_senders: u64,
    /// The raw data that was written.
    pub files: Vec<PathBuf>,
    /// The files that could not be used.
    pub failures: Vec<FileFailure>,
}

/// A file that could not be used.
#[derive(Debug, thiserror::Error)]
#[error("could not take `{url}` as raw data")]
pub struct FileFailure {
    /// Which file.
    pub url: String,
    /// Why.
    pub source: FilesError,
}

/// What a flow was made of: when all of it is as it was, the flow need not be made again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Origin {
    url: String,
    size_bytes: u64,
    /// Where the bucket knows it.
    crc32c: Option<u32>,
    updated_at: Time,
    /// Recovered messages are made with the configuration; raw data are taken as they are.
    configuration_hash: Option<String>,
    /// How many bytes the flow has.
    flow_bytes: u64,
}

impl Fetch<'_> {
    /// Fetches all files. One that fails keeps its old raw data and does not keep the others from
    /// being fetched.
    pub fn run(&self) -> Fetched {
        let mut fetched = Fetched::default();
        let activation = self.source.activation_flow_urls.iter().map(|url| (url, true));
        let survey = self.source.survey_flow_urls.iter().map(|url| (url, false));
        for (url, is_activation) in activation.chain(survey) {
            if let Err(source) = self.fetch(url, is_activation, &mut fetched) {
                fetched.failures.push(FileFailure { url: url.clone(), source });
            }
        }
        fetched
    }

    fn fetch(
        &self,
        url: &str,
        is_activation: bool,
        fetched: &mut Fetched,
    ) -> Result<(), FilesError> {
        let flow = flow_name_of_url(url);
        let path = self.data_root.raw_data_file(&flow)?;
        let origins = RawFile::new(self.data_root.raw_server_file(&format!("{flow}_origin"))?);
        let url: GsUrl = url.parse().map_err(StorageError::from)?;
        let object = self.buckets.metadata(&url)?;
        let object = object.ok_or_else(|| StorageError::Missing { url: url.clone() })?;
        let flow_bytes = std::fs::metadata(&path).map(|metadata| metadata.len()).ok();
        // What cannot be read counts as not there: the flow is made again.
        let earlier: Vec<Origin> = origins.records().unwrap_or_default();
        if let ([earlier], Some(flow_bytes)) = (&*earlier, flow_bytes)
            && earlier.is_still(&self.origin(&object, flow_bytes))
        {
            fetched.n_unchanged += 1;
            info!(flow, "The file is the same as last time.");
            return Ok(());
        }
        let files = WholeFiles::new();
        let mut file = files.create(&path)?;
        let n_bytes = Cell::new(0);
        let counted = Counted { out: &mut file, n_bytes: &n_bytes };
        let n_objects = match self.kind {
            FileKind::RawData => self.copy(&url, counted)?,
            FileKind::RecoveryCsv { format, run, operators } => {
                let messages = recovered_messages(&self.buckets.read_text(&url)?, format)?;
                let operators = operators.filter(|_| is_activation);
                let n_unknown = convert(&messages, run, operators, counted)?;
                if 0 < n_unknown {
                    warn!(
                        flow,
                        n_unknown,
                        "Some senders are not in the table of ids; their operator is not known."
                    );
                }
                fetched.n_unknown_senders += n_unknown;
                messages.len() as u64
            }
        };
        file.commit()?;
        origins.write([&self.origin(&object, n_bytes.get())], &files)?;
        files.commit()?;
        info!(flow, n_objects, "Fetched a file.");
        fetched.n_files += 1;
        fetched.n_objects += n_objects;
        fetched.files.push(path);
        Ok(())
    }

    /// Copies raw data; gives how many objects they are.
    fn copy(&self, url: &GsUrl, out: Counted<'_>) -> Result<u64, FilesError> {
        let mut checked = CheckedLines::new(out);
        let downloaded = self.buckets.download(url, &mut checked);
        // A line that cannot be used is an error of the download too, which says less.
        if !checked.has_problem() {
            downloaded?;
        }
        let (_, n_objects) = checked.finish()?;
        Ok(n_objects)
    }

    fn origin(&self, object: &ObjectMetadata, flow_bytes: u64) -> Origin {
        let configuration_hash = match self.kind {
            FileKind::RawData => None,
            FileKind::RecoveryCsv { .. } => Some(self.configuration_hash.to_owned()),
        };
        Origin {
            url: object.url.to_string(),
            size_bytes: object.size_bytes,
            crc32c: object.crc32c,
            updated_at: Time(object.updated_at.fixed_offset()),
            configuration_hash,
            flow_bytes,
        }
    }
}

impl Origin {
    /// Whether the flow would be the same. Who put the same bytes there again changed nothing.
    fn is_still(&self, now: &Self) -> bool {
        let has_same_bytes = match (self.crc32c, now.crc32c) {
            (Some(then), Some(now)) => then == now,
            // The file keeps microseconds only.
            _ => self.updated_at.to_parameter() == now.updated_at.to_parameter(),
        };
        has_same_bytes
            && self.url == now.url
            && self.size_bytes == now.size_bytes
            && self.configuration_hash == now.configuration_hash
            && self.flow_bytes == now.flow_bytes
    }
}

/// Writes the object of each message; gives how many senders the table does not know.
fn convert(
    messages: &[RecoveredMessage],
    run: &RunIdentity,
    operators: Option<Operators<'_>>,
    mut out: Counted<'_>,
) -> Result<u64, FilesError> {
    let converted_by = run.metadata("sources_files::convert_recovered_messages");
    let labelled_by = run.metadata(LABEL_STEP);
    let senders: BTreeSet<&ParticipantUuid> = messages.iter().map(|it| &it.sender).collect();
    let urns = match operators {
        Some(operators) if !senders.is_empty() => {
            operators.table.urns(&senders.iter().copied().cloned().collect::<Vec<_>>())?
        }
        _ => HashMap::new(),
    };
    let mut line = Vec::new();
    for message in messages {
        let mut object = object(message, &converted_by);
        if let Some(Operators { labels, .. }) = operators {
            let urn: Option<&Urn> = urns.get(&message.sender);
            let scheme = urn.map_or("tel", Urn::scheme);
            object.update(labels.of(urn.and_then(Urn::operator_digits), scheme), &labelled_by);
        }
        line.clear();
        serialize_line(object.history(), &mut line);
        out.write_all(&line)?;
    }
    if operators.is_none() {
        return Ok(0);
    }
    Ok(senders.iter().filter(|sender| !urns.contains_key(**sender)).count() as u64)
}

fn object(message: &RecoveredMessage, converted_by: &Arc<Metadata>) -> TracedData {
    let changes = Changes::new()
        .set("avf_phone_id", message.sender.shared())
        .set("urn_type", "tel")
        .set("message", message.message.as_str())
        .set("received_on", iso_time::format(&message.received_on))
        .set("run_id", message.run_id.as_str());
    TracedData::new(changes, converted_by)
}

/// Passes bytes on and counts them.
struct Counted<'a> {
    out: &'a mut data_root::WholeFile,
    n_bytes: &'a Cell<u64>,
}

impl std::io::Write for Counted<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let n_written = self.out.write(bytes)?;
        self.n_bytes.set(self.n_bytes.get() + n_written as u64);
        Ok(n_written)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.out.flush()
    }
}
