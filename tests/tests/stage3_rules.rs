//! The rules of stage 3, one by one, on a few messages.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use pipeline_tests::scenario::{HODAN, Scenario, Sent, WARSAME, remapping, sent};
use processing::{DropReason, Mode, OutputFile, ProcessingError};
use serde_json::json;
use traced_data::{Key, Value};

const VEGETABLES: &str = "code-s01e01-vegetables-for-school-meals";
const SHADE: &str = "code-s01e01-fruit-trees-for-shade";
const TO_SHOW_2: &str = "code-dataset-school-gardens-s01e02";
const TO_GENDER: &str = "code-dataset-gender";
const TO_HEALTH_LINE: &str = "code-dataset-health-line-suggestions";

#[test]
fn what_is_not_labelled_is_not_reviewed_and_what_is_not_there_is_missing() {
    let ran = Scenario::new().message(&sent(1, HODAN, "qudaar")).run();
    assert_eq!(ran.codes(0, "rqa_s01e01_"), ["NR"]);
    assert_eq!(ran.codes(0, "rqa_s01e02_"), ["NA"]);
    assert_eq!(ran.messages("gender"), ["NA"]);
}

#[test]
fn an_empty_answer_is_not_coded() {
    let ran = Scenario::new().message(&sent(1, HODAN, "")).run();
    assert_eq!(ran.codes(0, "rqa_s01e01_"), ["NC"]);
    let coda_file = ran.file(&OutputFile::Coda("SCHOOL_GARDENS_rqa_s01e01".to_owned()));
    assert_eq!(coda_file, b"[]", "there is nothing to label");
}

#[test]
fn a_null_message_is_dropped_and_counted() {
    let null = Sent { text: None, ..sent(1, HODAN, "") };
    let ran = Scenario::new().message(&null).message(&sent(1, WARSAME, "haa")).run();
    assert_eq!(ran.messages("uid"), [WARSAME]);
    assert_eq!(ran.outputs.counts.dropped[&DropReason::WithoutRadioShowMessage], 1);
}

#[test]
fn the_project_begins_inclusive_and_ends_exclusive() {
    let at = |time| Sent { time, ..sent(1, HODAN, "haa") };
    let ran = Scenario::new()
        .message(&at("2024-02-04T00:00:00+03:00"))
        .message(&at("2024-02-03T20:59:59.999999Z"))
        .message(&at("2024-02-17T23:59:59.999+03:00"))
        .message(&at("2024-02-17T21:00:00Z"))
        .run();
    let kept = ran.messages("sent_on");
    assert_eq!(kept, ["2024-02-04T00:00:00+03:00", "2024-02-17T23:59:59.999+03:00"]);
    assert_eq!(ran.outputs.counts.dropped[&DropReason::OutsideProjectDates], 2);
}

#[test]
fn rows_are_ordered_by_instant_not_by_text() {
    let at = |text, time| Sent { time, ..sent(1, HODAN, text) };
    let ran = Scenario::new()
        .message(&at("third", "2024-02-05T10:00:00+03:00"))
        .message(&at("first", "2024-02-05T06:00:00Z"))
        .message(&at("second", "2024-02-05T06:00:00.5Z"))
        .run();
    assert_eq!(ran.messages("rqa_s01e01_raw"), ["first", "second", "third"]);
    assert_eq!(ran.individuals("rqa_s01e01_raw"), ["first;second;third"]);
}

#[test]
fn test_contacts_are_dropped_when_the_configuration_says_so() {
    let test_run =
        Sent { more: vec![("test_run", Value::Bool(true))], ..sent(1, HODAN, "testing") };
    let scenario = Scenario::new().message(&test_run);
    assert!(scenario.run().messages("uid").is_empty());
    let scenario = scenario.with("FilterTestMessages", json!(false));
    assert_eq!(scenario.run().messages("uid"), [HODAN]);
}

#[test]
fn messages_in_a_remapped_range_go_to_another_show_at_another_time() {
    let scenario = |adjust_to| {
        Scenario::new()
            .with(
                "TimestampRemappings",
                json!([remapping(
                    "2024-02-05T00:00:00+03:00",
                    "2024-02-05T24:00:00+03:00",
                    adjust_to
                )]),
            )
            .message(&sent(1, HODAN, "late"))
            .run()
    };
    let kept_time = scenario(None);
    assert_eq!(kept_time.messages("rqa_s01e02_raw"), ["late"]);
    assert_eq!(kept_time.messages("rqa_s01e01_raw"), [""]);
    assert_eq!(kept_time.messages("sent_on"), ["2024-02-05T10:00:00+03:00"]);
    let adjusted = scenario(Some("2024-02-12T24:00:00+03:00"));
    assert_eq!(adjusted.messages("sent_on"), ["2024-02-13T00:00:00+03:00"]);
}

