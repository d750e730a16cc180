//! Parts of the lines of TracedData, compressed until they are written.
//!
//! Lines repeat themselves: the same keys in every message, the same labels in every dataset. A
//! part takes a fraction of its text, so that far more messages fit in memory, and far less goes
//! through the disk when they do not. LZ4 because it unpacks about as fast as memory is copied.

use std::io::{self, Read, Write};
use std::sync::Arc;

use lz4_flex::block::{compress_into, decompress_into, get_maximum_output_size};

/// Shorter texts are kept as they are.
const MIN_PACKED_BYTES: usize = 400;

/// Something longer in a spilled file means that the file is damaged.
const MAX_BYTES: usize = 1 << 31;

/// What one person adds to the outputs, in one piece of memory that all their records share.
pub(crate) type Person = Arc<[u8]>;

/// A text that a person's memory has as it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Text {
    start: u32,
    n_bytes: u32,
}

/// A part of a line: a text that a person's memory has, packed when that is shorter.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Part {
    packed: Text,
    n_text_bytes: u32,
}

/// The parts of a line; their list stands in the person's memory too.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Line {
    parts: Text,
}

/// Lays what a person adds one after the other, in memory that it uses again.
#[derive(Default)]
pub(crate) struct Packer {
    bytes: Vec<u8>,
    /// As long as the longest part could become.
    buffer: Vec<u8>,
}

impl Packer {
    /// Adds a text as it is.
    pub(crate) fn text(&mut self, text: &[u8]) -> Text {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(text);
        let number = |n: usize| u32::try_from(n).expect("a person takes less than 4 GB");
        Text { start: number(start), n_bytes: number(text.len()) }
    }

    /// Adds a text, packed.
    pub(crate) fn part(&mut self, text: &[u8]) -> Part {
        let mut buffer = std::mem::take(&mut self.buffer);
        let packed = match text.len() {
            0..MIN_PACKED_BYTES => None,
            n_bytes => {
                let n_needed = get_maximum_output_size(n_bytes);
                if buffer.len() < n_needed {
                    buffer.resize(n_needed, 0);
                }
                let n_packed = compress_into(text, &mut buffer).ok();
                n_packed.filter(|n_packed| *n_packed < n_bytes).map(|n| &buffer[..n])
            }
        };
        let packed = self.text(packed.unwrap_or(text));
        self.buffer = buffer;
        let n_text_bytes = u32::try_from(text.len()).expect("an update is smaller than 4 GB");
        Part { packed, n_text_bytes }
    }

    /// Adds the list of a line's parts.
    pub(crate) fn line(&mut self, parts: &[Part]) -> Line {
        let numbers = parts
            .iter()
            .flat_map(|part| [part.packed.start, part.packed.n_bytes, part.n_text_bytes]);
        let list: Vec<u8> = numbers.flat_map(u32::to_le_bytes).collect();
        Line { parts: self.text(&list) }
    }

    /// All that the person adds.
    pub(crate) fn finish(&mut self) -> Person {
        let person = self.bytes.as_slice().into();
        self.bytes.clear();
        person
    }
}

impl Text {
    pub(crate) fn of(self, person: &[u8]) -> &[u8] {
        &person[self.start as usize..][..self.n_bytes as usize]
    }
}

impl Line {
    /// Appends the text of the line.
    ///
    /// # Errors
    ///
    /// When the person came from a file that was damaged.
    pub(crate) fn unpack_to(self, person: &[u8], out: &mut Vec<u8>) -> io::Result<()> {
        out.reserve_exact(self.parts(person).map(|part| part.n_text_bytes as usize).sum());
        self.parts(person).try_for_each(|part| part.unpack_to(person, out))
    }

    fn parts(self, person: &[u8]) -> impl Iterator<Item = Part> {
        self.parts.of(person).chunks_exact(12).map(|numbers| {
            let number = |place: usize| {
                let bytes = numbers[4 * place..4 * place + 4].try_into();
                u32::from_le_bytes(bytes.expect("chunks have 12 bytes"))
            };
            let packed = Text { start: number(0), n_bytes: number(1) };
            Part { packed, n_text_bytes: number(2) }
        })
    }

