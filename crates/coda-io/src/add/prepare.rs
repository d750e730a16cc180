//! Makes a dataset whole before messages come: its document, its users, its code schemes, in every
//! segment.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use code_schemes::CodeScheme;
use google_services::DocumentDatabase;
use google_services::documents::{Change, Document, Fields, Reads, Selection, Value, Write};

use crate::add::{AddOptions, Added, NewDataset};
use crate::dataset::{Outline, Segment};
use crate::error::Doing;
use crate::schemes::Schemes;
use crate::transaction::transact;
use crate::{CodaError, Dataset};

/// A scheme of the project, for a dataset.
#[derive(Debug, Clone)]
pub struct ProjectScheme {
    /// The scheme.
    pub scheme: Arc<CodeScheme>,
    /// How many further copies Coda has of it, called `<SchemeID>-1` and so on: labellers give one
    /// code of each, and so several codes to one message.
    pub n_copies: usize,
}

/// What happens to schemes that Coda has differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UpdateSchemes {
    /// They are reported.
    Report,
    /// They are replaced by the project's, unless codes would go that labels can have.
    Write,
}

/// A scheme that Coda has differently.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchemeDifference {
    /// The scheme.
    pub scheme_id: String,
    /// Codes that Coda's scheme has and the project's does not.
    pub lost_codes: Vec<String>,
}

/// What happens to a dataset that Coda does not know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum IfUnknown {
    /// It is made.
    Make,
    /// Nothing.
    Leave,
}

/// Makes what the dataset lacks, and gives its schemes.
pub(super) fn prepare(
    database: &dyn DocumentDatabase,
    dataset: &Dataset,
    options: &AddOptions<'_>,
    if_unknown: IfUnknown,
    added: &mut Added,
) -> Result<Schemes, CodaError> {
    let wanted = wanted_schemes(options.schemes);
    let done = transact(database, dataset, |reads| {
        let outline = Outline::read(reads, dataset)?;
        if !outline.is_known() && if_unknown == IfUnknown::Leave {
            return Ok((Vec::new(), Prepared::default()));
        }
        let mut prepared = Prepared::default();
        let mut writes = Vec::new();
        let users = outline.users().cloned().unwrap_or_else(|| users(options.users));
        let existing = read_schemes(reads, dataset, &outline)?;
        let all = all_schemes(&wanted, &existing);
        for ((segment, document), existing) in
            outline.segments.iter().zip(&outline.documents).zip(&existing)
        {
            if document.is_none() {
                let fields = Fields::from([("users".to_owned(), users.clone())]);
                let change = Change::Create(fields.into());
                writes.push(Write { path: segment.path.clone(), change });
            }
            prepared.scheme_writes(segment, existing, &all, &wanted, options, &mut writes)?;
        }
        prepared.new_dataset = (!outline.is_known())
            .then(|| NewDataset { n_users: users.as_array().unwrap_or_default().len() });
        let existing = existing.iter().flatten().map(|it| (it.path.id(), &it.fields));
        let all = all.iter().map(|(id, fields)| (id.as_str(), fields));
        // What Coda has counts more: it may have codes that the project does not know.
        prepared.schemes = Schemes::of_fields(all.chain(existing));
        Ok((writes, prepared))
    })?;
    added.new_dataset = done.new_dataset;
    added.n_new_schemes = done.n_new;
    added.n_updated_schemes = done.n_updated;
    added.scheme_differences = done.differences.into_values().collect();
    Ok(done.schemes)
}

#[derive(Default)]
struct Prepared {
    new_dataset: Option<NewDataset>,
    n_new: usize,
    n_updated: usize,
    /// By scheme id.
    differences: BTreeMap<String, SchemeDifference>,
    schemes: Schemes,
}

