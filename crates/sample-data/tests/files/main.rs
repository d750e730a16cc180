//! What is in the files that are made.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod awkward_cases;
mod command;
mod made;
mod same_bytes;
