//! Stage 3: `run_scripts/3_generate_outputs.sh`.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use code_schemes::{MessagesFileError, read_messages, write_messages};
use data_root::{DataRoot, WholeFiles, excel_copy};
use google_services::DriveError;
use google_services::drive::{DriveFile, upload_for_stage};
use pipeline_config::{ConfigurationError, Project, load_project};
use processing::{
    CodedFiles, Counts, ExcelCounts, MAX_EXCEL_ROWS, Mode, Outputs, ProcessingError, RawData,
    codebook, generate_outputs, write_excel_copy,
};
use stage_runner::{Failure, OrHint, Stage, StageRun};
use traced_data::{History, ReadError, read_jsonl, write_jsonl};

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
    run.set_user(&arguments.user);
    let data_root = run.open_data_root(&arguments.data_root)?;
    let project = run
        .step("check configuration", || load_project(&arguments.pipeline_configuration_file_path))
        .or_hint(ConfigurationError::hint)?;
    for warning in &project.warnings {
        tracing::warn!("{warning}");
    }
    run.set_configuration_hash(&project.configuration_hash);
    let raw = run.step("load raw data", || load_raw_data(&data_root, &project))?;
    let coded = run.step("load labels", || load_coded_files(&data_root, &project))?;
    let mode = match arguments.auto_code_only {
        true => Mode::AutoCodeOnly,
        false => Mode::AllStages,
    };
    let outputs = run
        .step("process messages", || generate_outputs(&project, run.info(), raw, &coded, mode))
        .or_hint(ProcessingError::hint)?;
    report(run, &outputs.counts)?;
    let excel_copies = match arguments.excel {
        true => ExcelCopies::Write,
        false => ExcelCopies::RemoveOld,
    };
    let codebook = codebook(&project);
    let excel_counts =
        run.step("write outputs", || write_outputs(&data_root, &outputs, &codebook, excel_copies))?;
    report_excel_copies(excel_counts);
    run.wrote(data_root.outputs().path());
    upload_to_drive(arguments, run, &project, &data_root)?;
    // The process is about to end; freeing millions of small values first would take a while.
    std::mem::forget(outputs);
    Ok(())
}

/// Brings the CSV files to where the configuration wants them in Google Drive, if it does.
fn upload_to_drive(
    arguments: &Arguments,
    run: &StageRun,
    project: &Project,
    data_root: &DataRoot,
) -> Result<(), Failure> {
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

fn load_raw_data(data_root: &DataRoot, project: &Project) -> Result<RawData, Failure> {
    let load = |flows: Vec<String>| -> Result<Vec<(String, Vec<History>)>, Failure> {
        let mut loaded = Vec::with_capacity(flows.len());
        for flow in flows {
            let path = data_root.raw_data_file(&flow)?;
            let objects = read_jsonl(&path).or_hint(ReadError::hint)?;
            tracing::debug!(flow, n_objects = objects.len(), "Loaded a flow.");
            loaded.push((flow, objects));
        }
        Ok(loaded)
    };
    Ok(RawData {
        activation: load(project.configuration.activation_flow_names())?,
        survey: load(project.configuration.survey_flow_names())?,
    })
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

/// What happens to the copies for Excel: those of an earlier run must not stay beside newer files.
#[derive(Clone, Copy)]
enum ExcelCopies {
    Write,
    RemoveOld,
}

/// Writes all files, which then appear together.
fn write_outputs(
    data_root: &DataRoot,
    outputs: &Outputs,
    codebook: &[u8],
    excel_copies: ExcelCopies,
) -> Result<ExcelCounts, Failure> {
    let paths = data_root.outputs();
    let files = WholeFiles::new();
    let write = |path: &Path, bytes: &[u8]| -> Result<(), Failure> {
        let mut file = files.create(path)?;
        file.write_all(bytes)?;
        Ok(file.commit()?)
    };
    let mut excel_counts = ExcelCounts::default();
    let mut write_csv = |path: &Path, csv: &[u8]| -> Result<(), Failure> {
        write(path, csv)?;
        let copy = excel_copy(path);
        match excel_copies {
            ExcelCopies::RemoveOld => files.remove(&copy),
            ExcelCopies::Write => {
                let mut file = files.create(&copy)?;
                excel_counts.add(write_excel_copy(csv, &mut file)?);
                file.commit()?;
            }
        }
        Ok(())
    };
    let write_objects = |path: &Path, objects: &[History]| -> Result<(), Failure> {
        let mut file = files.create(path)?;
        write_jsonl(objects, &mut file)?;
        Ok(file.commit()?)
    };
    if let Some(analysis) = &outputs.analysis {
        write_objects(&paths.messages_traced_data(), &analysis.messages)?;
        write_objects(&paths.individuals_traced_data(), &analysis.individuals)?;
        write_csv(&paths.messages_csv(), &analysis.messages_csv)?;
        write_csv(&paths.individuals_csv(), &analysis.individuals_csv)?;
    } else {
        write_objects(&paths.auto_coding_traced_data(), &outputs.auto_coding)?;
    }
    write_csv(&paths.production_csv(), &outputs.production_csv)?;
    write_csv(&paths.codebook_csv(), codebook)?;
    for (name, csv) in &outputs.icr {
        write(&paths.icr_file(name)?, csv)?;
    }
    for (dataset, messages) in &outputs.coda_files {
        let mut json = Vec::new();
        write_messages(messages, &mut json)?;
        write(&paths.coda_file(dataset)?, &json)?;
    }
    files.commit()?;
    Ok(excel_counts)
}
