//! The binary `traced-data` on small files: what it prints, and how it exits.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::io::Read;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::sync::Arc;

use tempfile::TempDir;
use traced_data::{Changes, History, Key, Metadata, TracedData, Value, write_jsonl};

#[test]
fn verify_counts_what_is_good() {
    let files = Files::new();
    files.write("two.jsonl", &[hodan("woman"), warsame()]);
    files.write("none.jsonl", &[]);
    check(
        &files.run(&["verify", "two.jsonl", "none.jsonl"]),
        0,
        "two.jsonl: 2 objects, 5 updates, all verified\n\
         none.jsonl: 0 objects, 0 updates, all verified\n",
        "",
    );
}

#[test]
fn verify_names_an_edited_line_and_goes_on_to_the_next_file() {
    let files = Files::new();
    files.write("edited.jsonl", &[warsame(), hodan("woman")]);
    files.edit("edited.jsonl", |text| text.replace("\"naag\"", "\"nin\""));
    files.write("good.jsonl", &[warsame()]);
    check(
        &files.run(&["verify", "edited.jsonl", "good.jsonl"]),
        1,
        "edited.jsonl: NOT GOOD\n\
         good.jsonl: 1 object, 1 update, all verified\n",
        "error: `edited.jsonl`, line 2: the SHA chain is broken at update 4 of 4 (newest first)\n\
         hint: the line was changed by something other than the pipeline; restore the file from a backup or fetch it again\n",
    );
}

#[test]
fn verify_names_a_line_that_is_cut_short() {
    let files = Files::new();
    files.write("cut.jsonl", &[hodan("woman"), warsame()]);
    files.edit("cut.jsonl", |text| text[..text.len() - 30].to_owned());
    check(
        &files.run(&["verify", "cut.jsonl"]),
        1,
        "cut.jsonl: NOT GOOD\n",
        "error: `cut.jsonl`, line 2: the line is cut short at byte 244\n\
         hint: the file is damaged, perhaps by an interrupted copy; restore it from a backup or fetch it again\n",
    );
}

#[test]
fn verify_says_of_a_missing_file_to_look_at_the_path() {
    check(
        &Files::new().run(&["verify", "Raw Data/nothing.jsonl"]),
        1,
        "Raw Data/nothing.jsonl: NOT GOOD\n",
        "error: could not open `Raw Data/nothing.jsonl`: No such file or directory (os error 2)\n\
         hint: check the path; a name with blanks needs quotes, as in 'Raw Data/flow.jsonl'\n",
    );
}

#[test]
fn show_gives_the_latest_values_sorted_by_key() {
    let files = Files::new();
    files.write("messages.jsonl", &[hodan("woman"), warsame()]);
    check(
        &files.run(&["show", "messages.jsonl"]),
        0,
        "line 1 (hodan), 4 updates\n\
         \x20 gender_coded: code-woman of Scheme-gender (checked by ann@example.org, 2024-02-20T08:00:00Z)\n\
         \x20 gender_raw: \"naag\"\n\
         \x20 n_tries: 3\n\
         \x20 uid: \"hodan\"\n\
         line 2 (warsame), 1 update\n\
         \x20 gender_raw: \"nin\"\n\
         \x20 uid: \"warsame\"\n",
        "",
    );
}

#[test]
fn show_gives_the_asked_keys_of_the_asked_objects() {
    let files = Files::new();
    files.write("messages.jsonl", &[hodan("woman"), warsame()]);
    let condition = ["--where", "uid=warsame", "--where", "gender_raw=nin"];
    check(
        &files
            .run(&[&["show", "messages.jsonl"], &condition[..], &["--key", "gender_raw"]].concat()),
        0,
        "line 2 (warsame), 1 update\n  gender_raw: \"nin\"\n",
        "",
    );
    check(
        &files.run(&[&["show", "messages.jsonl"], &condition[..], &["--key", "age"]].concat()),
        0,
        "line 2 (warsame), 1 update\n  age: (not set)\n",
        "",
    );
}

#[test]
fn numbers_can_be_asked_for_too() {
    let files = Files::new();
    files.write("messages.jsonl", &[warsame(), hodan("woman")]);
    check(
        &files.run(&["show", "messages.jsonl", "--where", "n_tries=3", "--key", "uid"]),
        0,
        "line 2 (hodan), 4 updates\n  uid: \"hodan\"\n",
        "",
    );
}

