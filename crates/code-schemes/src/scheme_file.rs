//! Scheme files: their form, and what must hold beyond it.

use std::collections::HashMap;
use std::fmt;
use std::path::{Path, PathBuf};

use checked_json::{Document, Formats, JsonPath, Problem, ProblemList, ReadError, nearest};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::scheme::SchemeHead;
use crate::{Code, CodeId, CodeScheme, CodeType, ControlCode, Documentation, SchemeId};

/// A scheme file could not be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SchemeFileError {
    /// The file could not be read as JSON.
    #[error("could not read code scheme `{}`", .path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: ReadError,
    },
    /// The file is not a valid code scheme.
    #[error("code scheme `{}` is not valid:\n{}", .path.display(), ProblemList(.problems))]
    Invalid {
        /// The file.
        path: PathBuf,
        /// All that is wrong with it, in the order of the file.
        problems: Vec<Problem>,
    },
}

impl SchemeFileError {
    /// What to try.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Read { source, .. } => source.hint(),
            Self::Invalid { .. } => None,
        }
    }

    /// The same as a list of problems, to be reported with those of other files.
    pub fn into_problems(self) -> Vec<Problem> {
        match self {
            Self::Read { source, .. } => vec![source.into_problem()],
            Self::Invalid { problems, .. } => problems,
        }
    }
}

pub(crate) fn read(path: &Path) -> Result<CodeScheme, SchemeFileError> {
    let document = Document::read(path)
        .map_err(|source| SchemeFileError::Read { path: path.to_path_buf(), source })?;
    from_document(&document)
}

pub(crate) fn parse(path: &Path, text: &str) -> Result<CodeScheme, SchemeFileError> {
    let document =
        Document::parse(path, text.to_string()).map_err(|problem| SchemeFileError::Read {
            path: path.to_path_buf(),
            source: ReadError::Syntax(Box::new(problem)),
        })?;
    from_document(&document)
}

/// The JSON Schema of scheme files.
pub fn scheme_json_schema() -> Value {
    checked_json::schema_of::<SchemeForm>()
}

fn from_document(document: &Document) -> Result<CodeScheme, SchemeFileError> {
    let (form, mut problems) = checked_json::read::<SchemeForm>(document, Formats(&[]));
    if let Some(form) = form {
        problems.extend(repeated_values(document, &form.codes));
        let (head, code_forms) = form.into_parts();
        let codes: Vec<Code> = code_forms
            .into_iter()
            .enumerate()
            .filter_map(|(index, form)| {
                let path = JsonPath::top().key("Codes").index(index);
                form.into_code(document, &path).map_err(|problem| problems.push(*problem)).ok()
            })
            .collect();
        if !problems.iter().any(Problem::is_error) {
            return Ok(CodeScheme::new(head, codes));
        }
    }
    problems.sort_by_key(|problem| problem.place.clone());
    Err(SchemeFileError::Invalid { path: document.file().to_path_buf(), problems })
}

/// The codes of one question, in the format of Coda V2.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
#[schemars(rename = "CodeScheme")]
struct SchemeForm {
    /// Id by which labels refer to the scheme.
    #[serde(rename = "SchemeID")]
    scheme_id: SchemeId,
    /// Name shown in Coda.
    #[schemars(length(min = 1))]
    name: String,
    /// Version of the scheme.
    #[schemars(length(min = 1))]
    version: String,
    /// The codes, in the order Coda shows them.
    codes: Vec<CodeForm>,
    /// Where the scheme is explained.
    documentation: Option<DocumentationForm>,
    #[serde(flatten)]
    other_keys: Map<String, Value>,
}

/// Where a scheme is explained.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
#[schemars(rename = "Documentation")]
struct DocumentationForm {
    /// A link.
    #[serde(rename = "URI")]
    #[schemars(length(min = 1))]
    uri: String,
}

/// One code.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
#[schemars(rename = "Code")]
struct CodeForm {
    /// Id by which labels refer to the code, unique within the scheme.
    #[serde(rename = "CodeID")]
    code_id: CodeId,
    /// What the code speaks of.
    code_type: CodeTypeForm,
    /// State of the answer; needed when `CodeType` is `Control`.
    control_code: Option<String>,
    /// Kind of message, e.g. `greeting`; needed when `CodeType` is `Meta`.
    meta_code: Option<String>,
    /// Name shown to labellers.
    #[schemars(length(min = 1))]
    display_text: String,
    /// Key that chooses the code in Coda.
    #[schemars(length(min = 1, max = 1))]
    shortcut: Option<String>,
    /// The code as a number, unique within the scheme.
    numeric_value: i64,
    /// The code in CSV files and their headers, unique within the scheme.
    #[schemars(length(min = 1))]
    string_value: String,
    /// Whether labellers may choose the code.
    visible_in_coda: bool,
    /// Color of the code in Coda.
    #[schemars(length(min = 1))]
    color: Option<String>,
    /// What cleaners and plans call the code; each is unique within the scheme.
    #[schemars(with = "Option<Vec<MatchValue>>")]
    match_values: Option<Vec<String>>,
    #[serde(flatten)]
    other_keys: Map<String, Value>,
}

/// In the JSON Schema: a match value.
#[derive(JsonSchema)]
#[schemars(inline)]
struct MatchValue(
    #[schemars(length(min = 1))]
    #[expect(dead_code)]
    String,
);

/// What a code speaks of.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "CodeType")]
enum CodeTypeForm {
    /// The subject of the question.
    Normal,
    /// The state of the answer.
    Control,
    /// The kind of message.
    Meta,
}

