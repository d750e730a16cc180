//! The configuration of a pipeline, as `pipeline_config.json` has it.
//!
//! The doc comments of the fields are also the JSON Schema and the reference page in
//! `docs/reference/`.

use iso_time::Instant;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use crate::formats;
use crate::sources::RawDataSource;

/// What a pipeline fetches, how it names what it fetched, and where its outputs go.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct PipelineConfiguration {
    /// Name of this pipeline, for logs and the operations dashboard.
    #[schemars(length(min = 1))]
    pub pipeline_name: String,
    /// Where to fetch raw messages or comments from.
    pub raw_data_sources: Vec<RawDataSource>,
    /// The table that turns phone numbers and social-media ids into participant ids.
    #[serde(alias = "UUIDTable")]
    #[schemars(extend("x-also" = ["UUIDTable"]))]
    pub uuid_table: UuidTable,
    /// Where the stages of a run are announced. Left out: nowhere.
    pub operations_dashboard: Option<OperationsDashboard>,
    /// Radio show messages to move to another show because of the time they were received, for
    /// messages that reached the wrong flow.
    #[serde(default)]
    pub timestamp_remappings: Vec<TimestampRemapping>,
    /// How the keys of the raw data are called in the rest of the pipeline.
    pub source_key_remappings: Vec<SourceKeyRemapping>,
    /// Start of the project: radio show messages sent before it are dropped. Surveys are kept.
    #[serde(deserialize_with = "formats::instant")]
    #[schemars(with = "formats::InstantText")]
    pub project_start_date: Instant,
    /// End of the project: radio show messages sent at it or later are dropped. Surveys are kept.
    #[serde(deserialize_with = "formats::instant")]
    #[schemars(with = "formats::InstantText")]
    pub project_end_date: Instant,
    /// Whether to drop the messages of test contacts (see `TestContactUUIDs`).
    pub filter_test_messages: bool,
    /// Whether to move messages that were labelled as answers to another question (WS correction).
    #[serde(rename = "MoveWSMessages")]
    pub move_ws_messages: bool,
    /// What stage 5 draws and counts.
    pub automated_analysis: AutomatedAnalysis,
    /// Where outputs go in Google Drive. Left out: nowhere.
    pub drive_upload: Option<DriveUpload>,
    /// Bucket for memory profiles, `gs://bucket` or `bucket`.
    #[schemars(extend("format" = "bucket"))]
    pub memory_profile_upload_bucket: String,
    /// Bucket for the archives of the data root, `gs://bucket` or `bucket`.
    #[schemars(extend("format" = "bucket"))]
    pub data_archive_upload_bucket: String,
    /// Folder within both buckets.
    #[schemars(extend("format" = "object-path"))]
    pub bucket_dir_path: String,
    /// Time zone of the radio station, e.g. `Europe/Athens`: that of times without an offset in
    /// recovered messages. Left out: that of the country, or UTC.
    #[schemars(extend("format" = "time-zone"))]
    pub time_zone: Option<String>,
    /// File with the coding plans, relative to this file.
    #[serde(default = "default_coding_plans_file")]
    #[schemars(length(min = 1))]
    pub coding_plans_file: String,
}

impl PipelineConfiguration {
    /// The flows with radio show messages, in the order of the configuration, over all sources.
    pub fn activation_flow_names(&self) -> Vec<String> {
        self.raw_data_sources.iter().flat_map(RawDataSource::activation_flow_names).collect()
    }

    /// The flows with survey answers, in the order of the configuration, over all sources.
    pub fn survey_flow_names(&self) -> Vec<String> {
        self.raw_data_sources.iter().flat_map(RawDataSource::survey_flow_names).collect()
    }
}

pub(crate) fn default_coding_plans_file() -> String {
    "coding_plans.json".to_string()
}

/// The table in Firestore that turns phone numbers and social-media ids into participant ids.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct UuidTable {
    /// Credentials file for the table, in a bucket.
    #[serde(rename = "FirebaseCredentialsFileURL")]
    #[schemars(extend("format" = "gs-url"))]
    pub firebase_credentials_file_url: String,
    /// Name of the table.
    #[schemars(length(min = 1))]
    pub table_name: String,
    /// What each new participant id starts with, e.g. `avf-phone-uuid-`.
    #[schemars(length(min = 1))]
    pub uuid_prefix: String,
}

/// Where the stages of a run are announced.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct OperationsDashboard {
    /// Credentials file for the dashboard, in a bucket.
    #[serde(rename = "FirebaseCredentialsFileURL")]
    #[schemars(extend("format" = "gs-url"))]
    pub firebase_credentials_file_url: String,
}

