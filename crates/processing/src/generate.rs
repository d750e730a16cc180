//! The whole of stage 3 over values: people in parallel, then the reductions.

use std::sync::Arc;

use code_schemes::CodaMessage;
use pipeline_config::Project;
use rayon::prelude::*;
use rustc_hash::FxHashMap;
use stage_runner::RunInfo;
use traced_data::{History, Value};

use crate::coded::{CodedFiles, CodedLabels};
use crate::columns::Columns;
use crate::context::{Context, Mode, Person, Place, StepMetadata, raw_person_keys};
use crate::counts::Counts;
use crate::error::ProcessingError;
use crate::labels::LabelMaker;
use crate::person::{FinishedMessage, Individual, PersonOutputs};
use crate::plan::Plans;
use crate::reduce::{CodaDataset, IcrRows};
use crate::rows::csv_row;

/// Raw objects by flow, in the order of the configuration.
#[derive(Default)]
pub struct RawData {
    /// Flows with answers to radio shows.
    pub activation: Vec<(String, Vec<History>)>,
    /// Flows with answers to survey questions.
    pub survey: Vec<(String, Vec<History>)>,
}

/// Everything that stage 3 writes.
pub struct Outputs {
    /// For the radio show: raw answers by message, oldest first.
    pub production_csv: Vec<u8>,
    /// By file name, in the order of the coding plans.
    pub icr: Vec<(String, Vec<u8>)>,
    /// By Coda dataset, in the order of the coding plans; each oldest first.
    pub coda_files: Vec<(String, Vec<CodaMessage>)>,
    /// In [`Mode::AllStages`].
    pub analysis: Option<Analysis>,
    /// In [`Mode::AutoCodeOnly`]: the messages as labelled by the cleaners, oldest first.
    pub auto_coding: Vec<History>,
    /// What came in, went out, and was dropped.
    pub counts: Counts,
}

/// The files for analysis.
pub struct Analysis {
    /// One row per message, oldest first.
    pub messages_csv: Vec<u8>,
    /// One row per person, in the order of their first messages.
    pub individuals_csv: Vec<u8>,
    /// The messages with their history, in the order of the CSV.
    pub messages: Vec<History>,
    /// The people with the history of all their messages, in the order of the CSV.
    pub individuals: Vec<History>,
}

/// Takes raw objects through all steps of the pipeline.
///
/// # Errors
///
/// [`ProcessingError`] when raw data, labels and configuration do not fit together. Nothing that a
/// person wrote is an error.
pub fn generate_outputs(
    project: &Project,
    run: &RunInfo,
    raw: RawData,
    coded: &CodedFiles,
    mode: Mode,
) -> Result<Outputs, ProcessingError> {
    let started_at = iso_time::format_utc_micros(&run.started_at);
    let plans = Plans::new(&project.plans, &LabelMaker::new(&started_at));
    let (coded, n_labels_of_unused_schemes) =
        CodedLabels::new(&project.plans, coded).map_err(ProcessingError::UnknownCodes)?;
    let columns = Columns::new(&plans);
    let flow_names = |flows: &[(String, Vec<History>)]| -> Vec<String> {
        flows.iter().map(|(name, _)| name.clone()).collect()
    };
    let (activation_flows, survey_flows) = (flow_names(&raw.activation), flow_names(&raw.survey));
    let context = Context {
        configuration: &project.configuration,
        plans: &plans,
        coded: &coded,
        columns: &columns,
        mode,
        activation_flows: &activation_flows,
        survey_flows: &survey_flows,
        by: StepMetadata::new(&run.user, &started_at),
    };
    let processed: Vec<Result<PersonOutputs, ProcessingError>> =
        group_by_person(raw)?.into_par_iter().map(|person| person.process(&context)).collect();
    let mut people = Vec::with_capacity(processed.len());
    for person in processed {
        people.push(person?);
    }
    let mut outputs = reduce(&context, people);
    outputs.counts.n_labels_of_unused_schemes = n_labels_of_unused_schemes;
    Ok(outputs)
}