impl Prepared {
    /// Adds what makes the schemes of one segment complete.
    fn scheme_writes(
        &mut self,
        segment: &Segment,
        existing: &[Document],
        all: &BTreeMap<String, Fields>,
        wanted: &BTreeMap<String, Fields>,
        options: &AddOptions<'_>,
        writes: &mut Vec<Write>,
    ) -> Result<(), CodaError> {
        for (scheme_id, fields) in all {
            let path = segment.code_schemes().document(scheme_id)?;
            let found = existing.iter().find(|document| document.path.id() == scheme_id);
            let Some(found) = found else {
                self.n_new += 1;
                writes.push(Write { path, change: Change::Create(fields.clone().into()) });
                continue;
            };
            if !wanted.contains_key(scheme_id) || is_same_scheme(&found.fields, fields) {
                continue;
            }
            let lost_codes = lost_codes(&found.fields, fields);
            if options.update_schemes == UpdateSchemes::Write && lost_codes.is_empty() {
                self.n_updated += 1;
                writes.push(Write { path, change: Change::Replace(fields.clone().into()) });
            } else {
                let scheme_id = scheme_id.clone();
                let difference = SchemeDifference { scheme_id: scheme_id.clone(), lost_codes };
                self.differences.insert(scheme_id, difference);
            }
        }
        Ok(())
    }
}

impl fmt::Display for SchemeDifference {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { scheme_id, lost_codes } = self;
        match lost_codes.is_empty() {
            true => write!(out, "`{scheme_id}`"),
            false => write!(
                out,
                "`{scheme_id}` (only Coda has its codes `{}`, which labels may have)",
                lost_codes.join("`, `")
            ),
        }
    }
}

/// The documents of the schemes in each segment.
fn read_schemes(
    reads: &dyn Reads,
    dataset: &Dataset,
    outline: &Outline,
) -> Result<Vec<Vec<Document>>, CodaError> {
    let read = |segment: &Segment| reads.all(&segment.code_schemes(), Selection::AllFields);
    let documents: Result<_, _> = outline.segments.iter().map(read).collect();
    documents.map_err(Doing::Reading.at(dataset))
}

/// The project's schemes and their copies, as documents, by id.
fn wanted_schemes(schemes: &[ProjectScheme]) -> BTreeMap<String, Fields> {
    let mut wanted = BTreeMap::new();
    for ProjectScheme { scheme, n_copies } in schemes {
        let Value::Map(fields) = Value::from_plain_json(&scheme.to_json()) else { continue };
        for number in 0..=*n_copies {
            let id = match number {
                0 => scheme.scheme_id.to_string(),
                number => format!("{}-{number}", scheme.scheme_id),
            };
            let mut fields = fields.clone();
            fields.insert("SchemeID".to_owned(), Value::from(id.as_str()));
            wanted.insert(id, fields);
        }
    }
    wanted
}

/// The schemes that every segment should have: the project's, and what any segment has.
fn all_schemes(
    wanted: &BTreeMap<String, Fields>,
    existing: &[Vec<Document>],
) -> BTreeMap<String, Fields> {
    let mut all = wanted.clone();
    for document in existing.iter().flatten() {
        let id = document.path.id().to_owned();
        all.entry(id).or_insert_with(|| document.fields.clone());
    }
    all
}

fn users(users: &[String]) -> Value {
    Value::Array(users.iter().map(|user| Value::from(user.as_str())).collect())
}

/// Whether two schemes say the same; other programs write whole numbers as doubles.
fn is_same_scheme(one: &Fields, other: &Fields) -> bool {
    one.keys().eq(other.keys()) && one.values().zip(other.values()).all(|(a, b)| is_same(a, b))
}

fn is_same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Map(one), Value::Map(other)) => is_same_scheme(one, other),
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(a, b)| is_same(a, b))
        }
        (one, other) => {
            one == other || one.as_integer().is_some() && one.as_integer() == other.as_integer()
        }
    }
}

/// The codes that only the first of two schemes has.
fn lost_codes(coda: &Fields, project: &Fields) -> Vec<String> {
    let ids = |scheme: &Fields| -> Vec<String> {
        let codes = scheme.get("Codes").and_then(Value::as_array).unwrap_or_default();
        let ids = codes.iter().filter_map(|code| code.as_map()?.get("CodeID")?.as_str());
        ids.map(str::to_owned).collect()
    };
    let kept = ids(project);
    ids(coda).into_iter().filter(|id| !kept.contains(id)).collect()
}
