//! What real servers answered, and what the rules of the original make of it.
//!
//! `tests/recordings/README.md` says how the recordings and the expected values came about.

use std::collections::BTreeMap;
use std::io::Read as _;

use serde_json::Value;
use service_emulator::Recorded;
use service_emulator::rapidpro::Archive;
use sources_rapidpro::{Clock as _, RapidProError, Skip};
use traced_data::TracedData;

use crate::world::{World, source};

const ACTIVATION: &str = "eu_pcve_s01e01_activation";
const SURVEY: &str = "eu_pcve_demog";

/// Answers of a server, and the raw data that they make; both are packed JSON.
struct Recording {
    exchanges: &'static [u8],
    expected: &'static [u8],
}

/// Of version 26.1.101.
const TODAYS: Recording = Recording {
    exchanges: include_bytes!("../recordings/exchanges.json.gz"),
    expected: include_bytes!("../recordings/expected.json.gz"),
};

/// Of version 9.3.128, the last that says what people typed.
const OLDER: Recording = Recording {
    exchanges: include_bytes!("../recordings/rapidpro-9.3.128/exchanges.json.gz"),
    expected: include_bytes!("../recordings/rapidpro-9.3.128/expected.json.gz"),
};

#[test]
fn runs_become_what_the_original_makes_of_them() {
    let world = TODAYS.replayed(|_| true);
    let fetched = world.fetch_all();
    // One run of a contact that is not listed and that of one without a URN, in each flow or so.
    assert_eq!(fetched.n_runs + fetched.skipped.values().sum::<u64>(), 800 + 400);
    check(&world.objects(ACTIVATION), &TODAYS.expected("live"));
    check(&world.objects(SURVEY), &TODAYS.expected("equal"));
}

#[test]
fn what_an_older_server_says_people_typed_is_their_text() {
    let world = OLDER.replayed(|_| true);
    let fetched = world.fetch_all();
    assert_eq!(fetched.n_runs, 23 + 9);
    assert_eq!(fetched.skipped, [(Skip::DeletedContact, 2), (Skip::NoUrn, 1)].into());
    let activation = world.objects(ACTIVATION);
    let survey = world.objects(SURVEY);
    check(&activation, &OLDER.expected("live"));
    check(&survey, &OLDER.expected("survey"));
    let person = latest(&survey[0]);
    assert_eq!(person["Age (Text) - eu_pcve_demog"], "I am 24 years");
    assert_eq!(person["Age (Value) - eu_pcve_demog"], "24");
    for object in activation.iter().chain(&survey).map(latest) {
        let has_answers = object.keys().any(|key| key.contains(" (Text) - "));
        let said = object.iter().find(|(key, _)| key.starts_with("run_text_source - "));
        assert_eq!(said.map(|(_, source)| source.as_str()), has_answers.then_some(Some("input")));
    }
}

#[test]
fn archived_runs_become_what_the_original_makes_of_them() {
    let world = TODAYS.replayed(|url| !url.starts_with("runs.json"));
    let packed = include_bytes!("../recordings/run_D20210603.jsonl.gz");
    world.workspace.lock().archives.push(Archive {
        kind: "run",
        period: "daily",
        start_date: "2021-06-03".parse().unwrap(),
        record_count: 41,
        hash: "971e05758e277d7829d2bb156dcbbb79".to_owned(),
        packed: packed.to_vec(),
    });
    world.fetch_all();
    check(&world.objects(ACTIVATION), &TODAYS.expected("archived"));
}

#[test]
fn a_refused_token_is_known_for_what_it_is() {
    let error = after_error("auth_bad").fetch().unwrap_err();
    assert!(matches!(error, RapidProError::WrongToken { status: 403, .. }), "{error}");
}

#[test]
fn an_unknown_page_is_known_for_what_it_is() {
    let error = after_error("not_found").fetch().unwrap_err();
    assert!(matches!(error, RapidProError::NotRapidPro { status: 404, .. }), "{error}");
}

