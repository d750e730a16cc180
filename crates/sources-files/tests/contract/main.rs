//! The contract of the sources of files.
