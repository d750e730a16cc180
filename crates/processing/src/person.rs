//! One person's messages on their way through the steps.

use iso_time::Instant;
use traced_data::History;

use crate::context::{Context, Message, Mode, Order, Person};
use crate::counts::Counts;
use crate::error::ProcessingError;
use crate::reduce::CodaCandidate;
use crate::steps::{self, join, translate_source_keys, ws_correction};

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
    ///
    /// # Errors
    ///
    /// When raw data, labels and configuration do not fit together.
    pub(crate) fn process(self, context: &Context<'_>) -> Result<PersonOutputs, ProcessingError> {
        let mut outputs = PersonOutputs::default();
        let mut messages = self.select_messages(context, &mut outputs.counts)?;
        steps::auto_code::auto_code(context, &mut messages);
        outputs.add_what_coders_need(context, &messages)?;
        // Stable: messages of the same instant keep their order.
        messages.sort_by_key(|(sent_at, _)| *sent_at);
        let production_rows: Vec<Option<Box<[u8]>>> = messages
            .iter()
            .map(|(_, message)| context.columns.production_row(&message.object))
            .collect();
        if context.mode == Mode::AllStages {
            outputs.analyze(context, &mut messages)?;
        }
        outputs.messages = messages
            .into_iter()
            .zip(production_rows)
            .map(|((sent_at, message), production_row)| FinishedMessage {
                order: message.order,
                sent_at,
                messages_row: (context.mode == Mode::AllStages)
                    .then(|| context.columns.messages_row(&message.object)),
                history: message.object.into_history(),
                production_row,
            })
            .collect();
        Ok(outputs)
    }

    /// The messages that the project is about, under the keys of the pipeline.
    fn select_messages(
        self,
        context: &Context<'_>,
        counts: &mut Counts,
    ) -> Result<Vec<(Instant, Message)>, ProcessingError> {
        let messages = join::join_surveys(context, self)?;
        counts.n_raw_objects = messages.len() as u64;
        let messages = translate_source_keys::translate(context, messages, counts)?;
        let messages = steps::filters::drop_without_message(context, messages, counts);
        let messages = match context.configuration.move_ws_messages {
            true => ws_correction::move_messages(context, messages, counts),
            false => messages,
        };
        let messages = steps::filters::drop_test_runs(context, messages, counts);
        let messages = steps::filters::drop_outside_dates(context, messages, counts)?;
        counts.n_messages = messages.len() as u64;
        counts.n_people = u64::from(!messages.is_empty());
        Ok(messages)
    }
}

impl PersonOutputs {
    /// Labels the messages for analysis, folds them into the individual, and respects withdrawn
    /// consent.
    fn analyze(
        &mut self,
        context: &Context<'_>,
        messages: &mut [(Instant, Message)],
    ) -> Result<(), ProcessingError> {
        for (_, message) in &mut *messages {
            steps::manual_codes::apply(context, &mut message.object);
            steps::missing_codes::apply(context, message)?;
            steps::imputation::apply(context, &mut message.object);
            self.counts.n_coding_errors +=
                steps::coding_errors::apply(context, &mut message.object);
        }
        let withdrawn = steps::consent::determine(context, messages);
        self.counts.n_consent_withdrawn = u64::from(withdrawn);
        let mut individual = steps::fold::fold(context, messages, &mut self.counts);
        if withdrawn {
            let objects = messages.iter_mut().map(|(_, message)| &mut message.object);
            steps::consent::overwrite(context, objects);
            steps::consent::overwrite(context, individual.as_mut());
        }
        self.individual = individual.map(|object| Individual {
            first_message: (messages[0].0, messages[0].1.order),
            row: context.columns.individuals_row(&object),
            history: object.into_history(),
        });
        Ok(())
    }

    /// Adds what the messages give to Coda files and ICR samples.
    fn add_what_coders_need(
        &mut self,
        context: &Context<'_>,
        messages: &[(Instant, Message)],
    ) -> Result<(), ProcessingError> {
        for (_, message) in messages {
            for candidate in steps::auto_code::coda_candidates(context, message)? {
                self.add_coda_candidate(candidate);
            }
            self.icr.extend(steps::auto_code::icr_rows(context, message));
        }
        Ok(())
    }

    /// Adds a candidate unless there is an earlier one with the same text: demographic answers
    /// come with every message of the person.
    fn add_coda_candidate(&mut self, (plan, order, candidate): (usize, Order, CodaCandidate)) {
        let known = self.coda.iter_mut().find(|(known_plan, _, known)| {
            *known_plan == plan && known.message_id == candidate.message_id
        });
        match known {
            None => self.coda.push((plan, order, candidate)),
            Some(known) if (candidate.created_at, order) < (known.2.created_at, known.1) => {
                *known = (plan, order, candidate);
            }
            Some(_) => {}
        }
    }
}
