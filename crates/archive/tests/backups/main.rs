//! Backups of a data root: they come back, damage is noticed, and nothing half is ever left.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic as tests may")]
#![allow(clippy::print_stdout, reason = "a test that fails says with which random numbers")]

mod damage;
#[cfg(feature = "encryption")]
mod encrypted;
mod full_disk;
mod killed;
mod process;
mod round_trip;
mod support;
