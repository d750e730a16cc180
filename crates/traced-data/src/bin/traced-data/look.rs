//! `verify`, `show`, `history`.

use std::io::Write;
use std::path::{Path, PathBuf};

use traced_data::{JsonlReader, Key, Value};

use crate::select::{Condition, for_each};

/// Reads every object of the files, which verifies its chain.
pub(crate) fn verify(files: &[PathBuf], out: &mut impl Write) -> anyhow::Result<()> {
    for file in files {
        let (mut n_objects, mut n_updates) = (0, 0);
        for batch in JsonlReader::open(file)? {
            let batch = batch?;
            n_objects += batch.len();
            n_updates += batch.iter().map(|object| object.updates().count()).sum::<usize>();
        }
        writeln!(
            out,
            "{}: {n_objects} objects, {n_updates} updates, all verified",
            file.display()
        )?;
    }
    Ok(())
}

/// Writes the latest values of objects.
pub(crate) fn show(
    file: &Path,
    conditions: &[Condition],
    keys: &[String],
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let keys: Vec<Key> = keys.iter().map(Key::from).collect();
    for_each(file, conditions, |line, object| {
        writeln!(out, "line {line}, {} updates", object.history().updates().count())?;
        for (key, value) in object.sorted_items() {
            if keys.is_empty() || keys.contains(&key) {
                writeln!(out, "  {key}: {}", describe(Some(value)))?;
            }
        }
        Ok(())
    })
}

/// Writes the changes of keys, oldest first.
pub(crate) fn history(
    file: &Path,
    conditions: &[Condition],
    keys: &[String],
    out: &mut impl Write,
) -> anyhow::Result<()> {
    for_each(file, conditions, |line, object| {
        writeln!(out, "line {line}")?;
        for key in keys {
            let changes = object.history().of_key(Key::from(key));
            if changes.is_empty() {
                writeln!(out, "  {key}: never set")?;
            }
            let mut before = None;
            for change in changes {
                let metadata = change.metadata;
                let when = metadata.timestamp().to_cell();
                let (from, to) = (describe(before), describe(change.value));
                writeln!(out, "  {when}  {}  {}", metadata.user(), metadata.source())?;
                writeln!(out, "      {key}: {from} -> {to}")?;
                before = change.value;
            }
        }
        Ok(())
    })
}

/// A value in one line; of a label, what matters of it.
pub(crate) fn describe(value: Option<&Value>) -> String {
    let Some(value) = value else { return "(not set)".to_owned() };
    let member = |key| Some(value.member(Key::new(key))?.to_cell().into_owned());
    match (value, member("CodeID"), member("SchemeID")) {
        (Value::Array(items), ..) => {
            let items: Vec<String> = items.iter().map(|item| describe(Some(item))).collect();
            format!("[{}]", items.join(", "))
        }
        (_, Some(code), Some(scheme)) => {
            let checked = match value.member(Key::new("Checked")) {
                Some(Value::Bool(true)) => "checked",
                _ => "unchecked",
            };
            let origin = value.member(Key::new("Origin"));
            let by = origin.and_then(|origin| origin.member(Key::new("OriginID")));
            let by = by.map_or(String::new(), |by| format!(", by {}", by.to_cell()));
            format!("{code} of {scheme} ({checked}{by})")
        }
        (Value::String(text), ..) => format!("{text:?}"),
        _ => value.to_cell().into_owned(),
    }
}
