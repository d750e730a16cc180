//! Codes for short free-text answers, by the words, places and operators of a country.
//!
//! A [`Country`] is data: word lists, a hierarchy of places, a table of telephone operators. No
//! word, place or operator is named in code.

mod age;
mod cleaner;
mod country;
mod explain;
mod lexicon;
mod lines;
mod locations;
mod operators;
mod sounds;
mod spelling;
mod table;
mod vocabulary;
mod word_list;

pub use cleaner::Cleaner;
pub use country::{Country, CountryFile, check_time_zone, country_json_schema};
pub use explain::{Explanation, Finding, Outcome};
pub use lexicon::How;
pub use locations::{Level, LocationLevel, Locations, WithoutAnswer};
pub use operators::Operators;
