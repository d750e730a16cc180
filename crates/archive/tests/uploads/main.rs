//! Stage 7 and the operations dashboard: what arrives, what is kept, what is never shown.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic as tests may")]
#![allow(clippy::print_stdout, reason = "a test that fails says with which random numbers")]

#[path = "../../../google-services/tests/services/bucket.rs"]
#[allow(dead_code, reason = "other tests need the rest")]
mod bucket;
mod events;
mod old_files;
mod project;
#[path = "../../../google-services/tests/services/server.rs"]
#[allow(dead_code, reason = "other tests need the rest")]
mod server;
#[path = "../../../google-services/tests/services/storage_emulator.rs"]
mod storage_emulator;
mod upload;
