//! The coding plans with everything looked up that steps need: keys, codes, labels.

use std::sync::Arc;

use code_schemes::{Code, CodeId, CodeScheme, ControlCode};
use pipeline_config::{
    CodingConfiguration, CodingMode, CodingPlan, CodingPlans, FoldStrategy, Imputation,
};
use text_cleaners::{Cleaner, Country};
use traced_data::{Key, Value};

use crate::labels::{LabelMaker, Labels, code_of, labels_in};

/// All coding plans, radio shows first, then surveys, each in the order of the file.
pub(crate) struct Plans {
    /// The words, places and telephone operators that the plans use.
    pub(crate) country: Arc<Country>,
    all: Vec<Plan>,
    n_radio_show: usize,
    /// The scheme with which coders say where a misplaced answer belongs.
    pub(crate) correct_dataset: Option<CorrectDataset>,
}

/// One dataset: a field of raw text, and how it is coded.
pub(crate) struct Plan {
    pub(crate) raw: Key,
    pub(crate) time: Option<Key>,
    pub(crate) run_id: Option<Key>,
    pub(crate) id: Key,
    pub(crate) id_before_move: Key,
    pub(crate) correct_dataset: Key,
    pub(crate) correct_dataset_before_move: Key,
    pub(crate) source: Key,
    pub(crate) coda_dataset: Option<String>,
    pub(crate) icr_file: Option<String>,
    pub(crate) ws_code: Option<CodeId>,
    pub(crate) fields: Vec<Field>,
    pub(crate) imputation: Option<Imputation>,
    pub(crate) raw_fold: FoldStrategy,
}

/// One coding of a dataset.
pub(crate) struct Field {
    pub(crate) coded: Key,
    pub(crate) coded_before_move: Key,
    pub(crate) raw: Key,
    pub(crate) mode: CodingMode,
    pub(crate) scheme: Arc<CodeScheme>,
    pub(crate) scheme_name: String,
    pub(crate) cleaner: Option<Cleaner>,
    pub(crate) by_hand: bool,
    pub(crate) analysis_key: Option<String>,
    pub(crate) in_individuals: bool,
    pub(crate) fold: FoldStrategy,
    pub(crate) labels: FieldLabels,
}

/// The labels that steps put on a field, made once and shared by all messages.
pub(crate) struct FieldLabels {
    pub(crate) cleaned: Labels,
    pub(crate) cleaned_and_checked: Labels,
    pub(crate) not_reviewed_before_move: Labels,
    pub(crate) not_reviewed: Labels,
    pub(crate) missing: Labels,
    pub(crate) imputed: Labels,
    pub(crate) coding_error: Labels,
}

/// The scheme with which coders say where a misplaced answer belongs, and its labels.
pub(crate) struct CorrectDataset {
    pub(crate) scheme: Arc<CodeScheme>,
    pub(crate) not_reviewed_before_move: Labels,
    pub(crate) not_reviewed: Labels,
    pub(crate) error_before_move: Labels,
    pub(crate) coding_error: Labels,
}

impl Plans {
    pub(crate) fn new(plans: &CodingPlans, maker: &LabelMaker) -> Self {
        Self {
            country: Arc::clone(&plans.country),
            n_radio_show: plans.radio_show.len(),
            all: plans.all().map(|plan| Plan::new(plan, maker)).collect(),
            correct_dataset: plans.ws_correct_dataset.as_ref().map(|scheme| CorrectDataset {
                not_reviewed_before_move: maker.control(
                    scheme,
                    ControlCode::NotReviewed,
                    "processing::ws_correction",
                ),
                not_reviewed: maker.control(
                    scheme,
                    ControlCode::NotReviewed,
                    "processing::manual_codes",
                ),
                error_before_move: maker.control(
                    scheme,
                    ControlCode::CodingError,
                    "processing::ws_correction",
                ),
                coding_error: maker.control(
                    scheme,
                    ControlCode::CodingError,
                    "processing::coding_errors",
                ),
                scheme: Arc::clone(scheme),
            }),
        }
    }

