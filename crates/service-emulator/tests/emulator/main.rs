//! The emulator is like the real thing: seen by a real client, and compared with recordings.

#![allow(clippy::unwrap_used, reason = "also in what tests share")]

mod client;
mod faults;
mod paging;
mod program;
mod real_clients;
mod recordings;
mod world;
