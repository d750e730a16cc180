//! Paths under a data root, and files that are whole or absent.
//!
//! The stages of the pipeline meet only in files under one data root. This crate knows where
//! those files are ([`DataRoot`]), makes them appear complete or not at all ([`WholeFile`],
//! [`WholeFiles`]), keeps them readable by their owner only, and names the path in every error
//! ([`FileError`]).
//!
//! ```
//! use std::io::Write;
//!
//! use data_root::{DataRoot, WholeFiles};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let directory = tempfile::tempdir()?;
//! let data_root = DataRoot::create(&directory.path().join("data"))?;
//! let outputs = WholeFiles::new();
//!
//! let mut messages = outputs.create(&data_root.outputs().messages_csv())?;
//! writeln!(messages, "uid,sent_on")?;
//! messages.commit()?;
//! assert!(!data_root.outputs().messages_csv().exists());
//!
//! outputs.commit()?;
//! assert_eq!(data_root::read_to_string(&data_root.outputs().messages_csv())?, "uid,sent_on\n");
//! # Ok(())
//! # }
//! ```

mod error;
mod files;
mod layout;
mod lock;
mod names;
mod run_lock;
mod whole_file;
mod whole_files;
mod write_back;

pub use error::{FileError, Operation};
pub use files::{
    create_directory, create_log, create_temporary, list, open, read, read_to_string, remove,
};
pub use layout::{DataRoot, Outputs, excel_copy};
pub use lock::{FileLock, hold_commits};
pub use names::{check_file_name, is_internal_name};
pub use run_lock::{RUN_TOKEN_VARIABLE, RunLock};
pub use whole_file::{WholeFile, write};
pub use whole_files::WholeFiles;
