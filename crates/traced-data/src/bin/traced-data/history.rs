//! `history`: who changed a key, when, in which step.

use std::collections::HashMap;
use std::io::Write;
use std::path::Path;

use traced_data::{History, Key, TOMBSTONE, TracedData, Update, Value};

use crate::look::{describe, name};
use crate::select::{Condition, for_each};

/// Writes the changes of keys, oldest first.
pub(crate) fn history(
    file: &Path,
    conditions: &[Condition],
    keys: &[String],
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let keys: Vec<Key> = keys.iter().map(Key::from).collect();
    for_each(file, conditions, |line, object| {
        writeln!(out, "line {line}{}", name(&object))?;
        write_changes(object.history(), &keys, "  ", out)?;
        for key in keys.iter().filter(|key| object.history().of_key(**key).is_empty()) {
            writeln!(out, "  {key}: never set")?;
        }
        Ok(())
    })
}

/// Writes the changes of one object and, further to the right, of those that were joined to it.
fn write_changes(
    history: &History,
    keys: &[Key],
    indent: &str,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let mut latest: Latest = HashMap::new();
    let mut updates: Vec<&Update> = history.updates().collect();
    updates.reverse();
    for update in updates {
        let has_changes = |object: &History| keys.iter().any(|key| !object.of_key(*key).is_empty());
        let joined = || update.nested().iter().filter(|(_, object)| has_changes(object));
        let changed = || update.data().iter().filter(|(key, _)| keys.contains(key));
        if joined().next().is_some() || changed().next().is_some() {
            let metadata = update.metadata();
            let when = metadata.timestamp().to_cell();
            writeln!(out, "{indent}{when}  {}  {}", metadata.user(), metadata.source())?;
        }
        for (place, object) in joined() {
            writeln!(out, "{indent}    joined `{place}`, with its own history:")?;
            write_changes(object, keys, &format!("{indent}      "), out)?;
        }
        for (_, object) in update.nested() {
            add_values_of(object, &mut latest);
        }
        for (key, value) in changed() {
            let from = describe(latest.get(key));
            let to = if is_hidden(value) { "(hidden)".to_owned() } else { describe(Some(value)) };
            let whence = whence(&latest, update, *key, value);
            writeln!(out, "{indent}    {key}: {from} -> {to}{whence}")?;
        }
        apply(update, &mut latest);
    }
    Ok(())
}

/// The values before an update.
type Latest = HashMap<Key, Value>;

/// The object's own values stay, so that a change shows what they were before it.
fn add_values_of(nested: &History, latest: &mut Latest) {
    let nested = TracedData::from(nested.clone());
    for (key, value) in nested.sorted_items() {
        latest.entry(key).or_insert_with(|| value.clone());
    }
}

/// Where a value came from, or went to when it was hidden, as far as equal values tell.
fn whence(latest: &Latest, update: &Update, key: Key, value: &Value) -> String {
    let others = || update.data().iter().filter(|(other, _)| *other != key);
    if is_hidden(value) {
        let Some(lost) = latest.get(&key) else { return String::new() };
        return list(
            ", now in ",
            others().filter(|(_, gained)| gained == lost).map(|(key, _)| *key),
        );
    }
    let lost = |other: &Key| latest.get(other) == Some(value);
    let sources = others().filter(|(other, gained)| is_hidden(gained) && lost(other));
    let taken = list(", taken from ", sources.map(|(key, _)| *key));
    if !taken.is_empty() || !is_text(value) {
        return taken;
    }
    list(", same as ", latest.keys().copied().filter(lost))
}

/// The keys in order, when there are a few; more say nothing.
fn list(introduction: &str, keys: impl Iterator<Item = Key>) -> String {
    let mut keys: Vec<Key> = keys.collect();
    keys.sort();
    match keys.len() {
        1..=3 => {
            let names: Vec<String> = keys.iter().map(|key| format!("`{key}`")).collect();
            format!("{introduction}{}", names.join(" and "))
        }
        _ => String::new(),
    }
}

fn apply(update: &Update, latest: &mut Latest) {
    for (key, value) in update.data() {
        match is_hidden(value) {
            true => latest.remove(key),
            false => latest.insert(*key, value.clone()),
        };
    }
}

fn is_hidden(value: &Value) -> bool {
    value.as_str() == Some(TOMBSTONE)
}

fn is_text(value: &Value) -> bool {
    value.as_str().is_some_and(|text| !text.is_empty())
}
