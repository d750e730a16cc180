//! The raw data, sorted by person: in memory, or in files with a part of the people each.

use std::fs::File;
use std::hash::{BuildHasher, Hasher as _};
use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use data_root::{DataRoot, FileError, Operation};
use pipeline_config::Project;
use processing::{ProcessingError, RawLine, RawPerson, person_of};
use rayon::prelude::*;
use rustc_hash::{FxBuildHasher, FxHashMap};
use stage_runner::{Failure, OrHint};
use traced_data::{JsonlReader, LineError, ReadError, parse_line};

use crate::aside::{self, Aside};
use crate::memory_limit::Budget;
use crate::partitions::Partition;

/// More files than this are not written side by side.
const MAX_PARTS: u64 = 200;

/// In pieces of this size people's lines are kept; longer lines have a piece of their own.
const PIECE_BYTES: usize = 64 * 1024;

/// How much of a part that was put aside is read at once.
const BATCH_BYTES: usize = 2 << 20;

/// How many lines one task looks at.
const LINES_PER_TASK: usize = 32;

/// A flow of the configuration.
#[derive(Clone, Debug)]
pub(crate) struct Flow {
    pub(crate) name: String,
    pub(crate) kind: FlowKind,
    /// Among the flows of its kind.
    index: usize,
    pub(crate) path: PathBuf,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FlowKind {
    Activation,
    Survey,
}

/// All flows, in the order in which they are read.
pub(crate) fn flows(data_root: &DataRoot, project: &Project) -> Result<Vec<Flow>, FileError> {
    let of_kind = |kind, names: Vec<String>| {
        names.into_iter().enumerate().map(move |(index, name)| {
            let path = data_root.raw_data_file(&name)?;
            Ok(Flow { name, kind, index, path })
        })
    };
    let configuration = &project.configuration;
    of_kind(FlowKind::Activation, configuration.activation_flow_names())
        .chain(of_kind(FlowKind::Survey, configuration.survey_flow_names()))
        .collect()
}

/// How large all files are together; those that are missing are noticed when they are read.
pub(crate) fn size_bytes(flows: &[Flow]) -> u64 {
    flows.iter().filter_map(|flow| flow.path.metadata().ok()).map(|file| file.len()).sum()
}

/// Whether a person with this hash belongs to a partition.
fn is_in(partition: Partition, hash: u64) -> bool {
    hash % partition.n_partitions == partition.index
}

/// The same for the same id, in each process of one program.
fn hash_of(id: &str) -> u64 {
    let mut hasher = FxBuildHasher.build_hasher();
    hasher.write(id.as_bytes());
    // The high bits are the good ones.
    hasher.finish() >> 32
}

/// The raw data, in parts that fit in memory.
pub(crate) enum RawPeople {
    InMemory(Box<People>),
    PutAside(Vec<PathBuf>),
}

/// Reads all raw data of one partition; what does not fit in the budget is put aside in parts.
pub(crate) fn load(
    flows: &[Flow],
    partition: Partition,
    budget: &Budget,
    aside: &mut Aside,
) -> Result<RawPeople, Failure> {
    let n_parts = size_bytes(flows).div_ceil(partition.n_partitions).div_ceil(budget.raw_bytes);
    let mut destination = match n_parts.min(MAX_PARTS) {
        0 | 1 => Destination::Memory(Box::new(People::new(budget.group_size))),
        n_parts => Destination::Files(PartFiles::create(n_parts, aside)?),
    };
    let mut n_objects = 0;
    for (number, flow) in flows.iter().enumerate() {
        let mut reader = JsonlReader::open(&flow.path).or_hint(ReadError::hint)?;
        let mut n_lines = 0;
        loop {
            let text = reader.read_lines().or_hint(ReadError::hint)?;
            if text.is_empty() {
                break;
            }
            let lines = split(&text, number, n_lines, n_objects);
            n_lines += lines.len();
            if flow.kind == FlowKind::Activation {
                n_objects += lines.len() as u64;
            }
            let (text, lines) = of_partition(flows, partition, text, lines)?;
            destination.add(flows, partition, &text, lines)?;
        }
        tracing::debug!(flow = flow.name, n_objects = n_lines, "Loaded a flow.");
    }
    destination.finish()
}

/// The lines of `text`, of which `n_lines` of the flow and `n_objects` of all flows came before.
fn split(text: &[u8], flow: usize, n_lines: usize, n_objects: u64) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    let mut start = 0;
    for line in text.strip_suffix(b"\n").unwrap_or(text).split(|byte| *byte == b'\n') {
        let n_before = lines.len();
        lines.push(Line {
            flow: flow as u32,
            number: n_lines + n_before + 1,
            order: n_objects + n_before as u64,
            text: start..start + line.len(),
        });
        start += line.len() + 1;
    }
    lines
}

