//! Stage 6: `run_scripts/6_backup_data_root.sh`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use archive::{
    ArchiveError, BadPublicKey, KeyFileError, LeftOutReason, Listing, PublicKey, SecretKeys,
    archive_name, back_up, list_data_root, refuse_inside, restore, verify,
};
use stage_runner::{Failure, OrHint, Stage, StageRun};

/// The arguments of stage 6.
#[derive(clap::Args)]
struct Arguments {
    /// Encrypt the archive, so that only the owner of this public key of age (`age1…`) can read
    /// it; several can be given, each for an owner of its own
    #[arg(long, value_name = "PUBLIC_KEY", conflicts_with_all = ["verify", "restore"])]
    encrypt_to: Vec<String>,
    /// The file with the secret key, as `age-keygen` writes it, for an archive that is encrypted;
    /// several can be given
    #[arg(long, value_name = "KEY_FILE", conflicts_with = "data_root")]
    identity: Vec<PathBuf>,
    /// Check that every bit of ARCHIVE is as it was written; writes nothing
    #[arg(long, value_name = "ARCHIVE", conflicts_with_all = ["restore", "data_root"])]
    verify: Option<PathBuf>,
    /// Make DIR, which must not exist or be empty, from ARCHIVE
    #[arg(long, num_args = 2, value_names = ["ARCHIVE", "DIR"], conflicts_with = "data_root")]
    restore: Option<Vec<PathBuf>>,
    /// The directory with all data of the pipeline
    #[arg(required_unless_present_any = ["verify", "restore"])]
    data_root: Option<PathBuf>,
    /// The directory for the archive, outside the data root; made unless it is there
    #[arg(required_unless_present_any = ["verify", "restore"])]
    data_backups_dir: Option<PathBuf>,
}

fn main() -> ExitCode {
    let stage = Stage {
        name: "backup_data_root",
        about: "Writes all files of a data root to a compressed archive, or brings them back",
        details: "Makes `data-<run-id>.tar.gzip` in the backups directory: a compressed tar file \
                  with checksums of all files in it. It appears after it was read back and found \
                  whole. `.DS_Store`, locks and temporary files are left out. Only its owner can \
                  read the file; with `--encrypt-to` it is encrypted too, and called \
                  `data-<run-id>.tar.gzip.age`.",
    };
    stage_runner::run_stage(stage, run)
}

fn run(arguments: &Arguments, run: &StageRun) -> Result<(), Failure> {
    match (&arguments.verify, arguments.restore.as_deref()) {
        (Some(archive), _) => run_verify(run, archive, &secret_keys(arguments)?),
        (None, Some([archive, directory])) => {
            run_restore(run, archive, directory, &secret_keys(arguments)?)
        }
        _ => {
            let (Some(data_root), Some(backups_directory)) =
                (&arguments.data_root, &arguments.data_backups_dir)
            else {
                unreachable!("the parser asks for both without `--verify` and `--restore`");
            };
            run_back_up(run, data_root, backups_directory, &public_keys(arguments)?)
        }
    }
}

/// Not parsed with the other arguments: their errors show what was typed, and that can be a secret
/// key.
fn public_keys(arguments: &Arguments) -> Result<Vec<PublicKey>, Failure> {
    let parse = |text: &String| {
        text.parse().map_err(|error: BadPublicKey| {
            Failure::wrong_arguments(
                anyhow::Error::from(error).context("`--encrypt-to` needs a public key"),
            )
        })
    };
    arguments.encrypt_to.iter().map(parse).collect()
}

fn secret_keys(arguments: &Arguments) -> Result<SecretKeys, Failure> {
    let mut keys = SecretKeys::none();
    for path in &arguments.identity {
        keys.add_file(path).or_hint(KeyFileError::hint)?;
    }
    Ok(keys)
}

fn run_back_up(
    run: &StageRun,
    path: &Path,
    backups_directory: &Path,
    keys: &[PublicKey],
) -> Result<(), Failure> {
    let name = archive_name(&run.info().run_id, keys)
        .map_err(|error| Failure::from(error).with_hint("set `PCVE_RUN_ID` to another id"))?;
    let data_root = run.open_data_root(path)?;
    if let Err(error) = refuse_inside(path, backups_directory) {
        return Err(match (error.hint(), error) {
            (Some(hint), error @ ArchiveError::InsideDataRoot { .. }) => {
                Failure::wrong_arguments(error).with_hint(hint)
            }
            (_, error) => error.into(),
        });
    }
    let listing = run.step("list files", || list_data_root(path))?;
    warn_about_left_out(run, &listing);
    run.count_in("files", listing.n_files());
    run.count_in("bytes", listing.n_bytes());
    let archive = run
        .step("write and check archive", || {
            let progress = run.progress("bytes", listing.n_bytes());
            let on_bytes = |n_bytes| progress.add(n_bytes);
            back_up(&data_root, &listing, backups_directory, &name, keys, &on_bytes)
        })
        .or_hint(ArchiveError::hint)?;
    run.count_out("bytes", archive.n_bytes);
    run.wrote(&archive.path);
    Ok(())
}

fn run_verify(run: &StageRun, archive: &Path, keys: &SecretKeys) -> Result<(), Failure> {
    let contents = run
        .step("check archive", || {
            let progress = run.progress("bytes", None);
            verify(archive, keys, &|n_bytes| progress.add(n_bytes))
        })
        .or_hint(ArchiveError::hint)?;
    run.count_in("files", contents.n_files);
    run.count_in("bytes", contents.n_bytes);
    Ok(())
}

fn run_restore(
    run: &StageRun,
    archive: &Path,
    directory: &Path,
    keys: &SecretKeys,
) -> Result<(), Failure> {
    let contents = run
        .step("check and restore", || {
            let progress = run.progress("bytes", None);
            restore(archive, directory, keys, &|n_bytes| progress.add(n_bytes))
        })
        .or_hint(ArchiveError::hint)?;
    run.count_out("files", contents.n_files);
    run.count_out("bytes", contents.n_bytes);
    run.wrote(directory);
    Ok(())
}

fn warn_about_left_out(run: &StageRun, listing: &Listing) {
    for left_out in &listing.left_out {
        let reason = match left_out.reason {
            LeftOutReason::NoData => "pipes, sockets and devices",
            LeftOutReason::Loop => "links to directories that they are in",
            _ => "other",
        };
        run.count_dropped(reason, 1);
        tracing::warn!(path = %left_out.path.display(), reason, "Left out of the archive.");
    }
}
