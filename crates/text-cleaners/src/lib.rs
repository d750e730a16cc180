//! Codes for short free-text answers in Somali, Swahili and English.

mod age;
mod cleaner;
mod explain;
mod lexicon;
pub mod locations;
pub mod operators;
mod spelling;
mod word_list;

pub use cleaner::{Cleaner, UnknownCleaner};
pub use explain::{Explanation, Finding, Outcome};
pub use lexicon::How;
