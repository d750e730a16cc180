//! Puts the labels on the answers that coders gave in Coda.

use traced_data::TracedData;

use super::coda_import::{import, single_label};
use super::draft::Draft;
use crate::context::Context;

/// Replaces suggestions by what humans checked; an answer that nobody checked becomes `NR`.
///
/// A dataset that is not coded yet is one in which nobody checked anything.
pub(crate) fn apply(context: &Context<'_>, object: &mut TracedData) {
    let mut draft = Draft::new(object);
    for plan in context.plans.all() {
        let Some(dataset) = &plan.coda_dataset else { continue };
        let Some(message_id) = object.text(plan.id) else { continue };
        let labels = context.coded.of_dataset(dataset);
        for field in plan.fields.iter().filter(|field| field.by_hand) {
            let not_reviewed = &field.labels.not_reviewed;
            draft.set(
                field.coded,
                import(labels, message_id, field, object, field.coded, not_reviewed),
            );
        }
        if let Some(correct_dataset) = &context.plans.correct_dataset {
            let label = single_label(
                labels,
                message_id,
                &correct_dataset.scheme,
                object.get(plan.correct_dataset),
                &correct_dataset.not_reviewed,
            );
            draft.set(plan.correct_dataset, label);
        }
    }
    object
        .append(draft.into_changes(), &context.by.manual_codes)
        .expect("changes without nested objects cannot conflict");
}
