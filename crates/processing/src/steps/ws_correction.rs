//! Moves answers that coders marked as belonging to another dataset (wrong scheme, WS).
//!
//! Only labels decide. An answer moves when its label of the correct-dataset scheme names a
//! dataset, or is `NC`, and one of its own labels is `WS`; when just one of the two says so the
//! answer is marked `CE` and stays.

use code_schemes::ControlCode;
use rustc_hash::FxHashMap;
use traced_data::{Key, TracedData, Value};

use super::coda_import::{import, single_label};
use super::draft::Draft;
use crate::context::{Context, Message};
use crate::counts::{Counts, DropReason};
use crate::labels::code_of;
use crate::plan::{CorrectDataset, Plan};

/// Moves a person's misplaced answers to where they belong; gives one message per radio show
/// answer that there is afterwards.
///
/// Demographic answers that meet in one field are joined with `"; "` and carry the earliest time.
/// A message that came from another dataset is built on the person's last object, so its run id
/// can be that of another message.
pub(crate) fn move_messages(
    context: &Context<'_>,
    mut messages: Vec<Message>,
    counts: &mut Counts,
) -> Vec<Message> {
    let Some(correct_dataset) = &context.plans.correct_dataset else { return messages };
    let Some(first) = messages.first() else { return messages };
    let first_order = first.order.0;
    for message in &mut messages {
        import_labels(context, correct_dataset, &mut message.object);
    }
    let (survey_moves, radio_show_moves) = find_moves(context, correct_dataset, &messages);
    let mut moved = Moved::default();
    moved.keep_surveys(context, &messages, &survey_moves);
    moved.keep_radio_shows(context, &messages, &radio_show_moves);
    moved.move_surveys(context, &messages, &survey_moves, counts);
    moved.move_radio_shows(context, &messages, &radio_show_moves, counts);
    let surveys = moved.joined_surveys(context);
    let place_among_messages =
        |index: usize| u32::try_from(index).expect("fewer than 2^32 messages");
    moved
        .radio_shows
        .iter()
        .enumerate()
        .map(|(index, (target, answer))| Message {
            order: (first_order, place_among_messages(index)),
            place: messages[answer.message].place,
            object: rebuilt(context, &messages[answer.message].object, &surveys, *target, answer),
        })
        .collect()
}

/// An answer on its way.
#[derive(Clone)]
struct Answer {
    text: Value,
    time: Option<Value>,
    /// The raw field that it came from.
    source: Key,
    /// Index of the message whose object carries it.
    message: usize,
}

impl Answer {
    fn of(plan: &Plan, object: &TracedData, message: usize) -> Option<Self> {
        let text = object.get(plan.raw)?.clone();
        let time = plan.time.and_then(|time| object.get(time)).cloned();
        Some(Self { text, time, source: plan.raw, message })
    }
}

/// Where an answer goes: a raw field, or nowhere in this project.
type Target = Option<Key>;

/// Moves of demographic answers, by raw field.
type SurveyMoves = FxHashMap<Key, Target>;

/// Moves of radio show answers, by message and raw field, in order.
type RadioShowMoves = Vec<((usize, Key), Target)>;

fn import_labels(context: &Context<'_>, correct_dataset: &CorrectDataset, object: &mut TracedData) {
    let mut draft = Draft::new(object);
    for plan in context.plans.all() {
        let Some(dataset) = &plan.coda_dataset else { continue };
        // A dataset that is not coded yet cannot say that anything is misplaced.
        let Some(labels) = context.coded.of_dataset(dataset) else { continue };
        let Some(text) = object.text(plan.raw) else { continue };
        let message_id = traced_data::sha256_hex(text);
        let correct = single_label(
            Some(labels),
            &message_id,
            &correct_dataset.scheme,
            None,
            &correct_dataset.not_reviewed_before_move,
        );
        let mut has_ws_code = false;
        for field in &plan.fields {
            let not_reviewed = &field.labels.not_reviewed_before_move;
            let coded = field.coded_before_move;
            let value = import(Some(labels), &message_id, field, object, coded, not_reviewed);
            has_ws_code |= field
                .codes_in(Some(&value))
                .any(|code| code.control_code() == Some(ControlCode::WrongScheme));
            draft.set(coded, value);
        }
        let consistent = has_ws_code == asks_for_move(correct_dataset, &correct);
        draft.set(
            plan.correct_dataset_before_move,
            if consistent { correct } else { correct_dataset.error_before_move.only() },
        );
        draft.set(plan.id_before_move, message_id.into());
    }
    object
        .append(draft.into_changes(), &context.by.ws_correction)
        .expect("changes without nested objects cannot conflict");
}

/// Whether a correct-dataset label says that the answer is misplaced.
pub(crate) fn asks_for_move(correct_dataset: &CorrectDataset, label: &Value) -> bool {
    code_of(&correct_dataset.scheme, label)
        .is_some_and(|code| code.is_normal() || code.control_code() == Some(ControlCode::NotCoded))
}

fn find_moves(
    context: &Context<'_>,
    correct_dataset: &CorrectDataset,
    messages: &[Message],
) -> (SurveyMoves, RadioShowMoves) {
    let target_of = |plan: &Plan, object: &TracedData| -> Option<Target> {
        if !object.contains(plan.raw) {
            return None;
        }
        let label = object.get(plan.correct_dataset_before_move)?;
        if !asks_for_move(correct_dataset, label) {
            return None;
        }
        let code = code_of(&correct_dataset.scheme, label)?;
        Some(context.plans.with_ws_code(&code.code_id).map(|plan| plan.raw))
    };
    // Demographic answers are the same in all messages of a person.
    let surveys = context.plans.survey().iter();
    let survey_moves = surveys
        .filter_map(|plan| Some((plan.raw, target_of(plan, &messages[0].object)?)))
        .collect();
    let mut radio_show_moves = Vec::new();
    for (index, message) in messages.iter().enumerate() {
        for plan in context.plans.radio_show() {
            if let Some(target) = target_of(plan, &message.object) {
                radio_show_moves.push(((index, plan.raw), target));
            }
        }
    }
    (survey_moves, radio_show_moves)
}

