//! Reading all files of a project.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use checked_json::{Document, NodeValue, Problem};
use code_schemes::CodeScheme;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

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
    sort_by_place(&mut problems);
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
    let form =
        plans_document.as_ref().and_then(|document| read_form::<PlansForm>(document, problems));

    let used_names = form.as_ref().map(PlansForm::scheme_names).unwrap_or_default();
    let scheme_files = read_schemes(&directory.join("code_schemes"), &used_names, problems);
    let schemes: Schemes =
        scheme_files.iter().map(|(name, file)| (name.clone(), Arc::clone(&file.scheme))).collect();

    let configuration = configuration_document
        .as_ref()
        .zip(configuration)
        .map(|(document, configuration)| Located { document, value: configuration });
    let form =
        plans_document.as_ref().zip(form).map(|(document, form)| Located { document, value: form });
    problems.extend(checks::check(&directory, configuration.as_ref(), form.as_ref(), &schemes));

    let (configuration, form) = (configuration?, form?);
    let texts = [configuration.document.text(), form.document.text()];
    let configuration_hash = hash(texts, &scheme_files, &used_names);
    let plans = resolve_plans(form.value, &schemes)?;
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
    Document::read(path).map_err(|error| problems.push(error.into_problem())).ok()
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

/// A scheme and the text it was read from.
struct SchemeFile {
    scheme: Arc<CodeScheme>,
    text: String,
}

/// Reads all schemes in `directory`; what is wrong with schemes that no plan uses is a warning.
fn read_schemes(
    directory: &Path,
    used_names: &BTreeSet<String>,
    problems: &mut Vec<Problem>,
) -> BTreeMap<String, SchemeFile> {
    let mut schemes = BTreeMap::new();
    let paths = match scheme_paths(directory) {
        Ok(paths) => paths,
        Err(error) => {
            let message = format!("could not list code schemes: {error}");
            problems.push(Problem::error(directory, message));
            return schemes;
        }
    };
    for path in paths {
        let Some(name) = path.file_stem().and_then(OsStr::to_str) else { continue };
        let read = Document::read(&path).map_err(|error| vec![error.into_problem()]).and_then(
            |document| match CodeScheme::parse(&path, document.text()) {
                Ok(scheme) => Ok((scheme, document)),
                Err(error) => Err(error.into_problems()),
            },
        );
        match read {
            Ok((scheme, document)) => {
                let (scheme, text) = (Arc::new(scheme), document.text().to_string());
                schemes.insert(name.to_string(), SchemeFile { scheme, text });
            }
            Err(found) if used_names.contains(name) => problems.extend(found),
            Err(found) => problems.extend(found.into_iter().map(Problem::as_warning)),
        }
    }
    schemes
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

/// SHA-256 over the names, lengths and texts of the configuration, the plans and their schemes.
fn hash(
    [configuration, plans]: [&str; 2],
    schemes: &BTreeMap<String, SchemeFile>,
    used_names: &BTreeSet<String>,
) -> String {
    let used = schemes.iter().filter(|(name, _)| used_names.contains(*name));
    let used = used.map(|(name, file)| (name.as_str(), file.text.as_str()));
    let mut sha256 = Sha256::new();
    for (name, text) in [("configuration", configuration), ("plans", plans)].into_iter().chain(used)
    {
        sha256.update(format!("{name}\0{}\0", text.len()));
        sha256.update(text);
    }
    sha256.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Sorts by file (configuration, plans, schemes by name) and by place within the file.
fn sort_by_place(problems: &mut [Problem]) {
    let mut files: Vec<PathBuf> = Vec::new();
    for problem in problems.iter() {
        if !files.contains(&problem.file) {
            files.push(problem.file.clone());
        }
    }
    problems.sort_by_cached_key(|problem| {
        let rank = files.iter().position(|file| *file == problem.file);
        let place = problem.place.as_ref().map(|place| (place.line, place.column));
        (rank, place)
    });
}
