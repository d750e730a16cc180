//! RapidPro, and what of the contract only it has.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use pipeline_tests::{text, workspace};
use serde_json::Value;
use service_emulator::rapidpro::{Contact, Flow, Run, SharedWorkspace, Value as Answer, Workspace};
use service_emulator::{Services, SyntheticProject};

use crate::sentinels::{NAME, PHONE};
use crate::source::Source;
use crate::world::{NOW, World, program};

const FLOWS: [&str; 3] = [
    "school_gardens_s01e01_activation",
    "school_gardens_s01e02_activation",
    "school_gardens_demog",
];
const TOKEN_FILE: &str = "gs://school-gardens-credentials/rapidpro-token.txt";

/// When the demo's one message was sent that is marked as noise: no server marks any, so it is not
/// among those that are fetched.
const NOISE_SENT_AT: &str = "2024-02-10T01:09:14.641122+00:00";

pub struct RapidPro;

impl Source for RapidPro {
    fn program(&self) -> (&'static str, &'static str) {
        ("sources-rapidpro", "fetch-rapidpro")
    }

    fn configure(&self, configuration: &mut Value, url: &str) {
        configuration["RawDataSources"][0]["Domain"] = url.into();
    }

    fn prepare(&self, services: &Services) {
        let token = service_emulator::token_of(TOKEN_FILE);
        let mut workspace = Workspace::new("School Gardens", &token);
        workspace.page_size = 10;
        workspace.flows = (0..).zip(FLOWS).map(|(n, name)| flow(n, name)).collect();
        services.rapidpro.add(workspace);
    }

    fn add_message(&self, world: &World, n: usize, minute: usize) {
        let workspace = workspace_of(world.services());
        let mut workspace = workspace.lock();
        let contact = format!("c0000000-0000-4000-8000-{n:012}");
        // Person 0 has the number that nobody may see.
        let urn = if n == 0 { format!("tel:{PHONE}") } else { format!("tel:+25262{n:07}") };
        workspace.contacts.push(Contact::new(&contact, &[&urn], at(minute)));
        let flow = workspace.flows[n % 2].uuid.clone();
        workspace.runs.push(run(n, flow, contact, minute));
    }

    fn plant_sentinels(&self, world: &World) -> bool {
        let workspace = workspace_of(world.services());
        let mut workspace = workspace.lock();
        for contact in &mut workspace.contacts {
            contact.name = Some(NAME.to_owned());
            contact.groups = vec![format!("{NAME}'s friends")];
            contact.notes = vec![format!("{NAME}, {PHONE}")];
            contact.fields = [("phone".to_owned(), Some(PHONE.to_owned()))].into();
        }
        workspace.contacts[0].urns.extend(
            ["telegram:252615550001#sentinel", "ext:Sentinel Name", "sentinel", "tel:0615550001"]
                .map(str::to_owned),
        );
        for run in &mut workspace.runs {
            run.start = Some(NAME.to_owned());
        }
        workspace.archive_copies_before(at(NOW).date_naive());
        true
    }

    fn is_text(&self, key: &str) -> bool {
        key.contains(" (Text) - ")
    }

    fn most_requests_without_news(&self) -> usize {
        // Workspace, flows, archives, contacts, those deleted, and three flows, on pages of 10.
        14
    }
}

#[test]
fn everything_is_there_when_runs_change_while_pages_are_read() {
    let world = World::new(&RapidPro, 800);
    {
        let workspace = workspace_of(world.services());
        let mut workspace = workspace.lock();
        (workspace.page_size, workspace.n_touches) = (20, 30);
    }
    world.fetch();
    assert_eq!(workspace_of(world.services()).lock().n_touches, 0);
    let texts = world.texts();
    assert_eq!(texts.len(), 800);
    assert_eq!(texts.iter().collect::<BTreeSet<_>>().len(), 800);
}

