//! What must not get out, planted in everything that a run reads, is looked for in everything that
//! it writes or says.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use google_services::documents::{
    Change, CollectionPath, DocumentDatabase as _, Fields, LocalDatabase, NewFields, Write,
};
use pipeline_tests::{files_below, succeed, text};
use serde_json::{Value, json};
use service_emulator::{Fault, SyntheticProject};
use traced_data::{Changes, Metadata, TracedData, serialize_line};
use uuid_table::{Urn, UuidTable};

use crate::world::{CREDENTIALS_BUCKET, World};

const FIRST: &str = "2024-02-11T03:05:00Z-1";
const SECOND: &str = "2024-02-18T03:05:00Z-1";

/// What somebody typed; it stays in data, and nobody says it.
const TYPED: &str = "call me: 252615557777, sentinel-typed";

/// In the name, groups, notes and fields of every contact.
pub const NAME: &str = "Sentinelname";

/// With files that others put there.
const DATA_BUCKET: &str = "school-gardens-datasets";

const POST: &str = "1000200030004000_5000600070008000";

/// The number behind a recovered message.
const RECOVERED: &str = "615551234";

/// The number in raw data of an earlier pipeline that were never to leave it.
const EARLIER: &str = "615559876";

/// The participant id that the original gave to the first who comments on Facebook.
const ID_OF_ORIGINAL: &str = "avf-facebook-uuid-2e21d2a3-0000-4000-8000-000000000001";

/// A participant id of nobody.
const SOMEBODY: &str = "demo-phone-uuid-2e21d2a3-0f6d-4f3e-9a55-0d9f6c1b7e01";

/// In every credentials file, under keys that nothing needs.
const KEY: &str = "sentinel-private-key";

#[test]
fn nothing_that_leads_to_a_person_or_a_service_gets_out() {
    let mut secrets = Vec::new();
    let world = World::changed(|synthetic, _configuration| secrets = plant(synthetic));
    plant_keys(&world);
    let credentials = std::fs::read_to_string(world.path("project/credentials.json")).unwrap();
    assert!(credentials.contains(KEY));
    secrets.extend([NAME.to_owned(), KEY.to_owned()]);
    assert!(20 < secrets.len(), "{secrets:?}");

    world.show_until("2024-02-13T00:00:00Z");
    let mut said = String::new();
    for (run_id, options) in
        [(FIRST, &["-v", "-v", "--auto-code-only"][..]), (SECOND, &["--excel"])]
    {
        let ran = world.run(run_id, options).ended_with(0);
        said += &ran.out;
        said += &ran.messages;
        world.label();
        world.emulator.services.timeline.show_all();
    }
    // A failure can say more than a success.
    world.emulator.services.traffic.plan("", 1, usize::MAX, Fault::Status(403));
    let failed = world.run("2024-02-19T03:05:00Z-1", &["-v", "-v"]).ended_with(1);
    said += &failed.messages;

    assert!(!said.contains("sentinel"), "a message says what somebody typed:\n{said}");
    let mut written = written(&world, &[FIRST, SECOND]);
    let typed = &found(&written, &[TYPED.to_owned()])[TYPED];
    for name in ["production.csv", "messages.csv", "individuals.csv"] {
        let path = Path::new("data_root/Outputs").join(name);
        assert!(typed.contains(&path), "texts stay as they were typed: {typed:?}");
    }
    written.push((PathBuf::from("what the runs said"), said.into_bytes()));
    let places = found(&written, &secrets);
    assert!(places.is_empty(), "{places:#?}");
}

