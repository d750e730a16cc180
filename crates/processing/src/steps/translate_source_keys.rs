//! Translates the keys of the sources into those of the pipeline.

use pipeline_config::{SourceKeyRemapping, TimestampRemapping};
use traced_data::{Changes, Key, Value};

use super::draft::Draft;
use crate::context::{Context, Message};
use crate::counts::Counts;
use crate::error::ProcessingError;

/// Gives each message the keys of the pipeline: the radio show it answers, its time, its person,
/// and the demographic answers.
///
/// A raw object that answers two radio shows becomes two messages.
pub(crate) fn translate(
    context: &Context<'_>,
    messages: Vec<Message>,
    counts: &mut Counts,
) -> Result<Vec<Message>, ProcessingError> {
    let mut translated = Vec::with_capacity(messages.len());
    for message in messages {
        let shows = radio_shows(context, &message);
        counts.n_split_off += shows.len().saturating_sub(1) as u64;
        for show in shows.iter().skip(1) {
            let mut split_off = message.clone();
            split_off.order.1 += 1;
            append(context, &mut split_off, Some(*show))?;
            translated.push(split_off);
        }
        let mut message = message;
        append(context, &mut message, shows.first().copied())?;
        translated.push(message);
    }
    translated.sort_by_key(|message| message.order);
    Ok(translated)
}

/// The configuration's `SourceKeyRemappings`, their keys looked up.
pub(crate) struct SourceKeys {
    radio_shows: Vec<RadioShow>,
    /// Of other keys: from, to.
    others: Vec<(Key, Key)>,
}

/// A text and the radio show under whose key it came.
#[derive(Clone, Copy)]
struct RadioShow {
    source: Key,
    pipeline_key: Key,
}

impl SourceKeys {
    pub(crate) fn new(remappings: &[SourceKeyRemapping]) -> Self {
        let mut keys = Self { radio_shows: Vec::new(), others: Vec::new() };
        for remapping in remappings {
            let source = Key::new(&remapping.source_key);
            let pipeline_key = Key::new(&remapping.pipeline_key);
            match remapping.is_activation_message {
                true => keys.radio_shows.push(RadioShow { source, pipeline_key }),
                false => keys.others.push((source, pipeline_key)),
            }
        }
        keys
    }
}

fn radio_shows(context: &Context<'_>, message: &Message) -> Vec<RadioShow> {
    let shows = context.source_keys.radio_shows.iter().copied();
    shows
        .filter(|show| message.object.get(show.source).is_some_and(|value| *value != Value::Null))
        .collect()
}

fn append(
    context: &Context<'_>,
    message: &mut Message,
    show: Option<RadioShow>,
) -> Result<(), ProcessingError> {
    let mut draft = Draft::new(&message.object);
    if let Some(show) = show {
        let text = message.object.get(show.source).expect("the show was found by it").clone();
        draft.set(Key::new("rqa_message"), text.clone());
        let mut pipeline_key = show.pipeline_key;
        for remapping in &context.configuration.timestamp_remappings {
            if is_in_range(context, message, &draft, remapping)? {
                pipeline_key = Key::new(&remapping.show_pipeline_key_to_remap_to);
                if let Some(time) = &remapping.time_to_adjust_to {
                    draft.set(Key::new(&remapping.time_key), iso_time::format(time).into());
                }
            }
        }
        draft.set(Key::new("show_pipeline_key"), pipeline_key.as_str().into());
        remap_keys(context, &mut draft);
        draft.set(pipeline_key, text);
    } else {
        remap_keys(context, &mut draft);
    }
    hide_null_answers(context, &mut draft);
    let changes: Changes = draft.into_changes();
    message
        .object
        .append(changes, &context.by.translate_source_keys)
        .expect("changes without nested objects cannot conflict");
    Ok(())
}

fn is_in_range(
    context: &Context<'_>,
    message: &Message,
    draft: &Draft<'_>,
    remapping: &TimestampRemapping,
) -> Result<bool, ProcessingError> {
    let key = Key::new(&remapping.time_key);
    let Some(text) = draft.text(key) else { return Ok(false) };
    let time = context.parse_time(message, key, text)?;
    let started = remapping.range_start_inclusive.is_none_or(|start| start <= time);
    let ended = remapping.range_end_exclusive.is_some_and(|end| end <= time);
    Ok(started && !ended)
}

/// Renames the other keys: of several sources of one key the later remapping wins, unless it is
/// null and there was a value.
fn remap_keys(context: &Context<'_>, draft: &mut Draft<'_>) {
    let mut renamed: Vec<(Key, Value)> = Vec::new();
    let mut sources = Vec::new();
    for &(source, target) in &context.source_keys.others {
        let Some(value) = draft.get(source) else { continue };
        if draft.contains(target) {
            continue;
        }
        sources.push(source);
        match renamed.iter_mut().find(|(key, _)| *key == target) {
            None => renamed.push((target, value.clone())),
            Some((_, known)) if *value == Value::Null && *known != Value::Null => {}
            Some((_, known)) => *known = value.clone(),
        }
    }
    for source in sources {
        draft.hide(source);
    }
    for (key, value) in renamed {
        draft.set(key, value);
    }
}

/// Null stands for a question that was not answered: hidden, it counts as missing from here on.
fn hide_null_answers(context: &Context<'_>, draft: &mut Draft<'_>) {
    for plan in context.plans.all() {
        if draft.get(plan.raw) == Some(&Value::Null) {
            draft.hide(plan.raw);
            if let Some(time) = plan.time {
                draft.hide(time);
            }
        }
    }
}