#[test]
fn of_overlapping_ranges_the_last_counts() {
    let mut other = remapping("2024-02-05T00:00:00+03:00", "2024-02-06T00:00:00+03:00", None);
    other["ShowPipelineKeyToRemapTo"] = json!("rqa_s01e01_raw");
    let first = remapping("2024-02-05T00:00:00+03:00", "2024-02-07T00:00:00+03:00", None);
    let ran = Scenario::new()
        .with("TimestampRemappings", json!([first, other]))
        .message(&sent(1, HODAN, "haa"))
        .run();
    assert_eq!(ran.messages("rqa_s01e01_raw"), ["haa"]);
}

#[test]
fn a_null_message_in_a_remapped_range_is_dropped() {
    let null = Sent { text: None, ..sent(1, HODAN, "") };
    let range = remapping("2024-02-05T00:00:00+03:00", "2024-02-06T00:00:00+03:00", None);
    let ran = Scenario::new().with("TimestampRemappings", json!([range])).message(&null).run();
    assert_eq!(ran.outputs.counts.dropped[&DropReason::WithoutRadioShowMessage], 1);
}

#[test]
fn an_object_with_answers_to_two_shows_becomes_two_messages() {
    let both = Sent {
        more: vec![("Rqa_S01E02 (Text) - school_gardens_s01e02_activation", "two".into())],
        ..sent(1, HODAN, "one")
    };
    for moves in [true, false] {
        let ran = Scenario::new().with("MoveWSMessages", json!(moves)).message(&both).run();
        assert_eq!(ran.outputs.counts.n_split_off, 1);
        assert_eq!(ran.messages("rqa_s01e01_raw"), ["one", ""]);
        assert_eq!(ran.messages("rqa_s01e02_raw"), ["", "two"]);
    }
}

#[test]
fn the_later_survey_run_overwrites_also_with_null() {
    let ran = Scenario::new()
        .message(&sent(1, HODAN, "haa"))
        .survey(HODAN, &[("Gender", Some("naag")), ("Age", Some("24"))])
        .survey(HODAN, &[("Gender", None)])
        .run();
    assert_eq!(ran.messages("gender_raw"), [""]);
    assert_eq!(ran.messages("gender"), ["NA"]);
    assert_eq!(ran.messages("age_raw"), ["24"]);
}

#[test]
fn surveys_of_people_who_sent_no_message_are_left_out() {
    let ran = Scenario::new()
        .message(&sent(1, HODAN, "haa"))
        .survey(WARSAME, &[("Age", Some("24"))])
        .run();
    assert_eq!(ran.individuals("uid"), [HODAN]);
}

#[test]
fn only_checked_labels_count() {
    let label = |checked| {
        let ran = Scenario::new()
            .message(&sent(1, HODAN, "haa"))
            .survey(HODAN, &[("Gender", Some("naag"))])
            .label_as("gender", "naag", "gender", &code_id("gender", "woman"), checked)
            .run();
        ran.messages("gender").remove(0)
    };
    assert_eq!(label(Some(true)), "woman");
    assert_eq!(label(Some(false)), "NR");
    assert_eq!(label(None), "NR");
}

#[test]
fn the_newest_label_counts_and_one_taken_back_is_none() {
    let ran = |newest: &str| {
        Scenario::new()
            .message(&sent(1, HODAN, "haa"))
            .survey(HODAN, &[("Gender", Some("naag"))])
            .label("gender", "naag", "gender", newest)
            .label("gender", "naag", "gender", &code_id("gender", "man"))
            .run()
            .messages("gender")
    };
    assert_eq!(ran(&code_id("gender", "woman")), ["woman"]);
    assert_eq!(ran("SPECIAL-MANUALLY_UNCODED"), ["NR"]);
}

