//! A country: the words, places and telephone operators that coding plans can use, as data.
//!
//! Some countries come with the program, others are directories beside a project's coding plans.
//! Both have the same files: `country.json` names all others. Lists of a language come with the
//! program and can be named by any country.

mod build;
mod files;
mod form;

use std::path::Path;
use std::sync::Arc;

use checked_json::{Document, FormatFault, Formats, Problem};
use serde_json::Value;

use crate::{Cleaner, Locations, Operators};
use form::CountryForm;

pub use files::CountryFile;

/// The file of a country that names all others.
const COUNTRY_FILE: &str = "country.json";

/// What is known of a country, all of it checked.
#[derive(Debug, Clone, Default)]
pub struct Country {
    name: String,
    time_zone: Option<String>,
    cleaners: Vec<Cleaner>,
    locations: Arc<Locations>,
    operators: Arc<Operators>,
    sample_texts: Option<String>,
    files: Vec<CountryFile>,
}

impl Country {
    /// Loads the country that coding plans in `directory` call `name`: one that comes with the
    /// program, or after `./` a directory beside the plans.
    ///
    /// With the country come the problems of all its files; without one, at least one is an error.
    pub fn load(name: &str, directory: &Path) -> (Option<Country>, Vec<Problem>) {
        match is_directory(name) {
            true => {
                let name = name.strip_prefix("./").unwrap_or(name);
                Self::read(&files::Source::Directory(directory.join(name)))
            }
            false => Self::read(&files::Source::BuiltIn(name.to_owned())),
        }
    }

    /// A country that comes with the program.
    pub fn built_in(name: &str) -> Option<Country> {
        Self::load(name, Path::new("")).0
    }

    /// The names of the countries that come with the program.
    pub fn built_in_names() -> impl Iterator<Item = &'static str> + Clone {
        files::built_in_countries()
    }

    /// The name of the country, for people.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The time zone that people of the country live in, e.g. `Europe/Athens`.
    pub fn time_zone(&self) -> Option<&str> {
        self.time_zone.as_deref()
    }

    /// The cleaners, in the order of the file.
    pub fn cleaners(&self) -> &[Cleaner] {
        &self.cleaners
    }

    /// The cleaner of this name.
    pub fn cleaner(&self, name: &str) -> Option<&Cleaner> {
        self.cleaners.iter().find(|cleaner| cleaner.name() == name)
    }

    /// The places.
    pub fn locations(&self) -> &Locations {
        &self.locations
    }

    /// The telephone operators.
    pub fn operators(&self) -> &Operators {
        &self.operators
    }

    /// What people of the country write, for made-up data; only what makes it knows its form.
    pub fn sample_texts(&self) -> Option<&str> {
        self.sample_texts.as_deref()
    }

    /// All files that the country was read from, in the order in which they are named.
    pub fn files(&self) -> &[CountryFile] {
        &self.files
    }

    fn read(source: &files::Source) -> (Option<Country>, Vec<Problem>) {
        let text = match source.read(COUNTRY_FILE) {
            Ok(text) => text,
            Err(problem) => return (None, vec![problem]),
        };
        let document = match Document::parse(&source.path(COUNTRY_FILE), text) {
            Ok(document) => document,
            Err(problem) => return (None, vec![problem]),
        };
        let (form, mut problems) = checked_json::read::<CountryForm>(&document, FORMATS);
        let Some(form) = form else { return (None, problems) };
        let country = build::build(source, &document, form, &mut problems);
        let is_good = !problems.iter().any(Problem::is_error);
        (Some(country).filter(|_| is_good), problems)
    }
}

/// Whether coding plans mean a directory by this name.
fn is_directory(name: &str) -> bool {
    name.contains(['/', '\\'])
}

/// The JSON Schema of `country.json`.
pub fn country_json_schema() -> Value {
    checked_json::schema_of::<CountryForm>()
}

const FORMATS: Formats = Formats(&[("time-zone", check_time_zone)]);

/// Says what is wrong with the name of a time zone.
///
/// # Errors
///
/// [`FormatFault`] when there is no such time zone.
pub fn check_time_zone(name: &str) -> Result<(), FormatFault> {
    match iso_time::time_zone(name) {
        Ok(_) => Ok(()),
        Err(error) => Err(FormatFault { message: error.to_string(), hint: error.hint() }),
    }
}

#[cfg(test)]
pub(crate) mod tests;
