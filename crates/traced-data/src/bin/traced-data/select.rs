//! Which objects of a file a command is about.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use traced_data::{JsonlReader, Key, TracedData};

/// A key and the value that it must have.
#[derive(Clone, Debug)]
pub(crate) struct Condition {
    key: Key,
    value: String,
}

impl FromStr for Condition {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once('=') {
            Some((key, value)) if !key.is_empty() => {
                Ok(Self { key: Key::new(key), value: value.to_owned() })
            }
            _ => Err("expected `KEY=VALUE`, for example `uid=avf-phone-uuid-1c…`".to_owned()),
        }
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "`{}={}`", self.key, self.value)
    }
}

/// No object fulfils the conditions.
#[derive(Debug, thiserror::Error)]
#[error("no object in `{}` has {}", .file.display(), .conditions.join(" and "))]
pub(crate) struct NoneFound {
    file: PathBuf,
    conditions: Vec<String>,
}

impl NoneFound {
    /// What the user can try.
    pub(crate) fn hint(&self) -> String {
        "the whole value must be the same; `traced-data show <file>` shows keys and values"
            .to_owned()
    }
}

impl Condition {
    fn holds(&self, object: &TracedData) -> bool {
        object.get(self.key).is_some_and(|value| value.to_cell() == self.value.as_str())
    }
}

/// Calls `action` with each object of `file` that fulfils all conditions, and its line number.
///
/// # Errors
///
/// When the file cannot be read, `action` fails, or no object fulfils the conditions.
pub(crate) fn for_each(
    file: &Path,
    conditions: &[Condition],
    mut action: impl FnMut(u64, TracedData) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let (mut line, mut n_found) = (0, 0);
    for batch in JsonlReader::open(file)? {
        for history in batch? {
            line += 1;
            let object = TracedData::from(history);
            if conditions.iter().all(|condition| condition.holds(&object)) {
                n_found += 1;
                action(line, object)?;
            }
        }
    }
    if n_found == 0 && !conditions.is_empty() {
        let conditions: Vec<String> = conditions.iter().map(Condition::to_string).collect();
        return Err(NoneFound { file: file.to_owned(), conditions }.into());
    }
    Ok(())
}
