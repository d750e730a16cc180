//! What a country can say of people who gave no location.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use pipeline_config::load_project;
use pipeline_tests::scenario::{HODAN, Ran, Scenario, Sent, sent};
use pipeline_tests::workspace;
use tempfile::TempDir;
use traced_data::{Key, Value};

#[test]
fn people_without_a_location_get_the_place_of_their_operator() {
    let country = CopyOfCountry::new("\"WithoutAnswer\": \"Operator\"");
    assert_eq!(country.run("hormud").messages("zone"), ["scz"]);
    assert_eq!(country.run("golis").messages("zone"), ["nez"]);
    assert_eq!(country.run("golis").messages("region"), ["NA"], "only of the level that says so");
}

#[test]
fn an_operator_of_no_place_gives_no_place() {
    let country = CopyOfCountry::new("\"WithoutAnswer\": \"Operator\"");
    assert_eq!(country.run("somtel").messages("zone"), ["NC"]);
}

#[test]
fn people_without_a_location_have_none_when_the_country_says_nothing() {
    let country = CopyOfCountry::new("\"WithoutAnswer\": null");
    assert_eq!(country.run("hormud").messages("zone"), ["NA"]);
}

/// The country of the demo in a directory, with one line changed.
struct CopyOfCountry(TempDir);

impl CopyOfCountry {
    fn new(without_answer: &str) -> Self {
        let demo = workspace().join("pipeline_configs/demo/pipeline_config.json");
        let country = load_project(&demo).unwrap().plans.country;
        let directory = tempfile::tempdir().unwrap();
        for file in country.files() {
            let text = file.text.replace("\"WithoutAnswer\": \"NotCoded\"", without_answer);
            std::fs::write(directory.path().join(&file.name), text).unwrap();
        }
        Self(directory)
    }

    /// Stage 3 with one message of a person with this operator, who answered no survey.
    fn run(&self, operator: &str) -> Ran {
        let text = |key: &str, value: &str| (Key::new(key), Value::from(value));
        let label = Value::object([
            (Key::new("Checked"), false.into()),
            text("CodeID", &format!("code-operator-{operator}")),
            text("DateTimeUTC", "2024-02-05T10:00:00+03:00"),
            text("SchemeID", "Scheme-somalia-operator"),
        ]);
        let more = vec![("operator_raw", "00000".into()), ("operator_coded", label)];
        Scenario::new()
            .with_plans(|plans| {
                plans["Country"] = format!("{}/", self.0.path().display()).into();
            })
            .message(&Sent { more, ..sent(1, HODAN, "vegetables") })
            .run()
    }
}