impl SchemeForm {
    fn into_parts(self) -> (SchemeHead, Vec<CodeForm>) {
        let Self { scheme_id, name, version, codes, documentation, other_keys } = self;
        let documentation = documentation.map(|form| Documentation { uri: form.uri });
        (SchemeHead { scheme_id, name, version, documentation, other_keys }, codes)
    }
}

impl CodeForm {
    fn into_code(self, document: &Document, path: &JsonPath) -> Result<Code, Box<Problem>> {
        let code_type = self.checked_code_type(document, path)?;
        Ok(Code {
            code_id: self.code_id,
            code_type,
            display_text: self.display_text,
            numeric_value: self.numeric_value,
            string_value: self.string_value,
            visible_in_coda: self.visible_in_coda,
            shortcut: self.shortcut,
            color: self.color,
            match_values: self.match_values.unwrap_or_default(),
            other_keys: self.other_keys,
        })
    }

    fn checked_code_type(
        &self,
        document: &Document,
        path: &JsonPath,
    ) -> Result<CodeType, Box<Problem>> {
        let missing = |key: &str, code_type: &str| {
            let message = format!("missing key `{key}` in a code of type `{code_type}`");
            Box::new(document.error(path, message))
        };
        match self.code_type {
            CodeTypeForm::Normal => Ok(CodeType::Normal),
            CodeTypeForm::Control => match self.control_code.as_deref() {
                None | Some("") => Err(missing("ControlCode", "Control")),
                Some(text) => text.parse().map(CodeType::Control).map_err(|error| {
                    let problem = document.error(&path.key("ControlCode"), format!("{error}"));
                    Box::new(problem.hint(control_code_hint(text)))
                }),
            },
            CodeTypeForm::Meta => match self.meta_code.as_deref() {
                None | Some("") => Err(missing("MetaCode", "Meta")),
                Some(text) => Ok(CodeType::Meta(text.into())),
            },
        }
    }
}

fn control_code_hint(text: &str) -> String {
    match nearest(text, ControlCode::ALL.map(ControlCode::as_str)) {
        Some((name, true)) => format!("did you mean `{name}`?"),
        _ => {
            let names = ControlCode::ALL.map(|code| format!("`{code}`"));
            format!("control codes are {}", names.join(", "))
        }
    }
}

/// Values that only one code of a scheme may have and more than one has.
fn repeated_values(document: &Document, codes: &[CodeForm]) -> Vec<Problem> {
    let mut checker = Repetitions { document, seen: HashMap::new(), problems: Vec::new() };
    for (index, code) in codes.iter().enumerate() {
        let path = JsonPath::top().key("Codes").index(index);
        checker.see("code id", &code.code_id, path.key("CodeID"));
        checker.see("numeric value", &code.numeric_value, path.key("NumericValue"));
        checker.see("string value", &code.string_value, path.key("StringValue"));
        match (&code.code_type, &code.control_code, &code.meta_code) {
            (CodeTypeForm::Control, Some(text), _) => {
                checker.see("control code", text, path.key("ControlCode"));
            }
            (CodeTypeForm::Meta, _, Some(text)) => {
                checker.see("meta code", text, path.key("MetaCode"));
            }
            _ => {}
        }
        for (position, text) in code.match_values.iter().flatten().enumerate() {
            checker.see("match value", text, path.key("MatchValues").index(position));
        }
    }
    checker.problems
}

struct Repetitions<'a> {
    document: &'a Document,
    seen: HashMap<(&'static str, String), JsonPath>,
    problems: Vec<Problem>,
}

impl Repetitions<'_> {
    fn see(&mut self, what: &'static str, value: &impl fmt::Display, path: JsonPath) {
        let value = value.to_string();
        match self.seen.get(&(what, value.clone())) {
            Some(first) => {
                let message = format!("{what} `{value}` is also that of `{first}`");
                self.problems.push(self.document.error(&path, message));
            }
            None => {
                self.seen.insert((what, value), path);
            }
        }
    }
}

pub(crate) fn to_json(scheme: &CodeScheme) -> Value {
    let mut object = Map::new();
    object.insert("SchemeID".to_string(), json!(scheme.scheme_id));
    object.insert("Name".to_string(), json!(scheme.name));
    object.insert("Version".to_string(), json!(scheme.version));
    object.insert("Codes".to_string(), scheme.codes().iter().map(code_to_json).collect());
    if let Some(documentation) = &scheme.documentation {
        object.insert("Documentation".to_string(), json!({ "URI": documentation.uri }));
    }
    object.extend(scheme.other_keys.clone());
    Value::Object(object)
}

fn code_to_json(code: &Code) -> Value {
    let mut object = Map::new();
    let mut insert = |key: &str, value: Value| object.insert(key.to_string(), value);
    insert("CodeID", json!(code.code_id));
    match &code.code_type {
        CodeType::Normal => insert("CodeType", json!("Normal")),
        CodeType::Control(control_code) => {
            insert("CodeType", json!("Control"));
            insert("ControlCode", json!(control_code.as_str()))
        }
        CodeType::Meta(meta_code) => {
            insert("CodeType", json!("Meta"));
            insert("MetaCode", json!(meta_code))
        }
    };
    insert("DisplayText", json!(code.display_text));
    if let Some(shortcut) = &code.shortcut {
        insert("Shortcut", json!(shortcut));
    }
    insert("NumericValue", json!(code.numeric_value));
    insert("StringValue", json!(code.string_value));
    insert("VisibleInCoda", json!(code.visible_in_coda));
    if let Some(color) = &code.color {
        insert("Color", json!(color));
    }
    if !code.match_values.is_empty() {
        insert("MatchValues", json!(code.match_values));
    }
    object.extend(code.other_keys.clone());
    Value::Object(object)
}

#[cfg(test)]
mod tests;
