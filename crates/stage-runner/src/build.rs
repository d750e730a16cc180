//! Which build of the pipeline this is.

/// The version of the pipeline.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The commit the binary was built from, or the version when it was built outside git.
pub(crate) const GIT_HASH: &str = env!("PCVE_GIT_HASH");

/// What `--version` says after the name.
pub(crate) const LONG_VERSION: &str =
    concat!(env!("CARGO_PKG_VERSION"), " (", env!("PCVE_GIT_HASH"), ")");
