//! Keys that cannot be used. No error shows what was given: it can be a secret.

use std::path::PathBuf;

use data_root::FileError;

/// A text is no public key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BadPublicKey {
    /// It is something else.
    #[error("not a public key of age: expected `age1…`, as `age-keygen` prints it")]
    NoKey,
    /// It is a secret key.
    #[error(
        "this is a secret key, which now stands in your shell's history: make a new one with \
         `age-keygen`, and give its public key, `age1…`"
    )]
    Secret,
    /// The program cannot encrypt.
    #[error("this program was built without the feature `encryption`")]
    NotBuilt,
}

/// A file with secret keys cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyFileError {
    /// It cannot be read.
    #[error("could not read the key file")]
    File(#[from] FileError),
    /// A line is no secret key.
    #[error("key file `{}`, line {line}: expected a secret key of age", .path.display())]
    NoKey {
        /// The file.
        path: PathBuf,
        /// The line.
        line: usize,
    },
    /// It has no key.
    #[error("key file `{}` has no key", .path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// It is encrypted itself.
    #[error("key file `{}` is encrypted itself", .path.display())]
    Encrypted {
        /// The file.
        path: PathBuf,
    },
    /// The program cannot decrypt.
    #[error("this program was built without the feature `encryption`")]
    NotBuilt,
}

impl KeyFileError {
    /// What the operator can try; the binary prints it once, after the error chain.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::File(error) => return error.hint(),
            Self::NoKey { .. } | Self::Empty { .. } => {
                "give the file that `age-keygen` wrote, with a line that begins with \
                 `AGE-SECRET-KEY-1`"
            }
            Self::Encrypted { .. } => {
                "decrypt it with `age --decrypt`, and remove the decrypted file afterwards"
            }
            Self::NotBuilt => "decrypt the archive with `age --decrypt`",
        };
        Some(hint.to_owned())
    }
}
