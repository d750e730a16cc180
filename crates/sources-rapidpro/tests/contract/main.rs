//! The contract of a source, checked against a server with faults: everything once, whatever
//! happens on the way, and nobody's phone number anywhere.

#![allow(clippy::unwrap_used, reason = "also in what tests share")]

mod archives;
mod command;
mod faults;
mod paging;
mod privacy;
mod recordings;
mod runs;
mod world;