#[test]
fn a_reached_limit_is_waited_for() {
    let world = after_error("throttle_runs_1");
    world.fetch_all();
    assert_eq!(world.clock.now().as_secs(), 19);
}

/// A server whose first answer is a recorded error.
fn after_error(name: &str) -> World {
    let world = TODAYS.replayed(|_| true);
    let exchanges = TODAYS.exchanges();
    let recorded = exchanges.iter().find(|exchange| exchange["name"] == name).unwrap();
    let headers = [("content-type", "content_type"), ("retry-after", "retry_after")];
    let headers = headers
        .into_iter()
        .filter_map(|(header, key)| Some((header.to_owned(), recorded[key].as_str()?.to_owned())));
    world.traffic().replay(Recorded {
        times: Some(1),
        status: u16::try_from(recorded["status"].as_u64().unwrap()).unwrap(),
        headers: headers.collect(),
        body: recorded["body"].as_str().unwrap().to_owned(),
        ..Recorded::default()
    });
    world
}

impl Recording {
    /// A server that answers as the recorded one did, where `is_wanted` is true for the URL.
    fn replayed(&self, is_wanted: impl Fn(&str) -> bool) -> World {
        let mut world = World::new();
        world.source = source(world.emulator.url(), &[ACTIVATION], &[SURVEY]);
        let text = |exchange: &Value, key: &str| exchange[key].as_str().unwrap().to_owned();
        for exchange in self.exchanges().iter().filter(|exchange| exchange["status"] == 200) {
            let url = text(exchange, "url");
            if is_wanted(&url) {
                world.traffic().replay(Recorded {
                    url: Some(format!("/api/v2/{url}")),
                    ignored_parameters: vec!["paths".to_owned()],
                    status: 200,
                    body: text(exchange, "body"),
                    ..Recorded::default()
                });
            }
        }
        world
    }

    fn exchanges(&self) -> Vec<Value> {
        unpacked(self.exchanges)
    }

    fn expected(&self, name: &str) -> Vec<BTreeMap<String, Value>> {
        let mut all: BTreeMap<String, Vec<BTreeMap<String, Value>>> = unpacked(self.expected);
        all.remove(name).unwrap()
    }
}

fn unpacked<T: serde::de::DeserializeOwned>(packed: &[u8]) -> T {
    let mut json = Vec::new();
    flate2::read::GzDecoder::new(packed).read_to_end(&mut json).unwrap();
    serde_json::from_slice(&json).unwrap()
}

/// Compares all but operators, which another test checks; ids of people by who is who.
#[track_caller]
fn check(objects: &[TracedData], expected: &[BTreeMap<String, Value>]) {
    assert_eq!(objects.len(), expected.len());
    let run_id = |object: &BTreeMap<String, Value>| {
        let id = object.iter().find(|(key, _)| key.starts_with("run_id - "));
        id.map(|(_, id)| id.to_string())
    };
    let objects: BTreeMap<Option<String>, BTreeMap<String, Value>> =
        objects.iter().map(latest).map(|object| (run_id(&object), object)).collect();
    let (mut ours, mut theirs) = (BTreeMap::new(), BTreeMap::new());
    for expected in expected {
        let mut object = objects[&run_id(expected)].clone();
        let mut expected = expected.clone();
        let (our_id, their_id) = (object.remove("avf_phone_id"), expected.remove("avf_phone_id"));
        let (our_id, their_id) = (our_id.unwrap().to_string(), their_id.unwrap().to_string());
        assert_eq!(ours.entry(our_id.clone()).or_insert(their_id.clone()), &their_id);
        assert_eq!(theirs.entry(their_id).or_insert(our_id.clone()), &our_id);
        assert_eq!(object, expected);
    }
}

fn latest(object: &TracedData) -> BTreeMap<String, Value> {
    let mut line = Vec::new();
    traced_data::serialize_line(object.history(), &mut line);
    let updates: Vec<Value> = serde_json::from_slice(&line).unwrap();
    let first = updates.last().unwrap()["Data"].as_object().unwrap();
    first.iter().map(|(key, value)| (key.clone(), value.clone())).collect()
}
