//! The analysis tables as SQL: what DuckDB makes of the Parquet files is what stage 5 makes.
//!
//! Run with `cargo test -p pipeline-tests --features parquet --test stage3_parquet`. Needs Python
//! with the package `duckdb`; without it the test prints `SKIPPED`, and fails when
//! `PCVE_REQUIRE_DUCKDB` is set.

#![cfg(feature = "parquet")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use pipeline_tests::{binary, copy_directory, succeed, text, workspace};

/// Runs a statement of SQL on the Parquet files of a directory; prints its rows as JSON.
const DUCKDB: &str = r#"
import duckdb, json, sys
directory, sql = sys.argv[1:]
connection = duckdb.connect()
for name in ["messages", "individuals"]:
    connection.execute(f"CREATE VIEW {name} AS SELECT * FROM read_parquet('{directory}/{name}.parquet')")
result = connection.execute(sql)
names = [column[0] for column in result.description]
print(json.dumps([dict(zip(names, row)) for row in result.fetchall()], default=str))
"#;

#[test]
fn duckdb_finds_what_stage_5_finds() {
    if !has_duckdb() {
        assert!(std::env::var_os("PCVE_REQUIRE_DUCKDB").is_none(), "there is no duckdb");
        eprintln!("SKIPPED: Python has no package `duckdb`");
        return;
    }
    let demo = Demo::new();
    let [engagement, repeats, themes] = &recipes()[..] else { panic!("the page has three") };

    let expected = demo.table("engagement_counts.csv");
    for row in demo.sql(engagement) {
        let expected = expected.iter().find(|known| row["dataset"] == known["Dataset"]).unwrap();
        assert_eq!(number(&row["messages"]), expected["Total Messages with Opt-Ins"]);
        assert_eq!(number(&row["relevant_messages"]), expected["Total Relevant Messages"]);
        assert_eq!(number(&row["people"]), expected["Total Participants with Opt-Ins"]);
        assert_eq!(number(&row["relevant_people"]), expected["Total Relevant Participants"]);
    }

    let expected = demo.table("repeat_participations.csv");
    let found = demo.sql(repeats);
    assert!(!found.is_empty());
    for row in &expected {
        let n_shows = &row["Number of Episodes Participated In"];
        let found = found.iter().find(|found| number(&found["n_shows"]) == *n_shows);
        let n_people = found.map_or("0".to_owned(), |found| number(&found["n_people"]));
        assert_eq!(n_people, row["Number of Participants with Opt-Ins"], "{n_shows} shows");
    }

    let expected = demo.table("theme_distributions.csv");
    let found = demo.sql(themes);
    assert!(!found.is_empty());
    for row in found {
        let gender = row["gender"].as_str().unwrap();
        for (theme, n_people) in row.as_object().unwrap().iter().filter(|(key, _)| *key != "gender")
        {
            let known = expected.iter().find(|known| known["Theme"] == *theme).unwrap();
            assert_eq!(number(n_people), known[&format!("gender:{gender}")], "{theme} by {gender}");
        }
    }
}

#[test]
fn columns_have_types_and_nothing_is_left_of_people_who_withdrew() {
    if !has_duckdb() {
        eprintln!("SKIPPED: Python has no package `duckdb`");
        return;
    }
    let demo = Demo::new();
    let types = demo.sql("DESCRIBE messages");
    let of = |name: &str| {
        let row = types.iter().find(|row| row["column_name"] == name).unwrap();
        row["column_type"].as_str().unwrap().to_owned()
    };
    assert_eq!(of("sent_on"), "TIMESTAMP WITH TIME ZONE");
    assert_eq!(of("consent_withdrawn"), "BOOLEAN");
    assert_eq!(of("rqa_s01e01_NA"), "TINYINT");
    assert_eq!(of("gender"), "VARCHAR");
    let csv = demo.csv("messages.csv");
    let n_withdrawn = csv.iter().filter(|row| row["consent_withdrawn"] == "true").count();
    let found = demo.sql(
        "SELECT COUNT(*) AS n, COUNT(uid) AS uids, COUNT(rqa_s01e01_NA) AS flags, \
         MIN(epoch_us(sent_on)) AS first FROM messages GROUP BY consent_withdrawn \
         ORDER BY consent_withdrawn",
    );
    assert_eq!(number(&found[0]["n"]), (csv.len() - n_withdrawn).to_string());
    assert_eq!(found[0]["n"], found[0]["flags"]);
    assert!(0 < n_withdrawn, "nobody withdrew");
    assert_eq!(number(&found[1]["n"]), n_withdrawn.to_string());
    assert_eq!((number(&found[1]["uids"]), number(&found[1]["flags"])), ("0".into(), "0".into()));
    let first = csv.iter().find(|row| row["consent_withdrawn"] == "false").unwrap();
    let first = iso_time::parse(&first["sent_on"]).unwrap().timestamp_micros();
    assert_eq!(number(&found[0]["first"]), first.to_string());
}

