//! What is in the files that are made.

mod awkward_cases;
mod command;
mod made;
mod same_bytes;