/// The lines of a partition's people, and no more of the text than those.
fn of_partition(
    flows: &[Flow],
    partition: Partition,
    text: Vec<u8>,
    lines: Vec<Line>,
) -> Result<(Vec<u8>, Vec<Line>), Failure> {
    if partition == Partition::ALL {
        return Ok((text, lines));
    }
    let (mut its_text, mut its_lines) = (Vec::new(), Vec::new());
    for (id, line) in ids(flows, &text, &lines)?.into_iter().zip(&lines) {
        if is_in(partition, hash_of(&id)) {
            let start = its_text.len();
            its_text.extend_from_slice(&text[line.text.clone()]);
            its_lines.push(Line { text: start..its_text.len(), ..line.clone() });
        }
    }
    Ok((its_text, its_lines))
}

/// A line in a buffer.
#[derive(Clone, Debug)]
struct Line {
    flow: u32,
    number: usize,
    order: u64,
    text: Range<usize>,
}

enum Destination {
    Memory(Box<People>),
    Files(PartFiles),
}

impl Destination {
    fn add(
        &mut self,
        flows: &[Flow],
        partition: Partition,
        text: &[u8],
        lines: Vec<Line>,
    ) -> Result<(), Failure> {
        match self {
            Self::Memory(people) => people.add(flows, text, lines),
            Self::Files(files) => files.add(flows, partition, text, &lines),
        }
    }

    fn finish(self) -> Result<RawPeople, Failure> {
        match self {
            Self::Memory(people) => Ok(RawPeople::InMemory(people)),
            Self::Files(files) => files.finish().map(RawPeople::PutAside),
        }
    }
}

/// The ids of the people that lines belong to.
fn ids<'a>(flows: &[Flow], text: &'a [u8], lines: &[Line]) -> Result<Vec<Id<'a>>, Failure> {
    let id = |line: &Line| person_of(&text[line.text.clone()]);
    let found: Vec<Result<Option<Id<'a>>, LineError>> =
        lines.par_iter().with_min_len(LINES_PER_TASK).map(id).collect();
    let mut ids = Vec::with_capacity(lines.len());
    for (found, line) in found.into_iter().zip(lines) {
        let flow = &flows[line.flow as usize];
        match found {
            Ok(Some(id)) => ids.push(id),
            Ok(None) => {
                let error =
                    ProcessingError::NoPerson { flow: flow.name.clone(), line: line.number };
                return Err(error).or_hint(ProcessingError::hint);
            }
            Err(source) => return Err(bad_line(&flow.path, line.number, source)),
        }
    }
    Ok(ids)
}

type Id<'a> = std::borrow::Cow<'a, str>;

/// The failure of a line that could not be read.
pub(crate) fn bad_line(path: &Path, line: usize, source: LineError) -> Failure {
    let error = ReadError::Line { path: path.to_path_buf(), line: line as u64, source };
    let hint = error.hint();
    let failure = Failure::from(error);
    match hint {
        Some(hint) => failure.with_hint(hint),
        None => failure,
    }
}

/// People with all their lines, in memory, in the order of their first messages.
pub(crate) struct People {
    group_size: usize,
    index_by_id: FxHashMap<Box<str>, usize>,
    groups: Vec<Group>,
}

/// People who are taken through the steps at once. Their lines have memory of their own, so that it
/// is free again when they are done.
#[derive(Default)]
pub(crate) struct Group {
    pieces: Vec<Vec<u8>>,
    people: Vec<Person>,
}

/// The lines of one person, each with the index of its piece.
#[derive(Default)]
struct Person {
    messages: Vec<(u32, Line)>,
    surveys: Vec<(u32, Line)>,
}

impl People {
    fn new(group_size: usize) -> Self {
        Self { group_size, index_by_id: FxHashMap::default(), groups: Vec::new() }
    }

    fn add(&mut self, flows: &[Flow], text: &[u8], lines: Vec<Line>) -> Result<(), Failure> {
        let mut nobodys = Vec::new();
        for (id, line) in ids(flows, text, &lines)?.into_iter().zip(lines) {
            let is_survey = flows[line.flow as usize].kind == FlowKind::Survey;
            let index = match self.index_by_id.get(&*id) {
                Some(index) => *index,
                None if is_survey => {
                    nobodys.push(line);
                    continue;
                }
                None => {
                    let index = self.index_by_id.len();
                    self.index_by_id.insert(id.into(), index);
                    index
                }
            };
            if self.groups.len() == index / self.group_size {
                self.groups.push(Group::default());
            }
            let group = &mut self.groups[index / self.group_size];
            group.add(index % self.group_size, is_survey, text, line);
        }
        verify(flows, text, &nobodys)
    }

    /// Reads the people of a part that was put aside, and removes its file.
    pub(crate) fn read_part(
        flows: &[Flow],
        path: &Path,
        group_size: usize,
    ) -> Result<Self, Failure> {
        let mut file = BufReader::new(data_root::open(path)?);
        let mut people = Self::new(group_size);
        loop {
            let (text, lines) = read_lines(&mut file)
                .map_err(|source| FileError::new(Operation::Read, path, source))
                .context("what was put aside cannot be read back")?;
            if lines.is_empty() {
                break;
            }
            people.add(flows, &text, lines)?;
        }
        data_root::remove(path)?;
        Ok(people)
    }

