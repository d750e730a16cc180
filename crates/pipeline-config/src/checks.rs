//! What must hold in a project beyond the form of its files.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use checked_json::{Document, JsonPath, Problem, nearest};
use code_schemes::CodeScheme;

use crate::PipelineConfiguration;
use crate::plans_file::PlansForm;

/// All schemes of a project by name.
pub(crate) type Schemes = BTreeMap<String, Arc<CodeScheme>>;

/// What was read from a document.
pub(crate) struct Located<'a, T> {
    pub(crate) document: &'a Document,
    pub(crate) value: T,
}

/// All that is wrong or odd; parts of the project that could not be read are not looked at.
pub(crate) fn check(
    _directory: &Path,
    _configuration: Option<&Located<'_, PipelineConfiguration>>,
    _plans: Option<&Located<'_, PlansForm>>,
    _schemes: &Schemes,
) -> Vec<Problem> {
    Vec::new()
}
