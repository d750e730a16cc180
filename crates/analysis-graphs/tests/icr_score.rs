//! `icr-score` as people run it: Coda exports and CSV files in, scores and disagreements out.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};

const SCHEME: &str = "../../pipeline_configs/demo/code_schemes/rqa_s01e01.json";

struct Files(tempfile::TempDir);

impl Files {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.path().join(name);
        fs::write(&path, text).unwrap();
        path
    }

    /// A Coda export: by message, its labels, newest first: scheme, code, whether confirmed.
    #[allow(clippy::type_complexity, reason = "a table of messages reads best as it is written")]
    fn export(&self, name: &str, messages: &[(&str, &[(&str, &str, bool)])]) -> PathBuf {
        let messages: Vec<Value> = messages
            .iter()
            .map(|(id, labels)| {
                let labels: Vec<Value> = labels
                    .iter()
                    .map(|(scheme, code, checked)| {
                        json!({
                            "SchemeID": scheme, "CodeID": code, "Checked": checked,
                            "DateTimeUTC": "2024-03-01T00:00:00Z",
                            "Origin": {"OriginID": "a", "Name": "a", "OriginType": "Manual"},
                        })
                    })
                    .collect();
                json!({
                    "MessageID": id, "Text": format!("text of {id}"), "Labels": labels,
                    "CreationDateTimeUTC": "2024-02-05T00:00:00Z", "SequenceNumber": 0,
                })
            })
            .collect();
        self.write(name, &Value::Array(messages).to_string())
    }
}

fn icr_score(arguments: &[&str], files: &[&Path]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_icr-score"));
    command.current_dir(env!("CARGO_MANIFEST_DIR")).args(arguments).args(files).output().unwrap()
}

fn stdout(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[test]
fn exports_of_coda_are_compared_by_their_latest_confirmed_labels() {
    let files = Files::new();
    let scheme = "Scheme-school-gardens-rqa-s01e01";
    let second = "Scheme-school-gardens-rqa-s01e01-1";
    let [trees, plants, lessons] = [
        "code-s01e01-fruit-trees-for-shade",
        "code-s01e01-plants-that-need-little-water",
        "code-s01e01-lessons-in-the-garden",
    ];
    let ann = files.export(
        "ann.json",
        &[
            // A second label of the scheme's duplicate; an older label that was replaced.
            ("m1", &[(second, plants, true), (scheme, trees, true), (scheme, lessons, true)]),
            ("m2", &[(scheme, trees, true)]),
            ("m3", &[(scheme, lessons, true)]),
            ("m4", &[(scheme, trees, true)]),
        ],
    );
    let ben = files.export(
        "ben.json",
        &[
            ("m1", &[(scheme, trees, true), (second, plants, true)]),
            ("m2", &[(scheme, lessons, true)]),
            ("m3", &[(scheme, lessons, true), ("Scheme-another", "code-x", true)]),
            // Nobody confirmed it; taken back.
            ("m4", &[(scheme, trees, false), (second, "SPECIAL-MANUALLY_UNCODED", true)]),
        ],
    );
    let list = files.0.path().join("differ.csv");
    let list_option = format!("--disagreements={}", list.display());
    let arguments = ["--json", "--code-scheme", SCHEME, &list_option];
    let scores: Value =
        serde_json::from_str(&stdout(&icr_score(&arguments, &[&ann, &ben]))).unwrap();
    assert_eq!(scores["Coders"], json!(["ann", "ben"]));
    assert_eq!(scores["Schemes"].as_array().unwrap().len(), 1);
    let score = &scores["Schemes"][0];
    assert_eq!((&score["Compared"], &score["NotCompared"]), (&json!(3), &json!(1)));
    // Two of three messages have the same codes.
    let percent = score["Overall"]["PercentAgreement"].as_f64().unwrap();
    assert!((percent - 200.0 / 3.0).abs() < 1e-9);
    assert_eq!(score["Codes"]["plants_that_need_little_water"]["Kappa"], json!(1.0));
    assert_eq!(score["Codes"]["fruit_trees_for_shade"]["Given"], json!([2, 1]));
    let expected = "Scheme,MessageID,Text,ann,ben\n\
        Scheme-school-gardens-rqa-s01e01,m2,text of m2,fruit_trees_for_shade,lessons_in_the_garden\n";
    assert_eq!(fs::read_to_string(list).unwrap(), expected);
}

#[test]
fn csv_files_have_a_column_of_codes() {
    let files = Files::new();
    let ann = files.write("ann.csv", "id,text,theme\n1,\"a, b\",x;y\n2,c,x\n3,d,\n4,e,y\n");
    let ben = files.write("ben.csv", "theme,id\ny; x,1\ny,2\nx,3\ny,4\n");
    let arguments = ["--code-column", "theme", "--id-column", "id"];
    let text = stdout(&icr_score(&arguments, &[&ann, &ben]));
    assert!(text.contains("3 messages compared, 1 of them with different codes; 1 coded by one"));
    assert!(text.contains("all codes together") && text.contains("66.7"), "{text}");
    assert!(text.contains("given by ann, ben"), "{text}");
}

#[test]
fn one_category_only_is_undefined_and_never_nan() {
    let files = Files::new();
    let ann = files.write("ann.csv", "id,codes\n1,x\n2,x\n");
    let ben = files.write("ben.csv", "id,codes\n1,x\n2,x\n");
    let text = stdout(&icr_score(&[], &[&ann, &ben]));
    assert!(text.contains("100.0") && text.contains("undefined") && !text.contains("NaN"));
    let scores: Value =
        serde_json::from_str(&stdout(&icr_score(&["--json"], &[&ann, &ben]))).unwrap();
    assert_eq!(scores["Schemes"][0]["Overall"]["Alpha"], Value::Null);
}

#[test]
fn problems_are_named() {
    let files = Files::new();
    let good = files.write("good.csv", "id,codes\n1,x\n");
    let check = |other: &Path, status: i32, expected: &[&str]| {
        let output = icr_score(&[], &[&good, other]);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(status), "{stderr}");
        assert!(output.stdout.is_empty());
        for text in expected {
            assert!(stderr.contains(text), "no `{text}` in:\n{stderr}");
        }
    };
    let missing = files.0.path().join("missing.csv");
    check(&missing, 1, &["missing.csv"]);
    let no_column = files.write("no_column.csv", "id,theme\n1,x\n");
    check(&no_column, 1, &["no column `codes`; it has `id`, `theme`", "hint: ", "--code-column"]);
    let twice = files.write("twice.csv", "id,codes\n1,x\n1,y\n");
    check(&twice, 1, &["the message `1` twice"]);
    let others = files.write("others.csv", "id,codes\n7,x\n");
    check(&others, 1, &["no coded message in common", "hint: "]);
    let not_coda = files.write("not_coda.json", "{\"a\": 1}");
    check(&not_coda, 1, &["not_coda.json", "hint: "]);
    assert_eq!(icr_score(&[], &[&good]).status.code(), Some(2));
}
