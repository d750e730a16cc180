//! The binary as people and scripts use it.

use assert_cmd::Command;

#[test]
fn cleans_a_text_a_line() {
    let mut command = text_cleaners(&["clean", "yes-no"]);
    command.write_stdin("haa\nmalaha\r\n\nMAYA").assert().success().stdout("yes\nNC\nNC\nno\n");
}

#[test]
fn explains_what_was_recognized() {
    text_cleaners(&["explain", "gender", "Waxaan ahay gabadh"])
        .assert()
        .success()
        .stdout("woman\n  `gabadh` is `woman`: `gabadh` of gender.somali.txt, as listed\n");
}

#[test]
fn lists_the_cleaners() {
    text_cleaners(&["list"]).assert().success().stdout(
        "gender\t2 codes\nyes-no\t2 codes\nage\t90 codes\nmogadishu-sub-district\t17 codes\n\
         somalia-district\t74 codes\nsomalia-district-unless-mogadishu\t74 codes\n\
         operator\t8 codes\n",
    );
}

#[test]
fn refuses_an_unknown_cleaner_with_the_names_there_are() {
    let assert = text_cleaners(&["clean", "shoe-size"]).assert().code(2).stdout("");
    let stderr = String::from_utf8_lossy(&assert.get_output().stderr).into_owned();
    assert!(stderr.contains("there is no cleaner `shoe-size`"), "{stderr}");
    assert!(stderr.contains("`mogadishu-sub-district`"), "{stderr}");
}

#[test]
fn measures_by_a_file_of_outputs() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("vectors.json");
    std::fs::write(
        &path,
        r#"{"text_functions": {
            "inputs": ["haa", "maya", "wanaagsan", "labo", "yeah", "25jir"],
            "outputs": {
                "somali.clean_gender": ["NC", "NC", "woman", "man", "NC", {"error": "ValueError"}],
                "somali.clean_yes_no": ["yes", "yes", "NC", "NC", "NC", "NC"]
            }}}"#,
    )
    .unwrap();
    let path = path.to_str().unwrap();
    text_cleaners(&["measure", path, "--cleaner", "yes-no"]).assert().success().stdout(
        "cleaner\tthey code\tsame\tmended\tsame of the rest\tthey leave\tcoded here\tguessed here\n\
         yes-no\t2\t50.0 %\t0.0 %\t50.0 %\t4\t25.0 %\t0.0 %\n\
         \nyes-no, coded here, in a known spelling: 1\n  NC -> yes\t\"yeah\"\n\
         \nyes-no, missed: 1\n  yes -> no\t\"maya\"\n",
    );
    text_cleaners(&["measure", path, "--cleaner", "gender", "--half", "held-out", "--summary"])
        .assert()
        .success()
        .stdout(
            "cleaner\tthey code\tsame\tmended\tsame of the rest\tthey leave\tcoded here\tguessed here\n\
             gender\t1\t0.0 %\t100.0 %\t-\t2\t0.0 %\t0.0 %\n",
        );
}

#[test]
fn says_what_is_wrong_with_a_file_of_outputs() {
    let directory = tempfile::tempdir().unwrap();
    check_measure_fails(&directory, None, "could not read vectors", "");
    check_measure_fails(&directory, Some("\u{fd}7zXZ"), "are not JSON", "hint: unpack the file");
    check_measure_fails(&directory, Some("{}"), "expected a list", "hint: expected `{\"text_");
}

#[test]
fn help_teaches_with_examples() {
    let assert = text_cleaners(&["--help"]).assert().success();
    let help = String::from_utf8_lossy(&assert.get_output().stdout).into_owned();
    assert!(help.contains("$ text-cleaners explain gender 'waxaan ahay gabadh'"), "{help}");
}

fn text_cleaners(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_text-cleaners"));
    command.args(arguments);
    command
}

#[track_caller]
fn check_measure_fails(
    directory: &tempfile::TempDir,
    content: Option<&str>,
    message: &str,
    hint: &str,
) {
    let path = directory.path().join("vectors.json");
    if let Some(content) = content {
        std::fs::write(&path, content).expect("the temporary directory takes files");
    }
    let assert = text_cleaners(&["measure", path.to_str().expect("temporary paths are UTF-8")])
        .assert()
        .code(1)
        .stdout("");
    let stderr = String::from_utf8_lossy(&assert.get_output().stderr).into_owned();
    assert!(stderr.starts_with("error: ") && stderr.contains(message), "{stderr}");
    assert!(stderr.contains(hint), "{stderr}");
}
