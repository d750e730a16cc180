//! Where messages come from: the entries of `RawDataSources`.

use iso_time::Instant;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::configuration::Ignored;
use crate::formats;

/// Where raw messages or comments are fetched from.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(tag = "SourceType")]
pub enum RawDataSource {
    /// Runs of flows in a RapidPro workspace.
    RapidPro(RapidProSource),
    /// De-identified TracedData files in a bucket, taken as they are.
    GCloudBucket(UrlSource),
    /// De-identified CSV files in a bucket with the columns `Sender`, `Message` and `ReceivedOn`:
    /// messages that were recovered from an operator.
    #[serde(rename = "RecoveryCSV")]
    RecoveryCsv(UrlSource),
    /// Comments on posts of a Facebook page.
    Facebook(FacebookSource),
}

impl RawDataSource {
    /// The flows with radio show messages, in the order of the configuration: the names of the
    /// files in `Raw Data`, without `.jsonl`.
    pub fn activation_flow_names(&self) -> Vec<String> {
        match self {
            Self::RapidPro(source) => source.activation_flow_names.clone(),
            Self::GCloudBucket(source) | Self::RecoveryCsv(source) => {
                source.activation_flow_urls.iter().map(|url| flow_name_of_url(url)).collect()
            }
            Self::Facebook(source) => source.flow_names(),
        }
    }

    /// The flows with survey answers, in the order of the configuration: the names of the files
    /// in `Raw Data`, without `.jsonl`.
    pub fn survey_flow_names(&self) -> Vec<String> {
        match self {
            Self::RapidPro(source) => source.survey_flow_names.clone(),
            Self::GCloudBucket(source) | Self::RecoveryCsv(source) => {
                source.survey_flow_urls.iter().map(|url| flow_name_of_url(url)).collect()
            }
            Self::Facebook(_) => Vec::new(),
        }
    }
}

/// The name of the flow that a file in a bucket holds: the last part of the URL up to its first
/// dot.
///
/// ```
/// let url = "gs://bucket/2020/csap_s10_demog.v2.jsonl";
/// assert_eq!(pipeline_config::flow_name_of_url(url), "csap_s10_demog");
/// ```
pub fn flow_name_of_url(url: &str) -> String {
    let file_name = url.rsplit('/').next().unwrap_or(url);
    file_name.split('.').next().unwrap_or(file_name).to_string()
}

/// Runs of flows in a RapidPro workspace.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct RapidProSource {
    /// Host of the workspace, e.g. `textit.com`, or a URL such as `http://127.0.0.1:8000`.
    #[schemars(extend("format" = "domain"))]
    pub domain: String,
    /// Text file with the token for the workspace, in a bucket.
    #[serde(rename = "TokenFileURL")]
    #[schemars(extend("format" = "gs-url"))]
    pub token_file_url: String,
    /// Flows with radio show messages.
    #[serde(default)]
    #[schemars(with = "Vec<formats::FileName>")]
    pub activation_flow_names: Vec<String>,
    /// Flows with survey answers.
    #[serde(default)]
    #[schemars(with = "Vec<formats::FileName>")]
    pub survey_flow_names: Vec<String>,
    /// RapidPro UUIDs of test contacts. Their runs are marked, and dropped when
    /// `FilterTestMessages` is set.
    #[serde(default, rename = "TestContactUUIDs")]
    #[schemars(with = "Vec<formats::Text>")]
    pub test_contact_uuids: Vec<String>,
    /// How long to wait for one answer. Left out: as long as the fetching stage sees fit.
    #[schemars(range(min = 1))]
    pub request_timeout_secs: Option<u64>,
    /// Not used any more.
    #[schemars(extend("x-ignored" = "contacts are kept beside the raw data of each workspace"))]
    #[expect(dead_code, reason = "older configurations have the key, nothing reads it")]
    pub(crate) contacts_file_name: Ignored,
}

/// Files in buckets.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct UrlSource {
    /// Files with radio show messages.
    #[serde(default, rename = "ActivationFlowURLs")]
    #[schemars(with = "Vec<formats::GsFlowUrl>")]
    pub activation_flow_urls: Vec<String>,
    /// Files with survey answers.
    #[serde(default, rename = "SurveyFlowURLs")]
    #[schemars(with = "Vec<formats::GsFlowUrl>")]
    pub survey_flow_urls: Vec<String>,
}

/// Comments on posts of a Facebook page.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct FacebookSource {
    /// Id of the page.
    #[serde(rename = "PageID")]
    #[schemars(extend("format" = "file-name"))]
    pub page_id: String,
    /// Text file with the token for the page, in a bucket.
    #[serde(rename = "TokenFileURL")]
    #[schemars(extend("format" = "gs-url"))]
    pub token_file_url: String,
    /// Sets of posts; the comments on each become one flow with radio show messages.
    pub datasets: Vec<FacebookDataset>,
    /// Version of the Graph API, e.g. `v26.0`. Left out: the one the fetching stage was tested
    /// with.
    #[schemars(extend("format" = "graph-version"))]
    pub graph_version: Option<String>,
    /// Address of the Graph API. Left out: Facebook's own. The environment variable
    /// `GRAPH_EMULATOR_HOST` wins over it.
    #[schemars(extend("format" = "http-url"))]
    pub api_url: Option<String>,
}

impl FacebookSource {
    /// The flow of each dataset: `<Name>_<PageID>`.
    fn flow_names(&self) -> Vec<String> {
        self.datasets.iter().map(|dataset| self.flow_name(dataset)).collect()
    }

    /// The flow that the comments of `dataset` become.
    pub fn flow_name(&self, dataset: &FacebookDataset) -> String {
        format!("{}_{}", dataset.name, self.page_id)
    }
}

/// A set of posts: those listed and those found.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct FacebookDataset {
    /// Name of the set, e.g. `facebook_e01`.
    #[schemars(extend("format" = "file-name"))]
    pub name: String,
    /// Posts whose comments, and the replies to them, are fetched. Needed when there is no
    /// `Search`.
    #[serde(rename = "PostIDs")]
    #[schemars(with = "Option<Vec<formats::Text>>")]
    pub post_ids: Option<Vec<String>>,
    /// How to find posts. Needed when there are no `PostIDs`.
    pub search: Option<FacebookSearch>,
}

/// Posts with a text, in a time range.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct FacebookSearch {
    /// What to look for in posts, e.g. a hashtag.
    #[serde(rename = "Match")]
    #[schemars(length(min = 1))]
    pub match_text: String,
    /// Start of the range.
    #[serde(deserialize_with = "formats::instant")]
    #[schemars(with = "formats::InstantText")]
    pub start_date: Instant,
    /// End of the range; a post at this time is outside.
    #[serde(deserialize_with = "formats::instant")]
    #[schemars(with = "formats::InstantText")]
    pub end_date: Instant,
}
