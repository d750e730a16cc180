//! What one message, person, answer or sampled row adds to a file, with its place there.

use std::io::{self, BufRead, Write};

use iso_time::Instant;

use crate::context::Order;
use crate::packed::{Line, Packer, Person, Text, read_array, write_bytes};

/// Where a record stands among all others of its table; `Ord` is the order of the outputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Position {
    seconds: i64,
    nanoseconds: u32,
    order: Order,
}

impl Position {
    /// By time, then in the order of the raw data.
    pub(crate) fn at(instant: &Instant, order: Order) -> Self {
        Self { seconds: instant.timestamp(), nanoseconds: instant.timestamp_subsec_nanos(), order }
    }

    /// In the order of the raw data.
    pub(crate) fn of(order: Order) -> Self {
        Self { seconds: 0, nanoseconds: 0, order }
    }
}

/// One record: texts that go to up to two files as they are, and a line of TracedData.
///
/// | table | first text | second text | line |
/// |---|---|---|---|
/// | messages | row of `production.csv` | row of `messages.csv` | yes |
/// | individuals | row of `individuals.csv` | | yes |
/// | answers of a Coda dataset | the answer in the Coda file | its message id | |
/// | rows from which an ICR sample is drawn | the row | | |
///
/// The records of a person share one piece of memory with all texts.
#[derive(Debug)]
pub struct Record {
    pub(crate) position: Position,
    pub(crate) person: Person,
    pub(crate) texts: [Option<Text>; 2],
    pub(crate) line: Option<Line>,
}

impl Record {
    /// A record without a line, in memory of its own.
    pub(crate) fn of_texts(position: Position, first: &[u8], second: Option<&[u8]>) -> Self {
        let mut packer = Packer::default();
        let texts = [Some(packer.text(first)), second.map(|second| packer.text(second))];
        Self { position, person: packer.finish(), texts, line: None }
    }

    /// The first or second text, counted from 0.
    pub(crate) fn text(&self, place: usize) -> Option<&[u8]> {
        self.texts[place].map(|text| text.of(&self.person))
    }

    /// Writes the record so that [`Record::read_from`] can read it.
    ///
    /// # Errors
    ///
    /// Those of `out`.
    pub fn write_to(&self, out: &mut impl Write) -> io::Result<()> {
        let Self { position, person, texts, line } = self;
        out.write_all(&position.seconds.to_le_bytes())?;
        out.write_all(&position.nanoseconds.to_le_bytes())?;
        out.write_all(&position.order.0.to_le_bytes())?;
        out.write_all(&position.order.1.to_le_bytes())?;
        let [first, second] = texts.map(|text| u8::from(text.is_some()));
        out.write_all(&[first, second, u8::from(line.is_some())])?;
        for text in texts.iter().flatten() {
            write_bytes(text.of(person), out)?;
        }
        line.map_or(Ok(()), |line| line.write_to(person, out))
    }

    /// Reads the next record; `None` at the end of the input.
    ///
    /// # Errors
    ///
    /// Those of `input`, also when it ends within a record.
    pub fn read_from(input: &mut impl BufRead) -> io::Result<Option<Self>> {
        if input.fill_buf()?.is_empty() {
            return Ok(None);
        }
        let position = Position {
            seconds: i64::from_le_bytes(read_array(input)?),
            nanoseconds: u32::from_le_bytes(read_array(input)?),
            order: (u64::from_le_bytes(read_array(input)?), u32::from_le_bytes(read_array(input)?)),
        };
        let mut packer = Packer::default();
        let has: [u8; 3] = read_array(input)?;
        let mut texts = [None, None];
        for (text, has) in texts.iter_mut().zip(has) {
            if has == 1 {
                *text = Some(packer.read_text(input)?);
            }
        }
        let line = match has[2] {
            1 => Some(Line::read_from(input, &mut packer)?),
            _ => None,
        };
        Ok(Some(Self { position, person: packer.finish(), texts, line }))
    }

    /// Appends the line of TracedData, with its line end.
    pub(crate) fn unpack_line(&self, out: &mut Vec<u8>) -> io::Result<()> {
        self.line.map_or(Ok(()), |line| line.unpack_to(&self.person, out))
    }
}

/// The records of one table, in order.
pub type SortedRecords = Box<dyn Iterator<Item = io::Result<Record>> + Send>;

/// Merges sorted records into one sorted sequence.
pub(crate) fn merge(sources: Vec<SortedRecords>) -> io::Result<SortedRecords> {
    if sources.len() == 1 {
        return Ok(sources.into_iter().next().expect("there is one"));
    }
    let mut merged = Merged { next: Vec::with_capacity(sources.len()), failure: None };
    for source in sources {
        merged.advance(source)?;
    }
    Ok(Box::new(merged))
}

struct Merged {
    /// The next record of each source that has one, latest first.
    next: Vec<(Record, SortedRecords)>,
    failure: Option<io::Error>,
}

impl Merged {
    fn advance(&mut self, mut source: SortedRecords) -> io::Result<()> {
        if let Some(record) = source.next().transpose()? {
            let later = self.next.partition_point(|(known, _)| record.position < known.position);
            self.next.insert(later, (record, source));
        }
        Ok(())
    }
}

impl Iterator for Merged {
    type Item = io::Result<Record>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(failure) = self.failure.take() {
            self.next.clear();
            return Some(Err(failure));
        }
        let (record, source) = self.next.pop()?;
        self.failure = self.advance(source).err();
        Some(Ok(record))
    }
}
