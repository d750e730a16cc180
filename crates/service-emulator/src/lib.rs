//! Stands in for RapidPro, the Graph API and Google Drive on this machine, for the demo and tests.
//!
//! An [`Emulator`] listens on loopback and merges the routers of its [`Services`]:
//!
//! | module | stands in for | paths |
//! |---|---|---|
//! | [`rapidpro`] | RapidPro's API v2, and its archives | `/api/v2/…`, `/archives/…` |
//! | [`drive`] | Google Drive's API v3 | `/drive/v3/…`, `/upload/drive/v3/…` |
//! | [`graph`] | the Graph API of Facebook | `/v26.0/…` |
//! | [`control`] | nobody: steers the emulator from another process | `/control/…` |
//!
//! Each service is a module with a `Server` (its state; clones share it), and
//! `pub fn router(server: Server) -> axum::Router`. To add one: a module, a field of [`Services`],
//! a line in its `router`. Around all of them are
//!
//! - [`Traffic`]: remembers every request; on demand answers with a [`Fault`] (503, 429, a cut
//!   body, HTML, …) or with a recorded answer instead of asking the service;
//! - [`Timeline`]: up to when messages are shown, so that "later" brings new ones.
//!
//! What a service has to give comes from a [`SyntheticProject`], made of a pipeline configuration
//! and raw data (of `sample-data`, or any data root), or is put there by a test.
//!
//! ```no_run
//! use service_emulator::{Emulator, Fault, Services, SyntheticProject};
//!
//! let project = pipeline_config::load_project("pipeline_configs/demo/pipeline_config.json".as_ref())?;
//! let synthetic = SyntheticProject::of_raw_data(&project, "pipeline_configs/demo/data_root".as_ref())?;
//! let emulator = Emulator::start(Services::of(&synthetic))?;
//! emulator.services.timeline.show_until("2024-02-10T00:00:00Z".parse()?);
//! emulator.services.traffic.plan_nth(3, Fault::Status(503));
//! println!("{}", emulator.url());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod arguments;
pub mod control;
mod credentials;
pub mod drive;
mod emulator;
pub mod graph;
mod pages;
pub mod rapidpro;
mod synthetic;
mod timeline;
mod traffic;

pub use arguments::Arguments;
pub use credentials::write_credentials;
pub use emulator::{Emulator, Services};
pub use synthetic::{SyntheticError, SyntheticProject, token_of};
pub use timeline::Timeline;
pub use traffic::{Fault, Recorded, Traffic};