/// All answers of a person after the moves.
#[derive(Default)]
struct Moved {
    /// By raw field; an empty list stands for answers that all moved away.
    surveys: FxHashMap<Key, Vec<Answer>>,
    radio_shows: Vec<(Key, Answer)>,
}

impl Moved {
    fn keep_surveys(&mut self, context: &Context<'_>, messages: &[Message], moves: &SurveyMoves) {
        let last = messages.len() - 1;
        for plan in context.plans.survey().iter().filter(|plan| plan.coda_dataset.is_some()) {
            if moves.contains_key(&plan.raw) {
                self.surveys.insert(plan.raw, Vec::new());
            } else if let Some(answer) = Answer::of(plan, &messages[last].object, last) {
                self.surveys.insert(plan.raw, vec![answer]);
            }
        }
    }

    fn keep_radio_shows(
        &mut self,
        context: &Context<'_>,
        messages: &[Message],
        moves: &RadioShowMoves,
    ) {
        for (index, message) in messages.iter().enumerate() {
            for plan in context.plans.radio_show() {
                if moves.iter().any(|(moved, _)| *moved == (index, plan.raw)) {
                    continue;
                }
                if let Some(answer) = Answer::of(plan, &message.object, index) {
                    self.radio_shows.push((plan.raw, answer));
                }
            }
        }
    }

    fn move_surveys(
        &mut self,
        context: &Context<'_>,
        messages: &[Message],
        moves: &SurveyMoves,
        counts: &mut Counts,
    ) {
        let last = messages.len() - 1;
        for plan in context.plans.survey() {
            let Some(Some(target)) = moves.get(&plan.raw) else { continue };
            if let Some(answer) = Answer::of(plan, &messages[last].object, last) {
                counts.n_moved_in += u64::from(context.plans.is_radio_show(*target));
                self.arrive(context, *target, answer);
            }
        }
    }

    fn move_radio_shows(
        &mut self,
        context: &Context<'_>,
        messages: &[Message],
        moves: &RadioShowMoves,
        counts: &mut Counts,
    ) {
        let last = messages.len() - 1;
        for ((index, raw), target) in moves {
            let Some(target) = target else {
                counts.drop_one(DropReason::MovedOutOfProject);
                continue;
            };
            let plan = context.plans.radio_show().iter().find(|plan| plan.raw == *raw);
            let answer = plan.and_then(|plan| Answer::of(plan, &messages[*index].object, last));
            if let Some(answer) = answer {
                if !context.plans.is_radio_show(*target) {
                    counts.drop_one(DropReason::MovedToDemographics);
                }
                self.arrive(context, *target, answer);
            }
        }
    }

    fn arrive(&mut self, context: &Context<'_>, target: Key, answer: Answer) {
        if context.plans.is_radio_show(target) {
            self.radio_shows.push((target, answer));
        } else {
            self.surveys.entry(target).or_default().push(answer);
        }
    }

    /// The demographic fields as they will be: a value to set, or `None` to hide.
    fn joined_surveys(&self, context: &Context<'_>) -> Vec<(Key, Option<Value>)> {
        let mut fields = Vec::new();
        for plan in context.plans.survey() {
            let Some(answers) = self.surveys.get(&plan.raw) else { continue };
            let joined = |texts: Vec<&str>| (!texts.is_empty()).then(|| texts.join("; ").into());
            let texts = answers.iter().filter_map(|answer| answer.text.as_str()).collect();
            let sources = answers.iter().map(|answer| answer.source.as_str()).collect();
            fields.push((plan.raw, joined(texts)));
            fields.push((plan.source, joined(sources)));
            if let Some(time) = plan.time {
                // The earliest as text, which is how times were always compared here.
                let times = answers.iter().filter_map(|answer| answer.time.as_ref()?.as_str());
                fields.push((time, times.min().map(Value::from)));
            }
        }
        fields
    }
}

/// The object of one radio show answer after the moves.
fn rebuilt(
    context: &Context<'_>,
    object: &TracedData,
    surveys: &[(Key, Option<Value>)],
    target: Key,
    answer: &Answer,
) -> TracedData {
    let mut draft = Draft::new(object);
    for (key, value) in surveys {
        match value {
            Some(value) => draft.set(*key, value.clone()),
            None => draft.hide(*key),
        }
    }
    for plan in context.plans.radio_show() {
        draft.hide(plan.raw);
        if let Some(time) = plan.time {
            draft.hide(time);
        }
    }
    let plan = context.plans.radio_show().iter().find(|plan| plan.raw == target);
    let plan = plan.expect("answers arrive in fields of plans");
    draft.set(target, answer.text.clone());
    if let (Some(key), Some(time)) = (plan.time, &answer.time) {
        draft.set(key, time.clone());
    }
    draft.set(plan.source, answer.source.as_str().into());
    let changes = draft.into_changes();
    let mut rebuilt = object.clone();
    rebuilt
        .append(changes, &context.by.ws_correction)
        .expect("changes without nested objects cannot conflict");
    rebuilt
}