    pub(crate) fn all(&self) -> &[Plan] {
        &self.all
    }

    pub(crate) fn radio_show(&self) -> &[Plan] {
        &self.all[..self.n_radio_show]
    }

    pub(crate) fn survey(&self) -> &[Plan] {
        &self.all[self.n_radio_show..]
    }

    pub(crate) fn is_radio_show(&self, raw: Key) -> bool {
        self.radio_show().iter().any(|plan| plan.raw == raw)
    }

    /// The plan to which coders send an answer with `code`.
    pub(crate) fn with_ws_code(&self, code: &CodeId) -> Option<&Plan> {
        // The last one counts, as in a table that is filled plan by plan.
        self.all.iter().rev().find(|plan| plan.ws_code.as_ref() == Some(code))
    }
}

impl Plan {
    fn new(plan: &CodingPlan, maker: &LabelMaker) -> Self {
        let key = |text: String| Key::new(&text);
        let CodingPlan { raw_field, id_field, .. } = plan;
        Self {
            raw: Key::new(raw_field),
            time: plan.time_field.as_deref().map(Key::new),
            run_id: plan.run_id_field.as_deref().map(Key::new),
            id: Key::new(id_field),
            id_before_move: key(format!("{id_field}_WS")),
            correct_dataset: key(format!("{raw_field}_correct_dataset")),
            correct_dataset_before_move: key(format!("{raw_field}_WS_correct_dataset")),
            source: key(format!("{raw_field}_source")),
            coda_dataset: plan.coda_dataset.clone(),
            icr_file: plan.icr_file.clone(),
            ws_code: plan.ws_code.clone(),
            fields: plan
                .coding_configurations
                .iter()
                .map(|configuration| Field::new(configuration, raw_field, maker))
                .collect(),
            imputation: plan.code_imputation_function,
            raw_fold: plan.raw_field_fold_strategy,
        }
    }
}

impl Field {
    fn new(configuration: &CodingConfiguration, raw_field: &str, maker: &LabelMaker) -> Self {
        let scheme = &configuration.code_scheme;
        let control = |code, step| maker.control(scheme, code, step);
        let cleaner = configuration.cleaner.clone();
        let origin = cleaner
            .as_ref()
            .map_or(String::new(), |cleaner| format!("text_cleaners::{}", cleaner.name()));
        Self {
            coded: Key::new(&configuration.coded_field),
            coded_before_move: Key::new(&format!("{}_WS", configuration.coded_field)),
            raw: Key::new(configuration.raw_field.as_deref().unwrap_or(raw_field)),
            mode: configuration.coding_mode,
            cleaner,
            by_hand: configuration.requires_manual_verification,
            analysis_key: configuration.analysis_file_key.clone(),
            in_individuals: configuration.include_in_individuals_file,
            fold: configuration.fold_strategy,
            labels: FieldLabels {
                cleaned: maker.all(scheme, &origin, false),
                cleaned_and_checked: maker.all(scheme, &origin, true),
                not_reviewed_before_move: control(
                    ControlCode::NotReviewed,
                    "processing::ws_correction",
                ),
                not_reviewed: control(ControlCode::NotReviewed, "processing::manual_codes"),
                missing: maker.all(scheme, "processing::missing_codes", false),
                imputed: maker.all(scheme, "processing::imputation", false),
                coding_error: control(ControlCode::CodingError, "processing::coding_errors"),
            },
            scheme: Arc::clone(scheme),
            scheme_name: configuration.code_scheme_name.clone(),
        }
    }

    /// The codes that the labels in a coded field give.
    pub(crate) fn codes_in<'a>(
        &'a self,
        value: Option<&'a Value>,
    ) -> impl Iterator<Item = &'a Code> {
        labels_in(value).iter().filter_map(|label| code_of(&self.scheme, label))
    }
}
