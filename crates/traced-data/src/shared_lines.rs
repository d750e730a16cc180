//! The lines of objects that share history, each shared part made once.
//!
//! A person's messages nest the same surveys, and the person's own object nests all the messages:
//! their lines are the same few texts over and over. Made once and put together at the last moment,
//! they take a fraction of the memory and of the work.

use rustc_hash::FxHashMap;

use crate::write::{write_end_of_update, write_start_of_update};
use crate::{History, Update};

/// The lines of `objects`, as lists of parts: the texts of a line's parts, one after the other, are
/// what [`serialize_line`](crate::serialize_line) writes.
///
/// `keep` stores a text and gives a cheap handle for it; a part that several lines have is stored
/// once.
pub fn shared_lines<T: Clone>(objects: &[&History], keep: impl FnMut(&[u8]) -> T) -> Vec<Vec<T>> {
    let mut n_uses = FxHashMap::default();
    for object in objects {
        count_uses(object, &mut n_uses);
    }
    let mut parts = Parts { n_uses, known: FxHashMap::default(), keep };
    let line = |object: &&History| {
        let mut line = Line { parts: Vec::new(), text: b"[".to_vec() };
        parts.chain(object.newest(), &mut line);
        line.text.extend_from_slice(b"]\n");
        parts.finish(line)
    };
    objects.iter().map(line).collect()
}

/// The address of an update, which is the same for all who share it.
type Address = usize;

fn address(update: &Update) -> Address {
    std::ptr::from_ref(update).addr()
}

/// How often each update is the start of an object or what came before another update.
fn count_uses(object: &History, n_uses: &mut FxHashMap<Address, u32>) {
    for update in object.updates() {
        let n_uses_so_far = n_uses.entry(address(update)).or_default();
        *n_uses_so_far += 1;
        if 1 < *n_uses_so_far {
            return;
        }
        for (_, nested) in &update.nested {
            count_uses(nested, n_uses);
        }
    }
}

struct Parts<T, F> {
    n_uses: FxHashMap<Address, u32>,
    /// The parts of each shared history, from its newest update on.
    known: FxHashMap<Address, Vec<T>>,
    keep: F,
}

/// A line, or what several lines share, on its way.
struct Line<T> {
    parts: Vec<T>,
    /// What comes after the parts.
    text: Vec<u8>,
}

impl<T: Clone, F: FnMut(&[u8]) -> T> Parts<T, F> {
    /// Adds the updates from `newest` on, newest first.
    fn chain(&mut self, newest: &Update, line: &mut Line<T>) {
        match self.n_uses.get(&address(newest)) {
            Some(n_uses) if 1 < *n_uses => {
                self.flush(line);
                if let Some(known) = self.known.get(&address(newest)) {
                    line.parts.extend_from_slice(known);
                    return;
                }
                let mut shared = Line { parts: Vec::new(), text: Vec::new() };
                self.unshared_chain(newest, &mut shared);
                let shared = self.finish(shared);
                line.parts.extend_from_slice(&shared);
                self.known.insert(address(newest), shared);
            }
            _ => self.unshared_chain(newest, line),
        }
    }

    fn unshared_chain(&mut self, newest: &Update, line: &mut Line<T>) {
        self.update(newest, line);
        let mut update = newest;
        while let Some(previous) = &update.previous {
            line.text.extend_from_slice(b", ");
            update = previous.newest();
            if self.n_uses.get(&address(update)).is_some_and(|n_uses| 1 < *n_uses) {
                return self.chain(update, line);
            }
            self.update(update, line);
        }
    }

    fn update(&mut self, update: &Update, line: &mut Line<T>) {
        write_start_of_update(update, &mut line.text);
        for (position, (key, nested)) in update.nested.iter().enumerate() {
            if 0 < position {
                line.text.extend_from_slice(b", ");
            }
            line.text.extend_from_slice(key.json());
            line.text.push(b'[');
            self.chain(nested.newest(), line);
            line.text.push(b']');
        }
        write_end_of_update(update, &mut line.text);
    }

    fn flush(&mut self, line: &mut Line<T>) {
        if !line.text.is_empty() {
            line.parts.push((self.keep)(&line.text));
            line.text.clear();
        }
    }

    fn finish(&mut self, mut line: Line<T>) -> Vec<T> {
        self.flush(&mut line);
        line.parts
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{Changes, Key, Metadata, TracedData, serialize_line};

    #[test]
    fn the_parts_of_a_line_are_the_line() {
        let survey = object("gender", "woman");
        let [mut first, second] = ["first", "second"].map(|text| {
            let mut message = object("text", text);
            let mut changes = Changes::new();
            changes.nest(Key::new("survey"), survey.clone());
            message.append(changes, &metadata()).unwrap();
            message
        });
        let mut person = first.clone();
        let mut changes = Changes::new().set("text", "first;second");
        changes.nest(Key::new("folded_with_000002"), second.clone());
        person.append(changes, &metadata()).unwrap();
        // One of the two goes on after it was folded.
        first.append(Changes::new().set("text", "STOP"), &metadata()).unwrap();
        let objects = [first.history(), second.history(), person.history(), person.history()];
        let mut texts: Vec<String> = Vec::new();
        let lines = shared_lines(&objects, |text| {
            texts.push(String::from_utf8(text.to_vec()).unwrap());
            texts.len() - 1
        });
        for (parts, object) in lines.iter().zip(objects) {
            let mut expected = Vec::new();
            serialize_line(object, &mut expected);
            let line: String = parts.iter().map(|part| texts[*part].as_str()).collect();
            assert_eq!(line, String::from_utf8(expected).unwrap());
        }
        let n_with = |words: &str| texts.iter().filter(|text| text.contains(words)).count();
        assert_eq!((n_with("woman"), n_with("\"second\""), n_with("first;second")), (1, 1, 1));
    }

    fn object(key: &str, text: &str) -> TracedData {
        TracedData::new(Changes::new().set(key, text), &metadata())
    }

    fn metadata() -> Arc<Metadata> {
        Arc::new(Metadata::new("ann", "tests::lines", "2021-09-01T10:00:00+00:00"))
    }
}
