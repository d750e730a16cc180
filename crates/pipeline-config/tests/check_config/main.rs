//! What `check-config` says about a small project and all that can be wrong with it.
//!
//! To accept new wording, run the tests with `INSTA_UPDATE=new` and then `cargo insta review`.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod project;

mod documents;
mod good_projects;
mod wrong_configuration;
mod wrong_plans;