    /// The people, group by group.
    pub(crate) fn into_groups(self) -> impl Iterator<Item = Group> {
        self.groups.into_iter()
    }
}

impl Group {
    fn add(&mut self, index: usize, is_survey: bool, text: &[u8], mut line: Line) {
        let text = &text[line.text];
        let has_room = |piece: &Vec<u8>| text.len() <= piece.capacity() - piece.len();
        if !self.pieces.last().is_some_and(has_room) {
            self.pieces.push(Vec::with_capacity(PIECE_BYTES.max(text.len())));
        }
        let place = self.pieces.len() - 1;
        let piece = &mut self.pieces[place];
        line.text = piece.len()..piece.len() + text.len();
        piece.extend_from_slice(text);
        if self.people.len() == index {
            self.people.push(Person::default());
        }
        let person = &mut self.people[index];
        let lines = if is_survey { &mut person.surveys } else { &mut person.messages };
        lines.push((place as u32, line));
    }

    pub(crate) fn people<'a>(&'a self, flows: &[Flow]) -> Vec<RawPerson<'a>> {
        let raw_line = |(piece, line): &(u32, Line)| RawLine {
            flow: flows[line.flow as usize].index,
            line: line.number,
            order: line.order,
            text: &self.pieces[*piece as usize][line.text.clone()],
        };
        self.people
            .iter()
            .map(|person| RawPerson {
                messages: person.messages.iter().map(raw_line).collect(),
                surveys: person.surveys.iter().map(raw_line).collect(),
            })
            .collect()
    }
}

/// Verifies lines that are of no use: damage must not go unnoticed.
fn verify(flows: &[Flow], text: &[u8], lines: &[Line]) -> Result<(), Failure> {
    let error = |line: &Line| parse_line(&text[line.text.clone()]).err();
    let found: Vec<Option<LineError>> =
        lines.par_iter().with_min_len(LINES_PER_TASK).map(error).collect();
    match found.into_iter().zip(lines).find_map(|(error, line)| Some((error?, line))) {
        Some((error, line)) => Err(bad_line(&flows[line.flow as usize].path, line.number, error)),
        None => Ok(()),
    }
}

/// What stands before each line that is put aside: its flow, number, order and length.
const HEADER_BYTES: usize = 28;

/// Files with the lines of a part of the people each.
struct PartFiles {
    files: Vec<(PathBuf, BufWriter<File>)>,
}

impl PartFiles {
    fn create(n_parts: u64, aside: &mut Aside) -> Result<Self, Failure> {
        let create = |_| {
            let path = aside.next_path();
            let file = aside::create(&path)?;
            Ok((path, file))
        };
        let files: Result<_, FileError> = (0..n_parts).map(create).collect();
        Ok(Self { files: files? })
    }

    fn add(
        &mut self,
        flows: &[Flow],
        partition: Partition,
        text: &[u8],
        lines: &[Line],
    ) -> Result<(), Failure> {
        for (id, line) in ids(flows, text, lines)?.into_iter().zip(lines) {
            let part = hash_of(&id) / partition.n_partitions % self.files.len() as u64;
            let (path, file) = &mut self.files[part as usize];
            write_line(file, line, &text[line.text.clone()])
                .map_err(|source| FileError::new(Operation::Write, path, source))?;
        }
        Ok(())
    }

    fn finish(self) -> Result<Vec<PathBuf>, Failure> {
        let mut paths = Vec::with_capacity(self.files.len());
        for (path, mut file) in self.files {
            file.flush().map_err(|source| FileError::new(Operation::Write, &path, source))?;
            paths.push(path);
        }
        Ok(paths)
    }
}

fn write_line(file: &mut impl Write, line: &Line, text: &[u8]) -> io::Result<()> {
    file.write_all(&line.flow.to_le_bytes())?;
    file.write_all(&(line.number as u64).to_le_bytes())?;
    file.write_all(&line.order.to_le_bytes())?;
    file.write_all(&(text.len() as u64).to_le_bytes())?;
    file.write_all(text)
}

/// Some megabytes of the lines that [`write_line`] wrote; none at the end of the file.
fn read_lines(file: &mut impl BufRead) -> io::Result<(Vec<u8>, Vec<Line>)> {
    let (mut text, mut lines) = (Vec::new(), Vec::new());
    while text.len() < BATCH_BYTES && !file.fill_buf()?.is_empty() {
        let mut header = [0; HEADER_BYTES];
        file.read_exact(&mut header)?;
        let number = |range: Range<usize>| {
            let mut bytes = [0; 8];
            bytes[..range.len()].copy_from_slice(&header[range]);
            u64::from_le_bytes(bytes)
        };
        let start = text.len();
        let end = start.saturating_add(number(20..28) as usize);
        file.take((end - start) as u64).read_to_end(&mut text)?;
        if text.len() < end {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        lines.push(Line {
            flow: number(0..4) as u32,
            number: number(4..12) as usize,
            order: number(12..20),
            text: start..end,
        });
    }
    Ok((text, lines))
}