#[test]
fn a_condition_that_no_object_fulfils_is_an_error() {
    let files = Files::new();
    files.write("messages.jsonl", &[hodan("woman")]);
    for command in ["show", "history"] {
        let arguments = [command, "messages.jsonl", "--key", "uid", "--where", "uid=hod"];
        check(
            &files.run(&arguments),
            1,
            "",
            "error: no object in `messages.jsonl` has `uid=hod`\n\
             hint: the whole value must be the same; `traced-data show <file>` shows keys and values\n",
        );
    }
}

#[test]
fn history_tells_each_change_from_what_to_what_and_where_it_came_from() {
    let files = Files::new();
    files.write("messages.jsonl", &[hodan("woman")]);
    let keys = ["--key", "Gender (Text)", "--key", "gender_raw", "--key", "gender_coded"];
    check(
        &files.run(&[&["history", "messages.jsonl"], &keys[..]].concat()),
        0,
        "line 1 (hodan)\n\
         \x20 2024-02-05T10:00:00+00:00  ann@example.org  sources_rapidpro::convert\n\
         \x20     Gender (Text): (not set) -> \"naag\"\n\
         \x20 2024-02-06T10:00:00+00:00  ann@example.org  processing::translate_source_keys\n\
         \x20     Gender (Text): \"naag\" -> (hidden), now in `gender_raw`\n\
         \x20     gender_raw: (not set) -> \"naag\", taken from `Gender (Text)`\n\
         \x20 2024-02-06T10:00:00+00:00  ann@example.org  processing::auto_code\n\
         \x20     gender_coded: (not set) -> code-man of Scheme-gender (unchecked by text_cleaners::gender)\n\
         \x20 2024-02-06T10:00:00+00:00  ann@example.org  processing::manual_codes\n\
         \x20     gender_coded: code-man of Scheme-gender (unchecked by text_cleaners::gender) -> code-woman of Scheme-gender (checked by ann@example.org, 2024-02-20T08:00:00Z)\n",
        "",
    );
}

#[test]
fn history_says_when_a_key_was_never_set() {
    let files = Files::new();
    files.write("messages.jsonl", &[warsame()]);
    check(
        &files.run(&["history", "messages.jsonl", "--key", "age_raw"]),
        0,
        "line 1 (warsame)\n  age_raw: never set\n",
        "",
    );
}

#[test]
fn history_shows_joined_objects_by_themselves() {
    let files = Files::new();
    let mut person = TracedData::from(warsame());
    let mut changes = Changes::new().set("gender_raw", "nin;naag").set("uid", "warsame");
    for key in ["gender_coded", "n_tries"] {
        changes.hide(Key::new(key));
    }
    changes.nest(Key::new("folded_with_000002"), TracedData::from(hodan("woman")));
    person.append(changes, &by("processing::fold", "2024-02-06T10:00:00+00:00")).unwrap();
    files.write("individuals.jsonl", &[person.into_history()]);
    check(
        &files.run(&["history", "individuals.jsonl", "--key", "gender_raw"]),
        0,
        "line 1 (warsame)\n\
         \x20 2024-02-05T10:00:00+00:00  ann@example.org  sources_rapidpro::convert\n\
         \x20     gender_raw: (not set) -> \"nin\"\n\
         \x20 2024-02-06T10:00:00+00:00  ann@example.org  processing::fold\n\
         \x20     joined `folded_with_000002`, with its own history:\n\
         \x20       2024-02-06T10:00:00+00:00  ann@example.org  processing::translate_source_keys\n\
         \x20           gender_raw: (not set) -> \"naag\", taken from `Gender (Text)`\n\
         \x20     gender_raw: \"nin\" -> \"nin;naag\"\n",
        "",
    );
}

#[test]
fn diff_of_equal_files_exits_with_0() {
    let files = Files::new();
    files.write("old.jsonl", &[hodan("woman"), warsame()]);
    files.write("new.jsonl", &[hodan("woman"), warsame()]);
    check(
        &files.run(&["diff", "old.jsonl", "new.jsonl"]),
        0,
        "2 objects in both files, 0 of them changed; 0 new, 0 gone\n",
        "",
    );
}

#[test]
fn diff_shows_what_changed_and_exits_with_1() {
    let files = Files::new();
    files.write("old.jsonl", &[hodan("man"), warsame()]);
    files.write("new.jsonl", &[person("faduma", "dumar"), hodan("woman")]);
    let counts = "1 object in both files, 1 of them changed; 1 new, 1 gone\n\
                  \x20 gender_coded: changed in 1 object\n";
    check(
        &files.run(&["diff", "old.jsonl", "new.jsonl"]),
        1,
        &format!(
            "new: line 1 (faduma)\n\
             changed: line 2 (hodan)\n\
             \x20   gender_coded: code-man of Scheme-gender (checked by ann@example.org, 2024-02-20T08:00:00Z) -> code-woman of Scheme-gender (checked by ann@example.org, 2024-02-20T08:00:00Z)\n\
             gone: line 2 (warsame) of the old file\n\
             {counts}"
        ),
        "",
    );
    check(&files.run(&["diff", "--summary", "old.jsonl", "new.jsonl"]), 1, counts, "");
}

