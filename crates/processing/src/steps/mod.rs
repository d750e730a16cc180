//! The steps, each over one person's data, in the order in which they run.

pub(crate) mod auto_code;
mod coda_import;
pub(crate) mod coding_errors;
pub(crate) mod consent;
mod draft;
pub(crate) mod filters;
pub(crate) mod fold;
pub(crate) mod imputation;
pub(crate) mod join;
pub(crate) mod manual_codes;
pub(crate) mod missing_codes;
pub(crate) mod translate_source_keys;
pub(crate) mod ws_correction;