/// The people who sent something to an activation flow, in the order of their first object, with
/// their survey runs.
fn group_by_person(raw: RawData) -> Result<Vec<Person>, ProcessingError> {
    let mut people: Vec<Person> = Vec::new();
    let mut index_by_id: FxHashMap<Arc<str>, usize> = FxHashMap::default();
    let mut n_objects = 0;
    for (flow, (name, objects)) in raw.activation.into_iter().enumerate() {
        for (index, object) in objects.into_iter().enumerate() {
            let id = person_id(&name, index + 1, &object)?;
            let position = *index_by_id.entry(Arc::clone(&id)).or_insert_with(|| {
                people.push(Person { id, messages: Vec::new(), surveys: Vec::new() });
                people.len() - 1
            });
            let place = Place { flow, line: index + 1 };
            people[position].messages.push(((n_objects, 0), place, object));
            n_objects += 1;
        }
    }
    for (flow, (name, runs)) in raw.survey.into_iter().enumerate() {
        for (index, run) in runs.into_iter().enumerate() {
            if let Some(position) = index_by_id.get(&person_id(&name, index + 1, &run)?) {
                people[*position].surveys.push((flow, run));
            }
        }
    }
    Ok(people)
}

fn person_id(flow: &str, line: usize, object: &History) -> Result<Arc<str>, ProcessingError> {
    let id = raw_person_keys().into_iter().find_map(|key| {
        let changes = object.of_key(key);
        changes.last().and_then(|change| change.value).and_then(Value::as_shared_str).cloned()
    });
    id.ok_or_else(|| ProcessingError::NoPerson { flow: flow.to_owned(), line })
}

fn reduce(context: &Context<'_>, people: Vec<PersonOutputs>) -> Outputs {
    let plans = context.plans;
    let mut counts = Counts::default();
    let mut coda: Vec<CodaDataset> = plans.all().iter().map(|_| CodaDataset::default()).collect();
    let mut icr: Vec<IcrRows> = plans.radio_show().iter().map(|_| IcrRows::default()).collect();
    let mut messages: Vec<FinishedMessage> = Vec::new();
    let mut individuals: Vec<Individual> = Vec::new();
    for person in people {
        counts.add(&person.counts);
        for (plan, order, candidate) in person.coda {
            coda[plan].add(order, candidate);
        }
        for (plan, order, row) in person.icr {
            icr[plan].add(order, row);
        }
        messages.extend(person.messages);
        individuals.extend(person.individual);
    }
    messages.sort_by_key(|message| (message.sent_at, message.order));
    individuals.sort_by_key(|individual| individual.first_message);
    let rows = messages.iter().filter_map(|message| message.production_row.as_deref());
    let production_csv = joined(&context.columns.production_header(), rows);
    let icr_files = plans.radio_show().iter().zip(icr).filter_map(|(plan, rows)| {
        let run_id = plan.run_id.map_or("", |key| key.as_str());
        let header = csv_row([run_id.into(), plan.raw.as_str().into()]);
        Some((plan.icr_file.clone()?, rows.into_csv(&header)))
    });
    let coda_files =
        plans.all().iter().zip(coda).filter_map(|(plan, dataset)| {
            Some((plan.coda_dataset.clone()?, dataset.into_messages()))
        });
    let (icr, coda_files) = (icr_files.collect(), coda_files.collect());
    let histories = |messages: Vec<FinishedMessage>| {
        messages.into_iter().map(|message| message.history).collect()
    };
    let (analysis, auto_coding) = match context.mode {
        Mode::AutoCodeOnly => (None, histories(messages)),
        Mode::AllStages => (Some(analysis(context.columns, messages, individuals)), Vec::new()),
    };
    Outputs { production_csv, icr, coda_files, analysis, auto_coding, counts }
}

fn analysis(
    columns: &Columns,
    messages: Vec<FinishedMessage>,
    individuals: Vec<Individual>,
) -> Analysis {
    let message_rows = messages.iter().filter_map(|message| message.messages_row.as_deref());
    let messages_csv = joined(&columns.messages_header(), message_rows);
    let individual_rows = individuals.iter().map(|individual| &*individual.row);
    Analysis {
        messages_csv,
        individuals_csv: joined(&columns.individuals_header(), individual_rows),
        messages: messages.into_iter().map(|message| message.history).collect(),
        individuals: individuals.into_iter().map(|individual| individual.history).collect(),
    }
}

fn joined<'a>(header: &[u8], rows: impl Iterator<Item = &'a [u8]>) -> Vec<u8> {
    let mut csv = header.to_vec();
    for row in rows {
        csv.extend_from_slice(row);
    }
    csv
}
