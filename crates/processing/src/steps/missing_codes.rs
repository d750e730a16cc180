//! Labels answers that there is nothing to label in: absent, empty, noise.

use code_schemes::ControlCode;
use pipeline_config::CodingMode;
use traced_data::Value;

use super::auto_code::{is_noise, suggested_label};
use super::draft::Draft;
use crate::context::{Context, Message};
use crate::error::ProcessingError;
use crate::labels::{code_of, labels_in, list};
use crate::plan::Field;

/// Labels absent answers `NA` and empty ones `NC`; what has no label then, because nobody labels
/// it by hand, is what the cleaner says, checked, or `NC`.
///
/// # Errors
///
/// When a label that came with the raw data has a code that its scheme does not have.
pub(crate) fn apply(context: &Context<'_>, message: &mut Message) -> Result<(), ProcessingError> {
    let mut draft = Draft::new(&message.object);
    let noise = is_noise(message);
    for (index, plan) in context.plans.all().iter().enumerate() {
        let is_radio_show = index < context.plans.radio_show().len();
        for field in &plan.fields {
            let answer = message.object.get(field.raw);
            let unlabelled = !message.object.contains(field.coded);
            let cleaned = match field.by_hand {
                true => None,
                false => suggested_label(field, message, true),
            };
            if answer.is_none() {
                draft.set(field.coded, missing(field, ControlCode::TrueMissing));
            } else if let Some(label) = cleaned {
                draft.set(field.coded, label);
            } else if answer.and_then(Value::as_str) == Some("")
                || unlabelled && (!is_radio_show || noise || plan.coda_dataset.is_none())
            {
                draft.set(field.coded, missing(field, ControlCode::NotCoded));
            }
            check_codes(context, message, field, draft.get(field.coded))?;
        }
    }
    let changes = draft.into_changes();
    message
        .object
        .append(changes, &context.by.missing_codes)
        .expect("changes without nested objects cannot conflict");
    Ok(())
}

fn missing(field: &Field, code: ControlCode) -> Value {
    let code = field.scheme.control(code);
    let code = code.expect("check-config refuses schemes without this code");
    let label = field.labels.missing.of(code);
    match field.mode {
        CodingMode::Single => label,
        CodingMode::Multiple => list([label]),
    }
}

fn check_codes(
    context: &Context<'_>,
    message: &Message,
    field: &Field,
    value: Option<&Value>,
) -> Result<(), ProcessingError> {
    let labels = labels_in(value);
    if !labels.is_empty() && labels.iter().all(|label| code_of(&field.scheme, label).is_some()) {
        return Ok(());
    }
    Err(ProcessingError::UnknownRawCode {
        flow: context.activation_flows[message.place.flow].clone(),
        line: message.place.line,
        key: field.coded,
        scheme: field.scheme_name.clone(),
    })
}
