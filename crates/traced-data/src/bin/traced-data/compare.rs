//! `diff`: what changed between two runs.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::Write;
use std::path::Path;

use traced_data::{History, Key, Sha, TracedData, Value};

use crate::look::{counted, describe, name};
use crate::select::for_each;

/// An object, whatever later steps made of it: the SHA of its first update, and its number among
/// those that began with the same update.
type Identity = (Sha, usize);

/// Writes which objects appeared, vanished or changed, then how often each key changed; gives
/// whether anything changed.
pub(crate) fn diff(
    old: &Path,
    new: &Path,
    summary: bool,
    out: &mut impl Write,
) -> anyhow::Result<bool> {
    let mut old_objects: HashMap<Identity, (u64, TracedData)> = HashMap::new();
    let mut n_seen = HashMap::new();
    for_each(old, &[], |line, object| {
        old_objects.insert(identity(&mut n_seen, object.history()), (line, object));
        Ok(())
    })?;
    let mut changes_by_key: BTreeMap<Key, usize> = BTreeMap::new();
    let (mut n_new, mut n_in_both, mut n_changed) = (0_usize, 0_usize, 0_usize);
    n_seen.clear();
    for_each(new, &[], |line, object| {
        let Some((_, before)) = old_objects.remove(&identity(&mut n_seen, object.history())) else {
            n_new += 1;
            if !summary {
                writeln!(out, "new: line {line}{}", name(&object))?;
            }
            return Ok(());
        };
        let changed = changed_keys(&before, &object);
        n_in_both += 1;
        n_changed += usize::from(!changed.is_empty());
        if !changed.is_empty() && !summary {
            writeln!(out, "changed: line {line}{}", name(&object))?;
        }
        for key in changed {
            *changes_by_key.entry(key).or_default() += 1;
            if !summary {
                let (from, to) = (describe(before.get(key)), describe(object.get(key)));
                writeln!(out, "    {key}: {from} -> {to}")?;
            }
        }
        Ok(())
    })?;
    let mut gone: Vec<(u64, TracedData)> = old_objects.into_values().collect();
    gone.sort_by_key(|(line, _)| *line);
    if !summary {
        for (line, object) in &gone {
            writeln!(out, "gone: line {line}{} of the old file", name(object))?;
        }
    }
    let n_gone = gone.len();
    writeln!(
        out,
        "{} in both files, {n_changed} of them changed; {n_new} new, {n_gone} gone",
        counted(n_in_both, "object")
    )?;
    for (key, n_objects) in changes_by_key {
        writeln!(out, "  {key}: changed in {}", counted(n_objects, "object"))?;
    }
    Ok(0 < n_new + n_changed + n_gone)
}

fn identity(n_seen: &mut HashMap<Sha, usize>, history: &History) -> Identity {
    let first = history.updates().last().unwrap_or_else(|| history.newest());
    let number = n_seen.entry(first.sha()).or_default();
    *number += 1;
    (first.sha(), *number)
}

fn changed_keys(before: &TracedData, after: &TracedData) -> BTreeSet<Key> {
    let keys = before.keys().chain(after.keys());
    let value = |object: &TracedData, key| object.get(key).map(without_clock);
    keys.filter(|key| value(before, *key) != value(after, *key)).collect()
}

/// The value without the time at which a label was given, which differs from run to run.
fn without_clock(value: &Value) -> Value {
    match value {
        Value::Array(items) => Value::Array(items.iter().map(without_clock).collect()),
        Value::Object(object) if value.member(Key::new("CodeID")).is_some() => {
            let kept = object.pairs().iter().filter(|(key, _)| key.as_str() != "DateTimeUTC");
            Value::object(kept.cloned())
        }
        _ => value.clone(),
    }
}
