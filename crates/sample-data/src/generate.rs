//! Making all files, a few hundred people at a time.

use std::io::{BufWriter, Write};
use std::path::PathBuf;

use data_root::{DataRoot, WholeFile, WholeFiles};
use pipeline_config::Project;
use rayon::prelude::*;

use crate::coda_file::CodaFile;
use crate::labels::Labellers;
use crate::layout::{FlowKind, Layout};
use crate::people::{PersonData, Population};
use crate::random::Random;
use crate::rows::{RawFile, Row, RowMaker};
use crate::texts::Texts;
use crate::{Cases, SampleDataError};

/// How many people are in memory at once, at most.
const PEOPLE_PER_BATCH: u64 = 512;

/// How many messages are in memory at once, as long as one person does not send more.
const MESSAGES_PER_BATCH: u64 = 8192;

/// How much data to make, and of what kind.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// How many radio show messages, null and misplaced ones included.
    pub n_messages: u64,
    /// How many people; some of them only answer surveys, or do nothing.
    pub n_people: u64,
    /// Another seed gives other data.
    pub seed: u64,
    /// Of a hundred texts, how many are labelled.
    pub labelled_percent: u32,
    /// The awkward cases that are made.
    pub cases: Cases,
}

impl Default for Options {
    fn default() -> Self {
        Self { n_messages: 600, n_people: 150, seed: 1, labelled_percent: 70, cases: Cases::all() }
    }
}

/// What was made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Rows of activation flows.
    pub n_messages: u64,
    /// Rows of survey flows.
    pub n_survey_runs: u64,
    /// Messages in Coda files.
    pub n_coda_messages: u64,
    /// Those of them with labels.
    pub n_labelled: u64,
    /// Flows that this crate makes nothing for, such as comments; their files are empty.
    pub empty_flows: Vec<String>,
}

/// The raw data and Coda files while they are being written.
struct Files {
    files: WholeFiles,
    activation: Vec<RawDataFile>,
    survey: Vec<RawDataFile>,
    /// One per dataset; `None` when the dataset is not labelled in Coda.
    coda: Vec<Option<CodaFile<BufWriter<WholeFile>>>>,
}

struct RawDataFile {
    out: BufWriter<WholeFile>,
    path: PathBuf,
    n_rows: u64,
}

/// Makes raw data and coded Coda files under `data_root`, for every flow and dataset of `project`.
///
/// Files that are there already are replaced, all together, when everything is made.
///
/// # Errors
///
/// [`SampleDataError`] when the configuration has no place for messages, or a file cannot be
/// written; then nothing was replaced.
pub fn generate(
    project: &Project,
    options: &Options,
    data_root: &DataRoot,
) -> Result<Summary, SampleDataError> {
    if options.n_people == 0 && 0 < options.n_messages {
        return Err(SampleDataError::NoPeople { n_messages: options.n_messages });
    }
    let layout = Layout::of(project)?;
    let texts = Texts::new(&layout, options.seed);
    let Options { cases, seed, labelled_percent, .. } = *options;
    let rows = RowMaker::new(&layout);
    let population = Population { layout: &layout, texts: &texts, rows, cases, seed };
    let labellers = Labellers { layout: &layout, cases, seed, labelled_percent };

    let mut files = Files::create(&layout, &texts, data_root)?;
    let messages_per_person = (options.n_messages / options.n_people.max(1)).max(1);
    let batch_size = (MESSAGES_PER_BATCH / messages_per_person).clamp(1, PEOPLE_PER_BATCH);
    let mut first = 0;
    while first < options.n_people {
        let end = (first + batch_size).min(options.n_people);
        let quotas: Vec<(u64, usize)> =
            (first..end).zip(message_quotas(options, first, end)).collect();
        let people: Vec<PersonData> = (quotas.into_par_iter())
            .map(|(index, n_messages)| population.person(index, n_messages))
            .collect();
        files.write(people, &labellers)?;
        first = end;
    }
    files.finish(&layout)
}