#[test]
fn several_codes_come_from_duplicated_schemes_each_once() {
    let ran = Scenario::new()
        .message(&sent(1, HODAN, "qudaar"))
        .label("rqa_s01e01", "qudaar", "rqa_s01e01", VEGETABLES)
        .label_as("rqa_s01e01", "qudaar", "rqa_s01e01-1", SHADE, Some(false))
        .label("rqa_s01e01", "qudaar", "rqa_s01e01-2", VEGETABLES)
        .label("rqa_s01e01", "qudaar", "rqa_s01e01-3", "SPECIAL-MANUALLY_UNCODED")
        .run();
    // An unchecked label stays because another one is checked.
    assert_eq!(
        ran.codes(0, "rqa_s01e01_"),
        ["vegetables_for_school_meals", "fruit_trees_for_shade"]
    );
}

#[test]
fn a_message_moves_to_the_show_that_both_labels_say() {
    let ran = Scenario::new()
        .message(&sent(1, HODAN, "other show"))
        .label("rqa_s01e01", "other show", "rqa_s01e01", "WS")
        .label("rqa_s01e01", "other show", "ws_correct_dataset", TO_SHOW_2)
        .label("rqa_s01e02", "other show", "rqa_s01e02", "NC")
        .run();
    assert_eq!(ran.messages("rqa_s01e01_raw"), [""]);
    assert_eq!(ran.messages("rqa_s01e02_raw"), ["other show"]);
    assert_eq!(ran.codes(0, "rqa_s01e02_"), ["NC"]);
}

#[test]
fn a_message_stays_when_only_one_label_says_that_it_is_misplaced() {
    let ran = Scenario::new()
        .message(&sent(1, HODAN, "other show"))
        .label("rqa_s01e01", "other show", "rqa_s01e01", "WS")
        .run();
    assert_eq!(ran.messages("rqa_s01e01_raw"), ["other show"]);
    assert_eq!(ran.codes(0, "rqa_s01e01_"), ["CE"]);
    assert_eq!(ran.outputs.counts.n_coding_errors, 1);
}

#[test]
fn a_message_that_moves_to_a_demographic_joins_what_is_there() {
    let ran = Scenario::new()
        .message(&Sent { time: "2024-02-07T10:00:00+03:00", ..sent(1, HODAN, "naag") })
        .message(&sent(1, HODAN, "qudaar"))
        .survey(HODAN, &[("Gender", Some("dumar"))])
        .coded("gender")
        .label("rqa_s01e01", "naag", "rqa_s01e01", "WS")
        .label("rqa_s01e01", "naag", "ws_correct_dataset", TO_GENDER)
        .run();
    assert_eq!(ran.messages("rqa_s01e01_raw"), ["qudaar"]);
    assert_eq!(ran.messages("gender_raw"), ["dumar; naag"]);
    assert_eq!(ran.outputs.counts.dropped[&DropReason::MovedToDemographics], 1);
}

#[test]
fn a_person_whose_messages_all_move_away_leaves_the_outputs() {
    let ran = Scenario::new()
        .message(&sent(1, HODAN, "naag"))
        .label("rqa_s01e01", "naag", "rqa_s01e01", "WS")
        .label("rqa_s01e01", "naag", "ws_correct_dataset", TO_HEALTH_LINE)
        .run();
    assert!(ran.individuals("uid").is_empty());
    assert_eq!(ran.outputs.counts.dropped[&DropReason::MovedOutOfProject], 1);
}

#[test]
fn a_demographic_answer_that_moves_to_a_show_is_one_message_more() {
    let ran = Scenario::new()
        .message(&sent(1, HODAN, "qudaar"))
        .coded("rqa_s01e01")
        .survey(HODAN, &[("Gender", Some("geedo"))])
        .label("gender", "geedo", "gender", "WS")
        .label("gender", "geedo", "ws_correct_dataset", TO_SHOW_2)
        .run();
    assert_eq!(ran.outputs.counts.n_moved_in, 1);
    assert_eq!(ran.messages("rqa_s01e02_raw"), ["", "geedo"]);
    assert_eq!(ran.messages("gender_raw"), ["", ""]);
    assert_eq!(ran.messages("sent_on")[1], "2024-02-06T08:00:00+03:00");
}

#[test]
fn nothing_moves_when_the_configuration_says_so() {
    let ran = Scenario::new()
        .with("MoveWSMessages", json!(false))
        .message(&sent(1, HODAN, "other show"))
        .label("rqa_s01e01", "other show", "rqa_s01e01", "WS")
        .label("rqa_s01e01", "other show", "ws_correct_dataset", TO_SHOW_2)
        .run();
    assert_eq!(ran.messages("rqa_s01e01_raw"), ["other show"]);
    assert_eq!(ran.codes(0, "rqa_s01e01_"), ["WS"]);
}

