//! Respects people who withdrew their consent.

use code_schemes::ControlCode;
use iso_time::Instant;
use traced_data::{Key, TracedData, Value};

use crate::columns::CONSENT_WITHDRAWN;
use crate::context::{Context, Message};

/// Marks all messages of a person who said STOP in any of them; gives whether they did.
pub(crate) fn determine(context: &Context<'_>, messages: &mut [(Instant, Message)]) -> bool {
    let withdrawn = messages.iter().any(|(_, message)| has_stop_code(context, &message.object));
    let value = Value::from(if withdrawn { "true" } else { "false" });
    for (_, message) in messages {
        message.object.update([(Key::new(CONSENT_WITHDRAWN), value.clone())], &context.by.consent);
    }
    withdrawn
}

/// Replaces every value, the person's id included, by `STOP`.
pub(crate) fn overwrite<'a>(
    context: &Context<'_>,
    objects: impl IntoIterator<Item = &'a mut TracedData>,
) {
    let consent = Key::new(CONSENT_WITHDRAWN);
    let stop = Value::from(ControlCode::Stop.as_str());
    for object in objects {
        let keys: Vec<Key> = object.keys().filter(|key| *key != consent).collect();
        object.update(keys.into_iter().map(|key| (key, stop.clone())), &context.by.consent);
    }
}

fn has_stop_code(context: &Context<'_>, object: &TracedData) -> bool {
    context.plans.all().iter().flat_map(|plan| &plan.fields).any(|field| {
        field
            .codes_in(object.get(field.coded))
            .any(|code| code.control_code() == Some(ControlCode::Stop))
    })
}
