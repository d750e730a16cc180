//! Archives: runs that the server no longer lists, since they are months old.

use std::collections::HashMap;
use std::io::{BufRead, BufReader};

use chrono::{Days, Months, NaiveDate};
use fetching::Time;
use flate2::read::MultiGzDecoder;
use iso_time::Instant;
use md5::{Digest, Md5};
use serde::{Deserialize, Serialize};

use crate::answers::{Archive, ArchivedFlow};
use crate::client::RapidPro;
use crate::error::{ArchiveProblem, RapidProError};
use crate::records::RawRun;

/// An archive whose runs are in the raw file of a flow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct DoneArchive {
    start_date: String,
    period: String,
    hash: Option<String>,
}

impl Archive {
    /// How the archive is remembered.
    pub(crate) fn done(&self) -> DoneArchive {
        DoneArchive {
            start_date: self.start_date.clone(),
            period: self.period.clone(),
            hash: self.hash.clone(),
        }
    }

    /// Whether the archive can have runs that changed at `time` or later. One whose dates cannot be
    /// understood can.
    pub(crate) fn reaches(&self, time: Time) -> bool {
        self.end().is_none_or(|end| time.0 < end)
    }

    /// The first instant after the archive.
    fn end(&self) -> Option<Instant> {
        let start = self.start_date.parse::<NaiveDate>().ok()?;
        let end = match self.period.as_str() {
            "daily" => start.checked_add_days(Days::new(1)),
            "monthly" => start.checked_add_months(Months::new(1)),
            _ => None,
        };
        Some(end?.and_hms_opt(0, 0, 0)?.and_utc().fixed_offset())
    }

    fn name(&self) -> String {
        format!("the {} archive of {}", self.period, self.start_date)
    }

    fn error(&self, problem: ArchiveProblem) -> RapidProError {
        let (period, start_date) = (self.period.clone(), self.start_date.clone());
        RapidProError::Archive { period, start_date, problem }
    }
}

/// How many runs of a flow are handed on at once.
const N_PER_PAGE: usize = 250;

/// Calls `on_runs` with the UUIDs of flows that `is_wanted` is true for and runs of these flows in
/// an archive, some at a time.
///
/// # Errors
///
/// [`RapidProError::Archive`] when the archive is not what the list says, and those of the
/// download.
pub(crate) fn fetch(
    server: &RapidPro,
    archive: &Archive,
    is_wanted: impl Fn(&str) -> bool,
    on_runs: impl FnMut(&str, Vec<RawRun>) -> Result<(), RapidProError>,
) -> Result<(), RapidProError> {
    let packed = match download(server, archive)? {
        Some(packed) => packed,
        None => {
            download(server, archive)?.ok_or_else(|| archive.error(ArchiveProblem::WrongHash))?
        }
    };
    read(archive, &packed, is_wanted, on_runs)
}

/// The archive's bytes; nothing when they are not those that were archived.
fn download(server: &RapidPro, archive: &Archive) -> Result<Option<Vec<u8>>, RapidProError> {
    let what = archive.name();
    let link = archive.download_url.clone().unwrap_or_default();
    let bytes = match server.transport().download(&link, &what)? {
        Ok(bytes) => bytes,
        // Links expire after a day: the list has a new one.
        Err(_) => {
            let fresh = server.archives()?.into_iter().find(|other| {
                (&other.start_date, &other.period) == (&archive.start_date, &archive.period)
            });
            let link = fresh.and_then(|archive| archive.download_url).unwrap_or(link);
            server
                .transport()
                .download(&link, &what)?
                .map_err(|status| archive.error(ArchiveProblem::NoDownload { status }))?
        }
    };
    let hash: String = Md5::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    let is_right =
        archive.hash.as_ref().is_none_or(|expected| expected.eq_ignore_ascii_case(&hash));
    Ok(is_right.then_some(bytes))
}

/// Reads an archive: JSON, one run a line, packed with gzip.
fn read(
    archive: &Archive,
    packed: &[u8],
    is_wanted: impl Fn(&str) -> bool,
    mut on_runs: impl FnMut(&str, Vec<RawRun>) -> Result<(), RapidProError>,
) -> Result<(), RapidProError> {
    let mut lines = BufReader::new(MultiGzDecoder::new(packed));
    let mut runs: HashMap<String, Vec<RawRun>> = HashMap::new();
    let (mut n_runs, mut n_lines) = (0, 0);
    let mut line = Vec::new();
    loop {
        line.clear();
        let n_bytes = lines
            .read_until(b'\n', &mut line)
            .map_err(|_| archive.error(ArchiveProblem::NotGzip))?;
        if n_bytes == 0 {
            break;
        }
        n_lines += 1;
        if line.trim_ascii().is_empty() {
            continue;
        }
        n_runs += 1;
        let odd = |_| archive.error(ArchiveProblem::OddLine { line: n_lines });
        let ArchivedFlow { flow } = fetching::read_json(&line).map_err(odd)?;
        if is_wanted(&flow.uuid) {
            let mut run: RawRun = fetching::read_json(&line).map_err(odd)?;
            run.is_archived = true;
            let of_flow = runs.entry(flow.uuid.to_string()).or_default();
            of_flow.push(run);
            if of_flow.len() == N_PER_PAGE {
                on_runs(&flow.uuid, std::mem::take(of_flow))?;
            }
        }
    }
    if n_runs != archive.record_count {
        let expected = archive.record_count;
        return Err(archive.error(ArchiveProblem::WrongCount { expected, found: n_runs }));
    }
    let mut runs: Vec<_> = runs.into_iter().filter(|(_, runs)| !runs.is_empty()).collect();
    runs.sort_by(|(one, _), (other, _)| one.cmp(other));
    runs.into_iter().try_for_each(|(flow, runs)| on_runs(&flow, runs))
}
