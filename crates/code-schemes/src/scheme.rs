//! A code scheme and the ways to find a code in it.

use std::path::Path;

use rustc_hash::FxHashMap;
use serde_json::{Map, Value};

use crate::scheme_file::{self, SchemeFileError};
use crate::{Code, CodeId, CodeType, ControlCode, SchemeId};

/// The codes that one question can have as answers.
#[derive(Debug, Clone)]
pub struct CodeScheme {
    /// The id by which labels refer to the scheme.
    pub scheme_id: SchemeId,
    /// The name shown in Coda.
    pub name: String,
    /// The version, e.g. `0.0.0.1`.
    pub version: String,
    /// Where the scheme is explained.
    pub documentation: Option<Documentation>,
    /// Keys of the file that the pipeline does not know, kept for Coda.
    pub other_keys: Map<String, Value>,
    codes: Vec<Code>,
    index: Index,
}

/// Where a scheme is explained.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Documentation {
    /// A link, e.g. to a codebook.
    pub uri: String,
}

impl CodeScheme {
    /// Reads and checks the scheme in the file at `path`.
    ///
    /// # Errors
    ///
    /// [`SchemeFileError`] with all problems of the file together.
    pub fn read(path: &Path) -> Result<CodeScheme, SchemeFileError> {
        scheme_file::read(path)
    }

    /// Reads and checks the scheme in `text`; `path` is only named in errors.
    ///
    /// # Errors
    ///
    /// [`SchemeFileError`] with all problems of the text together.
    pub fn parse(path: &Path, text: &str) -> Result<CodeScheme, SchemeFileError> {
        scheme_file::parse(path, text)
    }

    /// The codes in the order of the file.
    pub fn codes(&self) -> &[Code] {
        &self.codes
    }

    /// The code with this id, in constant time.
    pub fn code(&self, id: &str) -> Option<&Code> {
        self.index.ids.get(id).map(|&position| &self.codes[position])
    }

    /// The code for this state of an answer, if the scheme has it.
    pub fn control(&self, code: ControlCode) -> Option<&Code> {
        let code_type = CodeType::Control(code);
        self.index.types.get(&code_type).map(|&position| &self.codes[position])
    }

    /// The code for this kind of message, e.g. `greeting`, if the scheme has it.
    pub fn meta(&self, meta_code: &str) -> Option<&Code> {
        let code_type = CodeType::Meta(meta_code.into());
        self.index.types.get(&code_type).map(|&position| &self.codes[position])
    }

    /// The code that a cleaner or a plan calls `match_value`, if the scheme has it.
    pub fn matching(&self, match_value: &str) -> Option<&Code> {
        self.index.match_values.get(match_value).map(|&position| &self.codes[position])
    }

    /// Whether a label with this scheme id belongs to the scheme.
    ///
    /// Coda duplicates schemes so that a message can have several labels of one: `Scheme-x` owns
    /// the labels of `Scheme-x-1`, `Scheme-x-2`. As in the original, any id that starts with the
    /// scheme's own counts.
    pub fn owns(&self, scheme_id: &str) -> bool {
        scheme_id.starts_with(self.scheme_id.as_str())
    }

    /// The scheme as its file would have it, keys the pipeline does not know included.
    pub fn to_json(&self) -> Value {
        scheme_file::to_json(self)
    }

    /// Puts a scheme together; of codes that share a name, the first is found by it.
    pub(crate) fn new(head: SchemeHead, codes: Vec<Code>) -> CodeScheme {
        let SchemeHead { scheme_id, name, version, documentation, other_keys } = head;
        let index = Index::of(&codes);
        CodeScheme { scheme_id, name, version, documentation, other_keys, codes, index }
    }
}

impl PartialEq for CodeScheme {
    fn eq(&self, other: &Self) -> bool {
        self.to_json() == other.to_json()
    }
}

/// All of a scheme but its codes.
pub(crate) struct SchemeHead {
    pub(crate) scheme_id: SchemeId,
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) documentation: Option<Documentation>,
    pub(crate) other_keys: Map<String, Value>,
}

/// Positions of codes by what they are looked up with.
#[derive(Debug, Clone, Default)]
struct Index {
    ids: FxHashMap<CodeId, usize>,
    types: FxHashMap<CodeType, usize>,
    match_values: FxHashMap<String, usize>,
}

impl Index {
    fn of(codes: &[Code]) -> Index {
        let mut index = Index::default();
        for (position, code) in codes.iter().enumerate() {
            index.ids.entry(code.code_id.clone()).or_insert(position);
            if !code.is_normal() {
                index.types.entry(code.code_type.clone()).or_insert(position);
            }
            for match_value in &code.match_values {
                index.match_values.entry(match_value.clone()).or_insert(position);
            }
        }
        index
    }
}
