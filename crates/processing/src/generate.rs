//! Stage 3 over values: people in parallel, then the reductions.

use pipeline_config::Project;
use rayon::prelude::*;
use stage_runner::RunInfo;

use crate::coded::{CodedFiles, CodedLabels};
use crate::columns::{ColumnKind, Columns};
use crate::context::{Context, Mode, StepMetadata};
use crate::error::ProcessingError;
use crate::labels::LabelMaker;
use crate::people::RawPerson;
use crate::person::PersonOutputs;
use crate::plan::Plans;
use crate::steps::translate_source_keys::SourceKeys;
use crate::tables::{Collected, Table};
use crate::write_outputs::OutputFile;

/// Everything that is the same for all people of a run.
pub struct Processor<'a> {
    pub(crate) context: Context<'a>,
    n_labels_of_unused_schemes: u64,
}

impl<'a> Processor<'a> {
    /// Makes the configuration and the labels ready.
    ///
    /// # Errors
    ///
    /// [`ProcessingError::UnknownCodes`] when labels do not fit the project's schemes.
    pub fn new(
        project: &'a Project,
        run: &RunInfo,
        coded: &CodedFiles,
        mode: Mode,
    ) -> Result<Self, ProcessingError> {
        let started_at = iso_time::format_utc_micros(&run.started_at);
        let plans = Plans::new(&project.plans, &LabelMaker::new(&started_at));
        let (coded, n_labels_of_unused_schemes) =
            CodedLabels::new(&project.plans, coded).map_err(ProcessingError::UnknownCodes)?;
        let context = Context {
            configuration: &project.configuration,
            columns: Columns::new(&plans),
            source_keys: SourceKeys::new(&project.configuration.source_key_remappings),
            plans,
            coded,
            mode,
            activation_flows: project.configuration.activation_flow_names(),
            survey_flows: project.configuration.survey_flow_names(),
            by: StepMetadata::new(&run.user, &started_at),
        };
        Ok(Self { context, n_labels_of_unused_schemes })
    }

    /// Nothing yet, to be filled by [`Processor::process`].
    pub fn nothing_collected(&self) -> Collected {
        Collected::new(&self.context.plans)
    }

    /// What the cells of a file's columns are; `None` for files other than those of messages and
    /// individuals.
    pub fn column_kinds(&self, file: &OutputFile) -> Option<Vec<ColumnKind>> {
        let columns = &self.context.columns;
        match file {
            OutputFile::MessagesCsv => Some(Columns::kinds(columns.messages())),
            OutputFile::IndividualsCsv => Some(Columns::kinds(columns.individuals())),
            _ => None,
        }
    }

    /// How many tables there are in a [`TableSource`](crate::TableSource).
    pub fn n_tables(&self) -> usize {
        Table::n_tables(&self.context.plans)
    }

    /// How many labels belong to schemes that no plan of their dataset uses.
    pub fn n_labels_of_unused_schemes(&self) -> u64 {
        self.n_labels_of_unused_schemes
    }

    /// Takes people through all steps of the pipeline, and adds what they give to `collected`.
    ///
    /// # Errors
    ///
    /// [`ProcessingError`] when raw data, labels and configuration do not fit together; of several
    /// the one of the first person. Nothing that a person wrote is an error.
    pub fn process(
        &self,
        people: &[RawPerson<'_>],
        collected: &mut Collected,
    ) -> Result<(), ProcessingError> {
        let processed: Vec<Result<PersonOutputs, ProcessingError>> = people
            .par_iter()
            .map(|person| person.read(&self.context)?.process(&self.context))
            .collect();
        for person in processed {
            collected.add(person?);
        }
        Ok(())
    }
}