/// A time range in which all radio show messages belong to one show.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct TimestampRemapping {
    /// Key of the raw data with the time to look at.
    #[schemars(length(min = 1))]
    pub time_key: String,
    /// Pipeline key that the messages move to.
    #[schemars(length(min = 1))]
    pub show_pipeline_key_to_remap_to: String,
    /// Start of the range. Left out: since ever.
    #[serde(
        default,
        deserialize_with = "formats::optional_instant",
        skip_serializing_if = "Option::is_none"
    )]
    #[schemars(with = "Option<formats::InstantText>")]
    pub range_start_inclusive: Option<Instant>,
    /// End of the range; a message at this time is outside. Left out: for ever.
    #[serde(
        default,
        deserialize_with = "formats::optional_instant",
        skip_serializing_if = "Option::is_none"
    )]
    #[schemars(with = "Option<formats::InstantText>")]
    pub range_end_exclusive: Option<Instant>,
    /// The time that moved messages get instead of their own. Left out: they keep their own.
    #[serde(
        default,
        deserialize_with = "formats::optional_instant",
        skip_serializing_if = "Option::is_none"
    )]
    #[schemars(with = "Option<formats::InstantText>")]
    pub time_to_adjust_to: Option<Instant>,
}

/// What a key of the raw data is called in the rest of the pipeline.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct SourceKeyRemapping {
    /// Key in the raw data, e.g. `Gender (Text) - csap_demog`.
    #[schemars(length(min = 1))]
    pub source_key: String,
    /// Key in the pipeline, e.g. `gender_raw`.
    #[schemars(length(min = 1))]
    pub pipeline_key: String,
    /// Whether the key holds radio show messages.
    #[serde(default)]
    pub is_activation_message: bool,
}

/// What stage 5 draws and counts.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct AutomatedAnalysis {
    /// Whether to draw a map of regions for each theme, and a map of each of `MapLayers`; `false`
    /// or left out: only one of all participants.
    #[serde(default)]
    pub generate_region_theme_distribution_maps: bool,
    /// Whether to draw a map of districts for each theme; `false` or left out: only one of all
    /// participants.
    #[serde(default)]
    pub generate_district_theme_distribution_maps: bool,
    /// Whether to draw a map of the capital's districts for each theme; `false` or left out: only
    /// one of all participants.
    #[serde(
        default,
        rename = "GenerateMogadishuDistributionMaps",
        alias = "GenerateMogadishuThemeDistributionMaps"
    )]
    #[schemars(extend("x-also" = ["GenerateMogadishuThemeDistributionMaps"]))]
    pub generate_sub_district_theme_distribution_maps: bool,
    /// Time ranges in which radio show messages are counted. Left out: no `traffic_analysis.csv`.
    pub traffic_labels: Option<Vec<TrafficLabel>>,
    /// Counts of people below this are not shown in tables and maps that are meant for others.
    #[serde(default = "default_minimum_cell_size")]
    pub minimum_cell_size: u32,
    /// Whether the report shows messages as people wrote them.
    #[serde(default)]
    pub include_sample_messages: bool,
    /// Maps to draw besides those that come with the program.
    #[serde(default)]
    pub map_layers: Vec<MapLayer>,
}

fn default_minimum_cell_size() -> u32 {
    5
}

/// A time range in which radio show messages are counted.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct TrafficLabel {
    /// Start of the range.
    #[serde(deserialize_with = "formats::instant")]
    #[schemars(with = "formats::InstantText")]
    pub start_date: Instant,
    /// End of the range; a message at this time is outside.
    #[serde(deserialize_with = "formats::instant")]
    #[schemars(with = "formats::InstantText")]
    pub end_date: Instant,
    /// Name of the range in the table.
    #[schemars(length(min = 1))]
    pub label: String,
}

/// A map to draw: shapes from a GeoJSON file, colored by the codes of one coded field.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct MapLayer {
    /// Name of the map, and of the folder its pictures are written to.
    #[schemars(extend("format" = "file-name"))]
    pub name: String,
    /// GeoJSON file with the shapes, relative to the configuration.
    #[schemars(length(min = 1))]
    pub file: String,
    /// Property of each shape that holds the match value of its code.
    #[schemars(length(min = 1))]
    pub id_property: String,
    /// Coded field of the plans whose codes are counted.
    #[schemars(length(min = 1))]
    pub coded_field: String,
    /// File with the places of the labels, relative to the configuration. Left out: the middle of
    /// each shape.
    pub label_positions: Option<String>,
}

/// Where outputs go in Google Drive: paths in what was shared with the service account.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct DriveUpload {
    /// Credentials file of the service account, in a bucket.
    #[serde(rename = "DriveCredentialsFileURL")]
    #[schemars(extend("format" = "gs-url"))]
    pub drive_credentials_file_url: String,
    /// Path for `production.csv`.
    #[schemars(extend("format" = "object-path"))]
    pub production_upload_path: String,
    /// Path for `messages.csv`.
    #[schemars(extend("format" = "object-path"))]
    pub messages_upload_path: String,
    /// Path for `individuals.csv`.
    #[schemars(extend("format" = "object-path"))]
    pub individuals_upload_path: String,
    /// Folder for the results of stage 5.
    #[schemars(extend("format" = "object-path"))]
    pub automated_analysis_dir: String,
}

/// A key that older configurations have and that nothing reads.
pub(crate) type Ignored = Option<Value>;
