//! Drops messages that the project is not about, and counts each with its reason.

use iso_time::Instant;
use traced_data::{Key, Value};

use crate::context::{Context, Message};
use crate::counts::{Counts, DropReason};
use crate::error::ProcessingError;

/// Drops runs in which the person answered no radio show's question.
pub(crate) fn drop_without_message(
    context: &Context<'_>,
    messages: Vec<Message>,
    counts: &mut Counts,
) -> Vec<Message> {
    keep(messages, counts, DropReason::WithoutRadioShowMessage, |message| {
        context.plans.radio_show().iter().any(|plan| message.object.contains(plan.raw))
    })
}

/// Drops messages of test contacts, when the configuration says so.
pub(crate) fn drop_test_runs(
    context: &Context<'_>,
    messages: Vec<Message>,
    counts: &mut Counts,
) -> Vec<Message> {
    if !context.configuration.filter_test_messages {
        return messages;
    }
    let test_run = Key::new("test_run");
    keep(messages, counts, DropReason::TestRun, |message| {
        !message.object.get(test_run).is_some_and(Value::is_truthy)
    })
}

/// Drops messages sent before the project's start or at or after its end; the others come with
/// the instant at which they were sent.
pub(crate) fn drop_outside_dates(
    context: &Context<'_>,
    messages: Vec<Message>,
    counts: &mut Counts,
) -> Result<Vec<(Instant, Message)>, ProcessingError> {
    let configuration = context.configuration;
    let mut kept = Vec::with_capacity(messages.len());
    for message in messages {
        let sent_at = context.sent_at(&message)?;
        if configuration.project_start_date <= sent_at && sent_at < configuration.project_end_date {
            kept.push((sent_at, message));
        } else {
            counts.drop_one(DropReason::OutsideProjectDates);
        }
    }
    Ok(kept)
}

fn keep(
    mut messages: Vec<Message>,
    counts: &mut Counts,
    reason: DropReason,
    is_kept: impl Fn(&Message) -> bool,
) -> Vec<Message> {
    messages.retain(|message| {
        let kept = is_kept(message);
        if !kept {
            counts.drop_one(reason);
        }
        kept
    });
    messages
}

impl Context<'_> {
    /// When a radio show message was sent.
    ///
    /// # Errors
    ///
    /// When the message has no time or one that cannot be read.
    fn sent_at(&self, message: &Message) -> Result<Instant, ProcessingError> {
        let plans = self.plans.radio_show();
        let plan = plans.iter().find(|plan| message.object.contains(plan.raw));
        let key = plan.and_then(|plan| plan.time).unwrap_or_else(|| Key::new("sent_on"));
        match message.object.text(key) {
            Some(text) => self.parse_time(message, key, text),
            None => Err(ProcessingError::NoTime {
                flow: self.activation_flows[message.place.flow].clone(),
                line: message.place.line,
                key,
            }),
        }
    }
}
