//! What `check-config` says about wrong coding plans and code schemes.

use insta::assert_snapshot;

use crate::project::good;

const PLANS: &str = "coding_plans.json";

#[test]
fn names_unknown_keys_and_values() {
    let files = good()
        .edit(PLANS, r#""IcrFile""#, r#""ICRFile""#)
        .edit(PLANS, r#""AgeCategory""#, r#""AgeCategories""#)
        .edit(PLANS, r#""ListOfLabels""#, r#""ListofLabels""#);
    assert_snapshot!(files.check(), @r"
    exit status 1, stdout nothing
    error: coding_plans.json, line 8, column 7, `RadioShowPlans[0].ICRFile`: unknown key `ICRFile`
      hint: did you mean `IcrFile`?
    error: coding_plans.json, line 12, column 141, `RadioShowPlans[0].CodingConfigurations[0].FoldStrategy`: expected one of `AssertEqual`, `Concatenate`, `BooleanOr`, `Matrix`, `YesNoAmbivalent`, `ControlCodeByPrecedence`, `AssertLabelIdsEqual`, `ListOfLabels`, found `ListofLabels`
      hint: did you mean `ListOfLabels`?
    error: coding_plans.json, line 55, column 33, `DemographicPlans[3].CodeImputationFunction`: expected one of `Location`, `AgeCategory`, found `AgeCategories`
      hint: did you mean `AgeCategory`?
    3 errors, 0 warnings
    ");
}

#[test]
fn asks_for_cleaners_and_places_of_a_country() {
    let unknown = good().edit(PLANS, r#""Cleaner": "gender""#, r#""Cleaner": "genders""#);
    assert_snapshot!(unknown.check(), @r"
    exit status 1, stdout nothing
    error: coding_plans.json, line 46, column 69, `DemographicPlans[2].CodingConfigurations[0].Cleaner`: there is no cleaner `genders`
      hint: did you mean `gender`?
    1 error, 0 warnings
    ");
    let without = good().edit(PLANS, r#", "Country": "somalia""#, "");
    assert_snapshot!(without.check(), @r"
    exit status 1, stdout nothing
    error: coding_plans.json, line 30, column 33, `DemographicPlans[1].CodeImputationFunction`: `Location` needs the places of a country
      hint: name a `Country` in the plans: one that comes with the program (`somalia`), or a directory such as `./country`
    error: coding_plans.json, line 46, column 69, `DemographicPlans[2].CodingConfigurations[0].Cleaner`: there is no cleaner `gender`
      hint: name a `Country` in the plans: one that comes with the program (`somalia`), or a directory such as `./country`
    2 errors, 0 warnings
    ");
    let elsewhere = good().edit(PLANS, r#""Country": "somalia""#, r#""Country": "atlantis""#);
    assert_snapshot!(elsewhere.check(), @r"
    exit status 1, stdout nothing
    error: atlantis: no such country comes with the program
      hint: `somalia` does; `./atlantis` would be a directory beside the coding plans
    1 error, 0 warnings
    ");
}

#[test]
fn reports_problems_in_the_files_of_a_country() {
    let country = r#"{"Name": "Testland", "Cleaners": [
        {"Kind": "Words", "Name": "gender", "Files": ["gender.txt"]}]}"#;
    let files = good()
        .edit(PLANS, r#""Country": "somalia""#, r#""Country": "./land""#)
        .with("land/country.json", country)
        .with("land/gender.txt", "man: mume\nwoman\n");
    assert_snapshot!(files.check(), @r"
    exit status 1, stdout nothing
    error: land/gender.txt, line 2, column 1: expected a code, found `woman`
      hint: write `code: word, word`; all words of a code may stand in one line
    1 error, 0 warnings
    ");
}

#[test]
fn asks_for_what_belongs_together() {
    let files = good()
        .edit(PLANS, "      \"TimeField\": \"gender_time\",\n", "")
        .edit(PLANS, "      \"IcrFile\": \"show_e01.csv\",\n", "")
        .edit(
            PLANS,
            r#"  "WSCorrectDatasetScheme": "ws_correct_dataset""#,
            r#"  "FollowUpPlans": []"#,
        );
    assert_snapshot!(files.check(), @r"
    exit status 1, stdout nothing
    error: pipeline_config.json, line 54, column 21, `MoveWSMessages`: messages cannot be moved: the plans have no `WSCorrectDatasetScheme`
      hint: name the scheme in the plans, or set `MoveWSMessages` to `false`
    error: coding_plans.json, line 3, column 5, `RadioShowPlans[0]`: plan `show_e01_raw` has a `RunIdField`, but no `IcrFile`
      hint: add the name of a CSV file, or leave both out
    error: coding_plans.json, line 8, column 23, `RadioShowPlans[0].WSMatchValue`: a `WSMatchValue`, but no `WSCorrectDatasetScheme`
      hint: name the scheme with the key `WSCorrectDatasetScheme` at the top of the plans
    error: coding_plans.json, line 38, column 5, `DemographicPlans[2]`: plan `gender_raw` has a `CodaDataset`, but no `TimeField`
      hint: Coda shows when each message was sent; add the field with the times
    warning: pipeline_config.json, line 45, column 59, `SourceKeyRemappings[6].PipelineKey`: no coding plan uses `gender_time`
      hint: leave the remappings out, or add a plan
    4 errors, 1 warning
    ");
}

#[test]
fn refuses_names_that_are_used_twice() {
    let files = good()
        .edit(PLANS, r#""CodedField": "district_coded""#, r#""CodedField": "region_coded""#)
        .edit(PLANS, r#""Test_gender""#, r#""test_AGE""#)
        .edit(PLANS, r#""AnalysisFileKey": "operator""#, r#""AnalysisFileKey": "show_e01_NC""#)
        .edit(PLANS, r#""AnalysisFileKey": "gender""#, r#""AnalysisFileKey": "uid""#)
        .edit(PLANS, r#""WSMatchValue": "gender""#, r#""WSMatchValue": "age""#)
        .edit(PLANS, r#""RawField": "age_raw""#, r#""RawField": "gender_raw""#);
    assert_snapshot!(files.check(), @r"
    exit status 1, stdout nothing
    error: coding_plans.json, line 21, column 119, `DemographicPlans[0].CodingConfigurations[0].AnalysisFileKey`: column `show_e01_NC` has the same name as that at `RadioShowPlans[0].CodingConfigurations[0].AnalysisFileKey`
    error: coding_plans.json, line 34, column 80, `DemographicPlans[1].CodingConfigurations[2].CodedField`: field `region_coded` is already used at `DemographicPlans[1].CodingConfigurations[1].CodedField`
    error: coding_plans.json, line 46, column 128, `DemographicPlans[2].CodingConfigurations[0].AnalysisFileKey`: column `uid` has the same name as one that every file has
    error: coding_plans.json, line 50, column 19, `DemographicPlans[3].RawField`: field `gender_raw` is already used at `DemographicPlans[2].RawField`
    error: coding_plans.json, line 52, column 22, `DemographicPlans[3].CodaDataset`: Coda dataset `Test_age` is already used at `DemographicPlans[2].CodaDataset`
    error: coding_plans.json, line 53, column 23, `DemographicPlans[3].WSMatchValue`: WS match value `age` is already used at `DemographicPlans[2].WSMatchValue`
    warning: pipeline_config.json, line 46, column 56, `SourceKeyRemappings[7].PipelineKey`: no coding plan uses `age_raw`
      hint: leave the remappings out, or add a plan
    6 errors, 1 warning
    ");
}

#[test]
fn refuses_names_that_would_leave_the_data_root() {
    let files = good()
        .edit(PLANS, r#""Test_gender""#, r#""../Test_gender""#)
        .edit(PLANS, r#""show_e01.csv""#, "\"a\\\\b.csv\"")
        .edit(PLANS, r#""CodeScheme": "gender""#, r#""CodeScheme": "/gender""#);
    assert_snapshot!(files.check(), @r"
    exit status 1, stdout nothing
    error: coding_plans.json, line 8, column 18, `RadioShowPlans[0].IcrFile`: `a\b.csv` becomes a file name, but contains a path separator
    error: coding_plans.json, line 42, column 22, `DemographicPlans[2].CodaDataset`: `../Test_gender` becomes a file name, but contains a path separator
    error: coding_plans.json, line 46, column 48, `DemographicPlans[2].CodingConfigurations[0].CodeScheme`: `/gender` becomes a file name, but contains a path separator
    3 errors, 0 warnings
    ");
}

#[test]
fn refuses_fields_that_the_pipeline_keeps_for_itself() {
    let files = good().edit(PLANS, r#""CodedField": "gender_coded""#, r#""CodedField": "noise""#);
    assert_snapshot!(files.check(), @r"
    exit status 1, stdout nothing
    error: coding_plans.json, line 46, column 93, `DemographicPlans[2].CodingConfigurations[0].CodedField`: field `noise` has a meaning of its own in the pipeline
      hint: use another name
    1 error, 0 warnings
    ");
}

#[test]
fn refuses_fold_strategies_that_do_not_fit() {
    let files = good().edit(PLANS, r#""ListOfLabels""#, r#""AssertLabelIdsEqual""#).edit(
        PLANS,
        r#""Concatenate""#,
        r#""ListOfLabels""#,
    );
    assert_snapshot!(files.check(), @r"
    exit status 1, stdout nothing
    error: coding_plans.json, line 10, column 31, `RadioShowPlans[0].RawFieldFoldStrategy`: strategy `ListOfLabels` is for labels, not for texts
      hint: use `Concatenate` for radio shows and `AssertEqual` for surveys
    error: coding_plans.json, line 12, column 141, `RadioShowPlans[0].CodingConfigurations[0].FoldStrategy`: strategy `AssertLabelIdsEqual` does not fit coding mode `Multiple`
      hint: use `ListOfLabels`
    2 errors, 0 warnings
    ");
}

#[test]
fn warns_of_fields_that_nothing_fills() {
    let files = good()
        .edit(PLANS, r#""TimeField": "gender_time""#, r#""TimeField": "gender_times""#)
        .edit(PLANS, r#""RunIdField": "show_e01_run_id""#, r#""RunIdField": "run""#);
    assert_snapshot!(files.check(), @r"
    exit status 0, stdout 29 lines
    warning: pipeline_config.json, line 41, column 66, `SourceKeyRemappings[2].PipelineKey`: no coding plan uses `show_e01_run_id`
      hint: leave the remappings out, or add a plan
    warning: pipeline_config.json, line 45, column 59, `SourceKeyRemappings[6].PipelineKey`: no coding plan uses `gender_time`
      hint: leave the remappings out, or add a plan
    warning: coding_plans.json, line 6, column 21, `RadioShowPlans[0].RunIdField`: no `SourceKeyRemappings` of the configuration fill `run`
      hint: without one, the ICR file has no run ids; known are `age_raw`, `age_time`, `avf_phone_id`, `gender_raw`, `gender_time`, `location_raw`, `location_time`, `operator_raw` and 4 more
    warning: coding_plans.json, line 41, column 20, `DemographicPlans[2].TimeField`: no `SourceKeyRemappings` of the configuration fill `gender_times`
      hint: without one, answers have no time; did you mean `gender_time`?
    0 errors, 4 warnings
    ");
}

#[test]
fn names_schemes_that_do_not_exist() {
    let files =
        good().edit(PLANS, r#""CodeScheme": "age_category""#, r#""CodeScheme": "age_categories""#);
    assert_snapshot!(files.check(), @r"
    exit status 1, stdout nothing
    error: coding_plans.json, line 55, column 33, `DemographicPlans[3].CodeImputationFunction`: `AgeCategory` needs coding configurations with the schemes `age_category`
      hint: add them to this plan, or leave out `CodeImputationFunction`
    error: coding_plans.json, line 58, column 48, `DemographicPlans[3].CodingConfigurations[1].CodeScheme`: there is no code scheme `code_schemes/age_categories.json`
      hint: did you mean `age_category`?
    2 errors, 0 warnings
    ");
}

#[test]
fn asks_for_control_codes() {
    let files = good()
        .edit("code_schemes/gender.json", r#""ControlCode": "WS""#, r#""ControlCode": "NIC""#)
        .edit(
            "code_schemes/ws_correct_dataset.json",
            r#""ControlCode": "CE""#,
            r#""ControlCode": "NS""#,
        )
        .edit(
            "code_schemes/somalia_operator.json",
            r#""ControlCode": "NR""#,
            r#""ControlCode": "NS""#,
        );
    assert_snapshot!(files.check(), @r"
    exit status 1, stdout nothing
    error: coding_plans.json, line 46, column 48, `DemographicPlans[2].CodingConfigurations[0].CodeScheme`: scheme `gender` lacks the control codes `WS` that this plan needs
      hint: add codes of type `Control` to `code_schemes/gender.json`
    error: coding_plans.json, line 62, column 29, `WSCorrectDatasetScheme`: scheme `ws_correct_dataset` lacks the control codes `CE` that this plan needs
      hint: add codes of type `Control` to `code_schemes/ws_correct_dataset.json`
    2 errors, 0 warnings
    ");
}

#[test]
fn asks_for_ws_codes() {
    let files = good().edit(PLANS, r#""WSMatchValue": "show e01""#, r#""WSMatchValue": "show e1""#);
    assert_snapshot!(files.check(), @r"
    exit status 1, stdout nothing
    error: coding_plans.json, line 9, column 23, `RadioShowPlans[0].WSMatchValue`: no code of scheme `ws_correct_dataset` has the match value `show e1`
      hint: did you mean `show e01`?
    1 error, 0 warnings
    ");
}

#[test]
fn compares_cleaners_with_schemes() {
    let files = good()
        .edit(PLANS, r#""CodeScheme": "age","#, r#""CodeScheme": "age", "Cleaner": "age","#)
        .edit(PLANS, r#""Cleaner": "gender""#, r#""Cleaner": "yes-no""#);
    assert_snapshot!(files.check(), @r"
    exit status 1, stdout nothing
    error: coding_plans.json, line 46, column 69, `DemographicPlans[2].CodingConfigurations[0].Cleaner`: cleaner `yes-no` and scheme `gender` have no code in common
      hint: the cleaner gives the match values `yes`, `no`
    warning: coding_plans.json, line 57, column 66, `DemographicPlans[3].CodingConfigurations[0].Cleaner`: cleaner `age` can give match values that scheme `age` lacks: `12`, `13`, `14`, `15`, `16`, `17`, `18`, `19` and 80 more
      hint: answers with these are left to people
    1 error, 1 warning
    ");
}

#[test]
fn asks_for_the_schemes_of_imputations() {
    let files = good()
        .edit(PLANS, r#""Location""#, r#""AgeCategory""#)
        .edit(PLANS, "\"CodeImputationFunction\": \"AgeCategory\",\n      \"CodingConfigurations\": [\n        {\"CodingMode\": \"Single\", \"CodeScheme\": \"age\"", "\"CodeImputationFunction\": \"Location\",\n      \"CodingConfigurations\": [\n        {\"CodingMode\": \"Single\", \"CodeScheme\": \"age\"");
    assert_snapshot!(files.check(), @r"
    exit status 1, stdout nothing
    error: coding_plans.json, line 30, column 33, `DemographicPlans[1].CodeImputationFunction`: `AgeCategory` needs coding configurations with the schemes `age`, `age_category`
      hint: add them to this plan, or leave out `CodeImputationFunction`
    error: coding_plans.json, line 55, column 33, `DemographicPlans[3].CodeImputationFunction`: `Location` needs coding configurations with the schemes `mogadishu_sub_district`, `somalia_district`, `somalia_region`, `somalia_state`, `somalia_zone`
      hint: add them to this plan, or leave out `CodeImputationFunction`
    2 errors, 0 warnings
    ");
}

#[test]
fn asks_for_places_that_follow_from_others() {
    let files = good()
        .edit(
            "code_schemes/somalia_region.json",
            "\"MatchValues\": [\n        \"lower juba\"\n      ]",
            "\"MatchValues\": [\n        \"gedo\"\n      ]",
        )
        .edit(
            "code_schemes/mogadishu_sub_district.json",
            "\"MatchValues\": [\n        \"hodan\"\n      ]",
            "\"MatchValues\": [\n        \"hoodan\"\n      ]",
        )
        .edit(
            "code_schemes/somalia_state.json",
            r#""ControlCode": "STOP""#,
            r#""ControlCode": "NS""#,
        );
    assert_snapshot!(files.check(), @r"
    exit status 1, stdout nothing
    error: coding_plans.json, line 30, column 33, `DemographicPlans[1].CodeImputationFunction`: scheme `somalia_region` lacks places that follow from others: `lower juba`
      hint: add codes with these match values to `code_schemes/somalia_region.json`
    warning: coding_plans.json, line 30, column 33, `DemographicPlans[1].CodeImputationFunction`: unknown places in scheme `mogadishu_sub_district`: `hoodan`
      hint: answers with these get `NC` at all other levels
    warning: coding_plans.json, line 30, column 33, `DemographicPlans[1].CodeImputationFunction`: scheme `mogadishu_sub_district` lacks codes that are copied to it from other schemes: `NS`
      hint: answers with these get `NC` there
    warning: coding_plans.json, line 30, column 33, `DemographicPlans[1].CodeImputationFunction`: scheme `somalia_district` lacks codes that are copied to it from other schemes: `NS`
      hint: answers with these get `NC` there
    warning: coding_plans.json, line 30, column 33, `DemographicPlans[1].CodeImputationFunction`: scheme `somalia_region` lacks codes that are copied to it from other schemes: `NS`
      hint: answers with these get `NC` there
    warning: coding_plans.json, line 30, column 33, `DemographicPlans[1].CodeImputationFunction`: scheme `somalia_state` lacks codes that are copied to it from other schemes: `STOP`
      hint: answers with these get `NC` there
    warning: coding_plans.json, line 30, column 33, `DemographicPlans[1].CodeImputationFunction`: scheme `somalia_zone` lacks codes that are copied to it from other schemes: `NS`
      hint: answers with these get `NC` there
    1 error, 6 warnings
    ");
}

#[test]
fn asks_for_age_categories() {
    let files = good()
        .edit(
            "code_schemes/age_category.json",
            "\"MatchValues\": [\n        \"10 to 14\"\n      ]",
            "\"MatchValues\": [\n        \"10-14\"\n      ]",
        )
        .edit("code_schemes/age.json", r#""NumericValue": 11"#, r#""NumericValue": 9"#);
    assert_snapshot!(files.check(), @r"
    exit status 1, stdout nothing
    error: coding_plans.json, line 55, column 33, `DemographicPlans[3].CodeImputationFunction`: categories of scheme `age_category` without a range of ages: `10 to 14`
      hint: the match value of a category is its range in whole years, as in `18 to 35`
    warning: coding_plans.json, line 55, column 33, `DemographicPlans[3].CodeImputationFunction`: codes of scheme `age` in no category: `10`, `11`
      hint: an age belongs to a category by its numeric value; others get `NC`
    1 error, 1 warning
    ");
}

#[test]
fn refuses_schemes_whose_ids_clash() {
    let files = good().edit("code_schemes/gender.json", "Scheme-gender-id", "Scheme-age-id-2");
    assert_snapshot!(files.check(), @r"
    exit status 1, stdout nothing
    error: coding_plans.json, line 57, column 48, `DemographicPlans[3].CodingConfigurations[0].CodeScheme`: ids of schemes `age` (`Scheme-age-id`) and `gender` (`Scheme-age-id-2`) clash
      hint: a label belongs to the scheme that its scheme id starts with; use other ids
    1 error, 0 warnings
    ");
}

#[test]
fn warns_of_misspelled_keys_in_schemes() {
    let files = good().edit(
        "code_schemes/somalia_operator.json",
        r#""MatchValues""#,
        r#""Created": 1, "MatchValue": [], "MatchValues""#,
    );
    assert_snapshot!(files.check(), @r"
    exit status 0, stdout 29 lines
    warning: code_schemes/somalia_operator.json, line 13, column 35, `Codes[0].MatchValue`: unknown key `MatchValue`
      hint: did you mean `MatchValues`?
    0 errors, 1 warning
    ");
}

#[test]
fn warns_of_problems_in_schemes_that_no_plan_uses() {
    assert_snapshot!(good().with("code_schemes/other.json", "{}").check(), @r"
    exit status 0, stdout 29 lines
    warning: code_schemes/other.json, line 1, column 1: missing key `SchemeID`
      hint: `SchemeID`: Id by which labels refer to the scheme
    warning: code_schemes/other.json, line 1, column 1: missing key `Name`
      hint: `Name`: Name shown in Coda
    warning: code_schemes/other.json, line 1, column 1: missing key `Version`
      hint: `Version`: Version of the scheme
    warning: code_schemes/other.json, line 1, column 1: missing key `Codes`
      hint: `Codes`: The codes, in the order Coda shows them
    0 errors, 4 warnings
    ");
}

#[test]
fn reports_all_problems_of_a_scheme() {
    let files = good()
        .edit("code_schemes/gender.json", r#""CodeID": "code-2""#, r#""CodeID": "code-1""#)
        .edit("code_schemes/gender.json", r#""StringValue": "woman""#, r#""StringValue": """#);
    assert_snapshot!(files.check(), @r"
    exit status 1, stdout nothing
    error: code_schemes/gender.json, line 22, column 22, `Codes[1].StringValue`: expected a text, found an empty one
    1 error, 0 warnings
    ");
}
