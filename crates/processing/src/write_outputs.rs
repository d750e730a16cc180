//! Writing the outputs: sorted tables in, files out, each byte once and in order.

use std::io::{self, Write};

use traced_data::write_lines;

use crate::context::Mode;
use crate::generate::Processor;
use crate::records::{Record, SortedRecords};
use crate::reduce::{write_coda_file, write_icr_sample};
use crate::rows::csv_row;
use crate::tables::{Table, TableSource, merged};

/// A file that stage 3 writes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum OutputFile {
    /// For the radio show: raw answers by message, oldest first.
    ProductionCsv,
    /// One row per message, oldest first.
    MessagesCsv,
    /// One row per person, in the order of their first messages.
    IndividualsCsv,
    /// The messages with their history, in the order of the CSV.
    MessagesTracedData,
    /// The people with the history of all their messages, in the order of the CSV.
    IndividualsTracedData,
    /// With [`Mode::AutoCodeOnly`]: the messages as labelled by the cleaners, oldest first.
    AutoCodingTracedData,
    /// The ICR sample with this file name.
    Icr(String),
    /// The messages for labelling of this Coda dataset.
    Coda(String),
}

/// Where the files go.
pub trait Sink {
    /// A file that is being written.
    type File: Write + Send;

    /// Begins a file.
    ///
    /// # Errors
    ///
    /// When it cannot be made.
    fn create(&mut self, file: &OutputFile) -> io::Result<Self::File>;

    /// Says that a file is complete.
    ///
    /// # Errors
    ///
    /// When what is left cannot be written.
    fn finish(&mut self, file: &OutputFile, writer: Self::File) -> io::Result<()>;
}

/// Writes all files of a run from the tables of all its people.
///
/// # Errors
///
/// When a table cannot be read or a file not be written.
pub fn write_outputs<S: Sink>(
    processor: &Processor<'_>,
    sources: &mut [Box<dyn TableSource>],
    sink: &mut S,
) -> io::Result<()> {
    let context = &processor.context;
    let plans = &context.plans;
    let columns = &context.columns;
    let messages = merged(sources, Table::Messages.index(plans))?;
    let production = (OutputFile::ProductionCsv, columns.production_header());
    if context.mode == Mode::AutoCodeOnly {
        let lines = OutputFile::AutoCodingTracedData;
        let files = TableFiles::create(&[production], &lines, sink)?;
        files.write(messages)?.finish(sink)?;
    } else {
        let rows = (OutputFile::MessagesCsv, columns.messages_header());
        let lines = OutputFile::MessagesTracedData;
        let of_messages = TableFiles::create(&[production, rows], &lines, sink)?;
        let individuals = merged(sources, Table::Individuals.index(plans))?;
        let rows = (OutputFile::IndividualsCsv, columns.individuals_header());
        let lines = OutputFile::IndividualsTracedData;
        let of_individuals = TableFiles::create(&[rows], &lines, sink)?;
        // Side by side: the operating system takes a while for each byte.
        let (of_messages, of_individuals) = std::thread::scope(|scope| {
            let of_messages = scope.spawn(|| of_messages.write(messages));
            let of_individuals = of_individuals.write(individuals);
            (of_messages.join().expect("writing does not panic"), of_individuals)
        });
        of_messages?.finish(sink)?;
        of_individuals?.finish(sink)?;
    }
    write_what_coders_need(processor, sources, sink)
}

fn write_what_coders_need<S: Sink>(
    processor: &Processor<'_>,
    sources: &mut [Box<dyn TableSource>],
    sink: &mut S,
) -> io::Result<()> {
    let plans = &processor.context.plans;
    for (index, plan) in plans.radio_show().iter().enumerate() {
        let Some(name) = &plan.icr_file else { continue };
        let run_id = plan.run_id.map_or("", |key| key.as_str());
        let header = csv_row([run_id.into(), plan.raw.as_str().into()]);
        let table = Table::Icr(index).index(plans);
        let n_rows = sources.iter().map(|source| source.n_records(table)).sum();
        let rows = merged(sources, table)?;
        let file = OutputFile::Icr(name.clone());
        let mut out = sink.create(&file)?;
        write_icr_sample(&header, n_rows, rows, &mut out)?;
        sink.finish(&file, out)?;
    }
    for (index, plan) in plans.all().iter().enumerate() {
        let Some(dataset) = &plan.coda_dataset else { continue };
        let candidates = merged(sources, Table::Coda(index).index(plans))?;
        let file = OutputFile::Coda(dataset.clone());
        let mut out = sink.create(&file)?;
        write_coda_file(candidates, &mut out)?;
        sink.finish(&file, out)?;
    }
    Ok(())
}

/// The files of a table: one for its lines, and a CSV file for each text of its records.
struct TableFiles<F> {
    lines: (OutputFile, F),
    rows: Vec<(OutputFile, F)>,
}

impl<F: Write + Send> TableFiles<F> {
    fn create<S: Sink<File = F>>(
        rows: &[(OutputFile, Box<[u8]>)],
        lines: &OutputFile,
        sink: &mut S,
    ) -> io::Result<Self> {
        let mut files = Self { lines: (lines.clone(), sink.create(lines)?), rows: Vec::new() };
        for (file, header) in rows {
            let mut writer = sink.create(file)?;
            writer.write_all(header)?;
            files.rows.push((file.clone(), writer));
        }
        Ok(files)
    }

    fn write(mut self, records: SortedRecords) -> io::Result<Self> {
        let records = records.map(|record| {
            let record = record?;
            for (place, (_, writer)) in self.rows.iter_mut().enumerate() {
                writer.write_all(record.text(place).unwrap_or_default())?;
            }
            Ok::<Record, io::Error>(record)
        });
        write_lines(records, Record::unpack_line, &mut self.lines.1)?;
        Ok(self)
    }

    fn finish<S: Sink<File = F>>(self, sink: &mut S) -> io::Result<()> {
        let (file, writer) = self.lines;
        sink.finish(&file, writer)?;
        self.rows.into_iter().try_for_each(|(file, writer)| sink.finish(&file, writer))
    }
}
