//! Stage 3: `run_scripts/3_generate_outputs.sh`.

mod aside;
mod files;
mod memory_limit;
mod partitions;
mod raw_people;

use std::collections::BTreeMap;
use std::num::NonZeroU64;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use code_schemes::{MessagesFileError, read_messages};
use data_root::DataRoot;
use google_services::DriveError;
use google_services::drive::{DriveFile, upload_for_stage};
use pipeline_config::{ConfigurationError, Project, load_project};
use processing::{
    CodedFiles, Collected, Counts, ExcelCounts, MAX_EXCEL_ROWS, Mode, ProcessingError, Processor,
    TableSource, codebook,
};
use stage_runner::{Failure, OrHint, Stage, StageRun};

use crate::aside::{Aside, Runs};
use crate::files::{Copies, ExcelCopies, ParquetCopies};
use crate::memory_limit::{Budget, MemoryLimit};
use crate::partitions::{Common, Partition};
use crate::raw_people::{Flow, People, RawPeople};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The arguments of stage 3.
#[derive(clap::Args)]
struct Arguments {
    /// Stop before the messages and individuals files: only what coders and producers need
    #[arg(long)]
    auto_code_only: bool,
    /// Also write copies of the CSV files that are safe to open in Excel, `*_excel.csv`
    #[arg(long)]
    excel: bool,
    /// Also write `messages.parquet` and `individuals.parquet` with typed columns, for DuckDB, Spark
    /// or BigQuery; needs a program built with `--features parquet`
    #[arg(long)]
    parquet: bool,
    /// How much memory to take, e.g. `2GB` or `500MB`; what does not fit is put aside on the disk
    /// [default: half of the machine's]
    #[arg(long, value_name = "AMOUNT")]
    memory_limit: Option<MemoryLimit>,
    /// Do one of n parts of the work, e.g. `0/8`, for `--merge-partitions`; see docs/scaling.md
    #[arg(long, value_name = "I/N", conflicts_with_all = ["merge_partitions", "excel", "parquet"])]
    partition: Option<Partition>,
    /// Write the outputs from what the n jobs with `--partition` left
    #[arg(long, value_name = "N")]
    merge_partitions: Option<NonZeroU64>,
    /// Who runs the pipeline, e.g. an email address; recorded in the history of each message
    user: String,
    /// Credentials for Google Cloud, read only when the configuration has a `DriveUpload`
    google_cloud_credentials_file_path: PathBuf,
    /// The project's `pipeline_config.json`
    pipeline_configuration_file_path: PathBuf,
    /// The directory with all data of the pipeline
    data_root: PathBuf,
}

fn main() -> ExitCode {
    let stage = Stage {
        name: "generate_outputs",
        about: "Makes CSVs, ICR samples and Coda files from raw messages and labels",
        details: "Reads `Raw Data/` and, once coding has begun, `Coded Coda Files/` of the data \
                  root. Writes everything in `Outputs/` but the analysis. The files appear \
                  together at the end; when anything fails, those of the last run stay.",
    };
    stage_runner::run_stage(stage, run)
}

fn run(arguments: &Arguments, run: &StageRun) -> Result<(), Failure> {
    if arguments.parquet && !cfg!(feature = "parquet") {
        let failure = anyhow::anyhow!("this program was built without Parquet");
        let hint = "build it with `cargo build --release -p processing --features parquet`";
        return Err(Failure::wrong_arguments(failure).with_hint(hint));
    }
    run.set_user(&arguments.user);
    let data_root = match arguments.partition {
        Some(_) => run.open_shared_data_root(&arguments.data_root)?,
        None => run.open_data_root(&arguments.data_root)?,
    };
    let project = run
        .step("check configuration", || load_project(&arguments.pipeline_configuration_file_path))
        .or_hint(ConfigurationError::hint)?;
    run.set_configuration(&project.configuration_hash, &project.warnings);
    let task = Task { arguments, run, data_root, project };
    match (arguments.partition, arguments.merge_partitions) {
        (Some(partition), _) => task.process_partition(partition),
        (None, Some(n_partitions)) => task.merge_partitions(n_partitions.get()),
        (None, None) => task.process_all(),
    }
}

/// What is to be done.
struct Task<'a> {
    arguments: &'a Arguments,
    run: &'a StageRun,
    data_root: DataRoot,
    project: Project,
}