#[test]
fn more_than_a_page_of_runs_can_share_a_time() {
    let world = World::new(&RapidPro, 100);
    workspace_of(world.services()).lock().set_modified_on(FLOWS[0], at(NOW + 10));
    world.fetch();
    world.fetch();
    assert_eq!(world.texts().len(), 100);
}

#[test]
fn a_run_in_an_archive_and_in_the_list_is_there_once() {
    let world = World::new(&RapidPro, 30);
    let workspace = workspace_of(world.services());
    workspace.lock().archive_copies_before(at(NOW).date_naive() + TimeDelta::days(1));
    world.fetch();
    assert_eq!(world.texts().len(), 30);
}

#[test]
fn what_is_fetched_goes_straight_through_stage_3_and_gives_what_it_gave() {
    let demo = workspace().join("pipeline_configs/demo");
    let project = pipeline_config::load_project(&demo.join("pipeline_config.json")).unwrap();
    let synthetic = SyntheticProject::of_raw_data(&project, &demo.join("data_root")).unwrap();
    let services = Services::of(&synthetic);
    let world = World::with_services(&RapidPro, services);
    world.fetch();
    let labels = "Coded Coda Files";
    pipeline_tests::copy_directory(
        &demo.join("data_root").join(labels),
        &world.data_root().join(labels),
    )
    .unwrap();
    let program = program(("processing", "generate-outputs"));
    let mut stage_3 = std::process::Command::new(program);
    stage_3.args(["--quiet", "test@example.org"]);
    stage_3.args([world.credentials(), world.configuration(), world.data_root()]);
    let output = stage_3.output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    let golden = workspace().join("tests/golden/demo");
    for file in ["production.csv", "messages.csv"] {
        let ours = rows(&world.data_root().join("Outputs").join(file));
        let mut expected = rows(&golden.join(file));
        expected.retain(|row| !row.iter().any(|cell| cell == NOISE_SENT_AT));
        assert_eq!(ours, expected, "{file}");
    }
}

/// The rows of a CSV file, sorted, without the ids of people: those are random. Times are in UTC, as
/// servers write them; the demo has some with another offset.
fn rows(path: &std::path::Path) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_path(path).unwrap();
    let mut rows: Vec<Vec<String>> = reader
        .records()
        .map(|row| {
            let row = row.unwrap();
            let cells = row.iter().filter(|cell| !cell.starts_with("demo-phone-uuid-"));
            cells.map(in_utc).collect()
        })
        .collect();
    rows.sort();
    rows
}

fn in_utc(cell: &str) -> String {
    match DateTime::parse_from_rfc3339(cell) {
        Ok(time) => time.to_utc().to_rfc3339(),
        Err(_) => cell.to_owned(),
    }
}

fn workspace_of(services: &Services) -> SharedWorkspace {
    services.rapidpro.workspaces().remove(0)
}

fn flow(n: usize, name: &str) -> Flow {
    Flow {
        uuid: format!("f0000000-0000-4000-8000-{n:012}"),
        name: name.to_owned(),
        is_archived: false,
        created_on: at(0),
        modified_on: at(0),
    }
}

fn run(n: usize, flow: String, contact: String, minute: usize) -> Run {
    let key = format!("rqa_s01e0{}", n % 2 + 1);
    let answer = Answer::open(&key, &format!("message {n}"), at(minute));
    Run {
        id: i64::try_from(n).unwrap() + 1000,
        uuid: format!("d0000000-0000-4000-8000-{n:012}"),
        flow,
        contact,
        start: None,
        values: vec![(key, answer)],
        created_on: at(minute),
        modified_on: at(minute),
        exited_on: None,
        exit_type: None,
        shown_from: at(minute),
    }
}

/// Minute `n` of the demo project.
pub fn at(minute: usize) -> DateTime<Utc> {
    let start: DateTime<Utc> = "2024-02-04T00:00:00.5Z".parse().unwrap();
    start + TimeDelta::minutes(i64::try_from(minute).unwrap())
}
