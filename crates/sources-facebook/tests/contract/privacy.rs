//! Nothing that says who somebody is, and no token, in any file, log or error.

use std::error::Error;
use std::io::Write;
use std::sync::{Arc, Mutex};

use service_emulator::Fault;
use service_emulator::graph::{Attachment, GraphError};
use sources_facebook::Fetched;

use crate::world::{TOKEN, World, files_below};

/// What must be nowhere: ids of people, comments and pictures, names, the token, its cursors.
const SENTINELS: [&str; 6] = ["61555000", "7770007770", "Sentinel", "700090009", TOKEN, "s3cr3t"];

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
    for fault in [Fault::Html, Fault::CutBody, Fault::Status(503), Fault::RepeatNext] {
        for nth in [1, 3, 5] {
            let world = planted();
            world.emulator.services.traffic.plan_from(nth, fault);
            errors.extend(shown(&world.fetch()));
            search(&world);
        }
    }
    for error in [
        GraphError::MALFORMED_TOKEN,
        GraphError::MISSING,
        GraphError::THROTTLED,
        GraphError { message: "Sentinel 615550001 {token}", ..GraphError::BAD_PARAMETER },
    ] {
        for nth in [1, 2, 4, 8] {
            let world = planted();
            world.emulator.services.graph.fail("", nth, usize::MAX, error);
            errors.extend(shown(&world.fetch()));
            search(&world);
        }
    }
    assert!(20 < errors.len(), "{errors:#?}");
    errors.iter().for_each(|error| assert_clean("an error", error.as_bytes()));
    let logs = logs.0.lock().unwrap();
    assert!(logs.windows(13).any(|window| window == b"Trying again."));
    assert_clean("the log", &logs);
}

fn planted() -> World {
    let world = World::new(30);
    {
        let mut page = world.page.lock();
        page.page_size = 7;
        for post in &mut page.posts {
            post.comments[3].parent = Some(post.comments[1].id.clone());
            post.comments[4].from = None;
            post.comments[5].attachment = Some(Attachment::new("photo", "700090009"));
        }
        page.posts[0].attachments.push(Attachment::new("share", "700090009"));
    }
    world
}

/// Failures as anybody could print them, with all that caused them.
fn shown(fetched: &Fetched) -> Vec<String> {
    let failures = fetched.failures.iter();
    failures
        .map(|failure| {
            let mut shown = format!("{failure} {failure:?} {:?}", failure.source.hint());
            let mut cause = failure.source();
            while let Some(error) = cause {
                shown.push_str(&format!(" {error} {error:?}"));
                cause = error.source();
            }
            shown
        })
        .collect()
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
