//! Stage 7: `run_scripts/7_upload_logs.sh`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, SystemTime};

use archive::{LogFile, OldFiles, OldFilesError, UploadLogError, remove_old, upload_log};
use google_services::storage::{self, ObjectStorage, StorageError, Uploaded};
use google_services::{Credentials, CredentialsError};
use pipeline_config::{ConfigurationError, PipelineConfiguration, load_project};
use stage_runner::{Failure, OrHint, Stage, StageRun};

/// The arguments of stage 7.
#[derive(clap::Args)]
struct Arguments {
    /// Afterwards remove archives and memory profiles beside these that are older than N days and
    /// whose bytes are in the bucket; without this nothing is ever removed
    #[arg(long, value_name = "N")]
    keep_days: Option<u32>,
    /// Who runs the pipeline, e.g. an email address
    user: String,
    /// Credentials for Google Cloud, or local ones
    google_cloud_credentials_file_path: PathBuf,
    /// The project's `pipeline_config.json`, which says which buckets
    pipeline_configuration_file_path: PathBuf,
    /// The id of the run; it comes before the name of a file that has it not
    run_id: String,
    /// The memory profile of stage 3
    memory_profile_file_path: PathBuf,
    /// The archive of stage 6
    data_archive_file_path: PathBuf,
}

fn main() -> ExitCode {
    let stage = Stage {
        name: "upload_logs",
        about: "Uploads the archive and the memory profile of a run to their buckets",
        details: "They go to `<bucket>/<BucketDirPath>/<name>` of the configuration. When it was \
                  interrupted it goes on where it stopped; what is there already is not sent \
                  again, and an object with other bytes is never replaced.",
    };
    stage_runner::run_stage(stage, run)
}

fn run(arguments: &Arguments, run: &StageRun) -> Result<(), Failure> {
    run.set_user(&arguments.user);
    let project = run
        .step("check configuration", || load_project(&arguments.pipeline_configuration_file_path))
        .or_hint(ConfigurationError::hint)?;
    run.set_configuration_hash(&project.configuration_hash);
    let configuration = &project.configuration;
    let log_file = |path: &Path, bucket: &str| {
        LogFile::new(path, &arguments.run_id, bucket, &configuration.bucket_dir_path)
            .or_hint(UploadLogError::hint)
    };
    let archive_bucket = &configuration.data_archive_upload_bucket;
    let archive = log_file(&arguments.data_archive_file_path, archive_bucket)?;
    let profile_bucket = &configuration.memory_profile_upload_bucket;
    let profile = log_file(&arguments.memory_profile_file_path, profile_bucket)?;
    let credentials = Credentials::read(&arguments.google_cloud_credentials_file_path)
        .or_hint(CredentialsError::hint)?;
    let storage = storage::open(&credentials).or_hint(StorageError::hint)?;

    // When one of them fails, the other is of use all the same.
    let archived = run.step("upload archive", || bring(run, &*storage, &archive));
    let profiled = run.step("upload memory profile", || bring(run, &*storage, &profile));
    if let (Err(_), Err(failure)) = (&archived, &profiled) {
        tracing::error!("The memory profile failed, too: {failure:?}.");
    }
    archived.and(profiled)?;
    if let Some(n_days) = arguments.keep_days {
        let before = SystemTime::from(run.info().started_at) - days(n_days);
        run.step("remove old files", || {
            remove_old_files(run, &*storage, &credentials, configuration, arguments, before)
        })?;
    }
    Ok(())
}

/// Uploads a file and says where it is.
fn bring(run: &StageRun, storage: &dyn ObjectStorage, file: &LogFile) -> Result<(), Failure> {
    let n_bytes = std::fs::metadata(&file.path).map_or(0, |metadata| metadata.len());
    let progress = run.progress("bytes", n_bytes);
    let on_bytes = |n_bytes| progress.add(n_bytes);
    let url = &file.url;
    match upload_log(storage, file, &on_bytes).or_hint(UploadLogError::hint)? {
        Uploaded::Written => {
            run.count_out("files uploaded", 1);
            run.count_out("bytes uploaded", n_bytes);
            tracing::info!(%url, n_bytes, "Uploaded a file.");
        }
        Uploaded::WasThere => {
            run.count_out("files that were there", 1);
            tracing::info!(%url, n_bytes, "The bucket has the file already.");
        }
    }
    run.wrote(Path::new(&url.to_string()));
    Ok(())
}

fn remove_old_files(
    run: &StageRun,
    storage: &dyn ObjectStorage,
    credentials: &Credentials,
    configuration: &PipelineConfiguration,
    arguments: &Arguments,
    before: SystemTime,
) -> Result<(), Failure> {
    let PipelineConfiguration { bucket_dir_path, .. } = configuration;
    let archives = OldFiles {
        directory: directory_of(&arguments.data_archive_file_path),
        name_start: "data-",
        name_ends: &[".tar.gzip", ".tar.gzip.age"],
        bucket: &configuration.data_archive_upload_bucket,
        bucket_directory: bucket_dir_path,
        newest: &arguments.data_archive_file_path,
    };
    let profiles = OldFiles {
        directory: directory_of(&arguments.memory_profile_file_path),
        name_start: "memory-",
        name_ends: &[".profile"],
        bucket: &configuration.memory_profile_upload_bucket,
        bucket_directory: bucket_dir_path,
        newest: &arguments.memory_profile_file_path,
    };
    for (files, what) in [(archives, "old archives"), (profiles, "old memory profiles")] {
        refuse_in_services(credentials, files.directory)?;
        let removed = remove_old(storage, &files, before).or_hint(OldFilesError::hint)?;
        run.count_dropped(what, removed.len() as u64);
    }
    Ok(())
}

/// In a directory that is the bucket itself, a file would be the proof that it is safe to remove.
fn refuse_in_services(credentials: &Credentials, directory: &Path) -> Result<(), Failure> {
    let Credentials::Local(local) = credentials else { return Ok(()) };
    let (Ok(root), Ok(real)) = (local.root.canonicalize(), directory.canonicalize()) else {
        return Ok(());
    };
    match real.starts_with(&root) {
        false => Ok(()),
        true => Err(Failure::from(anyhow::anyhow!(
            "`{}` is in the local services `{}`, so nothing is removed from it",
            directory.display(),
            local.root.display()
        ))
        .with_hint("keep archives and profiles in another directory than the buckets")),
    }
}

fn directory_of(path: &Path) -> &Path {
    match path.parent() {
        Some(directory) if !directory.as_os_str().is_empty() => directory,
        _ => Path::new("."),
    }
}

fn days(n_days: u32) -> Duration {
    Duration::from_secs(u64::from(n_days) * 24 * 60 * 60)
}
