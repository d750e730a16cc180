//! Messages that an operator recovered, in a CSV file in a bucket.

use serde_json::{Value, json};
use service_emulator::Services;
use uuid_table::Urn;

use crate::rapidpro::at;
use crate::sentinels::{NAME, PHONE};
use crate::source::Source;
use crate::world::{DATA_BUCKET, World};

const HEADER: &str = "Sender,Message,ReceivedOn";

pub struct RecoveredMessages;

impl Source for RecoveredMessages {
    fn program(&self) -> (&'static str, &'static str) {
        ("sources-files", "fetch-files")
    }

    fn configure(&self, configuration: &mut Value, _: &str) {
        let urls =
            ["recovered.csv", "identifiable.csv"].map(|name| format!("gs://{DATA_BUCKET}/{name}"));
        configuration["RawDataSources"] =
            json!([{"SourceType": "RecoveryCSV", "ActivationFlowURLs": urls}]);
    }

    fn prepare(&self, _: &Services) {}

    fn add_message(&self, world: &World, n: usize, minute: usize) {
        let urn = Urn::parse(&format!("tel:+25262{n:07}")).unwrap();
        let sender = world.table().uuids(&[urn]).unwrap().remove(0);
        let mut csv = good_file(world);
        csv.push_str(&format!("{},message {n},{}\n", sender.as_str(), at(minute).to_rfc3339()));
        world.write_to_bucket("good.csv", &csv);
        world.write_to_bucket("recovered.csv", &csv);
        world.write_to_bucket("identifiable.csv", &format!("{HEADER}\n"));
    }

    fn plant_sentinels(&self, world: &World) -> bool {
        let columns = good_file(world).replace('\n', &format!(",{NAME} {PHONE}\n"));
        world.write_to_bucket("recovered.csv", &columns.replacen(NAME, "Remarks", 1));
        let time = at(0).to_rfc3339();
        world.write_to_bucket("identifiable.csv", &format!("{HEADER}\n{PHONE},{NAME},{time}\n"));
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
            1 => good.replacen("Sender", "From", 1),
            2 => good.replacen("T", " at ", 5),
            3 => good.replacen("demo-phone-uuid-", "", 5),
            _ => String::new(),
        };
        world.write_to_bucket("recovered.csv", &bad);
    }

    fn mend(&self, world: &World) {
        world.write_to_bucket("recovered.csv", &good_file(world));
    }
}

fn good_file(world: &World) -> String {
    world.read_from_bucket("good.csv").unwrap_or_else(|| format!("{HEADER}\n"))
}
