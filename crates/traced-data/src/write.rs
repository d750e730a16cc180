//! Writing the JSONL form, on all cores, each byte once and in order.

use std::io::{self, Write};
use std::sync::mpsc::sync_channel;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rayon::prelude::*;

use crate::history::write_sha;
use crate::value::{write_pairs, write_string, write_value};
use crate::{History, Update};

/// How many lines one task makes.
const LINES_PER_TASK: usize = 4;

/// Buffers that grew beyond this, for a person with very many messages, are not kept.
const SPARE_BYTES: usize = 1 << 20;

/// What a buffer has at first.
const FIRST_BYTES: usize = 64 << 10;

/// Traced data could not be written.
#[derive(Debug, thiserror::Error)]
#[error("could not write traced data")]
pub struct WriteError(#[from] pub io::Error);

/// Writes objects as lines, in the order given.
///
/// # Errors
///
/// [`WriteError`] when `out` fails.
pub fn write_jsonl(objects: &[History], out: &mut (impl Write + Send)) -> Result<(), WriteError> {
    let objects = objects.iter().map(Ok::<&History, io::Error>);
    let serialize = |object: &&History, line: &mut Vec<u8>| {
        serialize_line(object, line);
        Ok(())
    };
    Ok(write_lines(objects, serialize, out)?)
}

/// Writes the lines that `serialize` appends for each of `items`, in their order.
///
/// Serialising runs on all cores while the finished part is being written; memory in use is a few
/// batches, however many items there are.
///
/// # Errors
///
/// The first error of `items`, `serialize` or `out`.
pub fn write_lines<T: Send + Sync>(
    mut items: impl Iterator<Item = io::Result<T>>,
    serialize: impl Fn(&T, &mut Vec<u8>) -> io::Result<()> + Sync,
    out: &mut (impl Write + Send),
) -> io::Result<()> {
    let n_tasks = 2 * rayon::current_num_threads();
    let (sender, receiver) = sync_channel::<Vec<Vec<u8>>>(0);
    // Buffers go round: fresh memory for each would cost more than filling it.
    let spare = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        let spare = &spare;
        let writer = scope.spawn(move || {
            for chunks in receiver {
                for chunk in chunks {
                    out.write_all(&chunk)?;
                    if chunk.capacity() <= SPARE_BYTES {
                        lock(spare).push(chunk);
                    }
                }
            }
            io::Result::Ok(())
        });
        let mut made = Ok(());
        while made.is_ok() {
            let batch: io::Result<Vec<T>> = items.by_ref().take(LINES_PER_TASK * n_tasks).collect();
            let lines = batch.and_then(|batch| {
                let chunks = batch.par_chunks(LINES_PER_TASK);
                chunks.map(|items| serialize_chunk(items, &serialize, lock(spare).pop())).collect()
            });
            made = match lines {
                Ok(lines) if Vec::is_empty(&lines) => break,
                Ok(lines) => match sender.send(lines) {
                    Ok(()) => Ok(()),
                    // The writer stopped; its error is returned below.
                    Err(_) => break,
                },
                Err(error) => Err(error),
            };
        }
        drop(sender);
        let written = writer.join().expect("writing does not panic");
        made.and(written)
    })
}

fn lock(spare: &Mutex<Vec<Vec<u8>>>) -> MutexGuard<'_, Vec<Vec<u8>>> {
    spare.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Appends the line of one object, with its line end.
pub fn serialize_line(object: &History, out: &mut Vec<u8>) {
    serialize(object, out);
    out.push(b'\n');
}

fn serialize_chunk<T>(
    items: &[T],
    serialize: impl Fn(&T, &mut Vec<u8>) -> io::Result<()>,
    spare: Option<Vec<u8>>,
) -> io::Result<Vec<u8>> {
    let mut out = spare.unwrap_or_else(|| Vec::with_capacity(FIRST_BYTES));
    out.clear();
    items.iter().try_for_each(|item| serialize(item, &mut out))?;
    Ok(out)
}

fn serialize(object: &History, out: &mut Vec<u8>) {
    let mut separator: &[u8] = b"[";
    for update in object.updates() {
        out.extend_from_slice(separator);
        separator = b", ";
        write_start_of_update(update, out);
        for (position, (key, nested)) in update.nested.iter().enumerate() {
            if 0 < position {
                out.extend_from_slice(b", ");
            }
            out.extend_from_slice(key.json());
            serialize(nested, out);
        }
        write_end_of_update(update, out);
    }
    out.push(b']');
}

/// Appends an update up to its first nested object.
pub(crate) fn write_start_of_update(update: &Update, out: &mut Vec<u8>) {
    out.extend_from_slice(b"{\"Data\": {");
    match &update.json {
        Some(json) => out.extend_from_slice(json),
        None => write_pairs(out, &update.data),
    }
    out.extend_from_slice(b"}, \"Metadata\": {\"Source\": ");
    write_string(out, &update.metadata.source);
    out.extend_from_slice(b", \"Timestamp\": ");
    write_value(out, &update.metadata.timestamp);
    out.extend_from_slice(b", \"User\": ");
    write_string(out, &update.metadata.user);
    out.extend_from_slice(b"}, \"NestedTracedData\": {");
}

/// Appends what comes after the last nested object of an update.
pub(crate) fn write_end_of_update(update: &Update, out: &mut Vec<u8>) {
    out.extend_from_slice(b"}, \"SHA\": ");
    write_sha(out, update.sha);
    out.push(b'}');
}
