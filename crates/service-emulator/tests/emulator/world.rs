//! A workspace with a flow, in which everything that recordings show happens.

use chrono::{DateTime, TimeDelta, Utc};
use service_emulator::rapidpro::{Contact, Flow, Run, SharedWorkspace, Value, Workspace};
use service_emulator::{Emulator, Services};

use crate::client::{Answer, get};

pub const TOKEN: &str = "0123456789abcdef0123456789abcdef01234567";
pub const FLOW: &str = "f0000000-0000-4000-8000-000000000001";

pub struct World {
    pub emulator: Emulator,
    pub workspace: SharedWorkspace,
}

impl World {
    /// With `n_runs` runs, one an hour, by a contact each.
    pub fn with_runs(n_runs: usize) -> Self {
        let mut workspace = Workspace::new("Test Workspace", TOKEN);
        workspace.flows.push(Flow {
            uuid: FLOW.to_owned(),
            name: "show_s01e01_activation".to_owned(),
            is_archived: false,
            created_on: at(0),
            modified_on: at(0),
        });
        for n in 0..n_runs {
            workspace.contacts.push(contact(n));
            workspace.runs.push(run(n));
        }
        let services = Services::default();
        let workspace = services.rapidpro.add(workspace);
        Self { emulator: Emulator::start(services).unwrap(), workspace }
    }

    /// Asks for a path below `/api/v2/`, with the token.
    pub fn get(&self, path: &str) -> Answer {
        get(&self.url(path), Some(TOKEN))
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}/api/v2/{path}", self.emulator.url())
    }

    /// The rows of all pages, from this one on.
    pub fn all(&self, path: &str) -> Vec<serde_json::Value> {
        let mut url = self.url(path);
        let mut rows = Vec::new();
        loop {
            let page = get(&url, Some(TOKEN)).json();
            rows.extend(page["results"].as_array().unwrap().clone());
            match page["next"].as_str() {
                Some(next) => url = next.to_owned(),
                None => return rows,
            }
        }
    }
}

pub fn contact(n: usize) -> Contact {
    let mut contact = Contact::new(&contact_uuid(n), &[&format!("tel:+25261{n:07}")], at(n));
    contact.name = Some(format!("Listener {n}"));
    contact.groups = vec!["Testers".to_owned()];
    contact.fields = [("county".to_owned(), None)].into();
    contact.changes.push(at(n) + TimeDelta::minutes(5));
    contact
}

pub fn contact_uuid(n: usize) -> String {
    format!("c0000000-0000-4000-8000-{n:012}")
}

pub fn run(n: usize) -> Run {
    let has_exited = !n.is_multiple_of(3);
    Run {
        id: i64::try_from(n).unwrap() + 1,
        uuid: format!("d0000000-0000-4000-8000-{n:012}"),
        flow: FLOW.to_owned(),
        contact: contact_uuid(n),
        start: n.is_multiple_of(2).then(|| "e0000000-0000-4000-8000-000000000000".to_owned()),
        values: vec![(
            "rqa_s01e01".to_owned(),
            Value::open("Rqa_S01E01", &format!("answer {n}"), at(n)),
        )],
        created_on: at(n) - TimeDelta::minutes(1),
        modified_on: at(n),
        exited_on: has_exited.then(|| at(n)),
        exit_type: has_exited.then(|| "completed".to_owned()),
        shown_from: at(n),
    }
}

/// Hour `n` of the test's time.
pub fn at(n: usize) -> DateTime<Utc> {
    let start: DateTime<Utc> = "2021-06-01T00:00:00.123456Z".parse().unwrap();
    start + TimeDelta::hours(i64::try_from(n).unwrap())
}
