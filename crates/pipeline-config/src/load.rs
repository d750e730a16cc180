//! Reading all files of a project.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use checked_json::{Document, JsonPath, NodeValue, Problem, nearest};
use code_schemes::CodeScheme;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use text_cleaners::Country;

use crate::checks::{self, Located, Schemes};
use crate::formats::FORMATS;
use crate::plans_file::PlansForm;
use crate::resolve::resolve_plans;
use crate::{ConfigurationError, PipelineConfiguration, Project};

/// Reads the configuration at `configuration_file`, its coding plans and its code schemes, and
/// checks everything.
///
/// # Errors
///
/// [`ConfigurationError`] with all problems of all files together.
pub fn load_project(configuration_file: &Path) -> Result<Project, ConfigurationError> {
    let mut problems = Vec::new();
    let project = load(configuration_file, &mut problems);
    sort_by_place(configuration_file, &mut problems);
    let (errors, warnings): (Vec<Problem>, Vec<Problem>) =
        problems.into_iter().partition(Problem::is_error);
    match project {
        Some(project) if errors.is_empty() => Ok(Project { warnings, ..project }),
        _ => {
            let file = configuration_file.to_path_buf();
            Err(ConfigurationError { file, problems: errors, warnings })
        }
    }
}

fn load(configuration_file: &Path, problems: &mut Vec<Problem>) -> Option<Project> {
    let directory = configuration_file.parent().unwrap_or(Path::new("")).to_path_buf();
    let configuration_document = read_document(configuration_file, problems);
    let configuration = configuration_document
        .as_ref()
        .and_then(|document| read_form::<PipelineConfiguration>(document, problems));

    let plans_file = directory.join(plans_file_name(configuration_document.as_ref()));
    let plans_document = read_document(&plans_file, problems);
    if !plans_file.exists() {
        let hint = "coding plans are where `CodingPlansFile` of the configuration says".to_string();
        problems
            .iter_mut()
            .filter(|it| it.file == plans_file)
            .for_each(|it| it.hint = Some(hint.clone()));
    }
    let form =
        plans_document.as_ref().and_then(|document| read_form::<PlansForm>(document, problems));

    let used_names = form.as_ref().map(PlansForm::scheme_names).unwrap_or_default();
    let scheme_files = read_schemes(&directory.join("code_schemes"), &used_names, problems);
    let schemes = Schemes(
        scheme_files.iter().map(|(name, file)| (name.clone(), file.scheme.clone())).collect(),
    );

    let country = read_country(form.as_ref(), &plans_file, problems);

    let configuration = Located::new(configuration_document.as_ref(), configuration);
    let form = Located::new(plans_document.as_ref(), form);
    let known = checks::Known { schemes: &schemes, country: country.as_ref() };
    problems.extend(checks::check(&directory, configuration.as_ref(), form.as_ref(), &known));

    let (configuration, form, country) = (configuration?, form?, country?);
    let texts = [configuration.document.text(), form.document.text()];
    let configuration_hash = hash(texts, &scheme_files, &used_names, &country);
    let plans = resolve_plans(form.value, &schemes, country)?;
    let schemes =
        schemes.0.into_iter().filter_map(|(name, scheme)| Some((name, scheme?))).collect();
    let configuration = configuration.value;
    let warnings = Vec::new();
    Some(Project { configuration, plans, schemes, warnings, configuration_hash, directory })
}

fn read_form<T: DeserializeOwned + JsonSchema>(
    document: &Document,
    problems: &mut Vec<Problem>,
) -> Option<T> {
    let (form, found) = checked_json::read::<T>(document, FORMATS);
    problems.extend(found);
    form
}

fn read_document(path: &Path, problems: &mut Vec<Problem>) -> Option<Document> {
    Document::read(path)
        .map_err(|error| {
            let hint = error.hint();
            problems.push(Problem { hint, ..error.into_problem() });
        })
        .ok()
}

/// The name of the file with the plans, also when the configuration has other problems.
fn plans_file_name(configuration: Option<&Document>) -> String {
    const KEY: &str = "CodingPlansFile";
    let members = configuration.map(|document| &document.top().value);
    if let Some(NodeValue::Object(members)) = members {
        let member = members.iter().find(|member| member.key == KEY);
        if let Some(NodeValue::String(name)) = member.map(|member| &member.value.value) {
            return name.clone();
        }
    }
    crate::configuration::default_coding_plans_file()
}