impl Task<'_> {
    fn process_all(&self) -> Result<(), Failure> {
        let work = self.prepare()?;
        let mut aside = Aside::new(&self.data_root);
        let (sources, counts) = work.process(Partition::ALL, &mut aside)?;
        report(self.run, &counts)?;
        self.write_outputs(&work.processor, sources)?;
        // The process is about to end; freeing the labels first would take a while.
        std::mem::forget(work);
        Ok(())
    }

    fn process_partition(&self, partition: Partition) -> Result<(), Failure> {
        let work = self.prepare()?;
        let mut aside = Aside::of_job(&self.data_root, &partition.name());
        let input_hash = partitions::input_hash(&self.data_root, &work.flows)?;
        let (sources, counts) = work.process(partition, &mut aside)?;
        report(self.run, &counts)?;
        let results = (&work.processor, sources, counts);
        let path = self.run.step("write partition", || {
            partitions::write(&self.data_root, &self.common(), partition, input_hash, results)
        })?;
        self.run.wrote(&path);
        Ok(())
    }

    fn merge_partitions(&self, n_partitions: u64) -> Result<(), Failure> {
        let partitions = partitions::read(&self.data_root, &self.common(), n_partitions)?;
        report(self.run, &partitions.counts)?;
        let no_labels = CodedFiles::new();
        let processor = Processor::new(&self.project, self.run.info(), &no_labels, self.mode())
            .or_hint(ProcessingError::hint)?;
        self.write_outputs(&processor, partitions.sources)?;
        partitions.paths.iter().try_for_each(|path| data_root::remove(path))?;
        // Files of another number of partitions may still be there.
        let _ = std::fs::remove_dir(self.data_root.partitions_directory());
        Ok(())
    }

    fn prepare(&self) -> Result<Work<'_>, Failure> {
        let Self { run, data_root, project, .. } = self;
        let coded = run.step("load labels", || load_coded_files(data_root, project))?;
        let processor = Processor::new(project, run.info(), &coded, self.mode())
            .or_hint(ProcessingError::hint)?;
        let limit = self.arguments.memory_limit.unwrap_or_else(MemoryLimit::half_of_the_machine);
        Ok(Work {
            run,
            flows: raw_people::flows(data_root, project)?,
            budget: limit.budget(label_bytes(data_root)?),
            processor,
        })
    }

    fn write_outputs(
        &self,
        processor: &Processor<'_>,
        sources: Vec<Box<dyn TableSource>>,
    ) -> Result<(), Failure> {
        let excel = match self.arguments.excel {
            true => ExcelCopies::Write,
            false => ExcelCopies::RemoveOld,
        };
        let parquet = match self.arguments.parquet {
            true => ParquetCopies::Write,
            false => ParquetCopies::RemoveOld,
        };
        let copies = Copies { excel, parquet };
        let codebook = codebook(&self.project);
        let excel_counts = self.run.step("write outputs", || {
            files::write(&self.data_root, processor, sources, &codebook, copies)
        })?;
        report_excel_copies(excel_counts);
        self.run.wrote(self.data_root.outputs().path());
        self.upload_to_drive()
    }

    /// Brings the CSV files to where the configuration wants them in Google Drive, if it does.
    fn upload_to_drive(&self) -> Result<(), Failure> {
        let Self { arguments, run, data_root, project } = self;
        let Some(drive) = &project.configuration.drive_upload else { return Ok(()) };
        let paths = data_root.outputs();
        let mut files = vec![(paths.production_csv(), &drive.production_upload_path)];
        if !arguments.auto_code_only {
            files.push((paths.messages_csv(), &drive.messages_upload_path));
            files.push((paths.individuals_csv(), &drive.individuals_upload_path));
        }
        let files: Result<Vec<DriveFile>, DriveError> =
            files.iter().map(|(file, path)| DriveFile::new(file, path)).collect();
        let files = files.or_hint(DriveError::hint)?;
        let uploads = run.step("upload to Drive", || {
            let progress = run.progress("files", files.len() as u64);
            let credentials = &arguments.google_cloud_credentials_file_path;
            let url = &drive.drive_credentials_file_url;
            upload_for_stage(credentials, url, data_root.path(), &files, &|n| progress.add(n))
        });
        for (what, n_files) in uploads.or_hint(DriveError::hint)?.counted() {
            run.count_out(what, n_files);
        }
        Ok(())
    }

    fn mode(&self) -> Mode {
        match self.arguments.auto_code_only {
            true => Mode::AutoCodeOnly,
            false => Mode::AllStages,
        }
    }

    fn common(&self) -> Common<'_> {
        Common {
            run: self.run,
            configuration_hash: &self.project.configuration_hash,
            mode: self.mode(),
        }
    }
}

/// What it takes to process people.
struct Work<'a> {
    run: &'a StageRun,
    processor: Processor<'a>,
    flows: Vec<Flow>,
    budget: Budget,
}

