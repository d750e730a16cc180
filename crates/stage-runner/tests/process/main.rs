//! The example stage as a process: what users and other programs see of it.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic as tests may")]

mod frame;
mod manifest;
mod profiles;
mod support;