    pub(crate) fn write_to(self, person: &[u8], out: &mut impl Write) -> io::Result<()> {
        out.write_all(&(self.parts.n_bytes / 12).to_le_bytes())?;
        self.parts(person).try_for_each(|part| {
            out.write_all(&part.n_text_bytes.to_le_bytes())?;
            write_bytes(part.packed.of(person), out)
        })
    }

    /// Reads a line and adds it to `packer`.
    pub(crate) fn read_from(input: &mut impl Read, packer: &mut Packer) -> io::Result<Self> {
        let n_parts = u32::from_le_bytes(read_array(input)?);
        let mut parts = Vec::new();
        for _ in 0..n_parts {
            let n_text_bytes = u32::from_le_bytes(read_array(input)?);
            parts.push(Part { packed: packer.read_text(input)?, n_text_bytes });
        }
        Ok(packer.line(&parts))
    }
}

impl Packer {
    /// Adds a text that [`write_bytes`] wrote.
    pub(crate) fn read_text(&mut self, input: &mut impl Read) -> io::Result<Text> {
        let n_bytes = u32::from_le_bytes(read_array(input)?);
        let start = self.bytes.len();
        if MAX_BYTES < start + n_bytes as usize {
            return Err(damaged());
        }
        let n_read = input.take(n_bytes.into()).read_to_end(&mut self.bytes)?;
        if n_read < n_bytes as usize {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let start = u32::try_from(start).map_err(|_| damaged())?;
        Ok(Text { start, n_bytes })
    }
}

impl Part {
    fn unpack_to(self, person: &[u8], out: &mut Vec<u8>) -> io::Result<()> {
        let (bytes, n_text_bytes) = (self.packed.of(person), self.n_text_bytes as usize);
        if n_text_bytes == bytes.len() {
            out.extend_from_slice(bytes);
            return Ok(());
        }
        let start = out.len();
        out.resize(start + n_text_bytes, 0);
        match decompress_into(bytes, &mut out[start..]) {
            Ok(n_unpacked) if n_unpacked == n_text_bytes => Ok(()),
            _ => Err(damaged()),
        }
    }
}

/// Writes bytes with their number before them.
pub(crate) fn write_bytes(bytes: &[u8], out: &mut impl Write) -> io::Result<()> {
    let n_bytes = u32::try_from(bytes.len()).map_err(|_| damaged())?;
    out.write_all(&n_bytes.to_le_bytes())?;
    out.write_all(bytes)
}

pub(crate) fn read_array<const N: usize>(input: &mut impl Read) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    input.read_exact(&mut bytes)?;
    Ok(bytes)
}

pub(crate) fn damaged() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "what was put aside was damaged meanwhile")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_unpacked_is_what_was_packed() {
        let repetitive = "{\"CodeID\": \"code-1\"}, ".repeat(100);
        let texts = ["short ", &repetitive, "", "short "];
        let (person, line) = packed(&texts);
        assert!(person.len() < 300, "it is {} bytes long", person.len());
        let mut file = Vec::new();
        line.write_to(&person, &mut file).unwrap();
        let mut packer = Packer::default();
        packer.text(b"something else");
        let read = Line::read_from(&mut &file[..], &mut packer).unwrap();
        for (person, line) in [(person, line), (packer.finish(), read)] {
            let mut out = b"before ".to_vec();
            line.unpack_to(&person, &mut out).unwrap();
            assert_eq!(String::from_utf8(out).unwrap(), format!("before {}", texts.concat()));
        }
    }

    #[test]
    fn damage_is_noticed() {
        let (person, line) = packed(&["{\"CodeID\": \"code-1\"}, ".repeat(100).as_str()]);
        let mut file = Vec::new();
        line.write_to(&person, &mut file).unwrap();
        let cut = &file[..file.len() - 1];
        assert!(Line::read_from(&mut &cut[..], &mut Packer::default()).is_err());
        file[4] ^= 1;
        let mut packer = Packer::default();
        let damaged = Line::read_from(&mut &file[..], &mut packer).unwrap();
        assert!(damaged.unpack_to(&packer.finish(), &mut Vec::new()).is_err());
    }

    fn packed(texts: &[&str]) -> (Person, Line) {
        let mut packer = Packer::default();
        let parts: Vec<Part> = texts.iter().map(|text| packer.part(text.as_bytes())).collect();
        let line = packer.line(&parts);
        (packer.finish(), line)
    }
}