impl Work<'_> {
    /// Takes all people of a partition through the steps.
    fn process(
        &self,
        partition: Partition,
        aside: &mut Aside,
    ) -> Result<(Vec<Box<dyn TableSource>>, Counts), Failure> {
        let raw = self.run.step("load raw data", || {
            raw_people::load(&self.flows, partition, &self.budget, aside)
        })?;
        self.run.step("process messages", || self.process_raw(raw, aside))
    }

    fn process_raw(
        &self,
        raw: RawPeople,
        aside: &mut Aside,
    ) -> Result<(Vec<Box<dyn TableSource>>, Counts), Failure> {
        let mut groups = Groups {
            collected: self.processor.nothing_collected(),
            runs: Runs::default(),
            counts: Counts {
                n_labels_of_unused_schemes: self.processor.n_labels_of_unused_schemes(),
                ..Counts::default()
            },
        };
        match raw {
            RawPeople::InMemory(people) => self.process_people(*people, &mut groups, aside)?,
            RawPeople::PutAside(parts) => {
                tracing::info!(n_parts = parts.len(), "Put raw data aside that does not fit.");
                for path in parts {
                    let people = People::read_part(&self.flows, &path, self.budget.group_size)?;
                    self.process_people(people, &mut groups, aside)?;
                }
            }
        }
        let Groups { collected, runs, mut counts } = groups;
        counts.add(collected.counts());
        if 0 < runs.n_runs() {
            tracing::info!(n_runs = runs.n_runs(), "Put results aside that do not fit.");
        }
        let mut sources = runs.into_sources();
        sources.push(Box::new(collected.into_sorted()));
        Ok((sources, counts))
    }

    fn process_people(
        &self,
        people: People,
        groups: &mut Groups,
        aside: &mut Aside,
    ) -> Result<(), Failure> {
        for group in people.into_groups() {
            let processed =
                self.processor.process(&group.people(&self.flows), &mut groups.collected);
            processed.map_err(|error| self.failure(error))?;
            drop(group);
            if self.budget.table_bytes < groups.collected.n_bytes() {
                let nothing = self.processor.nothing_collected();
                let full = std::mem::replace(&mut groups.collected, nothing);
                groups.counts.add(full.counts());
                groups.runs.put_aside(aside, full.into_sorted())?;
            }
        }
        Ok(())
    }

    /// The failure that an error is; a line that cannot be read is named with its file.
    fn failure(&self, error: ProcessingError) -> Failure {
        if let ProcessingError::BadLine { flow, line, source } = &error
            && let Some(flow) = self.flows.iter().find(|known| known.name == *flow)
        {
            return raw_people::bad_line(&flow.path, *line, source.clone());
        }
        let hint = error.hint();
        let failure = Failure::from(error);
        match hint {
            Some(hint) => failure.with_hint(hint),
            None => failure,
        }
    }
}

/// What people gave so far: in memory, and put aside.
struct Groups {
    collected: Collected,
    runs: Runs,
    counts: Counts,
}

/// How large the files with labels are together.
fn label_bytes(data_root: &DataRoot) -> Result<u64, Failure> {
    let files = data_root::list(&data_root.coded_coda_files())?;
    Ok(files.iter().filter_map(|path| path.metadata().ok()).map(|file| file.len()).sum())
}

/// The coded datasets that exist; before coding has begun there is none.
fn load_coded_files(data_root: &DataRoot, project: &Project) -> Result<CodedFiles, Failure> {
    let mut coded = BTreeMap::new();
    for plan in project.plans.all() {
        let Some(dataset) = &plan.coda_dataset else { continue };
        let path = data_root.coded_coda_file(dataset)?;
        if path.try_exists().with_context(|| format!("could not look for `{}`", path.display()))? {
            let messages = read_messages(&path).or_hint(MessagesFileError::hint)?;
            coded.insert(dataset.clone(), messages);
        } else {
            tracing::info!(dataset, "Not coded yet: all its answers count as not reviewed.");
        }
    }
    Ok(coded)
}

fn report(run: &StageRun, counts: &Counts) -> Result<(), Failure> {
    if !counts.adds_up() {
        return Err(anyhow::anyhow!("messages were lost: {counts:?}").into());
    }
    run.count_in("raw objects", counts.n_raw_objects);
    if 0 < counts.n_split_off {
        run.count_in("second messages of one raw object", counts.n_split_off);
    }
    if 0 < counts.n_moved_in {
        run.count_in("demographic answers moved to radio shows", counts.n_moved_in);
    }
    run.count_out("messages", counts.n_messages);
    run.count_out("people", counts.n_people);
    run.count_out("people who withdrew consent", counts.n_consent_withdrawn);
    run.count_out("coding errors", counts.n_coding_errors);
    for (reason, n_dropped) in &counts.dropped {
        run.count_dropped(&reason.to_string(), *n_dropped);
    }
    if 0 < counts.n_labels_of_unused_schemes {
        tracing::warn!(
            n_labels = counts.n_labels_of_unused_schemes,
            "Ignored labels of schemes that no coding plan of their dataset uses."
        );
    }
    if 0 < counts.n_differing_values {
        tracing::warn!(
            n_values = counts.n_differing_values,
            "Values that should be the same in all messages of a person differ; kept the oldest."
        );
    }
    Ok(())
}

fn report_excel_copies(counts: ExcelCounts) {
    if 0 < counts.n_made_harmless {
        let n_texts = counts.n_made_harmless;
        tracing::info!(n_texts, "Put an apostrophe before texts that Excel takes for formulas.");
    }
    if 0 < counts.n_cut {
        tracing::warn!(n_texts = counts.n_cut, "Cut texts that are too long for a cell in Excel.");
    }
    if MAX_EXCEL_ROWS < counts.n_rows {
        tracing::warn!(
            n_rows = counts.n_rows,
            "A file has more rows than Excel shows; use the CSV without `_excel`."
        );
    }
}
