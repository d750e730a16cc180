//! Answers of a real server (version 26.1.101), and ours for a workspace with the same rows in it:
//! the same names in the same order, the same values, the same pages and links between them.

use std::collections::BTreeMap;
use std::io::Read as _;

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::Value as Json;
use service_emulator::rapidpro::{Contact, Flow, Run, SharedWorkspace, Value, Workspace};
use service_emulator::{Emulator, Services};

use crate::client::{get, send};

const TOKEN: &str = "0123456789abcdef0123456789abcdef01234567";
const RECORDED_HOST: &str = "http://127.0.0.1:8901";
const EXCHANGES: &[u8] =
    include_bytes!("../../../sources-rapidpro/tests/recordings/exchanges.json.gz");
const ARCHIVE: &[u8] =
    include_bytes!("../../../sources-rapidpro/tests/recordings/run_D20210603.jsonl.gz");

/// Fields that our rows do not have of their own: other values stand there, in the same form.
const NOT_COMPARED: [&str; 10] = [
    "path",
    "urn_display",
    "language",
    "status",
    "last_seen_on",
    "blocked",
    "stopped",
    "groups",
    "results",
    "runs",
];

#[test]
fn pages_of_runs_are_the_recorded_ones() {
    let replica = Replica::new();
    for page in 1..=4 {
        replica.check(&format!("runs_f1_reverse_p0{page}"), &["/results"]);
    }
    for page in 1..=2 {
        replica.check(&format!("runs_all_equal_modified_rev_p0{page}"), &["/results"]);
    }
}

#[test]
fn pages_of_contacts_are_the_recorded_ones() {
    let replica = Replica::new();
    replica.check("contacts_reverse_p01", &["/results"]);
    replica.check("contacts_reverse_p02", &["/results"]);
    replica.check("contacts_deleted", &["/results"]);
}

#[test]
fn flows_and_the_workspace_have_the_recorded_fields() {
    let replica = Replica::new();
    replica.check("flows_p01", &["/results"]);
    let ours = replica.get("workspace.json");
    let recorded = replica.body("workspace");
    assert_eq!(forms(&ours), forms(&recorded));
}

#[test]
fn refusals_are_the_recorded_ones() {
    let replica = Replica::new();
    let check = |name: &str, answer: crate::client::Answer| {
        let recorded = &replica.recorded[name];
        assert_eq!(answer.status, recorded["status"]);
        assert_eq!(answer.text(), recorded["body"].as_str().unwrap());
        assert_eq!(answer.header("content-type"), recorded["content_type"].as_str());
        assert_eq!(answer.header("retry-after"), recorded["retry_after"].as_str());
    };
    check("auth_bad", get(&replica.url("runs.json"), Some("nope")));
    check("not_found", get(&replica.url("nosuch.json"), Some(TOKEN)));
    let limit = service_emulator::Fault::RateLimit { retry_after_secs: Some(19) };
    replica.emulator.services.traffic.plan_nth(1, limit);
    check("throttle_runs_1", get(&replica.url("runs.json"), Some(TOKEN)));
}