#[test]
fn diff_that_fails_exits_with_2() {
    let files = Files::new();
    files.write("old.jsonl", &[warsame()]);
    check(
        &files.run(&["diff", "old.jsonl", "new.jsonl"]),
        2,
        "",
        "error: could not open `new.jsonl`: No such file or directory (os error 2)\n\
         hint: check the path; a name with blanks needs quotes, as in 'Raw Data/flow.jsonl'\n",
    );
}

#[test]
fn wrong_arguments_exit_with_2() {
    let files = Files::new();
    let arguments: [&[&str]; 4] = [
        &[],
        &["verify"],
        &["history", "messages.jsonl"],
        &["show", "messages.jsonl", "--where", "uid"],
    ];
    for arguments in arguments {
        let output = files.run(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(output.stdout.is_empty(), "{arguments:?}");
    }
}

#[test]
fn a_reader_that_has_seen_enough_is_no_error() {
    let files = Files::new();
    files.write("messages.jsonl", &vec![hodan("woman"); 5000]);
    let mut command = files.command(&["show", "messages.jsonl"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut first = [0; 6];
    child.stdout.take().unwrap().read_exact(&mut first).unwrap();
    assert_eq!(&first, b"line 1");
    // The pipe is closed now, with most of the text unread.
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[track_caller]
fn check(output: &Output, status: i32, stdout: &str, stderr: &str) {
    assert_eq!(String::from_utf8_lossy(&output.stdout), stdout);
    assert_eq!(String::from_utf8_lossy(&output.stderr), stderr);
    assert_eq!(output.status.code(), Some(status));
}

/// A directory in which the binary runs.
struct Files(TempDir);

impl Files {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, objects: &[History]) {
        let mut bytes = Vec::new();
        write_jsonl(objects, &mut bytes).unwrap();
        std::fs::write(self.path(name), bytes).unwrap();
    }

    fn edit(&self, name: &str, change: impl FnOnce(&str) -> String) {
        let before = std::fs::read_to_string(self.path(name)).unwrap();
        let after = change(&before);
        assert_ne!(before, after);
        std::fs::write(self.path(name), after).unwrap();
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_traced-data"));
        command.args(arguments).current_dir(self.0.path());
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }
}

/// Someone whose answer was translated, labelled by the program, and labelled by hand.
fn hodan(gender: &str) -> History {
    let changes = Changes::new().set("Gender (Text)", "naag").set("uid", "hodan").set("n_tries", 3);
    let fetched = by("sources_rapidpro::convert", "2024-02-05T10:00:00+00:00");
    let mut object = TracedData::new(changes, &fetched);
    let step = |name| by(name, "2024-02-06T10:00:00+00:00");
    let mut changes = Changes::new().set("gender_raw", "naag");
    changes.hide(Key::new("Gender (Text)"));
    object.append(changes, &step("processing::translate_source_keys")).unwrap();
    let suggested = label("man", false, "text_cleaners::gender");
    object
        .append(Changes::new().set("gender_coded", suggested), &step("processing::auto_code"))
        .unwrap();
    let labelled = label(gender, true, "ann@example.org");
    object
        .append(Changes::new().set("gender_coded", labelled), &step("processing::manual_codes"))
        .unwrap();
    object.into_history()
}

fn warsame() -> History {
    person("warsame", "nin")
}

fn person(uid: &str, gender_raw: &str) -> History {
    let changes = Changes::new().set("gender_raw", gender_raw).set("uid", uid);
    TracedData::new(changes, &by("sources_rapidpro::convert", "2024-02-05T10:00:00+00:00"))
        .into_history()
}

fn label(code: &str, checked: bool, by: &str) -> Value {
    let text = |key: &str, text: &str| (Key::new(key), Value::from(text));
    Value::object([
        text("SchemeID", "Scheme-gender"),
        text("CodeID", &format!("code-{code}")),
        text("DateTimeUTC", "2024-02-20T08:00:00Z"),
        (Key::new("Checked"), checked.into()),
        (Key::new("Origin"), Value::object([text("OriginID", by)])),
    ])
}

fn by(step: &str, when: &str) -> Arc<Metadata> {
    Arc::new(Metadata::new("ann@example.org", step, when))
}
