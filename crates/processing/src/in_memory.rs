//! The whole stage over values in memory, for tests and small data.

use std::collections::BTreeMap;
use std::io;

use pipeline_config::Project;
use rustc_hash::FxHashMap;
use stage_runner::RunInfo;
use traced_data::{History, serialize_line};

use crate::coded::CodedFiles;
use crate::context::Mode;
use crate::counts::Counts;
use crate::error::ProcessingError;
use crate::generate::Processor;
use crate::people::{RawLine, RawPerson, person_of};
use crate::tables::TableSource;
use crate::write_outputs::{OutputFile, Sink, write_outputs};

/// Raw objects by flow, in the order of the configuration.
#[derive(Default)]
pub struct RawData {
    /// Flows with answers to radio shows.
    pub activation: Vec<(String, Vec<History>)>,
    /// Flows with answers to survey questions.
    pub survey: Vec<(String, Vec<History>)>,
}

/// Everything that stage 3 writes.
pub struct InMemory {
    /// The content of each file.
    pub files: BTreeMap<OutputFile, Vec<u8>>,
    /// What came in, went out, and was dropped.
    pub counts: Counts,
}

/// Takes raw objects through all steps of the pipeline, `group_size` people at a time.
///
/// # Errors
///
/// [`ProcessingError`] when raw data, labels and configuration do not fit together. Nothing that a
/// person wrote is an error.
pub fn generate_outputs(
    project: &Project,
    run: &RunInfo,
    raw: &RawData,
    coded: &CodedFiles,
    mode: Mode,
    group_size: usize,
) -> Result<InMemory, ProcessingError> {
    let processor = Processor::new(project, run, coded, mode)?;
    let (activation, survey) = (lines(&raw.activation), lines(&raw.survey));
    let people = group_by_person(raw, &activation, &survey)?;
    let mut sources: Vec<Box<dyn TableSource>> = Vec::new();
    let mut counts = Counts {
        n_labels_of_unused_schemes: processor.n_labels_of_unused_schemes(),
        ..Counts::default()
    };
    // Also without people there are files.
    for group in people.chunks(group_size).chain(people.is_empty().then_some(&people[..])) {
        let mut collected = processor.nothing_collected();
        processor.process(group, &mut collected)?;
        counts.add(collected.counts());
        sources.push(Box::new(collected.into_sorted()));
    }
    let mut files = Files::default();
    write_outputs(&processor, &mut sources, &mut files).expect("writing to memory cannot fail");
    Ok(InMemory { files: files.0, counts })
}

fn lines(flows: &[(String, Vec<History>)]) -> Vec<Vec<Vec<u8>>> {
    let line = |object: &History| {
        let mut line = Vec::new();
        serialize_line(object, &mut line);
        line.pop();
        line
    };
    flows.iter().map(|(_, objects)| objects.iter().map(line).collect()).collect()
}

fn group_by_person<'a>(
    raw: &RawData,
    activation: &'a [Vec<Vec<u8>>],
    survey: &'a [Vec<Vec<u8>>],
) -> Result<Vec<RawPerson<'a>>, ProcessingError> {
    let mut people: Vec<RawPerson<'a>> = Vec::new();
    let mut index_by_id: FxHashMap<String, usize> = FxHashMap::default();
    let mut order = 0;
    for (flow, lines) in activation.iter().enumerate() {
        for (index, text) in lines.iter().enumerate() {
            let id = id_of(&raw.activation[flow].0, index + 1, text)?;
            let person = *index_by_id.entry(id).or_insert_with(|| {
                people.push(RawPerson::default());
                people.len() - 1
            });
            people[person].messages.push(RawLine { flow, line: index + 1, order, text });
            order += 1;
        }
    }
    for (flow, lines) in survey.iter().enumerate() {
        for (index, text) in lines.iter().enumerate() {
            if let Some(person) = index_by_id.get(&id_of(&raw.survey[flow].0, index + 1, text)?) {
                people[*person].surveys.push(RawLine { flow, line: index + 1, order: 0, text });
            }
        }
    }
    Ok(people)
}

fn id_of(flow: &str, line: usize, text: &[u8]) -> Result<String, ProcessingError> {
    let flow = || flow.to_owned();
    match person_of(text) {
        Ok(Some(id)) => Ok(id.into_owned()),
        Ok(None) => Err(ProcessingError::NoPerson { flow: flow(), line }),
        Err(source) => Err(ProcessingError::BadLine { flow: flow(), line, source }),
    }
}

#[derive(Default)]
struct Files(BTreeMap<OutputFile, Vec<u8>>);

impl Sink for Files {
    type File = Vec<u8>;

    fn create(&mut self, _file: &OutputFile) -> io::Result<Vec<u8>> {
        Ok(Vec::new())
    }

    fn finish(&mut self, file: &OutputFile, writer: Vec<u8>) -> io::Result<()> {
        self.0.insert(file.clone(), writer);
        Ok(())
    }
}
