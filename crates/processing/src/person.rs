//! One person's messages on their way through the steps.

use std::sync::Arc;

use iso_time::Instant;
use pipeline_config::PipelineConfiguration;
use traced_data::{History, Key, Metadata, TracedData};

use crate::coded::CodedLabels;
use crate::counts::Counts;
use crate::error::ProcessingError;
use crate::generate::Mode;
use crate::plan::Plans;
use crate::reduce::CodaCandidate;
use crate::steps::{self, analysis::Columns, join, translate_source_keys, ws_correction};

/// Where a message stands among all: its place in the raw data, or after moves the place of the
/// person's first message, then the place among the person's messages.
pub(crate) type Order = (u64, u32);

/// What the steps need to know.
pub(crate) struct Context<'a> {
    pub(crate) configuration: &'a PipelineConfiguration,
    pub(crate) plans: &'a Plans,
    pub(crate) coded: &'a CodedLabels,
    pub(crate) columns: &'a Columns,
    pub(crate) mode: Mode,
    pub(crate) activation_flows: &'a [String],
    pub(crate) survey_flows: &'a [String],
    pub(crate) by: StepMetadata,
}

/// The metadata that each step puts on its updates.
pub(crate) struct StepMetadata {
    pub(crate) join: Arc<Metadata>,
    pub(crate) translate_source_keys: Arc<Metadata>,
    pub(crate) ws_correction: Arc<Metadata>,
    pub(crate) auto_code: Arc<Metadata>,
    pub(crate) manual_codes: Arc<Metadata>,
    pub(crate) missing_codes: Arc<Metadata>,
    pub(crate) imputation: Arc<Metadata>,
    pub(crate) coding_errors: Arc<Metadata>,
    pub(crate) consent: Arc<Metadata>,
    pub(crate) fold: Arc<Metadata>,
}

impl StepMetadata {
    pub(crate) fn new(user: &str, started_at: &str) -> Self {
        let step = |name| Arc::new(Metadata::new(user, &format!("processing::{name}"), started_at));
        Self {
            join: step("join"),
            translate_source_keys: step("translate_source_keys"),
            ws_correction: step("ws_correction"),
            auto_code: step("auto_code"),
            manual_codes: step("manual_codes"),
            missing_codes: step("missing_codes"),
            imputation: step("imputation"),
            coding_errors: step("coding_errors"),
            consent: step("consent"),
            fold: step("fold"),
        }
    }
}

/// Where a raw object was read.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    /// Index of the flow in the configuration.
    pub(crate) flow: usize,
    /// Line in the flow's file, counted from 1.
    pub(crate) line: usize,
}

/// One person as loaded: messages and survey runs, in the order of the configuration.
pub(crate) struct Person {
    pub(crate) id: Arc<str>,
    pub(crate) messages: Vec<(Order, Place, History)>,
    /// By index of the survey flow.
    pub(crate) surveys: Vec<(usize, History)>,
}

/// A message between two steps.
#[derive(Clone)]
pub(crate) struct Message {
    pub(crate) order: Order,
    pub(crate) place: Place,
    pub(crate) object: TracedData,
}

/// A message after all steps, with what the outputs need of it.
pub(crate) struct FinishedMessage {
    pub(crate) order: Order,
    pub(crate) sent_at: Instant,
    pub(crate) history: History,
    pub(crate) production_row: Option<Box<[u8]>>,
    pub(crate) messages_row: Option<Box<[u8]>>,
}

/// A person after all steps.
pub(crate) struct Individual {
    pub(crate) first_message: (Instant, Order),
    pub(crate) history: History,
    pub(crate) row: Box<[u8]>,
}

/// What one person adds to the outputs.
#[derive(Default)]
pub(crate) struct PersonOutputs {
    pub(crate) messages: Vec<FinishedMessage>,
    pub(crate) individual: Option<Individual>,
    /// By index of the plan.
    pub(crate) coda: Vec<(usize, Order, CodaCandidate)>,
    /// By index of the radio show plan.
    pub(crate) icr: Vec<(usize, Order, Box<[u8]>)>,
    pub(crate) counts: Counts,
}

impl Person {
    /// Takes the person through all steps; their order here is the order of the pipeline.
    pub(crate) fn process(self, context: &Context<'_>) -> Result<PersonOutputs, ProcessingError> {
        let mut outputs = PersonOutputs::default();
        let counts = &mut outputs.counts;
        let messages = join::join_surveys(context, self)?;
        counts.n_raw_objects = messages.len() as u64;
        let messages = translate_source_keys::translate(context, messages, counts)?;
        let messages = steps::filters::drop_without_message(context, messages, counts);
        let messages = match context.configuration.move_ws_messages {
            true => ws_correction::move_messages(context, messages, counts)?,
            false => messages,
        };
        let messages = steps::filters::drop_test_runs(context, messages, counts);
        let mut messages = steps::filters::drop_outside_dates(context, messages, counts)?;
        counts.n_messages = messages.len() as u64;
        counts.n_people = u64::from(!messages.is_empty());
        steps::auto_code::auto_code(context, &mut messages);
        for (_, message) in &messages {
            outputs.coda.extend(steps::auto_code::coda_candidates(context, message)?);
            outputs.icr.extend(steps::auto_code::icr_rows(context, message));
        }
        // Stable: messages of the same instant keep their order.
        messages.sort_by_key(|(sent_at, _)| *sent_at);
        let production_rows: Vec<Option<Box<[u8]>>> = messages
            .iter()
            .map(|(_, message)| context.columns.production_row(&message.object))
            .collect();
        if context.mode == Mode::AutoCodeOnly {
            outputs.messages = messages
                .into_iter()
                .zip(production_rows)
                .map(|((sent_at, message), production_row)| FinishedMessage {
                    order: message.order,
                    sent_at,
                    history: message.object.into_history(),
                    production_row,
                    messages_row: None,
                })
                .collect();
            return Ok(outputs);
        }
        for (_, message) in &mut messages {
            steps::manual_codes::apply(context, &mut message.object);
            steps::missing_codes::apply(context, message)?;
            steps::imputation::apply(context, &mut message.object);
            outputs.counts.n_coding_errors +=
                steps::coding_errors::apply(context, &mut message.object);
        }
        let withdrawn = steps::consent::determine(context, &mut messages);
        outputs.counts.n_consent_withdrawn = u64::from(withdrawn);
        let mut individual = steps::fold::fold(context, &messages, &mut outputs.counts);
        if withdrawn {
            steps::consent::overwrite(
                context,
                messages.iter_mut().map(|(_, message)| &mut message.object),
            );
            steps::consent::overwrite(context, individual.as_mut());
        }
        outputs.individual = individual.map(|object| Individual {
            first_message: (messages[0].0, messages[0].1.order),
            row: context.columns.individuals_row(&object),
            history: object.into_history(),
        });
        outputs.messages = messages
            .into_iter()
            .zip(production_rows)
            .map(|((sent_at, message), production_row)| FinishedMessage {
                order: message.order,
                sent_at,
                messages_row: Some(context.columns.messages_row(&message.object)),
                history: message.object.into_history(),
                production_row,
            })
            .collect();
        Ok(outputs)
    }
}

/// The person's id in the raw data.
pub(crate) fn raw_person_key() -> Key {
    Key::new("avf_phone_id")
}