/// Messages also from Facebook, from an operator, and from an earlier pipeline.
#[test]
fn nothing_gets_out_of_other_sources_either() {
    let mut secrets = Vec::new();
    let world = World::configured(add_sources, |synthetic, _configuration| {
        secrets = plant(synthetic);
        secrets.extend(plant_on_facebook(synthetic));
    });
    secrets.extend(plant_in_buckets(&world));
    plant_keys(&world);
    secrets.extend([NAME.to_owned(), KEY.to_owned()]);

    let mut said = String::new();
    for (run_id, options) in [(FIRST, &["--auto-code-only"][..]), (SECOND, &["-v", "-v"])] {
        let ran = world.run(run_id, options).ended_with(0);
        said += &ran.out;
        said += &ran.messages;
        world.label();
    }
    let raw_data = |flow: &str| {
        let path = world.data("Raw Data").join(format!("{flow}.jsonl"));
        std::fs::read_to_string(path).unwrap_or_else(|_| panic!("no `{flow}`: {said}"))
    };
    assert!(raw_data("facebook_s01e01_1000200030004000").contains(ID_OF_ORIGINAL));
    // It was looked up by the number, which is not there.
    assert!(raw_data("recovered").contains(r#""operator_raw": "25261""#));
    let messages = std::fs::read_to_string(world.data("Outputs/messages.csv")).unwrap();
    for text in ["on Facebook", "recovered", "sent earlier 1", &format!("sent earlier 2, {TYPED}")]
    {
        assert!(messages.contains(text), "no message `{text}`");
    }

    world.emulator.services.traffic.plan("", 1, usize::MAX, Fault::Status(403));
    let bucket = world.path("project/services/buckets").join(DATA_BUCKET);
    let time = "2024-02-05T10:00:00+03:00";
    let row = format!("Sender,Message,ReceivedOn\n+252{RECOVERED},{NAME},{time}\n");
    std::fs::write(bucket.join("recovered.csv"), row).unwrap();
    let number = format!("252{EARLIER}");
    std::fs::write(bucket.join("earlier_1.jsonl"), earlier(&[&number], 1)).unwrap();
    let once = [format!("tel:+252{EARLIER}"), SOMEBODY.to_owned()];
    std::fs::write(bucket.join("earlier_2.jsonl"), earlier(&once, 2)).unwrap();
    said += &world.run("2024-02-19T03:05:00Z-1", &["-v", "-v"]).ended_with(1).messages;
    assert!(said.contains("line 2: `Sender` is not a participant id"), "{said}");
    assert_eq!(said.matches("line 1 says in `avf_phone_id`, now or earlier").count(), 2, "{said}");
    assert!(!said.contains("sentinel"), "a message says what somebody typed:\n{said}");

    let mut written = written(&world, &[FIRST, SECOND]);
    // What operators and earlier pipelines put there is input.
    written
        .retain(|(path, _)| !path.starts_with(format!("project/services/buckets/{DATA_BUCKET}")));
    written.push((PathBuf::from("what the runs said"), said.into_bytes()));
    let places = found(&written, &secrets);
    assert!(places.is_empty(), "{places:#?}");
}

fn add_sources(configuration: &mut Value) {
    let sources = configuration["RawDataSources"].as_array_mut().unwrap();
    sources.push(json!({
        "SourceType": "Facebook",
        "PageID": "1000200030004000",
        "TokenFileURL": format!("gs://{CREDENTIALS_BUCKET}/facebook-token.txt"),
        "Datasets": [{"Name": "facebook_s01e01", "PostIDs": [POST]}],
    }));
    let url = |name: &str| format!("gs://{DATA_BUCKET}/{name}");
    sources
        .push(json!({"SourceType": "RecoveryCSV", "ActivationFlowURLs": [url("recovered.csv")]}));
    let earlier = ["earlier_1.jsonl", "earlier_2.jsonl"].map(url);
    sources.push(json!({"SourceType": "GCloudBucket", "ActivationFlowURLs": earlier}));
    let remappings = configuration["SourceKeyRemappings"].as_array_mut().unwrap();
    for (source, pipeline) in [
        ("avf_facebook_id", "uid"),
        ("facebook_s01e01.message", "rqa_s01e01_raw"),
        ("facebook_s01e01.id", "rqa_s01e01_run_id"),
        ("facebook_s01e01.created_time", "sent_on"),
        ("message", "rqa_s01e01_raw"),
        ("run_id", "rqa_s01e01_run_id"),
        ("received_on", "sent_on"),
    ] {
        let mut remapping = json!({"SourceKey": source, "PipelineKey": pipeline});
        if pipeline == "rqa_s01e01_raw" {
            remapping["IsActivationMessage"] = true.into();
        }
        remappings.push(remapping);
    }
}

/// Lets everybody on Facebook have a name and an id to look for; gives back these and the token.
fn plant_on_facebook(synthetic: &mut SyntheticProject) -> Vec<String> {
    let mut secrets = Vec::new();
    for page in &mut synthetic.pages {
        secrets.push(page.token.clone());
        let comments = page.posts.iter_mut().flat_map(|post| &mut post.comments);
        for (number, comment) in comments.enumerate() {
            let person = facebook_id(number);
            comment.from = Some((person.clone(), format!("{NAME} {number}")));
            comment.message = format!("on Facebook {number}");
            secrets.push(person);
            secrets.push(comment.id.clone());
        }
    }
    secrets
}

/// Of somebody who comments.
fn facebook_id(number: usize) -> String {
    format!("90909090{number:08}")
}

/// Puts a recovered message and some of an earlier pipeline into a bucket; gives back the number
/// behind the first, which the table of ids has, and one that will be in the others.
fn plant_in_buckets(world: &World) -> Vec<String> {
    let services = world.path("project/services");
    let database = LocalDatabase::open(&services.join("uuid_table.sqlite")).unwrap();
    map(&database, &facebook_id(0), ID_OF_ORIGINAL);
    let table = UuidTable::new(Box::new(database), "school_gardens", "demo-phone-uuid-").unwrap();
    let urn = Urn::parse(&format!("tel:+252{RECOVERED}")).unwrap();
    let sender = table.uuids(&[urn]).unwrap().remove(0);
    let bucket = services.join("buckets").join(DATA_BUCKET);
    std::fs::create_dir_all(&bucket).unwrap();
    let time = "2024-02-05T10:00:00+03:00";
    let row = format!("{},recovered,{time},{NAME}\n", sender.as_str());
    let csv = format!("Sender,Message,ReceivedOn,Remarks\n{row}");
    std::fs::write(bucket.join("recovered.csv"), csv).unwrap();
    for number in [1, 2] {
        let path = bucket.join(format!("earlier_{number}.jsonl"));
        std::fs::write(path, earlier(&[sender.as_str()], number)).unwrap();
    }
    vec![RECOVERED.to_owned(), EARLIER.to_owned()]
}

/// A message of an earlier pipeline, whose sender was called so, one after the other.
fn earlier(senders: &[impl AsRef<str>], number: i64) -> Vec<u8> {
    let time = "2024-02-05T10:00:00+03:00";
    let step = Arc::new(Metadata::new("test", "tests::sentinels", time));
    let changes = Changes::new()
        .set("message", format!("sent earlier {number}, {TYPED}").as_str())
        .set("run_id", number)
        .set("received_on", time);
    let mut object = TracedData::new(changes, &step);
    for sender in senders {
        object.append(Changes::new().set("avf_phone_id", sender.as_ref()), &step).unwrap();
    }
    let mut line = Vec::new();
    serialize_line(object.history(), &mut line);
    line
}

/// Puts an id under a key of the table of ids, as the original would.
fn map(database: &LocalDatabase, key: &str, uuid: &str) {
    let mappings =
        CollectionPath::top("tables").document("school_gardens").unwrap().collection("mappings");
    let uuid = google_services::documents::Value::from(uuid);
    let fields = NewFields::from(Fields::from([("uuid".to_owned(), uuid)]));
    let write = Write { path: mappings.document(key).unwrap(), change: Change::Create(fields) };
    database.transact(&mut |_| Ok(vec![write.clone()])).unwrap();
}

/// Puts names, and something that somebody typed, into what RapidPro has; gives back names and
/// phone numbers.
pub fn plant(synthetic: &mut SyntheticProject) -> Vec<String> {
    let mut secrets = Vec::new();
    for workspace in &mut synthetic.workspaces {
        secrets.push(workspace.token.clone());
        for (number, contact) in workspace.contacts.iter_mut().enumerate() {
            let name = format!("{NAME} {number}");
            contact.name = Some(name.clone());
            contact.groups = vec![name.clone()];
            contact.notes = vec![name.clone()];
            contact.fields.insert("nickname".to_owned(), Some(name));
            let addresses = contact.urns.iter().filter_map(|urn| urn.split_once(':'));
            // Without the country's code and the sign before it, as people also write numbers.
            secrets.extend(addresses.map(|(_, path)| path.trim_start_matches("+252").to_owned()));
        }
        let answers = workspace.runs.iter_mut().flat_map(|run| run.values.iter_mut());
        let texts = answers.filter(|(_, answer)| answer.value.is_some());
        for (_, answer) in texts.step_by(7) {
            answer.value = Some(TYPED.to_owned());
            answer.input = Some(TYPED.to_owned());
        }
    }
    secrets
}

fn plant_keys(world: &World) {
    let bucket = world.path("project/services/buckets").join(CREDENTIALS_BUCKET);
    let mut paths: Vec<PathBuf> = data_root::list(&bucket).unwrap();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    paths.push(world.path("project/credentials.json"));
    assert!(3 < paths.len(), "{paths:?}");
    for path in paths {
        let text = std::fs::read_to_string(&path).unwrap();
        let mut json: serde_json::Value = serde_json::from_str(&text).unwrap();
        json["private_key"] = KEY.into();
        std::fs::write(path, json.to_string()).unwrap();
    }
}

/// Everything that the runs wrote, but for what is secret by itself (the table of ids, tokens and
/// credentials), and for what is compressed: archives were restored, and pictures are there as SVG.
pub fn written(world: &World, run_ids: &[&str]) -> Vec<(PathBuf, Vec<u8>)> {
    for run_id in run_ids {
        let archive = format!("backups/data-{run_id}.tar.gzip");
        let mut restore = world.script("6_backup_data_root.sh");
        let directory = format!("restored-{run_id}");
        succeed(restore.args(["--restore", &archive, &directory])).unwrap();
    }
    let is_left_out = |path: &Path| {
        let path = path.to_str().unwrap();
        path.starts_with("project/services/uuid_table.sqlite")
            || path.starts_with(&format!("project/services/buckets/{CREDENTIALS_BUCKET}/"))
            || path == "project/credentials.json"
            || path.ends_with(".png")
            || path.ends_with(".tar.gzip")
    };
    let mut files = files_below(&world.path("")).unwrap();
    // Names of files can say something, too.
    let names: Vec<String> = files.iter().map(|(path, _)| path.display().to_string()).collect();
    files.retain(|(path, _)| !is_left_out(path));
    files.push((PathBuf::from("names of files"), names.join("\n").into_bytes()));
    files
}

/// Which of the texts are in which files.
pub fn found(
    files: &[(PathBuf, Vec<u8>)],
    texts: &[String],
) -> BTreeMap<String, BTreeSet<PathBuf>> {
    let mut by_length: BTreeMap<usize, HashSet<&[u8]>> = BTreeMap::new();
    // Spares most of the content the look-up.
    let mut is_start = vec![false; 1 << 24];
    for text in texts.iter().map(String::as_bytes) {
        assert!(3 < text.len(), "too short to be told from other texts");
        by_length.entry(text.len()).or_default().insert(text);
        is_start[text[..3].iter().fold(0, followed_by)] = true;
    }
    let mut found: BTreeMap<String, BTreeSet<PathBuf>> = BTreeMap::new();
    for (path, content) in files {
        let mut last_three = 0;
        for (place, byte) in content.iter().enumerate() {
            last_three = followed_by(last_three, byte);
            if !is_start[last_three] || place < 2 {
                continue;
            }
            for (length, texts) in &by_length {
                let part = content.get(place - 2..place - 2 + length);
                if let Some(part) = part.filter(|part| texts.contains(part)) {
                    found.entry(text(part)).or_default().insert(path.clone());
                }
            }
        }
    }
    found
}

/// Three bytes as a number, with the next in the place of the first.
fn followed_by(three: usize, byte: &u8) -> usize {
    (three << 8 | usize::from(*byte)) & 0xff_ffff
}