/// The country that the plans name, without anything when they name none; `None` when it cannot be
/// used.
fn read_country(
    plans: Option<&PlansForm>,
    plans_file: &Path,
    problems: &mut Vec<Problem>,
) -> Option<Country> {
    let Some(name) = &plans?.country else { return Some(Country::default()) };
    let directory = plans_file.parent().unwrap_or(Path::new(""));
    let (country, found) = Country::load(name, directory);
    problems.extend(found);
    country
}

/// A scheme, if its file was good, and the text of the file.
struct SchemeFile {
    scheme: Option<Arc<CodeScheme>>,
    text: String,
}

/// Reads all schemes in `directory`; what is wrong with schemes that no plan uses is a warning.
fn read_schemes(
    directory: &Path,
    used_names: &BTreeSet<String>,
    problems: &mut Vec<Problem>,
) -> BTreeMap<String, SchemeFile> {
    let mut files = BTreeMap::new();
    let paths = scheme_paths(directory).unwrap_or_else(|error| {
        let message = format!("code schemes could not be listed: {error}");
        problems.push(Problem::error(directory, message));
        Vec::new()
    });
    for path in paths {
        let Some(name) = path.file_stem().and_then(OsStr::to_str) else { continue };
        let (file, found) = read_scheme(&path);
        match used_names.contains(name) {
            true => problems.extend(found),
            false => problems.extend(found.into_iter().map(Problem::as_warning)),
        }
        files.insert(name.to_string(), file);
    }
    files
}

fn read_scheme(path: &Path) -> (SchemeFile, Vec<Problem>) {
    let document = match Document::read(path) {
        Ok(document) => document,
        Err(error) => {
            let file = SchemeFile { scheme: None, text: String::new() };
            return (file, vec![error.into_problem()]);
        }
    };
    let text = document.text().to_string();
    match CodeScheme::parse(path, &text) {
        Ok(scheme) => {
            let found = misspelled_keys(&document, &scheme);
            (SchemeFile { scheme: Some(Arc::new(scheme)), text }, found)
        }
        Err(error) => (SchemeFile { scheme: None, text }, error.into_problems()),
    }
}

/// Keys of a scheme file that are kept for Coda, but are much like those that the pipeline reads.
fn misspelled_keys(document: &Document, scheme: &CodeScheme) -> Vec<Problem> {
    const SCHEME_KEYS: [&str; 5] = ["SchemeID", "Name", "Version", "Codes", "Documentation"];
    const CODE_KEYS: [&str; 5] = ["Shortcut", "Color", "MatchValues", "ControlCode", "MetaCode"];
    let top = JsonPath::top();
    let mut problems = Vec::new();
    let mut look = |path: &JsonPath, key: &str, known: [&str; 5]| {
        if let Some((meant, true)) = nearest(key, known) {
            let warning = document.warning(&path.key(key), format!("unknown key `{key}`"));
            problems.push(warning.hint(format!("did you mean `{meant}`?")));
        }
    };
    for key in scheme.other_keys.keys() {
        look(&top, key, SCHEME_KEYS);
    }
    for (index, code) in scheme.codes().iter().enumerate() {
        for key in code.other_keys.keys() {
            look(&top.key("Codes").index(index), key, CODE_KEYS);
        }
    }
    problems
}

fn scheme_paths(directory: &Path) -> io::Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        if path.extension() == Some(OsStr::new("json")) {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

/// SHA-256 over the names, lengths and texts of the configuration, the plans, their schemes and
/// their country.
fn hash(
    [configuration, plans]: [&str; 2],
    schemes: &BTreeMap<String, SchemeFile>,
    used_names: &BTreeSet<String>,
    country: &Country,
) -> String {
    let used = schemes.iter().filter(|(name, _)| used_names.contains(*name));
    let used = used.map(|(name, file)| (name.as_str(), file.text.as_str()));
    let of_country = country.files().iter().map(|file| (file.name.as_str(), file.text.as_str()));
    let own = [("configuration", configuration), ("plans", plans)];
    let mut sha256 = Sha256::new();
    for (name, text) in own.into_iter().chain(used).chain(of_country) {
        sha256.update(format!("{name}\0{}\0", text.len()));
        sha256.update(text);
    }
    sha256.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Sorts by file (configuration, plans, schemes by name) and by place within the file.
fn sort_by_place(configuration_file: &Path, problems: &mut [Problem]) {
    problems.sort_by_cached_key(|problem| {
        let is_configuration = problem.file == configuration_file;
        let is_plans = problem.file.parent() == configuration_file.parent();
        let rank = (!is_configuration, !is_plans);
        let place = problem.place.as_ref().map(|place| (place.line, place.column));
        (rank, problem.file.clone(), place)
    });
}
