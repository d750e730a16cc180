//! What must hold in a project beyond the form of its files.
//!
//! Each check looks at what could be read and says all that is wrong with it.

mod analysis;
mod country;
mod dates;
mod fields;
mod flows;
mod imputation;
mod keys;
mod names;
mod schemes;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use checked_json::{Document, JsonPath, Problem, nearest};
use code_schemes::CodeScheme;
use text_cleaners::Country;

use crate::PipelineConfiguration;
use crate::plans_file::PlansForm;

/// All schemes of a project by name; `None` for files that are there but have problems.
pub(crate) struct Schemes(pub(crate) BTreeMap<String, Option<Arc<CodeScheme>>>);

impl Schemes {
    /// The scheme, if its file could be read.
    pub(crate) fn get(&self, name: &str) -> Option<&Arc<CodeScheme>> {
        self.0.get(name)?.as_ref()
    }

    /// Whether there is a file, good or not.
    fn has_file(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// The names of all files.
    fn names(&self) -> impl Iterator<Item = &str> + Clone {
        self.0.keys().map(String::as_str)
    }
}

/// What plans refer to.
pub(crate) struct Known<'a> {
    pub(crate) schemes: &'a Schemes,
    /// `None` when its files have problems.
    pub(crate) country: Option<&'a Country>,
}

/// What was read from a document.
pub(crate) struct Located<'a, T> {
    pub(crate) document: &'a Document,
    pub(crate) value: T,
}

impl<'a, T> Located<'a, T> {
    /// The value with its document, when there are both.
    pub(crate) fn new(document: Option<&'a Document>, value: Option<T>) -> Option<Self> {
        Some(Self { document: document?, value: value? })
    }
}

/// All that is wrong or odd; parts of the project that could not be read are not looked at.
pub(crate) fn check(
    directory: &Path,
    configuration: Option<&Located<'_, PipelineConfiguration>>,
    plans: Option<&Located<'_, PlansForm>>,
    known: &Known<'_>,
) -> Vec<Problem> {
    let mut problems = Vec::new();
    if let Some(Located { document, value: configuration }) = configuration {
        let mut findings = Findings { document, problems: &mut problems };
        flows::check(configuration, &mut findings);
        dates::check(configuration, &mut findings);
        keys::check(configuration, &mut findings);
        analysis::check(directory, configuration, &mut findings);
    }
    if let Some(Located { document, value: plans }) = plans {
        let mut findings = Findings { document, problems: &mut problems };
        names::check(plans, &mut findings);
        schemes::check(plans, known, &mut findings);
        if let Some(country) = known.country {
            country::check(plans, country, &mut findings);
            imputation::check(plans, known.schemes, country, &mut findings);
        }
    }
    if let (Some(configuration), Some(plans)) = (configuration, plans) {
        fields::check(configuration, plans, &mut problems);
    }
    problems
}

/// Collects problems of one document.
struct Findings<'a> {
    document: &'a Document,
    problems: &'a mut Vec<Problem>,
}

impl Findings<'_> {
    fn error(&mut self, path: &JsonPath, message: impl Into<String>) {
        self.problems.push(self.document.error(path, message));
    }

    fn error_with_hint(
        &mut self,
        path: &JsonPath,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) {
        self.problems.push(self.document.error(path, message).hint(hint));
    }

    fn warning(&mut self, path: &JsonPath, message: impl Into<String>, hint: impl Into<String>) {
        self.problems.push(self.document.warning(path, message).hint(hint));
    }
}

/// The known name that was probably meant by `name`, else all known ones.
fn did_you_mean<'a>(name: &str, known: impl IntoIterator<Item = &'a str> + Clone) -> String {
    match nearest(name, known.clone()) {
        Some((name, true)) => format!("did you mean `{name}`?"),
        Some((_, false)) => format!("known are {}", quoted(known)),
        None => "there are none".to_string(),
    }
}

/// The names in backticks, separated by commas; of many only the first.
fn quoted<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    const N_SHOWN: usize = 8;
    let names: Vec<&str> = names.into_iter().collect();
    let shown: Vec<String> = names.iter().take(N_SHOWN).map(|it| format!("`{it}`")).collect();
    match names.len().saturating_sub(N_SHOWN) {
        0 => shown.join(", "),
        n_more => format!("{} and {n_more} more", shown.join(", ")),
    }
}