#[test]
fn archives_have_the_lines_of_the_recorded_one() {
    let lines = |packed: &[u8]| -> Vec<Json> {
        let text = unpacked(packed);
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    let recorded = lines(ARCHIVE);
    let replica = Replica::with(&recorded, &BTreeMap::new());
    replica.workspace.lock().archive_before(NaiveDate::from_ymd_opt(2021, 6, 4).unwrap());
    let list = replica.get("archives.json?archive_type=run&period=daily");
    let newest = &list["results"][0];
    assert_eq!(
        (&newest["start_date"], &newest["record_count"]),
        (&"2021-06-03".into(), &41.into())
    );
    let file = get(newest["download_url"].as_str().unwrap(), None);
    let ours = lines(&file.body);
    assert_eq!(ours.len(), recorded.len());
    for (ours, recorded) in ours.into_iter().zip(recorded) {
        assert_eq!(comparable(ours), comparable(recorded));
    }
}

/// An emulator with the rows of the recordings.
struct Replica {
    emulator: Emulator,
    workspace: SharedWorkspace,
    recorded: BTreeMap<String, Json>,
}

impl Replica {
    fn new() -> Self {
        let exchanges: Vec<Json> = serde_json::from_str(&unpacked(EXCHANGES)).unwrap();
        let name = |exchange: &Json| exchange["name"].as_str().unwrap().to_owned();
        let recorded: BTreeMap<String, Json> =
            exchanges.into_iter().map(|exchange| (name(&exchange), exchange)).collect();
        let is_of_runs = |name: &str| name.contains("_rev");
        let runs: Vec<Json> = recorded
            .iter()
            .filter(|(name, _)| name.starts_with("runs") && is_of_runs(name))
            .flat_map(|(_, exchange)| results(exchange))
            .collect();
        Self::with(&runs, &recorded)
    }

    fn with(runs: &[Json], recorded: &BTreeMap<String, Json>) -> Self {
        let mut workspace = Workspace::new("PEER", TOKEN);
        for (name, is_deleted) in [
            ("contacts_reverse_p01", false),
            ("contacts_reverse_p02", false),
            ("contacts_deleted", true),
        ] {
            for row in recorded.get(name).map(results).unwrap_or_default() {
                workspace.contacts.push(contact(&row, is_deleted));
            }
        }
        for row in recorded.get("flows_p01").map(results).unwrap_or_default() {
            workspace.flows.push(flow(&row));
        }
        for row in runs {
            let (uuid, name) = (text(&row["contact"]["uuid"]), row["contact"]["name"].as_str());
            match workspace.contacts.iter_mut().find(|contact| contact.uuid == uuid) {
                // Lists do not say what those who were deleted were called, runs do.
                Some(contact) => contact.name = name.map(str::to_owned),
                None => {
                    let mut contact = Contact::new(&uuid, &[], time(&row["created_on"]));
                    contact.name = name.map(str::to_owned);
                    workspace.contacts.push(contact);
                }
            }
            if !workspace.flows.iter().any(|flow| flow.uuid == row["flow"]["uuid"]) {
                let mut flow = flow(&row["flow"]);
                flow.created_on = time(&row["created_on"]);
                workspace.flows.push(flow);
            }
            workspace.runs.push(run(row));
        }
        let services = Services::default();
        let workspace = services.rapidpro.add(workspace);
        Self { emulator: Emulator::start(services).unwrap(), workspace, recorded: recorded.clone() }
    }

    fn url(&self, path: &str) -> String {
        format!("{}/api/v2/{path}", self.emulator.url())
    }

    fn get(&self, path: &str) -> Json {
        get(&self.url(path), Some(TOKEN)).json()
    }

    fn body(&self, name: &str) -> Json {
        serde_json::from_str(self.recorded[name]["body"].as_str().unwrap()).unwrap()
    }

    /// Asks what was asked when this was recorded; the answer is the recorded one.
    #[track_caller]
    fn check(&self, name: &str, lists: &[&str]) {
        let recorded = &self.recorded[name];
        let authorization = format!("Authorization: Token {TOKEN}\r\n");
        let answer = send("GET", &self.url(recorded["url"].as_str().unwrap()), &authorization, "");
        assert_eq!(answer.status, recorded["status"]);
        assert_eq!(answer.header("content-type"), recorded["content_type"].as_str());
        let recorded =
            recorded["body"].as_str().unwrap().replace(RECORDED_HOST, self.emulator.url());
        let recorded: Json = serde_json::from_str(&recorded).unwrap();
        let ours = answer.json();
        for list in lists {
            let (ours, recorded) = (ours.pointer(list).unwrap(), recorded.pointer(list).unwrap());
            let rows = |json: &Json| json.as_array().unwrap().clone();
            for (ours, recorded) in rows(ours).into_iter().zip(rows(recorded)) {
                assert_eq!(forms(&ours).0, forms(&recorded).0, "{name}");
                assert_eq!(comparable(ours), comparable(recorded), "{name}");
            }
            assert_eq!(rows(ours).len(), rows(recorded).len(), "{name}");
        }
        for link in ["next", "previous"] {
            assert_eq!(ours[link], recorded[link], "{link} of {name}");
        }
    }
}

/// A row as text, without the fields that are not compared; their names stay where they are.
fn comparable(mut row: Json) -> String {
    fn leave_out(json: &mut Json) {
        match json {
            Json::Object(fields) => fields.iter_mut().for_each(|(name, value)| match NOT_COMPARED
                .contains(&name.as_str())
            {
                true => *value = Json::Null,
                false => leave_out(value),
            }),
            Json::Array(items) => items.iter_mut().for_each(leave_out),
            _ => {}
        }
    }
    leave_out(&mut row);
    row.to_string()
}

/// The names of the fields in their order, and the form of each value that is there.
fn forms(json: &Json) -> (Vec<String>, Vec<String>) {
    let fields = json.as_object().unwrap();
    let form = |value: &Json| match value {
        Json::Null => "null",
        Json::Bool(_) => "bool",
        Json::Number(_) => "number",
        Json::String(text) if text.len() == 36 && text.matches('-').count() == 4 => "uuid",
        Json::String(_) => "text",
        Json::Array(_) => "list",
        Json::Object(_) => "object",
    };
    let forms = fields.iter().map(|(name, value)| format!("{name}: {}", form(value)));
    (fields.keys().cloned().collect(), forms.collect())
}

fn contact(row: &Json, is_deleted: bool) -> Contact {
    let mut contact = Contact::new(&text(&row["uuid"]), &[], time(&row["created_on"]));
    contact.name = row["name"].as_str().map(str::to_owned);
    contact.urns = row["urns"].as_array().unwrap().iter().map(text).collect();
    let fields = row["fields"].as_object().unwrap().iter();
    contact.fields =
        fields.map(|(key, value)| (key.clone(), value.as_str().map(str::to_owned))).collect();
    contact.changes.push(time(&row["modified_on"]));
    contact.is_deleted = is_deleted;
    contact
}

fn flow(row: &Json) -> Flow {
    Flow {
        uuid: text(&row["uuid"]),
        name: text(&row["name"]),
        is_archived: false,
        created_on: optional_time(&row["created_on"]).unwrap_or_default(),
        modified_on: optional_time(&row["modified_on"]).unwrap_or_default(),
    }
}

fn run(row: &Json) -> Run {
    let optional = |json: &Json| json.as_str().map(str::to_owned);
    let values = row["values"].as_object().unwrap().iter().map(|(key, value)| {
        let value = Value {
            name: optional(&value["name"]),
            value: optional(&value["value"]),
            input: optional(&value["input"]),
            category: optional(&value["category"]),
            node: text(&value["node"]),
            time: time(&value["time"]),
        };
        (key.clone(), value)
    });
    Run {
        id: row["id"].as_i64().unwrap(),
        uuid: text(&row["uuid"]),
        flow: text(&row["flow"]["uuid"]),
        contact: text(&row["contact"]["uuid"]),
        start: optional(&row["start"]["uuid"]),
        values: values.collect(),
        created_on: time(&row["created_on"]),
        modified_on: time(&row["modified_on"]),
        exited_on: optional_time(&row["exited_on"]),
        exit_type: optional(&row["exit_type"]),
        shown_from: time(&row["modified_on"]),
    }
}

fn results(exchange: &Json) -> Vec<Json> {
    let body: Json = serde_json::from_str(exchange["body"].as_str().unwrap()).unwrap();
    body["results"].as_array().unwrap().clone()
}

fn text(json: &Json) -> String {
    json.as_str().unwrap().to_owned()
}

fn optional_time(json: &Json) -> Option<DateTime<Utc>> {
    json.as_str().map(|text| text.parse().unwrap())
}

fn time(json: &Json) -> DateTime<Utc> {
    json.as_str().unwrap().parse().unwrap()
}

fn unpacked(packed: &[u8]) -> String {
    let mut text = String::new();
    flate2::read::GzDecoder::new(packed).read_to_string(&mut text).unwrap();
    text
}
