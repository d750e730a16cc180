//! One person's messages on their way through the steps.

use std::cell::RefCell;
use std::sync::Arc;

use iso_time::Instant;
use traced_data::{History, shared_lines};

use crate::context::{Context, Message, Mode, Order, Person};
use crate::counts::Counts;
use crate::error::ProcessingError;
use crate::packed::{Line, Packer, Text};
use crate::records::{Position, Record};
use crate::reduce::CodaCandidate;
use crate::steps::{self, join, translate_source_keys, ws_correction};

thread_local! {
    static PACKER: RefCell<Packer> = RefCell::default();
}

/// What one person adds to the outputs.
#[derive(Default)]
pub(crate) struct PersonOutputs {
    pub(crate) messages: Vec<Record>,
    pub(crate) individual: Option<Record>,
    /// By index of the plan.
    pub(crate) coda: Vec<(usize, Order, CodaCandidate)>,
    /// By index of the radio show plan.
    pub(crate) icr: Vec<(usize, Record)>,
    pub(crate) counts: Counts,
    /// What all texts take.
    pub(crate) n_bytes: usize,
}

/// The person's own object, with its row.
struct Individual {
    history: History,
    row: Box<[u8]>,
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
        let individual = match context.mode {
            Mode::AllStages => outputs.analyze(context, &mut messages)?,
            Mode::AutoCodeOnly => None,
        };
        outputs.add_records(context, &messages, &production_rows, individual);
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
    ) -> Result<Option<Individual>, ProcessingError> {
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
        Ok(individual.map(|object| Individual {
            row: context.columns.individuals_row(&object),
            history: object.into_history(),
        }))
    }

    /// Adds the finished messages and their person, whose lines share most of their parts.
    fn add_records(
        &mut self,
        context: &Context<'_>,
        messages: &[(Instant, Message)],
        production_rows: &[Option<Box<[u8]>>],
        individual: Option<Individual>,
    ) {
        let histories = messages.iter().map(|(_, message)| message.object.history());
        let objects: Vec<&History> =
            histories.chain(individual.iter().map(|individual| &individual.history)).collect();
        let mut records: Vec<(Position, [Option<Text>; 2])> = Vec::with_capacity(objects.len());
        let (person, lines) = PACKER.with_borrow_mut(|packer| {
            for ((sent_at, message), production_row) in messages.iter().zip(production_rows) {
                let messages_row = (context.mode == Mode::AllStages)
                    .then(|| packer.text(&context.columns.messages_row(&message.object)));
                let production_row = production_row.as_deref().map(|row| packer.text(row));
                let position = Position::at(sent_at, message.order);
                records.push((position, [production_row, messages_row]));
            }
            if let Some(individual) = &individual {
                let position = Position::at(&messages[0].0, messages[0].1.order);
                records.push((position, [Some(packer.text(&individual.row)), None]));
            }
            let lines = shared_lines(&objects, |text| packer.part(text));
            let lines: Vec<Line> = lines.iter().map(|parts| packer.line(parts)).collect();
            (packer.finish(), lines)
        });
        self.n_bytes = person.len();
        let record = |((position, texts), line)| Record {
            position,
            person: Arc::clone(&person),
            texts,
            line: Some(line),
        };
        self.messages = records.into_iter().zip(lines).map(record).collect();
        self.individual = individual.and_then(|_| self.messages.pop());
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
