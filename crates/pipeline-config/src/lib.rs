//! Reads and checks a project's configuration, coding plans and code schemes.
//!
//! A project is a directory: `pipeline_config.json` ([`PipelineConfiguration`]), beside it the
//! coding plans ([`CodingPlans`]) and `code_schemes/*.json`. [`load_project`] reads all of it and
//! reports all problems together, so that a wrong configuration stops a run before anything is
//! fetched or written. What is odd but harmless is a warning.

mod checks;
mod configuration;
mod formats;
mod load;
mod plans;
mod plans_file;
mod project;
mod reference;
mod resolve;
mod sources;

pub use checked_json::{Place, Problem, ProblemList, Severity};

pub use configuration::{
    AutomatedAnalysis, DriveUpload, MapLayer, OperationsDashboard, PipelineConfiguration,
    SourceKeyRemapping, TimestampRemapping, TrafficLabel, UuidTable,
};
pub use load::load_project;
pub use plans::{
    CodingConfiguration, CodingMode, CodingPlan, CodingPlans, FoldStrategy, Imputation, ages_of,
};
pub use project::{ConfigurationError, Project};
pub use reference::{ReferenceFile, reference_files};
pub use sources::{
    FacebookDataset, FacebookSearch, FacebookSource, RapidProSource, RawDataSource, UrlSource,
    flow_name_of_url,
};
