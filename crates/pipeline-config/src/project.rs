//! A project that was checked, or why it cannot be used.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use checked_json::{Problem, ProblemList};
use code_schemes::CodeScheme;
use iso_time::TimeZone;

use crate::{CodingPlans, PipelineConfiguration};

/// A configuration with its plans and schemes, all checked.
#[derive(Debug, Clone)]
pub struct Project {
    /// What `pipeline_config.json` says.
    pub configuration: PipelineConfiguration,
    /// What the file with the coding plans says, with its schemes.
    pub plans: CodingPlans,
    /// All schemes in `code_schemes/`, by name; also those that no plan uses.
    pub schemes: BTreeMap<String, Arc<CodeScheme>>,
    /// What is odd but harmless, in the order of the files.
    pub warnings: Vec<Problem>,
    /// SHA-256 (hex) over the configuration, the plans and the schemes they use.
    pub configuration_hash: String,
    /// The directory of the configuration; its relative paths start here.
    pub directory: PathBuf,
}

impl Project {
    /// The time zone of the radio station: that of the configuration, else that of the country,
    /// else UTC.
    pub fn time_zone(&self) -> TimeZone {
        let names = [self.configuration.time_zone.as_deref(), self.plans.country.time_zone()];
        let zone = names.into_iter().flatten().next().map(iso_time::time_zone);
        zone.and_then(Result::ok).unwrap_or(TimeZone::UTC)
    }
}

/// A project cannot be used.
#[derive(Debug)]
pub struct ConfigurationError {
    /// The configuration.
    pub file: PathBuf,
    /// All that is wrong with the project, in the order of the files.
    pub problems: Vec<Problem>,
    /// What is odd but harmless, in the order of the files.
    pub warnings: Vec<Problem>,
}

impl ConfigurationError {
    /// What to try.
    pub fn hint(&self) -> Option<String> {
        let file = self.file.display();
        Some(format!("mend this, then check again with `check-config {file}`"))
    }
}

impl fmt::Display for ConfigurationError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file = self.file.display();
        match self.problems.len() {
            1 => writeln!(formatter, "configuration `{file}` has a problem:")?,
            n_problems => writeln!(formatter, "configuration `{file}` has {n_problems} problems:")?,
        }
        ProblemList(&self.problems).fmt(formatter)
    }
}

impl std::error::Error for ConfigurationError {}
