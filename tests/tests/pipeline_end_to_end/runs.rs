//! Two runs, with coders at work in between.

use std::path::Path;

use pipeline_tests::{succeed, workspace};

use crate::golden;
use crate::world::{World, assert_is_there, entry};

const FIRST: &str = "2024-02-11T03:05:00Z-0000000000000000000000000000000000000001";
const SECOND: &str = "2024-02-18T03:05:00Z-0000000000000000000000000000000000000001";

#[test]
fn labels_and_messages_that_came_since_the_first_run_are_in_the_second() {
    let world = World::new();
    world.show_until("2024-02-13T00:00:00Z");
    let first = world.run(FIRST, &[]).ended_with(0);
    assert!(first.out.starts_with(&format!("Run {FIRST}: done at ")), "{}", first.out);
    golden::check("pipeline/first", &golden::csv_files(&world.data("Outputs")));
    check_what_a_run_leaves(&world, FIRST);

    world.label();
    world.emulator.services.timeline.show_all();
    let second = world.run(SECOND, &[]).ended_with(0);
    assert!(second.out.contains(&format!("compared with {FIRST}\n")), "{}", second.out);
    golden::check("pipeline/second", &golden::csv_files(&world.data("Outputs")));
    golden::check("pipeline/second", &[("summary.txt".to_owned(), without_time(&second.out))]);
    check_what_a_run_leaves(&world, SECOND);
    assert_is_there(&world.data("Outputs/Automated Analysis/report.html"));

    label_the_rest_and_compare_with_stage_3_alone(&world);
}

/// When everything is labelled, the outputs are those of stage 3 on the demo's own raw data and
/// labels: nothing is lost or changed on the way through RapidPro and Coda.
fn label_the_rest_and_compare_with_stage_3_alone(world: &World) {
    world.label();
    let configuration = "project/pipeline_config.json";
    let credentials = "project/credentials.json";
    let mut get = world.script("1_coda_get.sh");
    get.args(["--pipeline-configuration", configuration, credentials, "unused", "data_root"]);
    succeed(&mut get).unwrap();
    let mut generate = world.script("3_generate_outputs.sh");
    generate.args(["tests@example.org", credentials, configuration, "data_root"]);
    succeed(&mut generate).unwrap();
    let rows = |outputs: &Path| {
        let files = golden::csv_files(outputs);
        let [production, messages, individuals] =
            [0, 1, 2].map(|at| golden::rows_in_utc(&files[at].1));
        (production, messages, individuals)
    };
    let (production, mut messages, mut individuals) = rows(&workspace().join("tests/golden/demo"));
    // Noise is nothing that RapidPro can say of a run, so its server lacks that message.
    let is_noise = |row: &Vec<String>| !production.iter().any(|other| other[..2] == row[..2]);
    let noisy: Vec<String> = messages
        .iter()
        .filter(|row| is_noise(row) && row[0] != "STOP")
        .map(|row| row[0].clone())
        .collect();
    messages.retain(|row| row[0] == "STOP" || !is_noise(row));
    let (found_production, found_messages, mut found_individuals) = rows(&world.data("Outputs"));
    individuals.retain(|row| !noisy.contains(&row[0]));
    found_individuals.retain(|row| !noisy.contains(&row[0]));
    assert_eq!(noisy.len(), 1);
    assert_eq!(production, found_production);
    assert_eq!(messages, found_messages);
    assert_eq!(individuals, found_individuals);
}

#[test]
fn a_run_can_begin_later() {
    let world = World::new();
    let all = world.run(FIRST, &["--auto-code-only", "--quiet"]).ended_with(0);
    assert!(!all.messages.contains("5_generate_analysis_graphs.sh"), "{}", all.messages);
    assert_is_there(&world.data("Outputs/auto_coding_traced_data.jsonl"));
    assert!(!world.data("Outputs/messages.csv").exists());

    let rest = world.run(SECOND, &["--auto-code-only", "--from-stage", "4"]).ended_with(0);
    for stage in ["1_coda_get.sh", "2_fetch_raw_data.sh", "3_generate_outputs.sh"] {
        assert!(!rest.messages.contains(stage), "{}", rest.messages);
    }
    assert_eq!(entry(&world, "generate_outputs")["RunId"], FIRST);
    assert_eq!(entry(&world, "coda_add")["RunId"], SECOND);
    assert_is_there(&world.path(&format!("backups/data-{SECOND}.tar.gzip")));
}

#[test]
fn a_run_in_json_says_nothing_that_is_not_json() {
    let world = World::new();
    let options = ["--auto-code-only", "--log-format", "json"];
    let ran = world.run(FIRST, &options).ended_with(0);
    for line in ran.messages.lines() {
        let parsed: Result<serde_json::Value, _> = serde_json::from_str(line);
        assert!(parsed.is_ok(), "{line}");
    }
}

fn check_what_a_run_leaves(world: &World, run_id: &str) {
    let profile = format!("memory-{run_id}.profile");
    let archive = format!("data-{run_id}.tar.gzip");
    assert_is_there(&world.path("performance_logs").join(&profile));
    assert_is_there(&world.path("backups").join(&archive));
    let buckets = world.path("project/services/buckets");
    let in_bucket = |bucket: &str| buckets.join(bucket).join("2024/school-gardens");
    assert_is_there(&in_bucket("school-gardens-performance-logs").join(&profile));
    assert_is_there(&in_bucket("school-gardens-data-archive").join(&archive));
    for name in ["production.csv", "messages.csv", "individuals.csv"] {
        let uploaded = world.path("project/services/drive/School gardens").join(name);
        let expected = std::fs::read(world.data("Outputs").join(name)).unwrap();
        assert!(std::fs::read(uploaded).unwrap() == expected, "{name}");
    }
    for stage in ["coda_get", "fetch_rapidpro", "generate_outputs", "coda_add"] {
        assert_eq!(entry(world, stage)["RunId"], run_id, "{stage}");
        assert_eq!(entry(world, stage)["Status"], "done", "{stage}");
    }
}

/// The summary with the end of the run as a word.
fn without_time(summary: &str) -> String {
    let (first_line, rest) = summary.split_once('\n').unwrap();
    let (head, _time) = first_line.rsplit_once(' ').unwrap();
    format!("{head} TIME\n{rest}")
}
