//! Parts of the people as jobs of their own, and the merge of what they leave.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use anyhow::Context as _;
use data_root::{DataRoot, FileError, Operation, WholeFile};
use processing::{Counts, Mode, Processor, TableSource, merged};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use stage_runner::{Failure, StageRun};

use crate::aside::{Run, Section};
use crate::raw_people::Flow;

/// The version of the form of these files.
const FORMAT_VERSION: u32 = 1;

/// More parts than this are not worth their overhead: each job reads all raw data once.
const MAX_PARTITIONS: u64 = 10_000;

/// Which part of the people a job is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Partition {
    /// From 0.
    pub(crate) index: u64,
    pub(crate) n_partitions: u64,
}

impl Partition {
    /// All people.
    pub(crate) const ALL: Self = Self { index: 0, n_partitions: 1 };

    /// The file that the job leaves.
    fn path(self, data_root: &DataRoot) -> PathBuf {
        data_root.partitions_directory().join(self.name())
    }

    pub(crate) fn name(self) -> String {
        format!("{}-of-{}", self.index, self.n_partitions)
    }
}

impl FromStr for Partition {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let expected = || {
            format!("expected `i/n` with i from 0 to n-1, such as `0/8` or `7/8`, found `{text}`")
        };
        let (index, n_partitions) = text.split_once('/').ok_or_else(expected)?;
        let number = |text: &str| text.parse::<u64>().map_err(|_| expected());
        let (index, n_partitions) = (number(index)?, number(n_partitions)?);
        match index < n_partitions && n_partitions <= MAX_PARTITIONS {
            true => Ok(Self { index, n_partitions }),
            false => Err(expected()),
        }
    }
}

/// What a job says of its work; all but the last three must be the same for all jobs of a run.
///
/// It stands at the end of its file, before its length.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Header {
    format_version: u32,
    program_version: String,
    configuration_hash: String,
    /// SHA-256 of all raw data and labels.
    input_hash: String,
    user: String,
    started_at: String,
    mode: Mode,
    index: u64,
    counts: Counts,
    sections: Vec<Section>,
}

/// What all jobs of one run have in common.
pub(crate) struct Common<'a> {
    pub(crate) run: &'a StageRun,
    pub(crate) configuration_hash: &'a str,
    pub(crate) mode: Mode,
}

