//! Stage 5 on small projects made for each test, and on the reference data where there is some.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod attack;
mod consent;
mod cross_tabs;
mod fixture;
mod hostile_text;
mod own_maps;
mod page;
mod pictures;
mod reading;
mod reference;
mod small_counts;
