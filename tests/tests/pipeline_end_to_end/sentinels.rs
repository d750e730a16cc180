//! What must not get out, planted in everything that a run reads, is looked for in everything that
//! it writes or says.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use google_services::documents::LocalDatabase;
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
const NAME: &str = "Sentinelname";

/// With files that others put there.
const DATA_BUCKET: &str = "school-gardens-datasets";

const POST: &str = "1000200030004000_5000600070008000";

/// The number behind a recovered message.
const RECOVERED: &str = "615551234";

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
    for flow in ["facebook_s01e01_1000200030004000.jsonl", "recovered.jsonl", "earlier.jsonl"] {
        let content = std::fs::read(world.data("Raw Data").join(flow));
        assert!(!content.unwrap_or_default().is_empty(), "`{flow}`: {said}");
    }
    let messages = std::fs::read_to_string(world.data("Outputs/messages.csv")).unwrap();
    for text in ["on Facebook", "recovered", "sent earlier"] {
        assert!(messages.contains(text), "no message `{text}`");
    }

    world.emulator.services.traffic.plan("", 1, usize::MAX, Fault::Status(403));
    let bucket = world.path("project/services/buckets").join(DATA_BUCKET);
    let time = "2024-02-05T10:00:00+03:00";
    let row = format!("Sender,Message,ReceivedOn\n+252{RECOVERED},{NAME},{time}\n");
    std::fs::write(bucket.join("recovered.csv"), row).unwrap();
    said += &world.run("2024-02-19T03:05:00Z-1", &["-v", "-v"]).ended_with(1).messages;
    assert!(said.contains("line 2: `Sender` is not a participant id"), "{said}");

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
    sources
        .push(json!({"SourceType": "GCloudBucket", "ActivationFlowURLs": [url("earlier.jsonl")]}));
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
            let person = format!("90909090{number:08}");
            comment.from = Some((person.clone(), format!("{NAME} {number}")));
            comment.message = format!("on Facebook {number}");
            secrets.push(person);
            secrets.push(comment.id.clone());
        }
    }
    secrets
}

/// Puts a recovered message and one of an earlier pipeline into a bucket; gives back the number
/// behind the first, which the table of ids has.
fn plant_in_buckets(world: &World) -> Vec<String> {
    let services = world.path("project/services");
    let database = LocalDatabase::open(&services.join("uuid_table.sqlite")).unwrap();
    let table = UuidTable::new(Box::new(database), "school_gardens", "demo-phone-uuid-").unwrap();
    let urn = Urn::parse(&format!("tel:+252{RECOVERED}")).unwrap();
    let sender = table.uuids(&[urn]).unwrap().remove(0);
    let bucket = services.join("buckets").join(DATA_BUCKET);
    std::fs::create_dir_all(&bucket).unwrap();
    let time = "2024-02-05T10:00:00+03:00";
    let row = format!("{},recovered,{time},{NAME}\n", sender.as_str());
    let csv = format!("Sender,Message,ReceivedOn,Remarks\n{row}");
    std::fs::write(bucket.join("recovered.csv"), csv).unwrap();
    let changes = Changes::new()
        .set("avf_phone_id", sender.as_str())
        .set("message", "sent earlier")
        .set("run_id", "1")
        .set("received_on", time);
    let step = Arc::new(Metadata::new("test", "tests::sentinels", time));
    let mut line = Vec::new();
    serialize_line(TracedData::new(changes, &step).history(), &mut line);
    std::fs::write(bucket.join("earlier.jsonl"), line).unwrap();
    vec![RECOVERED.to_owned()]
}

/// Puts names, and something that somebody typed, into what RapidPro has; gives back names and
/// phone numbers.
fn plant(synthetic: &mut SyntheticProject) -> Vec<String> {
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
fn written(world: &World, run_ids: &[&str]) -> Vec<(PathBuf, Vec<u8>)> {
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
    files.retain(|(path, _)| !is_left_out(path));
    files
}

/// Which of the texts are in which files.
fn found(files: &[(PathBuf, Vec<u8>)], texts: &[String]) -> BTreeMap<String, BTreeSet<PathBuf>> {
    let mut by_length: BTreeMap<usize, HashSet<&[u8]>> = BTreeMap::new();
    for text in texts {
        by_length.entry(text.len()).or_default().insert(text.as_bytes());
    }
    let mut found: BTreeMap<String, BTreeSet<PathBuf>> = BTreeMap::new();
    for (path, content) in files {
        for (length, texts) in &by_length {
            // Spares most of the content the look-up.
            let first_bytes: BTreeSet<u8> = texts.iter().map(|text| text[0]).collect();
            let mut windows = content.windows(*length);
            while let Some(window) = windows.find(|window| first_bytes.contains(&window[0])) {
                if texts.contains(window) {
                    found.entry(text(window)).or_default().insert(path.clone());
                }
            }
        }
    }
    found
}
