//! What a coder gave: an export of Coda, or a CSV file with a column of codes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use code_schemes::{CodaMessage, CodeScheme, MANUALLY_UNCODED, MessagesFileError};
use data_root::FileError;

use super::Coder;

/// Which columns of a CSV file hold what.
#[derive(Debug, Clone)]
pub struct CsvColumns {
    /// The message ids; `None`: the first column.
    pub id: Option<String>,
    /// The codes.
    pub codes: String,
    /// What stands between the codes of one message.
    pub separator: String,
}

/// The name of the one scheme of a CSV file.
const SCHEME_OF_CSV: &str = "codes";

/// Reads the file of one coder: JSON is an export of Coda, anything else is CSV.
///
/// Of a Coda export the latest label of each scheme counts, and only where a person confirmed it;
/// schemes that are duplicates of one of `schemes` count as that one. In a CSV file a message whose
/// cell is empty was not coded.
///
/// # Errors
///
/// [`CoderFileError`] with the file, and the line or the message.
pub fn read_coder(
    path: &Path,
    schemes: &[CodeScheme],
    columns: &CsvColumns,
) -> Result<Coder, CoderFileError> {
    let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let mut coder = Coder { name, codes: BTreeMap::new(), texts: BTreeMap::new() };
    if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json")) {
        for message in code_schemes::read_messages(path)? {
            add_message(&mut coder, path, schemes, message)?;
        }
    } else {
        add_csv(&mut coder, path, &data_root::read_to_string(path)?, columns)?;
    }
    Ok(coder)
}

fn add_message(
    coder: &mut Coder,
    path: &Path,
    schemes: &[CodeScheme],
    message: CodaMessage,
) -> Result<(), CoderFileError> {
    let mut latest: BTreeSet<&str> = BTreeSet::new();
    let mut by_scheme: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for label in &message.labels {
        // Newest first: a later label of the same scheme takes the place of this one.
        let is_latest = latest.insert(label.scheme_id.as_str());
        let is_given = label.checked == Some(true) && label.code_id.as_str() != MANUALLY_UNCODED;
        if !is_latest || !is_given {
            continue;
        }
        let scheme = schemes.iter().find(|scheme| scheme.owns(label.scheme_id.as_str()));
        if !schemes.is_empty() && scheme.is_none() {
            continue;
        }
        let code = scheme.and_then(|scheme| scheme.code(label.code_id.as_str()));
        let code = code.map_or(label.code_id.as_str(), |code| &code.string_value);
        let scheme = scheme.map_or(label.scheme_id.as_str(), |scheme| scheme.scheme_id.as_str());
        by_scheme.entry(scheme.to_owned()).or_default().insert(code.to_owned());
    }
    let id = message.message_id.as_str().to_owned();
    if coder.codes.insert(id.clone(), by_scheme).is_some() {
        return Err(CoderFileError::Twice { path: path.to_owned(), message_id: id });
    }
    coder.texts.insert(id, message.text);
    Ok(())
}

fn add_csv(
    coder: &mut Coder,
    path: &Path,
    text: &str,
    columns: &CsvColumns,
) -> Result<(), CoderFileError> {
    let not_csv = |source| CoderFileError::NotCsv { path: path.to_owned(), source };
    let mut reader = csv::Reader::from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    let headers = reader.headers().map_err(not_csv)?.clone();
    let place_of = |column: &str| {
        let place = headers.iter().position(|header| header == column);
        place.ok_or_else(|| CoderFileError::NoColumn {
            path: path.to_owned(),
            column: column.to_owned(),
            columns: headers.iter().map(str::to_owned).collect(),
        })
    };
    let id = columns.id.as_deref().map_or(Ok(0), place_of)?;
    let codes = place_of(&columns.codes)?;
    // The text is for the list of disagreements: the first column that is neither.
    let text = (0..headers.len()).find(|place| *place != id && *place != codes);
    for record in reader.records() {
        let record = record.map_err(not_csv)?;
        let cell = |place: usize| record.get(place).unwrap_or_default().trim();
        let given: BTreeSet<String> = cell(codes)
            .split(&columns.separator)
            .map(str::trim)
            .filter(|code| !code.is_empty())
            .map(str::to_owned)
            .collect();
        let by_scheme = match given.is_empty() {
            true => BTreeMap::new(),
            false => BTreeMap::from([(SCHEME_OF_CSV.to_owned(), given)]),
        };
        let id = cell(id).to_owned();
        if let Some(text) = text {
            coder.texts.insert(id.clone(), cell(text).to_owned());
        }
        if coder.codes.insert(id.clone(), by_scheme).is_some() {
            return Err(CoderFileError::Twice { path: path.to_owned(), message_id: id });
        }
    }
    Ok(())
}

/// The file of a coder cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CoderFileError {
    /// It is not an export of Coda.
    #[error(transparent)]
    Messages(#[from] MessagesFileError),
    /// It cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// It is not CSV.
    #[error("`{}` is not CSV", .path.display())]
    NotCsv {
        /// The file.
        path: PathBuf,
        /// Why.
        source: csv::Error,
    },
    /// A column is missing.
    #[error("`{}` has no column `{column}`; it has {}", .path.display(), quoted(.columns))]
    NoColumn {
        /// The file.
        path: PathBuf,
        /// The column.
        column: String,
        /// The columns that there are.
        columns: Vec<String>,
    },
    /// A message is there twice.
    #[error("`{}` has the message `{message_id}` twice", .path.display())]
    Twice {
        /// The file.
        path: PathBuf,
        /// The message.
        message_id: String,
    },
}

fn quoted(names: &[String]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

impl CoderFileError {
    /// What the operator can try.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Messages(_) => Some(
                "a `.json` file is an export of Coda, such as `Coded Coda Files/<dataset>.json`"
                    .to_owned(),
            ),
            Self::File(error) => error.hint(),
            Self::NotCsv { .. } => None,
            Self::NoColumn { .. } => {
                Some("name the columns with `--code-column` and `--id-column`".to_owned())
            }
            Self::Twice { .. } => Some(
                "each message may stand in a file once; name its ids with `--id-column`".to_owned(),
            ),
        }
    }
}
