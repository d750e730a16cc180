//! `verify` and `show`.

use std::io::Write;
use std::path::{Path, PathBuf};

use traced_data::{JsonlReader, Key, ReadError, TracedData, Value};

use crate::select::{Condition, for_each};

/// Reads every object of the files, which verifies its chain; gives what is wrong with files.
pub(crate) fn verify(files: &[PathBuf], out: &mut impl Write) -> anyhow::Result<Vec<ReadError>> {
    let mut errors = Vec::new();
    for file in files {
        match verify_file(file) {
            Ok((n_objects, n_updates)) => writeln!(
                out,
                "{}: {}, {}, all verified",
                file.display(),
                counted(n_objects, "object"),
                counted(n_updates, "update")
            )?,
            Err(error) => {
                writeln!(out, "{}: NOT GOOD", file.display())?;
                errors.push(error);
            }
        }
    }
    Ok(errors)
}

fn verify_file(file: &Path) -> Result<(usize, usize), ReadError> {
    let (mut n_objects, mut n_updates) = (0, 0);
    for batch in JsonlReader::open(file)? {
        let batch = batch?;
        n_objects += batch.len();
        n_updates += batch.iter().map(|object| object.updates().count()).sum::<usize>();
    }
    Ok((n_objects, n_updates))
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
        let n_updates = counted(object.history().updates().count(), "update");
        writeln!(out, "line {line}{}, {n_updates}", name(&object))?;
        for (key, value) in object.sorted_items() {
            if keys.is_empty() || keys.contains(&key) {
                writeln!(out, "  {key}: {}", describe(Some(value)))?;
            }
        }
        for key in keys.iter().filter(|key| !object.contains(**key)) {
            writeln!(out, "  {key}: {}", describe(None))?;
        }
        Ok(())
    })
}

/// The person of an object, to go after its line number.
pub(crate) fn name(object: &TracedData) -> String {
    object.text(Key::new("uid")).map_or(String::new(), |uid| format!(" ({uid})"))
}

/// A number with its noun.
pub(crate) fn counted(n: usize, noun: &str) -> String {
    format!("{n} {noun}{}", if n == 1 { "" } else { "s" })
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
            let origin = value.member(Key::new("Origin"));
            let by = origin.and_then(|origin| origin.member(Key::new("OriginID")));
            let by = by.map_or(String::new(), |by| format!(" by {}", by.to_cell()));
            match (value.member(Key::new("Checked")), member("DateTimeUTC")) {
                (Some(Value::Bool(true)), Some(when)) => {
                    format!("{code} of {scheme} (checked{by}, {when})")
                }
                (Some(Value::Bool(true)), None) => format!("{code} of {scheme} (checked{by})"),
                _ => format!("{code} of {scheme} (unchecked{by})"),
            }
        }
        (Value::String(text), ..) => format!("{text:?}"),
        _ => value.to_cell().into_owned(),
    }
}
