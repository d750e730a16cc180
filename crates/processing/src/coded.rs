//! The labels that coders gave in Coda, ready to be looked up by message.

use std::collections::BTreeMap;
use std::sync::Arc;

use code_schemes::{CodaMessage, CodeId, CodeScheme, Label, MANUALLY_UNCODED, MessageId, SchemeId};
use pipeline_config::{CodingMode, CodingPlan, CodingPlans};
use rustc_hash::FxHashMap;
use traced_data::Value;

use crate::labels::coda_label_value;

/// The messages of each coded Coda dataset that exists, by dataset.
///
/// A dataset that is absent has not been coded yet.
pub type CodedFiles = BTreeMap<String, Vec<CodaMessage>>;

/// A label whose code is not in its scheme.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct UnknownCode {
    /// The Coda dataset.
    pub dataset: String,
    /// The message that carries the label.
    pub message_id: MessageId,
    /// The scheme, as it is named in the coding plans.
    pub scheme: String,
    /// The id that the scheme does not have.
    pub code_id: CodeId,
}

/// The labels of all datasets.
pub(crate) struct CodedLabels(FxHashMap<String, DatasetLabels>);

/// The labels of one dataset, by message.
#[derive(Default)]
pub(crate) struct DatasetLabels(FxHashMap<MessageId, Vec<CodedLabel>>);

/// One label, newest first within its message.
pub(crate) struct CodedLabel {
    /// The scheme that the label belongs to, also when it was given on a duplicate of it.
    primary: SchemeId,
    /// The scheme as the label has it: `Scheme-x-1` for the first duplicate of `Scheme-x`.
    pub(crate) scheme_id: SchemeId,
    pub(crate) code_id: CodeId,
    pub(crate) checked: bool,
    /// As it stands in the file.
    pub(crate) value: Value,
    /// Under the id of the primary scheme.
    pub(crate) primary_value: Value,
}

impl CodedLabels {
    /// Prepares the labels, and counts those of schemes that no plan of the dataset uses.
    ///
    /// # Errors
    ///
    /// All labels in force whose code their scheme does not have, in the order of the files.
    pub(crate) fn new(
        plans: &CodingPlans,
        files: &CodedFiles,
    ) -> Result<(Self, u64), Vec<UnknownCode>> {
        let mut datasets: FxHashMap<String, DatasetLabels> = FxHashMap::default();
        let mut unknown = Vec::new();
        let mut n_of_unused_schemes = 0;
        for plan in plans.all() {
            let Some(dataset) = &plan.coda_dataset else { continue };
            let Some(messages) = files.get(dataset) else { continue };
            let used = used_schemes(plan, plans.ws_correct_dataset.as_ref());
            let mut labels = DatasetLabels::default();
            for message in messages {
                let (of_message, n_unused) = message_labels(message, &used);
                n_of_unused_schemes += n_unused;
                unknown.extend(unknown_codes(dataset, message, &of_message, &used));
                labels.0.insert(message.message_id.clone(), of_message);
            }
            datasets.insert(dataset.clone(), labels);
        }
        match unknown.is_empty() {
            true => Ok((Self(datasets), n_of_unused_schemes)),
            false => Err(unknown),
        }
    }

    /// The labels of a dataset; `None` when it has not been coded yet.
    pub(crate) fn of_dataset(&self, dataset: &str) -> Option<&DatasetLabels> {
        self.0.get(dataset)
    }
}

impl DatasetLabels {
    /// The labels of a message on one scheme, newest first.
    pub(crate) fn of<'a>(
        &'a self,
        message_id: &str,
        scheme: &'a CodeScheme,
    ) -> impl DoubleEndedIterator<Item = &'a CodedLabel> {
        let labels = self.0.get(message_id).map(Vec::as_slice).unwrap_or_default();
        labels.iter().filter(|label| label.primary == scheme.scheme_id)
    }
}

/// A scheme that a plan uses, with its name and whether it takes several codes.
struct UsedScheme<'a> {
    name: &'a str,
    scheme: &'a CodeScheme,
    mode: CodingMode,
}

fn used_schemes<'a>(
    plan: &'a CodingPlan,
    ws_correct_dataset: Option<&'a Arc<CodeScheme>>,
) -> Vec<UsedScheme<'a>> {
    let of_plan = plan.coding_configurations.iter().map(|configuration| UsedScheme {
        name: &configuration.code_scheme_name,
        scheme: &configuration.code_scheme,
        mode: configuration.coding_mode,
    });
    let correct_dataset = ws_correct_dataset.map(|scheme| UsedScheme {
        name: "WSCorrectDatasetScheme",
        scheme,
        mode: CodingMode::Single,
    });
    of_plan.chain(correct_dataset).collect()
}

fn message_labels(message: &CodaMessage, used: &[UsedScheme<'_>]) -> (Vec<CodedLabel>, u64) {
    let mut labels = Vec::with_capacity(message.labels.len());
    let mut n_unused = 0;
    for label in &message.labels {
        let owner = used.iter().find(|used| used.scheme.owns(label.scheme_id.as_str()));
        match owner {
            Some(used) => labels.push(coded_label(label, used.scheme)),
            None => n_unused += 1,
        }
    }
    (labels, n_unused)
}

fn coded_label(label: &Label, scheme: &CodeScheme) -> CodedLabel {
    let value = coda_label_value(label, &label.scheme_id);
    let is_primary = label.scheme_id == scheme.scheme_id;
    CodedLabel {
        primary: scheme.scheme_id.clone(),
        scheme_id: label.scheme_id.clone(),
        code_id: label.code_id.clone(),
        checked: label.checked.unwrap_or(false),
        primary_value: match is_primary {
            true => value.clone(),
            false => coda_label_value(label, &scheme.scheme_id),
        },
        value,
    }
}

/// The labels in force whose code is unknown: per scheme column the newest, older ones being
/// history; a label that nobody checked counts where others can make it count.
fn unknown_codes(
    dataset: &str,
    message: &CodaMessage,
    labels: &[CodedLabel],
    used: &[UsedScheme<'_>],
) -> Vec<UnknownCode> {
    let mut unknown = Vec::new();
    for used in used {
        let mut seen: Vec<&SchemeId> = Vec::new();
        for label in labels.iter().filter(|label| label.primary == used.scheme.scheme_id) {
            let column = match used.mode {
                CodingMode::Single => &label.primary,
                CodingMode::Multiple => &label.scheme_id,
            };
            if seen.contains(&column) {
                continue;
            }
            seen.push(column);
            let counts = label.checked || used.mode == CodingMode::Multiple;
            let code_id = label.code_id.as_str();
            if counts && code_id != MANUALLY_UNCODED && used.scheme.code(code_id).is_none() {
                unknown.push(UnknownCode {
                    dataset: dataset.to_owned(),
                    message_id: message.message_id.clone(),
                    scheme: used.name.to_owned(),
                    code_id: label.code_id.clone(),
                });
            }
        }
    }
    unknown
}
