//! Codes for short free-text answers in Somali, Swahili and English.

mod age;
mod cleaner;
mod lexicon;
pub mod locations;
pub mod operators;
mod spelling;

pub use cleaner::{Cleaner, UnknownCleaner};
