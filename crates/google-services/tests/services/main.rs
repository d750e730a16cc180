//! Google's services as they behave on bad days.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic as tests may")]

mod bad_line;
mod bucket;
mod drive;
mod firestore;
mod server;
mod storage;
mod storage_emulator;
mod tokens;
