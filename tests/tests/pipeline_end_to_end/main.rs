//! `run_pipeline.sh` as a cron job calls it, with programs on this machine in the place of RapidPro,
//! Coda and Google.
//!
//! The golden files are made by `UPDATE_GOLDEN=1 cargo test -p pipeline-tests --test
//! pipeline_end_to_end`, and looked at in the diff.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic as tests may")]

mod failures;
mod golden;
mod runs;
mod sentinels;
mod service_accounts;
mod world;
