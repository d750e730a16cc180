//! Suggests labels, gives answers their Coda id, and picks what goes to Coda and to ICR.

use std::sync::Arc;

use code_schemes::{ControlCode, MessageId};
use iso_time::Instant;
use pipeline_config::CodingMode;
use traced_data::{Key, Value};

use super::draft::Draft;
use crate::context::{Context, Message, Order};
use crate::error::ProcessingError;
use crate::labels::{code_of, labels_in, list};
use crate::plan::{Field, Plan};
use crate::records::{Position, Record};
use crate::reduce::CodaCandidate;
use crate::rows::csv_row;

/// Labels what the cleaners recognise, unchecked, and gives each answer its message id: the
/// SHA-256 of its text.
pub(crate) fn auto_code(context: &Context<'_>, messages: &mut [(Instant, Message)]) {
    for (_, message) in messages {
        let mut draft = Draft::new(&message.object);
        for plan in context.plans.all() {
            for field in &plan.fields {
                if let Some(label) = suggested_label(field, message, false) {
                    draft.set(field.coded, label);
                }
            }
            if let (Some(_), Some(text)) = (&plan.coda_dataset, message.object.text(plan.raw)) {
                draft.set(plan.id, traced_data::sha256_hex(text).into());
            }
        }
        let changes = draft.into_changes();
        message
            .object
            .append(changes, &context.by.auto_code)
            .expect("changes without nested objects cannot conflict");
    }
}

/// What the field's cleaner makes of the answer; `None` leaves it to a human.
pub(crate) fn suggested_label(field: &Field, message: &Message, checked: bool) -> Option<Value> {
    let text = message.object.text(field.raw)?;
    let match_value = field.cleaner.as_ref()?.clean(text)?;
    let code = field.scheme.matching(match_value)?;
    let labels = match checked {
        true => &field.labels.cleaned_and_checked,
        false => &field.labels.cleaned,
    };
    Some(match field.mode {
        CodingMode::Single => labels.of(code),
        CodingMode::Multiple => list([labels.of(code)]),
    })
}

/// The answers of a message that can be put up for labelling, each with the index of its plan.
///
/// Empty answers have nothing to label. An answer without a time of its own counts as given when
/// the message was sent.
pub(crate) fn coda_candidates(
    context: &Context<'_>,
    message: &Message,
) -> Result<Vec<(usize, Order, CodaCandidate)>, ProcessingError> {
    let mut candidates = Vec::new();
    for (index, plan) in context.plans.all().iter().enumerate() {
        if plan.coda_dataset.is_none() {
            continue;
        }
        let Some(text) = message.object.text(plan.raw).filter(|text| !text.is_empty()) else {
            continue;
        };
        let Some(message_id) = message.object.text(plan.id) else { continue };
        let sent_on = Key::new("sent_on");
        let own_time = plan.time.and_then(|key| Some((key, message.object.text(key)?)));
        let time = own_time.or_else(|| Some((sent_on, message.object.text(sent_on)?)));
        let Some((key, time)) = time else { continue };
        let candidate = CodaCandidate {
            message_id: MessageId::from(Arc::clone(message_id)),
            text: Arc::clone(text),
            created_at: context.parse_time(message, key, time)?,
            labels: suggested_labels(plan, message),
        };
        candidates.push((index, message.order, candidate));
    }
    Ok(candidates)
}

fn suggested_labels(plan: &Plan, message: &Message) -> Vec<Value> {
    let mut labels = Vec::new();
    for field in &plan.fields {
        for value in labels_in(message.object.get(field.coded)) {
            let code = code_of(&field.scheme, value);
            if code.is_some_and(|code| code.control_code() != Some(ControlCode::NotCoded)) {
                labels.push(value.clone());
            }
        }
    }
    labels
}

/// The rows that a message adds to ICR, each with the index of its radio show; noise adds none.
pub(crate) fn icr_rows(context: &Context<'_>, message: &Message) -> Vec<(usize, Record)> {
    if is_noise(message) {
        return Vec::new();
    }
    let plans = context.plans.radio_show().iter().enumerate();
    plans
        .filter(|(_, plan)| plan.icr_file.is_some())
        .filter_map(|(index, plan)| {
            let text = message.object.get(plan.raw)?;
            let run_id = plan.run_id.and_then(|key| message.object.get(key));
            let run_id = run_id.map(Value::to_cell).unwrap_or_default();
            let row = csv_row([run_id, text.to_cell()]);
            let position = Position::of(message.order);
            Some((index, Record::of_texts(position, &row, None)))
        })
        .collect()
}

/// Whether the message was marked as noise.
pub(crate) fn is_noise(message: &Message) -> bool {
    message.object.get(Key::new("noise")).is_some_and(Value::is_truthy)
}
