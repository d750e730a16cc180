//! Nothing that says who somebody is, in any file, log or error.

use std::error::Error;
use std::io::Write;
use std::sync::{Arc, Mutex};

use serde_json::json;
use service_emulator::{Fault, Recorded};
use sources_rapidpro::RapidProError;

use crate::archives::{add_archive, archived};
use crate::world::{ACTIVATION, TOKEN, World, files_below};

/// What must be nowhere: numbers in all spellings, names, the token, the secret of a link.
const SENTINELS: [&str; 7] =
    ["252615550001", "0615550001", "615550001", "Sentinel", "sentinel_user", TOKEN, "s3cr3t"];

#[test]
fn nobody_is_named_in_files_logs_or_errors() {
    let logs = Logs::default();
    let writer = logs.clone();
    tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
        .with_writer(move || writer.clone())
        .with_ansi(false)
        .init();

    let world = planted();
    world.fetch_all();
    search(&world);

    let mut errors = Vec::new();
    for fault in [Fault::Html, Fault::CutBody, Fault::Status(503)] {
        for first in [1, 3, 4, 5, 6, 7] {
            let world = planted();
            world.traffic().plan("", first, 80, fault);
            errors.extend(shown(world.fetch()));
            search(&world);
        }
    }
    for odd in [
        json!({"modified_on": "+252615550001"}),
        json!({"uuid": {"phone": "+252615550001"}}),
        json!({"contact": "Sentinel +252615550001"}),
        json!({"id": "+252615550001"}),
    ] {
        let world = planted();
        let flow = crate::world::flow_uuid(ACTIVATION);
        let mut run = json!({
            "uuid": "d0000000-0000-4000-8000-000000000000", "id": 1000, "flow": {"uuid": flow},
            "contact": {"uuid": crate::world::contact_uuid(0)}, "values": {},
            "created_on": "2021-06-01T00:00:00Z", "modified_on": "2021-06-01T00:00:00Z",
        });
        // A server that is not ours to understand: it gives the odd run whatever is asked.
        run.as_object_mut().unwrap().extend(odd.as_object().unwrap().clone());
        world.traffic().replay(Recorded {
            url: Some(format!("/api/v2/runs.json?flow={flow}&reverse=true")),
            ignored_parameters: vec!["paths".to_owned()],
            status: 200,
            body: json!({"next": null, "results": [run]}).to_string(),
            ..Recorded::default()
        });
        errors.extend(shown(world.fetch()));
        search(&world);
    }
    let world = planted();
    let body = json!({"detail": "Sentinel tel:+252615550001 is odd"}).to_string();
    world.traffic().replay(Recorded { status: 400, body, ..Recorded::default() });
    errors.extend(shown(world.fetch()));

    assert!(10 < errors.len(), "{errors:#?}");
    for error in &errors {
        assert_clean("an error", error.as_bytes());
    }
    let logs = logs.0.lock().unwrap();
    assert!(logs.windows(13).any(|window| window == b"Trying again."));
    assert_clean("the log", &logs);
}

fn planted() -> World {
    let world = World::with_runs(30);
    {
        let mut workspace = world.workspace.lock();
        workspace.page_size = 7;
        for (n, contact) in workspace.contacts.iter_mut().enumerate() {
            contact.name = Some(format!("Sentinel Name {n}"));
            contact.fields = [("phone".to_owned(), Some("+252615550001".to_owned()))].into();
            contact.groups = vec!["Sentinel's friends".to_owned()];
            contact.notes = vec!["Sentinel, 0615550001".to_owned()];
        }
        workspace.contacts[0].urns = [
            "tel:+252615550001",
            "telegram:252615550001#sentinel_user",
            "Sentinel:Name",
            "sentinel_user",
        ]
        .map(str::to_owned)
        .to_vec();
        for run in &mut workspace.runs {
            run.start = Some("Sentinel".to_owned());
        }
    }
    add_archive(&world, "2021-06-01", "daily", &[archived(50)]);
    world
}

/// An error as anybody could print it, with all that caused it.
fn shown<T: std::fmt::Debug>(result: Result<T, RapidProError>) -> Vec<String> {
    match result {
        Ok(fetched) => vec![format!("{fetched:?}")],
        Err(error) => {
            let mut shown = format!("{error} {error:?} {:?}", error.hint());
            let mut cause = error.source();
            while let Some(error) = cause {
                shown.push_str(&format!(" {error} {error:?}"));
                cause = error.source();
            }
            vec![shown]
        }
    }
}

fn search(world: &World) {
    for (path, bytes) in files_below(&world.data_root()) {
        assert_clean(&path.display().to_string(), &bytes);
        assert_clean("the name of a file", path.file_name().unwrap().as_encoded_bytes());
    }
}

#[track_caller]
fn assert_clean(place: &str, bytes: &[u8]) {
    for sentinel in SENTINELS {
        let found = bytes.windows(sentinel.len()).position(|window| window == sentinel.as_bytes());
        if let Some(at) = found {
            let context = &bytes[at.saturating_sub(200)..(at + 200).min(bytes.len())];
            panic!("`{sentinel}` in {place}: {}", String::from_utf8_lossy(context));
        }
    }
}

#[derive(Clone, Default)]
struct Logs(Arc<Mutex<Vec<u8>>>);

impl Write for Logs {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
