//! The contract of the sources of files: whole or as before, fetched again only when something
//! changed, and nobody's number anywhere.

#![allow(clippy::unwrap_used, reason = "also in what tests share")]

mod buckets;
mod command;
mod recovery;
mod world;