#[test]
fn a_run_without_the_option_removes_the_copies_of_an_earlier_one() {
    let demo = Demo::new();
    assert!(demo.outputs().join("messages.parquet").is_file());
    succeed(&mut demo.stage_3(&[])).unwrap();
    assert!(!demo.outputs().join("messages.parquet").exists());
}

/// The statements of docs/scaling.md.
fn recipes() -> Vec<String> {
    let page = std::fs::read_to_string(workspace().join("docs/scaling.md")).unwrap();
    let blocks = page.split("```sql\n").skip(1);
    blocks.map(|block| block.split("```").next().unwrap().to_owned()).collect()
}

fn has_duckdb() -> bool {
    let output = Command::new("python3").args(["-c", "import duckdb"]).output();
    output.is_ok_and(|output| output.status.success())
}

fn number(json: &serde_json::Value) -> String {
    json.to_string().trim_matches('"').to_owned()
}

/// The demo project after stages 3 and 5.
struct Demo(tempfile::TempDir);

impl Demo {
    fn new() -> Self {
        let demo = Self(tempfile::tempdir().unwrap());
        for part in ["Raw Data", "Coded Coda Files"] {
            let part = Path::new("data_root").join(part);
            let from = workspace().join("pipeline_configs/demo").join(&part);
            copy_directory(&from, &demo.0.path().join(&part)).unwrap();
        }
        succeed(&mut demo.stage_3(&["--parquet"])).unwrap();
        let mut stage_5 =
            Command::new(binary("analysis-graphs", "generate-analysis-graphs").unwrap());
        succeed(stage_5.arg("--tables-only").args(demo.arguments())).unwrap();
        demo
    }

    fn stage_3(&self, options: &[&str]) -> Command {
        let mut command = Command::new(binary_with_parquet());
        command.args(options).args(self.arguments());
        command
    }

    fn arguments(&self) -> [PathBuf; 4] {
        let demo = workspace().join("pipeline_configs/demo");
        let configuration = demo.join("pipeline_config.json");
        let data_root = self.0.path().join("data_root");
        ["tests@example.org".into(), demo.join("credentials.json"), configuration, data_root]
    }

    fn outputs(&self) -> PathBuf {
        self.0.path().join("data_root/Outputs")
    }

    fn sql(&self, statement: &str) -> Vec<serde_json::Value> {
        let mut python = Command::new("python3");
        let output = succeed(python.args(["-c", DUCKDB]).arg(self.outputs()).arg(statement));
        serde_json::from_slice(&output.unwrap().stdout).unwrap()
    }

    fn csv(&self, name: &str) -> Vec<BTreeMap<String, String>> {
        let mut reader = csv::Reader::from_path(self.outputs().join(name)).unwrap();
        reader.deserialize().map(Result::unwrap).collect()
    }

    fn table(&self, name: &str) -> Vec<BTreeMap<String, String>> {
        self.csv(&format!("Automated Analysis/{name}"))
    }
}

/// Stage 3 with `--parquet`, built beside the one without.
fn binary_with_parquet() -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    let target = target.unwrap_or_else(|| workspace().join("target")).join("with-parquet");
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["build", "--quiet", "-p", "processing", "--features", "parquet", "--target-dir"]);
    let output = cargo.arg(&target).current_dir(workspace()).output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    target.join("debug/generate-outputs")
}