/// Writes what the job of a partition leaves for the merge.
pub(crate) fn write(
    data_root: &DataRoot,
    common: &Common<'_>,
    partition: Partition,
    input_hash: String,
    (processor, mut sources, counts): (&Processor<'_>, Vec<Box<dyn TableSource>>, Counts),
) -> Result<PathBuf, Failure> {
    let path = partition.path(data_root);
    let mut file = WholeFile::create(&path)?;
    let tables = (0..processor.n_tables()).map(|table| merged(&mut sources, table));
    let Run { sections, .. } = Run::write(path.clone(), &mut file, tables)?;
    let info = common.run.info();
    let header = serde_json::to_vec(&Header {
        format_version: FORMAT_VERSION,
        program_version: info.version.clone(),
        configuration_hash: common.configuration_hash.to_owned(),
        input_hash,
        user: info.user.clone(),
        started_at: iso_time::format_utc(&info.started_at),
        mode: common.mode,
        index: partition.index,
        counts,
        sections,
    })?;
    file.write_all(&header)?;
    file.write_all(&(header.len() as u64).to_le_bytes())?;
    file.commit()?;
    Ok(path)
}

/// Reads what all jobs left.
///
/// Gives the tables, the counts, how far the jobs went, and the files.
pub(crate) fn read(
    data_root: &DataRoot,
    common: &Common<'_>,
    n_partitions: u64,
) -> Result<Partitions, Failure> {
    let mut partitions =
        Partitions { sources: Vec::new(), counts: Counts::default(), paths: Vec::new() };
    let mut first: Option<Header> = None;
    for index in 0..n_partitions {
        let path = Partition { index, n_partitions }.path(data_root);
        let header = read_header(&path)?;
        let known = first.get_or_insert_with(|| header.clone());
        if let Some(difference) = difference(known, &header, common) {
            let failure: Failure = anyhow::anyhow!("`{}`: {}", path.display(), difference.0).into();
            return Err(failure.with_hint(difference.1));
        }
        partitions.counts.add(&header.counts);
        // Each job counts all labels.
        partitions.counts.n_labels_of_unused_schemes = header.counts.n_labels_of_unused_schemes;
        partitions.sources.push(Box::new(Run { path: path.clone(), sections: header.sections }));
        partitions.paths.push(path);
    }
    Ok(partitions)
}

/// What all jobs left.
pub(crate) struct Partitions {
    pub(crate) sources: Vec<Box<dyn TableSource>>,
    pub(crate) counts: Counts,
    pub(crate) paths: Vec<PathBuf>,
}

fn read_header(path: &Path) -> Result<Header, Failure> {
    let mut file = data_root::open(path).map_err(|error| match error {
        FileError::Missing { .. } => {
            let failure: Failure =
                anyhow::anyhow!("`{}` is missing: its job is not done", path.display()).into();
            failure.with_hint("run the job with this `--partition` first, or again")
        }
        error => error.into(),
    })?;
    let header = (|| {
        let n_bytes = file.metadata()?.len();
        let start = n_bytes.checked_sub(8).ok_or(io::ErrorKind::UnexpectedEof)?;
        let length = u64::from_le_bytes(read_at(&mut file, start, 8)?.try_into().expect("8 bytes"));
        let start = start.checked_sub(length).ok_or(io::ErrorKind::UnexpectedEof)?;
        read_at(&mut file, start, length)
    })()
    .map_err(|source| FileError::new(Operation::Read, path, source))?;
    let header: Header = serde_json::from_slice(&header)
        .with_context(|| format!("`{}` is not what a job left", path.display()))?;
    Ok(header)
}

fn read_at(file: &mut File, start: u64, n_bytes: u64) -> io::Result<Vec<u8>> {
    file.seek(SeekFrom::Start(start))?;
    let mut bytes = Vec::new();
    file.take(n_bytes).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Why two jobs, or a job and this merge, do not go together, and what to try.
fn difference(
    first: &Header,
    other: &Header,
    common: &Common<'_>,
) -> Option<(&'static str, &'static str)> {
    let again = "run all jobs again, with the same program and configuration";
    if other.format_version != FORMAT_VERSION
        || other.program_version != common.run.info().version
        || other.configuration_hash != common.configuration_hash
    {
        return Some(("made by another program or with another configuration", again));
    }
    if other.mode != common.mode {
        return Some((
            "the job and the merge do not agree on `--auto-code-only`",
            "give it to all or none",
        ));
    }
    if other.input_hash != first.input_hash {
        return Some((
            "the raw data or the labels changed between the jobs",
            "run all jobs again, and no other stage meanwhile",
        ));
    }
    if (&other.started_at, &other.user) != (&first.started_at, &first.user) {
        return Some((
            "the jobs are not of the same run: labels would carry different times",
            "give all jobs the same user, and the same SOURCE_DATE_EPOCH (`date +%s` of now)",
        ));
    }
    None
}

/// The SHA-256 (hex) of all that the jobs read.
pub(crate) fn input_hash(data_root: &DataRoot, flows: &[Flow]) -> Result<String, Failure> {
    let mut paths: Vec<PathBuf> = flows.iter().map(|flow| flow.path.clone()).collect();
    paths.extend(data_root::list(&data_root.coded_coda_files())?);
    let mut digest = Sha256::new();
    let mut buffer = vec![0; 1 << 20];
    for path in paths {
        let mut file = data_root::open(&path)?;
        digest.update(path.file_name().unwrap_or_default().as_encoded_bytes());
        loop {
            let n_bytes = file
                .read(&mut buffer)
                .map_err(|source| FileError::new(Operation::Read, &path, source))?;
            if n_bytes == 0 {
                break;
            }
            digest.update(&buffer[..n_bytes]);
        }
    }
    Ok(digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_parts_and_refuses_what_is_none() {
        assert_eq!("0/8".parse(), Ok(Partition { index: 0, n_partitions: 8 }));
        assert_eq!("7/8".parse(), Ok(Partition { index: 7, n_partitions: 8 }));
        for text in ["8/8", "0/0", "1", "1/", "-1/8", "1/100000", "a/b"] {
            assert!(text.parse::<Partition>().is_err(), "text: {text:?}");
        }
    }
}
