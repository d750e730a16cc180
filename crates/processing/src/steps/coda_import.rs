//! Puts the labels of a Coda file on an answer.

use code_schemes::{CodeScheme, MANUALLY_UNCODED};
use pipeline_config::CodingMode;
use traced_data::{Key, TracedData, Value};

use crate::coded::DatasetLabels;
use crate::labels::{Labels, is_checked, labels_in, list};
use crate::plan::Field;

/// The label of a field that takes one: the newest one that a human checked, else `NR`.
///
/// A label that is not checked is a suggestion, whoever made it, and does not count.
pub(crate) fn single_label(
    labels: Option<&DatasetLabels>,
    message_id: &str,
    scheme: &CodeScheme,
    current: Option<&Value>,
    not_reviewed: &Labels,
) -> Value {
    let newest = labels.and_then(|labels| labels.of(message_id, scheme).next());
    match newest {
        // Taken back by a human: as if never labelled.
        Some(label) if label.code_id.as_str() == MANUALLY_UNCODED => not_reviewed.only(),
        Some(label) if label.checked => label.value.clone(),
        Some(_) => not_reviewed.only(),
        None => match current {
            Some(label) if is_checked(label) => label.clone(),
            _ => not_reviewed.only(),
        },
    }
}

/// The labels of a field that takes several: the newest of each column of the scheme, each code
/// once, in order of first appearance, oldest first; `NR` when a human checked none of them.
///
/// Coda gives a scheme further columns by duplicating it as `<scheme>-1`, `<scheme>-2`; here all
/// are labels of the one scheme.
pub(crate) fn label_list(
    labels: Option<&DatasetLabels>,
    message_id: &str,
    scheme: &CodeScheme,
    current: Option<&Value>,
    not_reviewed: &Labels,
) -> Value {
    let scheme_key = Key::new("SchemeID");
    let code_key = Key::new("CodeID");
    // Column, code, checked, label under the primary scheme's id.
    let mut columns: Vec<(Value, Value, bool, Value)> = Vec::new();
    for label in labels_in(current) {
        let (Some(column), Some(code)) = (label.member(scheme_key), label.member(code_key)) else {
            continue;
        };
        columns.push((column.clone(), code.clone(), is_checked(label), label.clone()));
    }
    let of_message = labels.map(|labels| labels.of(message_id, scheme));
    for label in of_message.into_iter().flatten().rev() {
        let column = Value::from(label.scheme_id.as_str());
        let code = Value::from(label.code_id.as_str());
        let entry = (column, code, label.checked, label.primary_value.clone());
        match columns.iter_mut().find(|known| known.0 == entry.0) {
            Some(known) => *known = entry,
            None => columns.push(entry),
        }
    }
    columns.retain(|(_, code, ..)| code.as_str() != Some(MANUALLY_UNCODED));
    if !columns.iter().any(|(_, _, checked, _)| *checked) {
        return list([not_reviewed.only()]);
    }
    let mut unique: Vec<(Value, Value)> = Vec::new();
    for (_, code, _, label) in columns {
        if !unique.iter().any(|(known, _)| *known == code) {
            unique.push((code, label));
        }
    }
    list(unique.into_iter().map(|(_, label)| label).collect::<Vec<_>>())
}

/// What a coded field holds after its dataset's labels were imported.
pub(crate) fn import(
    labels: Option<&DatasetLabels>,
    message_id: &str,
    field: &Field,
    object: &TracedData,
    coded: Key,
    not_reviewed: &Labels,
) -> Value {
    let import = match field.mode {
        CodingMode::Single => single_label,
        CodingMode::Multiple => label_list,
    };
    import(labels, message_id, &field.scheme, object.get(coded), not_reviewed)
}
