//! Archives of runs, and the links to them.

use std::collections::BTreeMap;
use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Datelike as _, NaiveDate, Utc};
use flate2::Compression;
use flate2::write::GzEncoder;
use md5::{Digest as _, Md5};
use serde_json::json;
use sha2::Sha256;
use url::form_urlencoded;

use super::records::{Run, Value};
use super::workspace::Workspace;

/// How long a link is good.
const LINK_SECS: i64 = 24 * 60 * 60;

/// An archive of a day or a month.
#[derive(Debug, Clone)]
pub struct Archive {
    /// `run` or `message`.
    pub kind: &'static str,
    /// `daily` or `monthly`.
    pub period: &'static str,
    /// Its first day.
    pub start_date: NaiveDate,
    /// How many records the list says it has.
    pub record_count: usize,
    /// The hash that the list gives, MD5 of the packed file.
    pub hash: String,
    /// The file: JSON lines, packed with gzip; nothing when there are no records.
    pub packed: Vec<u8>,
}

impl Archive {
    /// An archive of these lines.
    pub fn new(period: &'static str, start_date: NaiveDate, lines: &[serde_json::Value]) -> Self {
        let packed = if lines.is_empty() { Vec::new() } else { pack(lines) };
        let hash = Md5::digest(&packed).iter().map(|byte| format!("{byte:02x}")).collect();
        Self { kind: "run", period, start_date, record_count: lines.len(), hash, packed }
    }

    /// The end of its path.
    fn file_name(&self) -> String {
        let (letter, date) = match self.period {
            "monthly" => ('M', self.start_date.format("%Y%m")),
            _ => ('D', self.start_date.format("%Y%m%d")),
        };
        format!("{}_{letter}{date}_{}.jsonl.gz", self.kind, self.hash)
    }

    /// An item of `archives.json`
    pub(super) fn answer(&self, workspace: &Workspace, base_url: &str) -> serde_json::Value {
        let is_empty = self.record_count == 0;
        json!({
            "type": self.kind,
            "start_date": self.start_date.to_string(),
            "period": self.period,
            "record_count": self.record_count,
            "size": self.packed.len(),
            "hash": (!is_empty).then_some(&self.hash),
            "download_url": (!is_empty).then(|| workspace.link_to(self, base_url)),
            "archive_type": self.kind,
        })
    }
}

/// Why a link leads nowhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BadLink {
    Expired,
    WrongSignature,
    NoSuchFile,
}

impl Workspace {
    fn link_to(&self, archive: &Archive, base_url: &str) -> String {
        let expires = Utc::now().timestamp() + LINK_SECS;
        let path = format!("/archives/{}/{}", self.uuid, archive.file_name());
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("response-content-disposition", "attachment;")
            .append_pair("response-content-type", "application/octet")
            .append_pair("response-content-encoding", "none")
            .append_pair("AWSAccessKeyId", "emulator")
            .append_pair("Signature", &self.signature(&archive.file_name(), expires))
            .append_pair("Expires", &expires.to_string())
            .finish();
        format!("{base_url}{path}?{query}")
    }

    /// The file that a link leads to.
    pub(super) fn file(
        &self,
        file_name: &str,
        signature: &str,
        expires: i64,
        now: DateTime<Utc>,
    ) -> Result<&Archive, BadLink> {
        if signature != self.signature(file_name, expires) {
            // Signatures of links that a test has let expire are wrong too.
            return Err(match self.n_expired_links {
                0 => BadLink::WrongSignature,
                _ => BadLink::Expired,
            });
        }
        if expires < now.timestamp() {
            return Err(BadLink::Expired);
        }
        let mut archives = self.archives.iter();
        archives.find(|archive| archive.file_name() == file_name).ok_or(BadLink::NoSuchFile)
    }

    fn signature(&self, file_name: &str, expires: i64) -> String {
        let signed = format!("{} {file_name} {expires} {}", self.token, self.n_expired_links);
        STANDARD.encode(&Sha256::digest(signed)[..20])
    }
}

/// The archives of these runs: of whole months before `end`, and of each day of the month of `end`
/// that is over.
pub(super) fn of_runs(workspace: &Workspace, mut runs: Vec<Run>, end: NaiveDate) -> Vec<Archive> {
    runs.sort_by_key(|run| (run.modified_on, run.id));
    let this_month = end.with_day(1).unwrap_or(end);
    let mut lines: BTreeMap<(NaiveDate, &'static str), Vec<serde_json::Value>> = BTreeMap::new();
    if let Some(first) = runs.first().map(|run| run.modified_on.date_naive()) {
        let days = first.max(this_month).iter_days().take_while(|day| *day < end);
        days.for_each(|day| {
            lines.insert((day, "daily"), Vec::new());
        });
    }
    for run in &runs {
        let day = run.modified_on.date_naive();
        let key = match day < this_month {
            true => (day.with_day(1).unwrap_or(day), "monthly"),
            false => (day, "daily"),
        };
        lines.entry(key).or_default().push(line(workspace, run));
    }
    let archives = lines.into_iter();
    archives.map(|((day, period), lines)| Archive::new(period, day, &lines)).collect()
}

/// A run as archives have it: with what was typed, without the URN and the start.
pub(super) fn line(workspace: &Workspace, run: &Run) -> serde_json::Value {
    let flow = workspace.flows.iter().find(|flow| flow.uuid == run.flow);
    let contact = workspace.contacts.iter().find(|contact| contact.uuid == run.contact);
    let step = |(_, value): &(String, Value)| json!({"node": value.node, "time": time(value.time)});
    let values: serde_json::Map<String, serde_json::Value> = run
        .values
        .iter()
        .map(|(key, value)| {
            let value = json!({
                "name": value.name,
                "node": value.node,
                "time": time(value.time),
                "input": value.input,
                "value": value.value,
                "category": value.category,
            });
            (key.clone(), value)
        })
        .collect();
    json!({
        "id": run.id,
        "uuid": run.uuid,
        "flow": {"uuid": run.flow, "name": flow.map(|flow| &flow.name)},
        "contact": {"uuid": run.contact, "name": contact.and_then(|it| it.name.as_ref())},
        "responded": !run.values.is_empty(),
        "path": run.values.iter().map(step).collect::<Vec<_>>(),
        "values": values,
        "created_on": time(run.created_on),
        "modified_on": time(run.modified_on),
        "exited_on": run.exited_on.map(time),
        "exit_type": run.exit_type,
    })
}

/// A time as PostgreSQL writes it: no zeros at the end of the fraction.
fn time(time: DateTime<Utc>) -> String {
    let fraction = format!("{:06}", time.timestamp_subsec_micros());
    let point = if fraction == "000000" { "" } else { "." };
    let seconds = time.format("%Y-%m-%dT%H:%M:%S");
    format!("{seconds}{point}{}+00:00", fraction.trim_end_matches('0'))
}

fn pack(lines: &[serde_json::Value]) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::default());
    for line in lines {
        writeln!(packed, "{line}").expect("memory takes all that is written");
    }
    packed.finish().expect("memory takes all that is written")
}