#[test]
fn a_place_fills_all_levels_above_it() {
    let ran = Scenario::new()
        .message(&sent(1, HODAN, "haa"))
        .survey(HODAN, &[("Location", Some("Hodan"))])
        .label(
            "location",
            "Hodan",
            "mogadishu_sub_district",
            &code_id("mogadishu_sub_district", "hodan"),
        )
        .run();
    let columns = ["mogadishu_sub_district", "district", "region", "state", "zone"];
    let cells: Vec<String> = columns.iter().flat_map(|column| ran.messages(column)).collect();
    assert_eq!(cells, ["hodan", "mogadishu", "banadir", "banadir", "scz"]);
}

#[test]
fn two_places_that_contradict_each_other_are_a_coding_error() {
    let ran = Scenario::new()
        .message(&sent(1, HODAN, "haa"))
        .survey(HODAN, &[("Location", Some("where"))])
        .label("location", "where", "somalia_region", &code_id("somalia_region", "bay"))
        .label("location", "where", "somalia_zone", &code_id("somalia_zone", "nwz"))
        .run();
    assert_eq!(ran.messages("region"), ["CE"]);
    assert_eq!(ran.messages("zone"), ["CE"]);
}

#[test]
fn without_a_location_the_zone_is_not_coded_and_the_rest_is_missing() {
    let operator =
        vec![("operator_raw", "25261".into()), ("operator_coded", operator_label("hormud"))];
    let ran = Scenario::new().message(&Sent { more: operator, ..sent(1, HODAN, "haa") }).run();
    assert_eq!(ran.messages("zone"), ["NC"]);
    assert_eq!(ran.messages("state"), ["NA"]);
    assert_eq!(ran.messages("operator"), ["hormud"]);
}

#[test]
fn an_operator_without_a_label_is_not_coded() {
    let more = vec![("operator_raw", "whatsapp".into())];
    let ran = Scenario::new().message(&Sent { more, ..sent(1, HODAN, "haa") }).run();
    assert_eq!(ran.messages("operator"), ["NC"]);
}

#[test]
fn the_age_gives_its_category() {
    for (age, category) in [("17", "15_to_17"), ("18", "18_to_35"), ("99", "55_to_99")] {
        let ran = Scenario::new()
            .message(&sent(1, HODAN, "haa"))
            .survey(HODAN, &[("Age", Some(age))])
            .label("age", age, "age", &code_id("age", age))
            .run();
        assert_eq!(ran.messages("age"), [age]);
        assert_eq!(ran.messages("age_category")[0].replace(' ', "_"), category);
    }
}

#[test]
fn withdrawn_consent_takes_everything_with_it() {
    let ran = Scenario::new()
        .message(&sent(1, HODAN, "jooji"))
        .message(&sent(2, HODAN, "qudaar"))
        .message(&sent(1, WARSAME, "haa"))
        .label("rqa_s01e01", "jooji", "rqa_s01e01", "STOP")
        .run();
    assert_eq!(ran.messages("uid"), ["STOP", "STOP", WARSAME]);
    assert_eq!(ran.messages("consent_withdrawn"), ["true", "true", "false"]);
    assert_eq!(ran.individuals("rqa_s01e02_raw"), ["STOP", ""]);
    let latest = &ran.objects(&OutputFile::IndividualsTracedData)[0];
    assert_eq!(latest.get(Key::new("uid")), Some(&"STOP".into()));
}

#[test]
fn noise_is_in_neither_production_nor_icr_and_not_coded() {
    let noise = Sent { more: vec![("noise", Value::Bool(true))], ..sent(1, HODAN, "xxx") };
    let ran = Scenario::new().message(&noise).message(&sent(1, WARSAME, "haa")).run();
    assert_eq!(ran.production("uid"), [WARSAME]);
    assert_eq!(
        String::from_utf8_lossy(ran.file(&OutputFile::Icr("rqa_s01e01.csv".to_owned()))),
        "rqa_s01e01_run_id,rqa_s01e01_raw\n2,haa\n"
    );
    assert_eq!(ran.messages("uid"), [HODAN, WARSAME]);
}

