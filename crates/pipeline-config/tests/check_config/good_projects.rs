//! What stages get from a project in which nothing is wrong.

use code_schemes::ControlCode;
use pipeline_config::{CodingMode, FoldStrategy, Imputation, RawDataSource};

use crate::project::good;

const CONFIGURATION: &str = "pipeline_config.json";
const PLANS: &str = "coding_plans.json";

#[test]
fn names_flows_in_the_order_of_the_configuration() {
    let configuration = good().load().configuration;
    let activation = ["recovered_e01", "show_e01", "facebook_e01_100"];
    assert_eq!(configuration.activation_flow_names(), activation);
    assert_eq!(configuration.survey_flow_names(), ["demog"]);
}

#[test]
fn reads_times() {
    let configuration = good().load().configuration;
    let end = configuration.timestamp_remappings[0].range_end_exclusive.unwrap();
    assert_eq!(iso_time::format(&end), "2021-09-05T00:00:00+03:00");
    assert_eq!(configuration.timestamp_remappings[0].time_to_adjust_to, None);
}

#[test]
fn fills_in_what_was_left_out() {
    let project = good().load();
    let analysis = &project.configuration.automated_analysis;
    assert_eq!(analysis.minimum_cell_size, 5);
    assert!(!analysis.include_sample_messages);
    assert!(analysis.map_layers.is_empty());
    assert!(analysis.traffic_labels.is_none());
    assert!(project.configuration.operations_dashboard.is_none());
    assert!(project.configuration.drive_upload.is_none());
    let RawDataSource::RapidPro(source) = &project.configuration.raw_data_sources[1] else {
        panic!("the second source is RapidPro");
    };
    assert_eq!(source.request_timeout_secs, None);
    let plan = &project.plans.demographic[2];
    assert_eq!(
        (plan.dataset_name.as_str(), plan.id_field.as_str()),
        ("gender_raw", "gender_raw_id")
    );
    let configuration = &plan.coding_configurations[0];
    assert!(configuration.requires_manual_verification);
    assert!(configuration.include_in_theme_distribution);
    assert!(configuration.include_in_individuals_file);
}

#[test]
fn resolves_schemes_and_codes_of_plans() {
    let plans = good().load().plans;
    let show = &plans.radio_show[0];
    assert_eq!(show.ws_code.as_ref().unwrap(), &"code-1");
    assert_eq!(show.raw_field_fold_strategy, FoldStrategy::Concatenate);
    let configuration = &show.coding_configurations[0];
    assert_eq!(configuration.coding_mode, CodingMode::Multiple);
    assert!(configuration.code_scheme.control(ControlCode::NotCoded).is_some());
    let location = &plans.demographic[1];
    assert_eq!(location.code_imputation_function, Some(Imputation::Location));
    let gender = &plans.demographic[2];
    let cleaner = gender.coding_configurations[0].cleaner.as_ref();
    assert_eq!(cleaner, plans.country.cleaner("gender"));
    assert!(cleaner.is_some());
    assert_eq!(plans.all().count(), 5);
    assert_eq!(plans.survey().count(), 4);
}

#[test]
fn reads_all_optional_keys() {
    let configuration = good()
        .edit(CONFIGURATION, r#""Domain""#, r#""RequestTimeoutSecs": 20, "Domain""#)
        .edit(
            CONFIGURATION,
            r#""PageID""#,
            r#""GraphVersion": "v20.0", "ApiUrl": "http://127.0.0.1:1", "PageID""#,
        )
        .edit(
            CONFIGURATION,
            r#""AutomatedAnalysis": {"#,
            r#""OperationsDashboard": {"FirebaseCredentialsFileURL": "gs://b/c.json"},
               "DriveUpload": {
                 "DriveCredentialsFileURL": "gs://b/drive.json", "ProductionUploadPath": "o/p.csv",
                 "MessagesUploadPath": "o/m.csv", "IndividualsUploadPath": "o/i.csv",
                 "AutomatedAnalysisDir": "o/analysis"},
               "AutomatedAnalysis": {
                 "MinimumCellSize": 1, "IncludeSampleMessages": true,
                 "MapLayers": [{"Name": "camps", "File": "camps.geojson", "IdProperty": "id",
                                "CodedField": "district_coded"}],"#,
        )
        .with("camps.geojson", "{}")
        .load()
        .configuration;
    assert_eq!(configuration.automated_analysis.minimum_cell_size, 1);
    assert!(configuration.automated_analysis.include_sample_messages);
    assert_eq!(configuration.automated_analysis.map_layers[0].file, "camps.geojson");
    assert_eq!(configuration.drive_upload.unwrap().automated_analysis_dir, "o/analysis");
}

#[test]
fn takes_plans_from_another_file() {
    let files = good().edit(
        CONFIGURATION,
        r#""PipelineName""#,
        r#""CodingPlansFile": "p.json", "PipelineName""#,
    );
    let project = files.moved(PLANS, "p.json").load();
    assert_eq!(project.plans.all().count(), 5);
}

#[test]
fn hash_tells_projects_apart_by_what_they_use() {
    let hash = good().load().configuration_hash;
    assert_eq!(good().load().configuration_hash, hash);
    let unused = good().with("code_schemes/notes.json", "{}");
    assert_eq!(unused.load().configuration_hash, hash);
    for file in [CONFIGURATION, PLANS, "code_schemes/age.json"] {
        let changed = good().edit_end(file, "\n");
        assert_ne!(changed.load().configuration_hash, hash, "{file}");
    }
}
