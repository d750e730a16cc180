//! What `check-config` says about wrong configurations.

use insta::assert_snapshot;

use crate::project::good;

const CONFIGURATION: &str = "pipeline_config.json";

#[test]
fn says_little_about_a_good_project() {
    assert_snapshot!(good().check(), @r"
    exit status 0, stdout 29 lines
    0 errors, 0 warnings
    ");
}

#[test]
fn names_unknown_keys_and_what_was_probably_meant() {
    let files = good()
        .edit(CONFIGURATION, r#""SurveyFlowNames""#, r#""SurveyFlows""#)
        .edit(CONFIGURATION, r#""TableName""#, r#""Table""#)
        .edit(CONFIGURATION, r#""BucketDirPath""#, "\"Color\": \"red\",\n  \"BucketDirPath\"");
    assert_snapshot!(files.check(), @r"
    exit status 1, stdout nothing
    error: pipeline_config.json, line 13, column 7, `RawDataSources[1].SurveyFlows`: unknown key `SurveyFlows`
      hint: did you mean `SurveyFlowNames`?
    error: pipeline_config.json, line 27, column 5, `UuidTable.Table`: unknown key `Table`
      hint: did you mean `TableName`?
    error: pipeline_config.json, line 62, column 3, `Color`: unknown key `Color`
      hint: the nearest known key is `TimeZone`
    3 errors, 0 warnings
    ");
}

#[test]
fn asks_for_time_zones_that_exist() {
    let files = good().edit(
        CONFIGURATION,
        r#""PipelineName""#,
        r#""TimeZone": "Africa/Mogadishoo", "PipelineName""#,
    );
    assert_snapshot!(files.check(), @r"
    exit status 1, stdout nothing
    error: pipeline_config.json, line 2, column 15, `TimeZone`: there is no time zone `Africa/Mogadishoo`
      hint: write the name of the IANA database, as in `Europe/Athens` or `UTC`
    1 error, 0 warnings
    ");
}

#[test]
fn names_missing_keys_and_what_they_are() {
    let files = good().edit(CONFIGURATION, "  \"FilterTestMessages\": true,\n", "").edit(
        CONFIGURATION,
        "      \"Domain\": \"textit.com\",\n",
        "",
    );
    assert_snapshot!(files.check(), @r"
    exit status 1, stdout nothing
    error: pipeline_config.json, line 1, column 1: missing key `FilterTestMessages`
      hint: `FilterTestMessages`: Whether to drop the messages of test contacts (see `TestContactUUIDs`)
    error: pipeline_config.json, line 8, column 5, `RawDataSources[1]`: missing key `Domain`
      hint: `Domain`: Host of the workspace, e.g. `textit.com`, or a URL such as `http://127.0.0.1:8000`
    2 errors, 0 warnings
    ");
}

#[test]
fn says_what_type_a_value_should_have() {
    let files = good()
        .edit(CONFIGURATION, r#""PipelineName": "Test""#, r#""PipelineName": """#)
        .edit(CONFIGURATION, r#""MoveWSMessages": true"#, r#""MoveWSMessages": "yes""#)
        .edit(CONFIGURATION, r#"["demog"]"#, r#""demog""#)
        .edit(CONFIGURATION, r#""RapidPro""#, r#""Rapidpro""#);
    assert_snapshot!(files.check(), @r"
    exit status 1, stdout nothing
    error: pipeline_config.json, line 2, column 19, `PipelineName`: expected a text, found an empty one
    error: pipeline_config.json, line 9, column 21, `RawDataSources[1].SourceType`: expected one of `RapidPro`, `GCloudBucket`, `RecoveryCSV`, `Facebook`, found `Rapidpro`
      hint: did you mean `RapidPro`?
    error: pipeline_config.json, line 54, column 21, `MoveWSMessages`: expected `true` or `false`, found a text
    3 errors, 0 warnings
    ");
}

#[test]
fn asks_for_times_with_an_offset() {
    let files = good()
        .edit(
            CONFIGURATION,
            r#""ProjectEndDate": "2021-10-16T00:00:00+03:00""#,
            r#""ProjectEndDate": "2021-10-16""#,
        )
        .edit(
            CONFIGURATION,
            r#""ProjectStartDate": "2021-08-29T00:00:00+03:00""#,
            r#""ProjectStartDate": "29/08/2021""#,
        );
    assert_snapshot!(files.check(), @r"
    exit status 1, stdout nothing
    error: pipeline_config.json, line 51, column 23, `ProjectStartDate`: expected an ISO 8601 time, found `29/08/2021` (the year needs 4 digits)
      hint: write it like `2021-08-29T00:00:00+03:00`
    error: pipeline_config.json, line 52, column 21, `ProjectEndDate`: expected a time with a UTC offset, found `2021-10-16`
      hint: add a time and `+03:00` (East Africa) or `Z` (UTC), as in `2021-10-16T00:00:00+03:00`
    2 errors, 0 warnings
    ");
}

#[test]
fn refuses_ranges_that_end_before_they_start() {
    let files = good()
        .edit(CONFIGURATION, r#""ProjectEndDate": "2021-10-16"#, r#""ProjectEndDate": "2021-08-16"#)
        .edit(
            CONFIGURATION,
            r#""RangeStartInclusive": "2021-08-29"#,
            r#""RangeStartInclusive": "2022-08-29"#,
        );
    assert_snapshot!(files.check(), @r"
    exit status 1, stdout nothing
    error: pipeline_config.json, line 35, column 28, `TimestampRemappings[0].RangeEndExclusive`: the range ends at `2021-09-05T00:00:00+03:00`, not after its start `2022-08-29T00:00:00+03:00`
    error: pipeline_config.json, line 52, column 21, `ProjectEndDate`: the project ends at `2021-08-16T00:00:00+03:00`, not after its start `2021-08-29T00:00:00+03:00`
    2 errors, 0 warnings
    ");
}

#[test]
fn does_not_repeat_a_token_that_stands_where_its_url_belongs() {
    let files = good().edit(CONFIGURATION, "gs://test-credentials/token.txt", "0123456789abcdef");
    let said = files.check();
    assert!(!said.contains("0123456789abcdef"));
    assert_snapshot!(said, @r"
    exit status 1, stdout nothing
    error: pipeline_config.json, line 11, column 23, `RawDataSources[1].TokenFileURL`: expected a URL of a file in a bucket, found another text
      hint: write it as `gs://bucket/folder/file`
    1 error, 0 warnings
    ");
}

#[test]
fn checks_addresses() {
    let files = good()
        .edit(CONFIGURATION, "textit.com", "textit.com/api")
        .edit(CONFIGURATION, r#""PageID""#, r#""ApiUrl": "graph", "GraphVersion": "26", "PageID""#)
        .edit(CONFIGURATION, "gs://test-logs", "gs://test-logs/2021");
    assert_snapshot!(files.check(), @r"
    exit status 1, stdout nothing
    error: pipeline_config.json, line 10, column 17, `RawDataSources[1].Domain`: expected a host or a URL, found `textit.com/api`
      hint: write `textit.com` or, for tests, `http://127.0.0.1:8000`
    error: pipeline_config.json, line 18, column 17, `RawDataSources[2].ApiUrl`: expected a URL, found `graph`
      hint: start it with `https://` or `http://`
    error: pipeline_config.json, line 18, column 42, `RawDataSources[2].GraphVersion`: expected a version of the Graph API, found `26`
      hint: write it as `v26.0`
    error: pipeline_config.json, line 60, column 32, `MemoryProfileUploadBucket`: expected the name of a bucket, found `gs://test-logs/2021`
      hint: write it as `gs://bucket` or `bucket`; folders go into `BucketDirPath`
    4 errors, 0 warnings
    ");
}

#[test]
fn refuses_flows_that_would_leave_the_data_root() {
    let files = good().edit(CONFIGURATION, r#"["demog"]"#, r#"["../demog", "a/b"]"#).edit(
        CONFIGURATION,
        "recovered_e01.csv",
        ".csv",
    );
    assert_snapshot!(files.check(), @r"
    exit status 1, stdout nothing
    error: pipeline_config.json, line 6, column 30, `RawDataSources[0].ActivationFlowURLs[0]`: `gs://test-datasets/.csv` gives no name to its flow: expected a name, found an empty one
      hint: a flow is called like its file up to the first dot
    error: pipeline_config.json, line 13, column 27, `RawDataSources[1].SurveyFlowNames[0]`: `../demog` becomes a file name, but contains a path separator
    error: pipeline_config.json, line 13, column 39, `RawDataSources[1].SurveyFlowNames[1]`: `a/b` becomes a file name, but contains a path separator
    3 errors, 0 warnings
    ");
}

#[test]
fn refuses_flows_that_share_a_file() {
    let files = good().edit(CONFIGURATION, "recovered_e01.csv", "2021/Show_E01.v2.csv");
    assert_snapshot!(files.check(), @r"
    exit status 1, stdout nothing
    error: pipeline_config.json, line 12, column 31, `RawDataSources[1].ActivationFlowNames[0]`: flow `show_e01` goes to the same file as that at `RawDataSources[0].ActivationFlowURLs[0]`
      hint: each flow is written to `Raw Data/<flow>.jsonl`; give one another name
    1 error, 0 warnings
    ");
}

#[test]
fn asks_how_to_find_posts() {
    let files = good().edit(CONFIGURATION, r#""Search": {"Match""#, r#""Comment": {"Match""#);
    assert_snapshot!(files.check(), @r"
    exit status 1, stdout nothing
    error: pipeline_config.json, line 21, column 34, `RawDataSources[2].Datasets[0].Comment`: unknown key `Comment`
      hint: the nearest known key is `Name`
    1 error, 0 warnings
    ");
    let search = concat!(
        r##", "Search": {"Match": "#e01", "StartDate": "2021-08-29T00:00:00+03:00", "##,
        r##""EndDate": "2021-09-04T24:00:00+03:00"}"##,
    );
    assert_snapshot!(good().edit(CONFIGURATION, search, "").check(), @r"
    exit status 1, stdout nothing
    error: pipeline_config.json, line 21, column 9, `RawDataSources[2].Datasets[0]`: dataset `facebook_e01` has neither `PostIDs` nor `Search`
      hint: say which posts to fetch, how to find them, or both
    1 error, 0 warnings
    ");
}

#[test]
fn refuses_radio_shows_that_no_plan_has() {
    let files = good().edit(CONFIGURATION, "\"show_e01_raw\",\n", "\"show_e1_raw\",\n");
    assert_snapshot!(files.check(), @r"
    exit status 1, stdout nothing
    error: pipeline_config.json, line 33, column 35, `TimestampRemappings[0].ShowPipelineKeyToRemapTo`: no radio show plan has the raw field `show_e1_raw`
      hint: did you mean `show_e01_raw`?
    1 error, 0 warnings
    ");
}

#[test]
fn asks_for_participant_ids() {
    let files = good().edit(CONFIGURATION, r#""PipelineKey": "uid""#, r#""PipelineKey": "id""#);
    assert_snapshot!(files.check(), @r"
    exit status 1, stdout nothing
    error: pipeline_config.json, line 38, column 26, `SourceKeyRemappings`: no remapping to the pipeline key `uid`
      hint: map the key with the participant id, as a rule `avf_phone_id`, to `uid`
    warning: pipeline_config.json, line 39, column 50, `SourceKeyRemappings[0].PipelineKey`: no coding plan uses `id`
      hint: leave the remappings out, or add a plan
    1 error, 1 warning
    ");
}

#[test]
fn warns_of_what_is_odd_but_harmless() {
    let files = good()
        .edit(CONFIGURATION, r#""Domain""#, r#""ContactsFileName": "contacts", "Domain""#)
        .edit(CONFIGURATION, "Location (Text) - demog", "Location (Text) - demog_2")
        .edit(CONFIGURATION, r#""PipelineKey": "age_raw""#, r#""PipelineKey": "age_text""#)
        .edit(CONFIGURATION, r#"["show_e01"]"#, r#"["show_e01", "show_e02"]"#)
        .edit(CONFIGURATION, r#""TimeKey": "received_on""#, r#""TimeKey": "sent_on""#);
    assert_snapshot!(files.check(), @r"
    exit status 0, stdout 30 lines
    warning: pipeline_config.json, line 10, column 7, `RawDataSources[1].ContactsFileName`: key `ContactsFileName` is not used
      hint: leave it out: contacts are kept beside the raw data of each workspace
    warning: pipeline_config.json, line 12, column 43, `RawDataSources[1].ActivationFlowNames[1]`: flow `show_e02` is fetched, but none of its keys is mapped
      hint: add `SourceKeyRemappings` for keys such as `… (Text) - show_e02`
    warning: pipeline_config.json, line 32, column 18, `TimestampRemappings[0].TimeKey`: `sent_on` is not the `SourceKey` of any remapping
      hint: the time key is a key of the raw data; without it no message is moved
    warning: pipeline_config.json, line 46, column 56, `SourceKeyRemappings[7].PipelineKey`: no coding plan uses `age_text`
      hint: leave the remappings out, or add a plan
    warning: pipeline_config.json, line 48, column 19, `SourceKeyRemappings[9].SourceKey`: flow `demog_2` is not fetched by any source
      hint: did you mean `demog`?
    warning: coding_plans.json, line 50, column 19, `DemographicPlans[3].RawField`: no `SourceKeyRemappings` of the configuration fill `age_raw`
      hint: without one, the plan has no answers; known are `age_text`, `age_time`, `avf_phone_id`, `gender_raw`, `gender_time`, `location_raw`, `location_time`, `operator_raw` and 4 more
    0 errors, 6 warnings
    ");
}

#[test]
fn warns_of_overlapping_ranges() {
    let files = good()
        .edit(
            CONFIGURATION,
            "  \"TimestampRemappings\": [\n",
            "  \"TimestampRemappings\": [\n    {\"TimeKey\": \"received_on\", \"ShowPipelineKeyToRemapTo\": \"show_e01_raw\"},\n",
        )
        .edit(
            CONFIGURATION,
            "\"AutomatedAnalysis\": {\n",
            concat!(
                "\"AutomatedAnalysis\": {\n    \"TrafficLabels\": [\n",
                "      {\"Label\": \"1\", \"StartDate\": \"2021-08-01T00:00Z\", \"EndDate\": \"2021-08-08T00:00Z\"},\n",
                "      {\"Label\": \"2\", \"StartDate\": \"2021-08-08T00:00Z\", \"EndDate\": \"2021-08-15T00:00Z\"},\n",
                "      {\"Label\": \"3\", \"StartDate\": \"2021-08-14T24:00Z\", \"EndDate\": \"2021-08-22T00:00Z\"},\n",
                "      {\"Label\": \"4\", \"StartDate\": \"2021-08-21T23:00Z\", \"EndDate\": \"2021-08-29T00:00Z\"}\n",
                "    ],\n",
            ),
        );
    assert_snapshot!(files.check(), @r"
    exit status 0, stdout 29 lines
    warning: pipeline_config.json, line 32, column 5, `TimestampRemappings[1]`: the time range overlaps that of `TimestampRemappings[0]`
      hint: in both ranges, the later entry counts
    warning: pipeline_config.json, line 61, column 7, `AutomatedAnalysis.TrafficLabels[3]`: the time range overlaps that of `AutomatedAnalysis.TrafficLabels[2]`
      hint: messages in both ranges are counted in both
    0 errors, 2 warnings
    ");
}

#[test]
fn checks_map_layers() {
    let layer = |name: &str| {
        format!(
            r#"{{"Name": "{name}", "File": "map.geojson", "IdProperty": "id", "CodedField": "district"}}"#
        )
    };
    let layers = format!(r#""MapLayers": [{}, {}],"#, layer("camps"), layer("camps"));
    let files = good()
        .edit(
            CONFIGURATION,
            r#""AutomatedAnalysis": {"#,
            &format!(r#""AutomatedAnalysis": {{ {layers}"#),
        )
        .with("map.geojson", "{}");
    assert_snapshot!(files.check(), @r"
    exit status 1, stdout nothing
    error: pipeline_config.json, line 55, column 115, `AutomatedAnalysis.MapLayers[0].CodedField`: no coding plan has the coded field `district`
      hint: did you mean `district_coded`?
    error: pipeline_config.json, line 55, column 137, `AutomatedAnalysis.MapLayers[1].Name`: map `camps` has the same name as `AutomatedAnalysis.MapLayers[0]`
    error: pipeline_config.json, line 55, column 203, `AutomatedAnalysis.MapLayers[1].CodedField`: no coding plan has the coded field `district`
      hint: did you mean `district_coded`?
    3 errors, 0 warnings
    ");
}

#[test]
fn reads_both_spellings() {
    let files = good().edit(CONFIGURATION, r#""UuidTable""#, r#""UUIDTable""#).edit(
        CONFIGURATION,
        "GenerateMogadishuDistributionMaps",
        "GenerateMogadishuThemeDistributionMaps",
    );
    assert_snapshot!(files.check(), @r"
    exit status 0, stdout 29 lines
    0 errors, 0 warnings
    ");
    let both = r#""UUIDTable": {}, "UuidTable""#;
    assert_snapshot!(good().edit(CONFIGURATION, r#""UuidTable""#, both).check(), @r"
    exit status 1, stdout nothing
    error: pipeline_config.json, line 25, column 16, `UUIDTable`: missing key `FirebaseCredentialsFileURL`
      hint: `FirebaseCredentialsFileURL`: Credentials file for the table, in a bucket
    error: pipeline_config.json, line 25, column 16, `UUIDTable`: missing key `TableName`
      hint: `TableName`: Name of the table
    error: pipeline_config.json, line 25, column 16, `UUIDTable`: missing key `UuidPrefix`
      hint: `UuidPrefix`: What each new participant id starts with, e.g. `avf-phone-uuid-`
    error: pipeline_config.json, line 25, column 20, `UuidTable`: key `UuidTable` given twice
    4 errors, 0 warnings
    ");
}

#[test]
fn finds_the_place_where_json_breaks() {
    let files = good().edit(CONFIGURATION, r#""TableName": "test","#, r#""TableName": "test""#);
    assert_snapshot!(files.check(), @r"
    exit status 1, stdout nothing
    error: pipeline_config.json, line 28, column 5: expected JSON: expected `,` or `}`
    1 error, 0 warnings
    ");
    assert_snapshot!(good().edit(CONFIGURATION, "{\n  \"Pip", "\u{feff}{\n  \"Pip").check(), @r"
    exit status 1, stdout nothing
    error: pipeline_config.json, line 1, column 1: expected JSON: expected value
      hint: the file starts with a byte order mark; save it as UTF-8 without one
    1 error, 0 warnings
    ");
}

#[test]
fn says_which_file_is_missing() {
    assert_snapshot!(good().without(CONFIGURATION).check(), @r"
    exit status 1, stdout nothing
    error: pipeline_config.json: there is no such file
      hint: check the path; relative paths start at the working directory
    1 error, 0 warnings
    ");
    let files = good().edit(
        CONFIGURATION,
        r#""PipelineName""#,
        r#""CodingPlansFile": "plans.json", "PipelineName""#,
    );
    assert_snapshot!(files.check(), @r"
    exit status 1, stdout nothing
    error: plans.json: there is no such file
      hint: coding plans are where `CodingPlansFile` of the configuration says
    1 error, 0 warnings
    ");
}

#[test]
fn reports_the_problems_of_all_files_together() {
    let files = good()
        .edit(CONFIGURATION, r#""FilterTestMessages": true"#, r#""FilterTestMessages": 1"#)
        .edit("coding_plans.json", r#""CodeScheme": "gender""#, r#""CodeScheme": "genders""#)
        .edit("code_schemes/age.json", r#""ControlCode": "CE""#, r#""ControlCode": "CX""#);
    assert_snapshot!(files.check(), @r"
    exit status 1, stdout nothing
    error: pipeline_config.json, line 53, column 25, `FilterTestMessages`: expected `true` or `false`, found the number `1`
    error: coding_plans.json, line 46, column 48, `DemographicPlans[2].CodingConfigurations[0].CodeScheme`: there is no code scheme `code_schemes/genders.json`
      hint: did you mean `gender`?
    error: code_schemes/age.json, line 58, column 22, `Codes[5].ControlCode`: unknown control code `CX`
      hint: control codes are `STOP`, `DELETED`, `NA`, `NS`, `NIC`, `CE`, `NR`, `NC`, `WS`, `NOC`
    3 errors, 0 warnings
    ");
}
