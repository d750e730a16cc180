//! Keys of service accounts, which a run signs with, are looked for in everything that it writes,
//! says and uploads.

use std::path::PathBuf;

use pipeline_tests::workspace;
use serde_json::Value;
use service_emulator::Fault;

use crate::sentinels::{NAME, found, plant, written};
use crate::world::{CREDENTIALS_BUCKET, World, entry};

const FIRST: &str = "2024-02-11T03:05:00Z-1";
const SECOND: &str = "2024-02-18T03:05:00Z-1";

/// Drive and the operations dashboard are at Google, for which the emulator stands in.
#[test]
fn keys_of_service_accounts_do_not_get_out() {
    let mut secrets = Vec::new();
    let world = World::changed(|synthetic, _configuration| secrets = plant(synthetic));
    secrets.push(NAME.to_owned());
    secrets.extend(use_service_account(&world));
    let services = &world.emulator.services;
    services.drive.share_folder("School gardens");
    let url = world.emulator.url();
    let drive = ("DRIVE_EMULATOR_HOST", url);

    // It has no Firestore, so the dashboard cannot be told.
    let firestore = ("FIRESTORE_EMULATOR_HOST", url);
    let options = ["-v", "-v", "--auto-code-only"];
    let first = world.run_in(&[drive, firestore], FIRST, &options).ended_with(0);
    let mut said = first.messages + &first.out;
    assert!(said.contains("The operations dashboard was not told"), "{said}");
    assert_eq!(entry(&world, "generate_outputs")["Status"], "done");
    assert!(was_asked(&world, "/v1/projects/made-up-project/"), "{said}");
    // Nor does it give tokens, without which nothing is asked of Google itself.
    services.traffic.plan("/drive/v3/files", 1, usize::MAX, Fault::Status(403));
    let second = world.run_in(&[drive], SECOND, &options).ended_with(1);
    assert!(was_asked(&world, "/token"), "{}", second.messages);
    said += &second.messages;
    said += &second.out;

    let mut written = written(&world, &[FIRST]);
    written.push((PathBuf::from("what the runs said"), said.into_bytes()));
    let uploaded = services.drive.files().into_iter();
    let uploaded = uploaded.map(|(path, bytes)| (PathBuf::from(path), bytes));
    let n_local = written.len();
    written.extend(uploaded);
    assert!(n_local < written.len(), "nothing was uploaded");
    let places = found(&written, &secrets);
    assert!(places.is_empty(), "{places:#?}");
}

/// Lets Drive and the dashboard be those of a service account; gives back what is secret of it.
fn use_service_account(world: &World) -> Vec<String> {
    let path = "crates/google-services/tests/data/made_up_service_account.json";
    let text = std::fs::read_to_string(workspace().join(path)).unwrap();
    let mut account: Value = serde_json::from_str(&text).unwrap();
    account["token_uri"] = format!("{}/token", world.emulator.url()).into();
    let bucket = world.path("project/services/buckets").join(CREDENTIALS_BUCKET);
    for name in ["drive.json", "dashboard.json"] {
        let path = bucket.join(name);
        assert!(path.exists(), "`{name}` is not there");
        std::fs::write(path, account.to_string()).unwrap();
    }
    let key = account["private_key"].as_str().unwrap();
    let lines = key.lines().filter(|line| 32 <= line.len() && !line.starts_with('-'));
    let mut secrets: Vec<String> = lines.map(str::to_owned).collect();
    assert!(20 < secrets.len(), "{secrets:?}");
    secrets.push("PRIVATE KEY".to_owned());
    secrets
}

fn was_asked(world: &World, path: &str) -> bool {
    let requests = world.emulator.services.traffic.requests();
    requests.iter().any(|request| request.starts_with(path))
}
