//! Makes raw data and coded Coda files of any size for a configuration.
//!
//! Everything is made up: people, numbers, texts, labels.
//! What is like the real thing are the shapes: the keys of RapidPro runs and recovered messages,
//! how often people write, what labellers do, and every awkward case ([`Case`]) that the pipeline
//! has to get right.
//!
//! The same options give the same bytes, whatever the machine and the number of threads.
//! People are made a few hundred at a time, so that a million messages need no more memory than a
//! thousand.
//!
//! ```no_run
//! use data_root::DataRoot;
//! use sample_data::{Options, generate};
//!
//! let project = pipeline_config::load_project("pipeline_configs/demo/pipeline_config.json".as_ref())?;
//! let data_root = DataRoot::create("data".as_ref())?;
//! let summary = generate(&project, &Options { n_messages: 60, n_people: 20, ..Options::default() }, &data_root)?;
//! assert_eq!(summary.n_messages, 60);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod cases;
mod coda_file;
mod error;
mod generate;
mod labels;
mod layout;
mod moment;
mod people;
mod phrases;
mod random;
mod rows;
mod texts;

pub use cases::{Case, Cases};
pub use error::SampleDataError;
pub use generate::{Options, Summary, generate};