#[test]
fn each_text_goes_to_coda_once_with_its_earliest_time() {
    let at = |person, time| Sent { time, ..sent(1, person, "qudaar") };
    let ran = Scenario::new()
        .message(&at(HODAN, "2024-02-06T10:00:00+03:00"))
        .message(&at(WARSAME, "2024-02-05T10:00:00.250+03:00"))
        .run();
    let file = OutputFile::Coda("SCHOOL_GARDENS_rqa_s01e01".to_owned());
    let messages: Vec<serde_json::Value> = serde_json::from_slice(ran.file(&file)).unwrap();
    assert_eq!(messages.len(), 1);
    assert_eq!(messages[0]["CreationDateTimeUTC"], "2024-02-05T07:00:00.250000+00:00");
}

#[test]
fn auto_code_only_stops_before_the_files_for_analysis() {
    let scenario =
        Scenario::new().message(&sent(1, HODAN, "haa")).survey(HODAN, &[("Age", Some("24"))]);
    let ran = scenario.try_run(Mode::AutoCodeOnly).unwrap();
    assert!(!ran.outputs.files.contains_key(&OutputFile::MessagesCsv));
    let object = &ran.objects(&OutputFile::AutoCodingTracedData)[0];
    assert!(object.contains(Key::new("age_coded")), "the cleaner's suggestion is there");
    assert!(!object.contains(Key::new("consent_withdrawn")));
}

#[test]
fn unknown_codes_stop_the_stage_and_are_all_listed() {
    let result = Scenario::new()
        .message(&sent(1, HODAN, "one"))
        .label("rqa_s01e01", "one", "rqa_s01e01", "code-gone")
        .label("gender", "two", "gender", "code-gone-too")
        .try_run(Mode::AllStages);
    let Err(error @ ProcessingError::UnknownCodes(_)) = result else {
        panic!("expected unknown codes");
    };
    let message = error.to_string();
    assert!(message.starts_with("2 labels in the coded Coda files have a code"), "{message}");
    assert!(message.contains("dataset `SCHOOL_GARDENS_gender`, message `"), "{message}");
    assert!(message.contains("scheme `rqa_s01e01` has no code `code-gone`"), "{message}");
    assert!(error.hint().is_some());
}

#[test]
fn labels_of_schemes_that_no_plan_uses_are_ignored_and_counted() {
    let ran = Scenario::new()
        .message(&sent(1, HODAN, "one"))
        .label("rqa_s01e01", "one", "gender", "WS")
        .run();
    assert_eq!(ran.outputs.counts.n_labels_of_unused_schemes, 1);
    assert_eq!(ran.codes(0, "rqa_s01e01_"), ["NR"]);
}

#[test]
fn a_message_without_a_readable_time_stops_the_stage() {
    let error_at = |time| {
        Scenario::new()
            .message(&sent(1, HODAN, "fine"))
            .message(&Sent { time, ..sent(1, HODAN, "odd") })
            .try_run(Mode::AllStages)
            .err()
            .unwrap()
            .to_string()
    };
    let place = "flow `school_gardens_s01e01_activation`, line 2: `sent_on` should be a time with an offset, but is ";
    assert_eq!(error_at("2024-02-05 10:00"), format!("{place}`2024-02-05 10:00`"));
    // Under a wrong mapping the time is what a person wrote, which belongs in no log.
    assert_eq!(error_at("aniga"), format!("{place}a text of 5 characters, which is not shown"));
}

#[test]
fn an_object_of_nobody_stops_the_stage() {
    let nobody = Sent { more: vec![("avf_phone_id", Value::Null)], ..sent(2, HODAN, "haa") };
    let result = Scenario::new().message(&nobody).try_run(Mode::AllStages);
    let message = result.err().unwrap().to_string();
    assert!(
        message.starts_with("flow `school_gardens_s01e02_activation`, line 1: no `avf_phone_id`")
    );
}

/// The id of the code with a match value in a scheme of the demo.
fn code_id(scheme: &str, match_value: &str) -> String {
    let path = format!("pipeline_configs/demo/code_schemes/{scheme}.json");
    let scheme = code_schemes::CodeScheme::read(&pipeline_tests::workspace().join(path)).unwrap();
    let code = scheme.matching(match_value);
    code.unwrap_or_else(|| panic!("no `{match_value}`")).code_id.to_string()
}

fn operator_label(operator: &str) -> Value {
    let pairs = [
        ("SchemeID", "Scheme-operator".to_owned()),
        ("CodeID", code_id("somalia_operator", operator)),
    ];
    Value::object(pairs.map(|(key, text)| (Key::new(key), text.into())))
}
