//! Joins a person's survey answers to each of their messages.

use traced_data::{Changes, Key, TracedData};

use crate::context::{Context, Message, Person};
use crate::error::ProcessingError;
use crate::people::PERSON_KEYS;

/// Gives each message the latest answers of each survey flow, with their history.
///
/// Within one flow a later run overwrites an earlier one, also with null.
/// Flows join by the rule that keys they have in common have equal values.
pub(crate) fn join_surveys(
    context: &Context<'_>,
    person: Person,
) -> Result<Vec<Message>, ProcessingError> {
    let surveys = latest_surveys(context, &person);
    let person_of = |object: &TracedData| {
        let mut ids = PERSON_KEYS.iter().filter_map(|key| object.text(Key::new(key)));
        ids.next().map_or_else(String::new, |id| id.to_string())
    };
    let mut messages = Vec::with_capacity(person.messages.len());
    for (order, place, history) in person.messages {
        let mut object = TracedData::from(history);
        let mut changes = Changes::new();
        for (_, key, survey) in &surveys {
            changes.nest(*key, survey.clone());
        }
        if !changes.is_empty() {
            object.append(changes, &context.by.join).map_err(|source| ProcessingError::Join {
                person: person_of(&object),
                flow: conflicting_flow(context, &surveys, source.key),
                source,
            })?;
        }
        messages.push(Message { order, place, object });
    }
    Ok(messages)
}

/// One object per survey flow, with the key under which it is nested.
fn latest_surveys(context: &Context<'_>, person: &Person) -> Vec<(usize, Key, TracedData)> {
    let mut surveys: Vec<(usize, Key, TracedData)> = Vec::new();
    for (flow, run) in &person.surveys {
        let run = TracedData::from(run.clone());
        match surveys.last_mut().filter(|(known, ..)| known == flow) {
            Some((_, _, survey)) => {
                let items = run.sorted_items();
                survey.update(
                    items.into_iter().map(|(key, value)| (key, value.clone())),
                    &context.by.join,
                );
            }
            None => {
                let key = format!("survey_responses - {}", context.survey_flows[*flow]);
                surveys.push((*flow, Key::new(&key), run));
            }
        }
    }
    surveys
}

/// The last flow that has the key, which is the one that met another value.
fn conflicting_flow(
    context: &Context<'_>,
    surveys: &[(usize, Key, TracedData)],
    key: Key,
) -> String {
    let flow = surveys.iter().rev().find(|(_, _, survey)| survey.contains(key));
    flow.map_or_else(String::new, |(flow, ..)| context.survey_flows[*flow].clone())
}
