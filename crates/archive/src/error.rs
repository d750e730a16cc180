//! What can go wrong with an archive.

use std::path::PathBuf;

use data_root::FileError;

/// A backup, check or restoration that failed; whatever was there before still is.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ArchiveError {
    /// A file could not be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// The backup would become a part of the next backup.
    #[error(
        "backups directory `{}` is in the data root `{}`",
        .backups_directory.display(), .data_root.display()
    )]
    InsideDataRoot {
        /// Where the archive was to be.
        backups_directory: PathBuf,
        /// What was to be backed up.
        data_root: PathBuf,
    },
    /// The disk has too little space, so nothing was begun.
    #[error(
        "not enough space in `{}`: expected to need {needed_bytes} bytes, found {free_bytes} free",
        .directory.display()
    )]
    NotEnoughSpace {
        /// Where the files were to be.
        directory: PathBuf,
        /// How much is probably needed.
        needed_bytes: u64,
        /// How much there is.
        free_bytes: u64,
    },
    /// Somebody wrote a file while it was being backed up.
    #[error("`{}` changed while it was read", .path.display())]
    Changed {
        /// The file.
        path: PathBuf,
    },
    /// Another archive has the name already.
    #[error("there is another archive `{}` already", .path.display())]
    AlreadyThere {
        /// The archive that stays.
        path: PathBuf,
    },
    /// What was read back is not what was put in.
    #[error("archive `{}` does not hold what was put into it", .archive.display())]
    Unfaithful {
        /// The archive that did not get its final name.
        archive: PathBuf,
    },
    /// Not something that this crate wrote.
    #[error("`{}` is not an archive made by `backup-data-root`", .archive.display())]
    NotAnArchive {
        /// The file.
        archive: PathBuf,
    },
    /// The end is missing.
    #[error(
        "archive `{}` is cut short: it ends after {n_bytes} bytes{}",
        .archive.display(), within(.file.as_ref())
    )]
    Cut {
        /// The archive.
        archive: PathBuf,
        /// How many bytes there are.
        n_bytes: u64,
        /// The file in the archive at which it ends.
        file: Option<PathBuf>,
    },
    /// Some bytes are not as they were written.
    #[error(
        "archive `{}` is damaged at byte {offset_bytes}{}: {reason}",
        .archive.display(), within(.file.as_ref())
    )]
    Damaged {
        /// The archive.
        archive: PathBuf,
        /// Where the damaged part begins.
        offset_bytes: u64,
        /// What was noticed.
        reason: &'static str,
        /// The file in the archive that begins in or before the damaged part.
        file: Option<PathBuf>,
    },
    /// Only the owner of a secret key can read it, and no key was given.
    #[error("archive `{}` is encrypted, and no key was given", .archive.display())]
    Encrypted {
        /// The archive.
        archive: PathBuf,
    },
    /// It is encrypted to the owners of other keys.
    #[error("none of the keys given opens archive `{}`", .archive.display())]
    WrongKey {
        /// The archive.
        archive: PathBuf,
    },
    /// It is encrypted in a way that this crate does not use.
    #[error("archive `{}` is encrypted with a passphrase, expected a key", .archive.display())]
    Passphrase {
        /// The archive.
        archive: PathBuf,
    },
    /// What is encrypted is not whole, or not as it was written.
    #[error(
        "encrypted archive `{}` is damaged or cut short after {n_bytes} bytes of what is in it{}",
        .archive.display(), within(.file.as_ref())
    )]
    DamagedEncryption {
        /// The archive.
        archive: PathBuf,
        /// How many bytes could be decrypted.
        n_bytes: u64,
        /// The file in the archive at which it is damaged.
        file: Option<PathBuf>,
    },
    /// A file in the archive is not the one of the checksum list.
    #[error("archive `{}`: `{file}` {reason}", .archive.display())]
    WrongFile {
        /// The archive.
        archive: PathBuf,
        /// The file in the archive.
        file: String,
        /// How it differs.
        reason: &'static str,
    },
    /// The archive has no checksum list, or something that is not one.
    #[error("archive `{}` has no usable checksum list: {reason}", .archive.display())]
    ChecksumList {
        /// The archive.
        archive: PathBuf,
        /// What is wrong with the list.
        reason: &'static str,
    },
    /// Restoring would mix with what is there.
    #[error("`{}` is there already and not an empty directory", .directory.display())]
    NotEmpty {
        /// Where files were to be restored.
        directory: PathBuf,
    },
    /// Another process restores into the same directory.
    #[error("another process is restoring into `{}`", .directory.display())]
    BeingRestored {
        /// Where both want to restore.
        directory: PathBuf,
    },
}

impl ArchiveError {
    /// What the operator can try; the binary prints it once, after the error chain.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::File(error) => return error.hint(),
            Self::InsideDataRoot { .. } => "give a directory outside the data root",
            Self::NotEnoughSpace { .. } => {
                "free some space or give a directory on another disk; nothing was written"
            }
            Self::Changed { .. } => {
                "run this again when nobody works in the data root; no archive was written"
            }
            Self::AlreadyThere { .. } => {
                "it was kept; set `PCVE_RUN_ID` to another id, or give another directory"
            }
            Self::Unfaithful { .. } => {
                "no archive was kept; check the disk and the memory of this machine"
            }
            Self::NotAnArchive { .. } => "check the path; `tar xzf` unpacks other archives",
            Self::Encrypted { .. } => "give the file with the secret key: `--identity <key file>`",
            Self::WrongKey { .. } => {
                "it was encrypted to other public keys: find the key file of one of them"
            }
            Self::Passphrase { .. } => "decrypt it with `age --decrypt`, then try again",
            Self::Cut { .. }
            | Self::Damaged { .. }
            | Self::DamagedEncryption { .. }
            | Self::WrongFile { .. } => {
                "use another copy of this archive, or an earlier one; nothing was restored"
            }
            Self::ChecksumList { .. } => "it cannot be checked; use another archive",
            Self::NotEmpty { .. } => "give a directory that does not exist yet",
            Self::BeingRestored { .. } => "wait until it has finished, or give another directory",
        };
        Some(hint.to_owned())
    }

    /// The same error, which names the file of the archive where the trouble was met.
    pub(crate) fn while_reading(mut self, path: &std::path::Path) -> Self {
        if let Self::Cut { file, .. }
        | Self::Damaged { file, .. }
        | Self::DamagedEncryption { file, .. } = &mut self
        {
            file.get_or_insert_with(|| path.to_path_buf());
        }
        self
    }
}

fn within(file: Option<&PathBuf>) -> String {
    file.map(|file| format!(", in or after `{}`", file.display())).unwrap_or_default()
}
