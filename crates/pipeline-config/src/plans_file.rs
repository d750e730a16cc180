//! The form of the file with the coding plans.

use std::collections::BTreeSet;

use checked_json::JsonPath;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::formats;
use crate::{CodingMode, FoldStrategy, Imputation};

/// Which answers are coded with which schemes, and how.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
#[schemars(rename = "CodingPlans")]
pub(crate) struct PlansForm {
    /// The words, places and telephone operators that the plans use: the name of a country that
    /// comes with the program, or the path of a directory with a `country.json`, such as
    /// `./country`. Needed by cleaners, operators and for locations.
    #[schemars(length(min = 1))]
    pub(crate) country: Option<String>,
    /// Plans for radio show messages.
    pub(crate) radio_show_plans: Vec<PlanForm>,
    /// Plans for the demographic questions.
    #[serde(default)]
    pub(crate) demographic_plans: Vec<PlanForm>,
    /// Plans for follow-up questions.
    #[serde(default)]
    pub(crate) follow_up_plans: Vec<PlanForm>,
    /// Plans for questions about how people took part.
    #[serde(default)]
    pub(crate) engagement_plans: Vec<PlanForm>,
    /// Scheme in which labellers say to which plan a message belongs. Needed when a plan has a
    /// `WSMatchValue` or the configuration sets `MoveWSMessages`.
    #[serde(rename = "WSCorrectDatasetScheme")]
    #[schemars(with = "Option<formats::FileName>")]
    pub(crate) ws_correct_dataset_scheme: Option<String>,
}

/// The key, the plans and the kind of each of the four groups.
type Group<'a> = (&'static str, &'a [PlanForm], PlanKind);

/// What a plan is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PlanKind {
    RadioShow,
    Survey,
}

impl PlansForm {
    /// All plans with their places and kinds, in the order of [`crate::CodingPlans::all`].
    pub(crate) fn plans(&self) -> impl Iterator<Item = (JsonPath, &PlanForm, PlanKind)> {
        let groups: [Group<'_>; 4] = [
            ("RadioShowPlans", &self.radio_show_plans, PlanKind::RadioShow),
            ("DemographicPlans", &self.demographic_plans, PlanKind::Survey),
            ("FollowUpPlans", &self.follow_up_plans, PlanKind::Survey),
            ("EngagementPlans", &self.engagement_plans, PlanKind::Survey),
        ];
        groups.into_iter().flat_map(|(key, plans, kind)| {
            let path = JsonPath::top().key(key);
            plans.iter().enumerate().map(move |(index, plan)| (path.index(index), plan, kind))
        })
    }

    /// The names of the schemes that the plans use.
    pub(crate) fn scheme_names(&self) -> BTreeSet<String> {
        let configurations = self.plans().flat_map(|(_, plan, _)| &plan.coding_configurations);
        let names = configurations.map(|configuration| configuration.code_scheme.as_str());
        names.chain(self.ws_correct_dataset_scheme.as_deref()).map(str::to_string).collect()
    }
}

/// How the answers in one raw field are coded.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
#[schemars(rename = "CodingPlan")]
pub(crate) struct PlanForm {
    /// Name of the answers in logs and counts. Left out: `RawField`.
    #[schemars(length(min = 1))]
    pub(crate) dataset_name: Option<String>,
    /// Field with the answers.
    #[schemars(length(min = 1))]
    pub(crate) raw_field: String,
    /// Field with the times of the answers. Needed for radio shows and with a `CodaDataset`.
    #[schemars(length(min = 1))]
    pub(crate) time_field: Option<String>,
    /// Field with the ids of the runs that the answers came with. Needs an `IcrFile`.
    #[schemars(length(min = 1))]
    pub(crate) run_id_field: Option<String>,
    /// Field that stage 3 gives the id of the message in Coda. Left out: `<RawField>_id`.
    #[schemars(length(min = 1))]
    pub(crate) id_field: Option<String>,
    /// Dataset in Coda; its files are called `<CodaDataset>.json`. Left out: people do not label
    /// the answers.
    #[schemars(with = "Option<formats::FileName>")]
    pub(crate) coda_dataset: Option<String>,
    /// File in `Outputs/ICR` with a sample of the answers. Needs a `RunIdField`.
    #[schemars(with = "Option<formats::FileName>")]
    pub(crate) icr_file: Option<String>,
    /// Match value of this plan's code in `WSCorrectDatasetScheme`. Left out: no answers are
    /// moved here.
    #[serde(rename = "WSMatchValue")]
    #[schemars(length(min = 1))]
    pub(crate) ws_match_value: Option<String>,
    /// The schemes the answers are coded with.
    pub(crate) coding_configurations: Vec<CodingConfigurationForm>,
    /// How further codes are concluded from those given. Left out: they are not.
    pub(crate) code_imputation_function: Option<Imputation>,
    /// How several answers of one person become one.
    pub(crate) raw_field_fold_strategy: FoldStrategy,
}

/// How answers are coded with one scheme.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
#[schemars(rename = "CodingConfiguration")]
pub(crate) struct CodingConfigurationForm {
    /// Whether an answer can have several codes.
    pub(crate) coding_mode: CodingMode,
    /// Name of the scheme: its file in `code_schemes/` without `.json`.
    #[schemars(with = "formats::FileName")]
    pub(crate) code_scheme: String,
    /// Field for the labels.
    #[schemars(length(min = 1))]
    pub(crate) coded_field: String,
    /// Field with the answers. Left out: that of the plan.
    #[schemars(length(min = 1))]
    pub(crate) raw_field: Option<String>,
    /// Name of the columns in the outputs. Left out: no columns.
    #[schemars(length(min = 1))]
    pub(crate) analysis_file_key: Option<String>,
    /// Cleaner of the country that suggests codes before people label. Left out: nothing does.
    #[schemars(length(min = 1))]
    pub(crate) cleaner: Option<String>,
    /// How the labels of one person's answers become one.
    pub(crate) fold_strategy: FoldStrategy,
    /// Whether a person must confirm the codes that the cleaner suggests.
    #[serde(default = "yes")]
    pub(crate) requires_manual_verification: bool,
    /// Whether stage 5 counts themes by these codes.
    #[serde(default = "yes")]
    pub(crate) include_in_theme_distribution: bool,
    /// Whether `individuals.csv` has the columns.
    #[serde(default = "yes")]
    pub(crate) include_in_individuals_file: bool,
}

impl PlanForm {
    /// The coding configurations with their places.
    pub(crate) fn configurations<'a>(
        &'a self,
        path: &JsonPath,
    ) -> impl Iterator<Item = (JsonPath, &'a CodingConfigurationForm)> + use<'a> {
        let path = path.key("CodingConfigurations");
        let configurations = self.coding_configurations.iter().enumerate();
        configurations.map(move |(index, configuration)| (path.index(index), configuration))
    }

    /// The field that gets the id of the message in Coda.
    pub(crate) fn id_field(&self) -> String {
        self.id_field.clone().unwrap_or_else(|| format!("{}_id", self.raw_field))
    }

    /// The name of the answers in logs and counts.
    pub(crate) fn dataset_name(&self) -> &str {
        self.dataset_name.as_deref().unwrap_or(&self.raw_field)
    }
}

fn yes() -> bool {
    true
}
