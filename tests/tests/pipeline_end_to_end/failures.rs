//! Runs that cannot go on, and what they leave.

use data_root::RunLock;
use service_emulator::Fault;

use crate::world::{World, entry, outputs};

const FIRST: &str = "2024-02-11T03:05:00Z-1";
const SECOND: &str = "2024-02-12T03:05:00Z-1";
const AUTO_CODE: [&str; 1] = ["--auto-code-only"];

#[test]
fn a_stage_that_fails_stops_the_run_and_leaves_earlier_results_whole() {
    let world = World::new();
    world.show_until("2024-02-11T00:00:00Z");
    world.run(FIRST, &AUTO_CODE).ended_with(0);
    let before = outputs(&world);

    world.emulator.services.timeline.show_all();
    world.emulator.services.traffic.plan("/api/v2/runs", 1, usize::MAX, Fault::Status(403));
    let failed = world.run(SECOND, &AUTO_CODE).ended_with(1);
    let last_words = "error: the run stopped at stage 2, which ended with exit status 1\n";
    assert!(failed.messages.contains(last_words), "{}", failed.messages);
    assert!(failed.messages.contains("--from-stage 2"), "{}", failed.messages);
    assert!(failed.messages.contains("403"), "{}", failed.messages);
    assert_eq!(failed.out, "");
    assert_eq!(entry(&world, "fetch_rapidpro")["Status"], "failed");
    assert_eq!(entry(&world, "generate_outputs")["RunId"], FIRST);
    assert!(outputs(&world) == before);
    assert!(!world.path(&format!("backups/data-{SECOND}.tar.gzip")).exists());

    world.emulator.services.traffic.heal();
    let again = world.run(SECOND, &["--auto-code-only", "--from-stage", "2"]).ended_with(0);
    assert!(again.out.contains(&format!("Run {SECOND}: done")), "{}", again.out);
    assert!(outputs(&world) != before);
}

#[test]
fn two_runs_cannot_work_on_one_data_root() {
    let world = World::new();
    std::fs::create_dir(world.path("data_root")).unwrap();
    let other = RunLock::take(&world.path("data_root"), "run_pipeline.sh").unwrap();
    let refused = world.run(FIRST, &[]).ended_with(1);
    let expected = "error: data root `data_root` is in use by `run_pipeline.sh` (process ";
    assert!(refused.messages.starts_with(expected), "{}", refused.messages);
    drop(other);
    world.run(FIRST, &AUTO_CODE).ended_with(0);
}

#[test]
fn a_wrong_configuration_stops_the_run_before_anything_is_fetched() {
    let world = World::changed(|_synthetic, configuration| {
        configuration["ProjectStartDat"] = configuration["ProjectStartDate"].clone();
    });
    let failed = world.run(FIRST, &[]).ended_with(1);
    assert!(failed.messages.contains("unknown key `ProjectStartDat`"), "{}", failed.messages);
    assert!(failed.messages.contains("stopped at stage 1"), "{}", failed.messages);
    assert_eq!(world.emulator.services.traffic.requests(), Vec::<String>::new());
}

#[test]
fn wrong_arguments_get_the_usage() {
    let world = World::new();
    let arguments = ["a", "b", "c", "d", "e", "f", "g", "h", "i"];
    for wrong in [&arguments[..8], &["--from-stage"], &["--from-stage", "8"], &["--fast"], &[]] {
        let output = world.script("run_pipeline.sh").args(wrong).output().unwrap();
        let messages = pipeline_tests::text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{wrong:?}: {messages}");
        assert!(messages.contains("Usage: ./run_pipeline.sh"), "{wrong:?}: {messages}");
    }
    let output = world.script("run_pipeline.sh").arg("--help").output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert!(pipeline_tests::text(&output.stdout).contains("--from-stage <n>"));
}
