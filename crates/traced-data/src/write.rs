//! Writing the JSONL form, on all cores, each byte once and in order.

use std::io::{self, Write};
use std::sync::mpsc::sync_channel;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rayon::prelude::*;

use crate::History;
use crate::history::write_sha;
use crate::value::{write_pairs, write_string, write_value};

/// How many objects one task serialises.
const OBJECTS_PER_TASK: usize = 2;

/// Buffers that grew beyond this, for a person with very many messages, are not kept.
const SPARE_BYTES: usize = 256 << 10;

/// Traced data could not be written.
#[derive(Debug, thiserror::Error)]
#[error("could not write traced data")]
pub struct WriteError(#[from] pub io::Error);

/// Writes objects as lines, in the order given.
///
/// Serialising runs on all cores while the finished part is being written; memory in use is a few
/// batches, however many objects there are.
///
/// # Errors
///
/// [`WriteError`] when `out` fails.
pub fn write_jsonl(objects: &[History], out: &mut (impl Write + Send)) -> Result<(), WriteError> {
    let n_tasks = 4 * rayon::current_num_threads();
    let (sender, receiver) = sync_channel::<Vec<Vec<u8>>>(1);
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
        for batch in objects.chunks(OBJECTS_PER_TASK * n_tasks) {
            let chunks = batch.par_chunks(OBJECTS_PER_TASK);
            let chunks = chunks.map(|objects| serialize_chunk(objects, lock(spare).pop()));
            if sender.send(chunks.collect()).is_err() {
                break; // The writer stopped; its error is returned below.
            }
        }
        drop(sender);
        writer.join().expect("writing does not panic")
    })?;
    Ok(())
}

fn lock(spare: &Mutex<Vec<Vec<u8>>>) -> MutexGuard<'_, Vec<Vec<u8>>> {
    spare.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Appends the line of one object, with its line end.
pub fn serialize_line(object: &History, out: &mut Vec<u8>) {
    serialize(object, out);
    out.push(b'\n');
}

fn serialize_chunk(objects: &[History], spare: Option<Vec<u8>>) -> Vec<u8> {
    let mut out = spare.unwrap_or_else(|| Vec::with_capacity(SPARE_BYTES));
    out.clear();
    for object in objects {
        serialize_line(object, &mut out);
    }
    out
}

fn serialize(object: &History, out: &mut Vec<u8>) {
    let mut separator: &[u8] = b"[";
    for update in object.updates() {
        out.extend_from_slice(separator);
        separator = b", ";
        out.extend_from_slice(b"{\"Data\": {");
        write_pairs(out, &update.data);
        out.extend_from_slice(b"}, \"Metadata\": {\"Source\": ");
        write_string(out, &update.metadata.source);
        out.extend_from_slice(b", \"Timestamp\": ");
        write_value(out, &update.metadata.timestamp);
        out.extend_from_slice(b", \"User\": ");
        write_string(out, &update.metadata.user);
        out.extend_from_slice(b"}, \"NestedTracedData\": {");
        for (position, (key, nested)) in update.nested.iter().enumerate() {
            if 0 < position {
                out.extend_from_slice(b", ");
            }
            out.extend_from_slice(key.json());
            serialize(nested, out);
        }
        out.extend_from_slice(b"}, \"SHA\": ");
        write_sha(out, update.sha);
        out.push(b'}');
    }
    out.push(b']');
}
