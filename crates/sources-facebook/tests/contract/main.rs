//! The contract of the Facebook source, checked against an emulator with faults: every comment once,
//! whatever happens on the way, and nobody's name or id anywhere.

#![allow(clippy::unwrap_used, reason = "also in what tests share")]

mod changes;
mod command;
mod comments;
mod faults;
mod metrics;
mod privacy;
mod world;