/// How many messages each of the people `first..end` sends: a few send many, many send few.
fn message_quotas(options: &Options, first: u64, end: u64) -> Vec<usize> {
    let sent_before = |person: u64| {
        let share = u128::from(options.n_messages) * u128::from(person);
        u64::try_from(share / u128::from(options.n_people)).unwrap_or(u64::MAX)
    };
    let mut random = Random::for_thing(options.seed, "quotas", &first.to_string());
    let mut upper_bounds = Vec::new();
    let mut total = 0;
    for _ in first..end {
        total += *random.pick(&[1, 2, 4, 4, 6, 8, 10, 30]);
        upper_bounds.push(total);
    }
    let mut quotas = vec![0; upper_bounds.len()];
    for _ in sent_before(first)..sent_before(end) {
        let point = random.below(total);
        quotas[upper_bounds.partition_point(|bound| *bound <= point)] += 1;
    }
    quotas
}

impl Files {
    fn create(
        layout: &Layout,
        texts: &Texts,
        data_root: &DataRoot,
    ) -> Result<Self, SampleDataError> {
        let files = WholeFiles::new();
        let raw = |name: &str| -> Result<RawDataFile, SampleDataError> {
            let path = data_root.raw_data_file(name)?;
            let out = BufWriter::new(files.create(&path)?);
            Ok(RawDataFile { out, path, n_rows: 0 })
        };
        let activation =
            layout.activation_flows.iter().map(|flow| raw(&flow.name)).collect::<Result<_, _>>()?;
        let survey =
            layout.survey_flows.iter().map(|flow| raw(&flow.name)).collect::<Result<_, _>>()?;
        let mut coda = Vec::new();
        for (index, dataset) in layout.datasets.iter().enumerate() {
            let Some(name) = &dataset.coda_dataset else {
                coda.push(None);
                continue;
            };
            let path = data_root.coded_coda_file(name)?;
            let out = BufWriter::new(files.create(&path)?);
            coda.push(Some(CodaFile::new(out, path, texts.pool_size(index))));
        }
        Ok(Self { files, activation, survey, coda })
    }

    /// Writes what a batch of people sent: rows in the order of time, Coda messages as they come.
    fn write(
        &mut self,
        people: Vec<PersonData>,
        labellers: &Labellers<'_>,
    ) -> Result<(), SampleDataError> {
        let mut rows: Vec<Row> = Vec::new();
        let mut answers = Vec::new();
        for person in people {
            rows.extend(person.rows);
            answers.extend(person.answers);
        }
        rows.sort_by_key(|row| row.modified);
        for row in rows {
            self.raw_file(row.file).push(&row.line)?;
        }
        answers.sort_by_key(|answer| answer.sent_at);
        for answer in &answers {
            let Some(file) = &mut self.coda[answer.dataset] else { continue };
            let number = i64::try_from(file.n_messages()).unwrap_or(i64::MAX);
            if file.is_new(answer.sent.pool_position)
                && let Some(message) = labellers.message(answer, number)
            {
                file.push(&message)?;
            }
        }
        Ok(())
    }

    fn raw_file(&mut self, file: RawFile) -> &mut RawDataFile {
        match file {
            RawFile::Activation(flow) => &mut self.activation[flow],
            RawFile::Survey(flow) => &mut self.survey[flow],
        }
    }

    /// Puts all files into place.
    fn finish(self, layout: &Layout) -> Result<Summary, SampleDataError> {
        let flows = layout.activation_flows.iter().chain(&layout.survey_flows);
        let mut summary = Summary {
            n_messages: self.activation.iter().map(|file| file.n_rows).sum(),
            n_survey_runs: self.survey.iter().map(|file| file.n_rows).sum(),
            empty_flows: flows
                .filter(|flow| flow.kind == FlowKind::Unknown)
                .map(|flow| flow.name.clone())
                .collect(),
            ..Summary::default()
        };
        for file in self.activation.into_iter().chain(self.survey) {
            commit(file.out, file.path)?;
        }
        for file in self.coda.into_iter().flatten() {
            summary.n_coda_messages += file.n_messages();
            summary.n_labelled += file.n_labelled();
            let path = file.path().to_owned();
            commit(file.finish()?, path)?;
        }
        self.files.commit()?;
        Ok(summary)
    }
}

impl RawDataFile {
    fn push(&mut self, line: &[u8]) -> Result<(), SampleDataError> {
        self.n_rows += 1;
        self.out
            .write_all(line)
            .map_err(|source| SampleDataError::Write { path: self.path.clone(), source })
    }
}

fn commit(out: BufWriter<WholeFile>, path: PathBuf) -> Result<(), SampleDataError> {
    let file = out
        .into_inner()
        .map_err(|error| SampleDataError::Write { path, source: error.into_error() })?;
    Ok(file.commit()?)
}
