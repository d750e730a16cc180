//! The coding plans: which answers are coded with which schemes, and how.

use std::ops::RangeInclusive;
use std::sync::Arc;

use code_schemes::{Code, CodeId, CodeScheme};
use schemars::JsonSchema;
use serde::Deserialize;
use text_cleaners::{Cleaner, Country};

/// All coding plans of a project, in the order of the file.
#[derive(Debug, Clone)]
pub struct CodingPlans {
    /// The words, places and telephone operators that the plans use; without any when the plans
    /// name no country.
    pub country: Arc<Country>,
    /// For radio show messages.
    pub radio_show: Vec<CodingPlan>,
    /// For the demographic questions.
    pub demographic: Vec<CodingPlan>,
    /// For follow-up questions.
    pub follow_up: Vec<CodingPlan>,
    /// For questions about how people took part.
    pub engagement: Vec<CodingPlan>,
    /// The scheme in which labellers say where a message belongs.
    pub ws_correct_dataset: Option<Arc<CodeScheme>>,
}

impl CodingPlans {
    /// The plans for survey questions: demographic, follow-up, engagement.
    pub fn survey(&self) -> impl Iterator<Item = &CodingPlan> {
        self.demographic.iter().chain(&self.follow_up).chain(&self.engagement)
    }

    /// All plans: radio show, then survey.
    pub fn all(&self) -> impl Iterator<Item = &CodingPlan> {
        self.radio_show.iter().chain(self.survey())
    }
}

/// How the answers in one raw field are coded.
#[derive(Debug, Clone)]
pub struct CodingPlan {
    /// Name of the answers in logs and counts.
    pub dataset_name: String,
    /// Field with the answers.
    pub raw_field: String,
    /// Field with the times of the answers.
    pub time_field: Option<String>,
    /// Field with the ids of the runs that the answers came with.
    pub run_id_field: Option<String>,
    /// Field that stage 3 gives the message id in Coda.
    pub id_field: String,
    /// Dataset in Coda, file `<dataset>.json`; `None`: the answers are not labelled by people.
    pub coda_dataset: Option<String>,
    /// Name of the file in `Outputs/ICR`.
    pub icr_file: Option<String>,
    /// What the code of this plan is called in the scheme for moving messages.
    pub ws_match_value: Option<String>,
    /// The code of this plan in the scheme for moving messages.
    pub ws_code: Option<CodeId>,
    /// The schemes the answers are coded with.
    pub coding_configurations: Vec<CodingConfiguration>,
    /// How further codes are concluded from those given.
    pub code_imputation_function: Option<Imputation>,
    /// How several answers of one person become one.
    pub raw_field_fold_strategy: FoldStrategy,
}

/// How answers are coded with one scheme.
#[derive(Debug, Clone)]
pub struct CodingConfiguration {
    /// Whether an answer can have several codes.
    pub coding_mode: CodingMode,
    /// The scheme.
    pub code_scheme: Arc<CodeScheme>,
    /// The name by which the plans call the scheme: its file without `.json`.
    pub code_scheme_name: String,
    /// Field for the labels.
    pub coded_field: String,
    /// Field with the answers, when it is not that of the plan.
    pub raw_field: Option<String>,
    /// Name of the columns in the outputs; `None`: no columns.
    pub analysis_file_key: Option<String>,
    /// What suggests codes before people label.
    pub cleaner: Option<Cleaner>,
    /// How the labels of one person's answers become one.
    pub fold_strategy: FoldStrategy,
    /// Whether a person must confirm codes that the cleaner gave.
    pub requires_manual_verification: bool,
    /// Whether stage 5 counts themes by these codes.
    pub include_in_theme_distribution: bool,
    /// Whether `individuals.csv` has the columns.
    pub include_in_individuals_file: bool,
}

/// Whether an answer can have several codes of a scheme.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize, JsonSchema)]
pub enum CodingMode {
    /// One code.
    Single,
    /// Any number of codes.
    Multiple,
}

/// How several values of one person become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize, JsonSchema)]
pub enum FoldStrategy {
    /// They must be equal.
    AssertEqual,
    /// Texts joined with `;`.
    Concatenate,
    /// True when any is.
    BooleanOr,
    /// `1` when any is.
    Matrix,
    /// Yes, no, or ambivalent when both were said.
    YesNoAmbivalent,
    /// The control code that says most.
    ControlCodeByPrecedence,
    /// Labels whose codes must be equal.
    AssertLabelIdsEqual,
    /// Lists of labels joined, each code once.
    ListOfLabels,
}

/// How further codes are concluded from those given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize, JsonSchema)]
pub enum Imputation {
    /// All levels of a place from any one of them, as the country's file of locations has it.
    Location,
    /// The age category from the age; the match value of a category is its range: `10 to 14`.
    AgeCategory,
}

/// The ages, in whole years, that a code of age categories stands for: those that its match value
/// `<from> to <to>` says.
pub fn ages_of(category: &Code) -> Option<RangeInclusive<i64>> {
    category.match_values.iter().find_map(|value| {
        let (from, to) = value.split_once(" to ")?;
        Some(from.trim().parse().ok()?..=to.trim().parse().ok()?)
    })
}
