//! A second example project, another country: by configuration and data files alone it goes
//! through the check of its configuration and stages 3 and 5.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use pipeline_config::{CodingPlans, load_project};
use pipeline_tests::{binary, copy_directory, succeed, text, workspace};
use tempfile::TempDir;

#[test]
fn nothing_is_wrong_or_odd_in_its_files() {
    let mut command = Command::new(binary("pipeline-config", "check-config").unwrap());
    let output = succeed(command.arg(project().join("pipeline_config.json"))).unwrap();
    assert_eq!(text(&output.stderr), "0 errors, 0 warnings\n");
    let summary = text(&output.stdout);
    assert!(summary.contains("; Kenya, time zone Africa/Nairobi\n"), "{summary}");
}

#[test]
fn its_cleaners_read_swahili_and_english() {
    check("gender", "Mimi ni mwanamke", Some("woman"));
    check("gender", "mwanaume miaka 30", Some("man"));
    check("gender", "manzi", Some("woman"));
    check("yes-no", "Ndio!", Some("yes"));
    check("yes-no", "hapana kamwe", Some("no"));
    check("age", "nina miaka ishirini na tano", Some("25"));
    check("age", "I am 34 years", Some("34"));
    check("age", "thelathini na moja", Some("31"));
    check("county", "naishi Nailobi", Some("nairobi"));
    check("county", "kaunti ya Muranga", Some("murang'a"));
    check("county", "Eldoret", Some("uasin gishu"));
    check("county", "Homabay", Some("homa bay"));
    check("county", "Machacos", Some("machakos"));
    check("county", "Tharaka-Nithi", Some("tharaka nithi"));
    check("operator", "+254 712 000 000", Some("safaricom"));
    check("operator", "whatsapp", Some("whatsapp"));
}

#[test]
fn its_cleaners_leave_other_answers_to_a_human() {
    check("county", "maji ya kila siku", None);
    check("county", "watu wote", None);
    check("county", "Mogadishu", None);
    check("gender", "maji safi", None);
    check("age", "9", None);
    check("operator", "25499", None);
}

#[test]
fn every_county_is_its_own_code_and_lies_in_a_region() {
    let country = plans().country;
    let locations = country.locations();
    let levels = ["kenya_county", "kenya_region"].map(|it| locations.level_of_scheme(it).unwrap());
    let cleaner = country.cleaner("county").unwrap();
    let counties = cleaner.codes();
    assert_eq!(counties.len(), 47);
    for county in counties {
        assert_eq!(cleaner.clean(county), Some(county));
        assert_eq!(locations.level_code(county, levels[0]), Some(county));
        assert!(locations.level_code(county, levels[1]).is_some(), "{county}");
    }
}

#[test]
fn it_goes_through_stages_3_and_5() {
    let run = Run::new();
    let individuals = run.rows("individuals.csv");
    let messages = run.rows("messages.csv");
    assert_eq!((messages.len(), individuals.len()), (N_MESSAGES, N_PEOPLE));

    // What was labelled fills all levels of places, and ages fall into the project's categories.
    let nairobi = individuals.iter().filter(|row| row["county"] == "nairobi");
    assert!(nairobi.clone().count() > 0 && nairobi.clone().all(|row| row["region"] == "nairobi"));
    let counted = |column: &str| -> BTreeMap<&str, usize> {
        let mut counts = BTreeMap::new();
        for row in &individuals {
            *counts.entry(row[column].as_str()).or_default() += 1;
        }
        counts
    };
    assert_eq!(counted("operator"), OPERATORS.into());
    assert_eq!(counted("age_category"), AGE_CATEGORIES.into());
    assert_eq!(counted("region"), REGIONS.into());

    let analysis = run.data_root().join("Outputs/Automated Analysis");
    let maps = std::fs::read_to_string(analysis.join("maps/map_data.json")).unwrap();
    let maps: serde_json::Value = serde_json::from_str(&maps).unwrap();
    let of_everybody = &maps["county/county_total_participants.png"]["frequencies"];
    assert_eq!(of_everybody["nairobi"], nairobi.count(), "{maps}");
    assert!(analysis.join("maps/county/county_total_participants.png").is_file());
    assert!(!analysis.join("maps/regions").exists(), "no maps of another country");
    let demographics = std::fs::read_to_string(analysis.join("demographic_distributions.csv"));
    assert!(demographics.unwrap().contains("safaricom"));
}

const N_MESSAGES: usize = 111;
const N_PEOPLE: usize = 44;

const OPERATORS: [(&str, usize); 6] =
    [("NC", 4), ("airtel", 5), ("safaricom", 12), ("telegram", 8), ("telkom", 2), ("whatsapp", 13)];

const AGE_CATEGORIES: [(&str, usize); 9] = [
    ("10_to_17", 2),
    ("18_to_24", 2),
    ("25_to_34", 6),
    ("35_to_49", 9),
    ("50_to_99", 3),
    ("NA", 9),
    ("NC", 5),
    ("NR", 7),
    ("question", 1),
];

const REGIONS: [(&str, usize); 14] = [
    ("CE", 2),
    ("NA", 8),
    ("NC", 2),
    ("NR", 10),
    ("central", 3),
    ("coast", 4),
    ("eastern", 1),
    ("nairobi", 2),
    ("north_eastern", 2),
    ("nyanza", 2),
    ("question", 1),
    ("rift_valley", 1),
    ("showtime_question", 1),
    ("western", 5),
];

fn project() -> PathBuf {
    workspace().join("pipeline_configs/kenya")
}

fn plans() -> CodingPlans {
    load_project(&project().join("pipeline_config.json")).unwrap().plans
}

#[track_caller]
fn check(cleaner: &str, answer: &str, expected: Option<&str>) {
    let plans = plans();
    let found = plans.country.cleaner(cleaner).unwrap().clean(answer);
    assert_eq!(found, expected, "{cleaner}: {answer:?}");
}

/// The project's data after stages 3 and 5.
struct Run(TempDir);

impl Run {
    fn new() -> Self {
        let run = Self(tempfile::tempdir().unwrap());
        copy_directory(&project().join("data_root"), run.data_root()).unwrap();
        run.stage("processing", "generate-outputs");
        run.stage("analysis-graphs", "generate-analysis-graphs");
        run
    }

    fn data_root(&self) -> &Path {
        self.0.path()
    }

    fn stage(&self, package: &str, name: &str) {
        let mut command = Command::new(binary(package, name).unwrap());
        command.arg("ci@example.org").arg(project().join("credentials.json"));
        command.arg(project().join("pipeline_config.json")).arg(self.data_root());
        succeed(&mut command).unwrap();
    }

    fn rows(&self, file: &str) -> Vec<BTreeMap<String, String>> {
        let path = self.data_root().join("Outputs").join(file);
        csv::Reader::from_path(path).unwrap().deserialize().map(Result::unwrap).collect()
    }
}
