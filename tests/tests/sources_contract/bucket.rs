//! Raw data of an earlier pipeline, in a bucket.

use std::sync::Arc;

use serde_json::{Value, json};
use service_emulator::Services;
use traced_data::{Changes, Key, Metadata, TracedData, serialize_line};
use uuid_table::Urn;

use crate::rapidpro::at;
use crate::sentinels::{NAME, PHONE};
use crate::source::Source;
use crate::world::{DATA_BUCKET, World};

/// What is fetched, and what it is again after it was broken.
const FILES: [&str; 2] = ["earlier.jsonl", "good.jsonl"];

/// Files with a number, now or once, which are never taken.
const IDENTIFIABLE: [&str; 2] = ["identifiable.jsonl", "once_identifiable.jsonl"];

const SOMEBODY: &str = "demo-phone-uuid-2e21d2a3-0f6d-4f3e-9a55-0d9f6c1b7e01";

pub struct EarlierRawData;

impl Source for EarlierRawData {
    fn program(&self) -> (&'static str, &'static str) {
        ("sources-files", "fetch-files")
    }

    fn configure(&self, configuration: &mut Value, _: &str) {
        let names = [FILES[0], IDENTIFIABLE[0], IDENTIFIABLE[1]];
        let urls = names.map(|name| format!("gs://{DATA_BUCKET}/{name}"));
        configuration["RawDataSources"] =
            json!([{"SourceType": "GCloudBucket", "ActivationFlowURLs": urls}]);
    }

    fn prepare(&self, _: &Services) {}

    fn add_message(&self, world: &World, n: usize, minute: usize) {
        let urn = Urn::parse(&format!("tel:+25262{n:07}")).unwrap();
        let sender = world.table().uuids(&[urn]).unwrap().remove(0);
        let changes = Changes::new()
            .set("avf_phone_id", sender.as_str())
            .set("message", format!("message {n}").as_str());
        let lines = good_file(world) + &line(&object(changes, minute));
        FILES.iter().for_each(|name| world.write_to_bucket(name, &lines));
        IDENTIFIABLE.iter().for_each(|name| world.write_to_bucket(name, ""));
    }

    fn plant_sentinels(&self, world: &World) -> bool {
        let changes = Changes::new().set("avf_phone_id", PHONE).set("message", NAME);
        world.write_to_bucket(IDENTIFIABLE[0], &line(&object(changes, 0)));
        world.write_to_bucket(IDENTIFIABLE[1], &line(&replaced()));
        false
    }

    fn is_text(&self, key: &str) -> bool {
        key == "message"
    }

    fn asks_a_server(&self) -> bool {
        false
    }

    fn most_requests_without_news(&self) -> usize {
        0
    }

    fn break_in_way(&self, world: &World, nth: usize) {
        let good = good_file(world);
        let bad = match nth {
            1 => {
                let changes = Changes::new().set("avf_phone_id", PHONE).set("message", "a");
                good + &line(&object(changes, 0))
            }
            2 => good + &line(&replaced()),
            3 => good.replacen("message 3", "massage 3", 1),
            _ => good + "{\"message\": \"no history\"}\n",
        };
        world.write_to_bucket(FILES[0], &bad);
    }

    fn mend(&self, world: &World) {
        world.write_to_bucket(FILES[0], &good_file(world));
    }
}

fn object(changes: Changes, minute: usize) -> TracedData {
    TracedData::new(changes, &step(minute))
}

/// An object that has a number only in its history.
fn replaced() -> TracedData {
    let mut replaced = object(Changes::new().set("avf_phone_id", PHONE).set("name", NAME), 0);
    let mut changes = Changes::new().set("avf_phone_id", SOMEBODY);
    changes.hide(Key::new("name"));
    replaced.append(changes, &step(1)).unwrap();
    replaced
}

fn step(minute: usize) -> Arc<Metadata> {
    Arc::new(Metadata::new("test", "tests::bucket", &at(minute).to_rfc3339()))
}

fn line(object: &TracedData) -> String {
    let mut line = Vec::new();
    serialize_line(object.history(), &mut line);
    String::from_utf8(line).unwrap()
}

fn good_file(world: &World) -> String {
    world.read_from_bucket(FILES[1]).unwrap_or_default()
}
