//! How far the cleaners agree with another implementation, by its inputs and outputs.
//!
//! Differences that are no loss are counted apart, each by a reason: `mended.txt` says where the
//! other implementation reads a word that is not there. Inputs with an even number are those
//! that words and rules may be chosen by; the others are held out to check that choice.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use serde_json::Value;
use text_cleaners::{Cleaner, Country, Explanation, Outcome};

use crate::NOT_CODED;
use crate::mended;

/// The outputs of which function are compared with which cleaner.
struct Function {
    cleaner: &'static str,
    section: &'static str,
    name: &'static str,
}

impl Function {
    /// Those of the file that comes with the program.
    fn all() -> impl Iterator<Item = Function> {
        include_str!("../data/measure/functions.txt").lines().filter_map(|line| {
            let mut cells = line.split('|').map(str::trim);
            let (cleaner, section, name) = (cells.next()?, cells.next()?, cells.next()?);
            Some(Function { cleaner, section, name })
        })
    }
}

/// Every other input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Half {
    /// Inputs 0, 2, 4, …
    Development,
    /// Inputs 1, 3, 5, …
    HeldOut,
}

impl Half {
    fn holds(self, index: usize) -> bool {
        index.is_multiple_of(2) == (self == Half::Development)
    }
}

/// Why a file of outputs cannot be measured by.
#[derive(Debug, thiserror::Error)]
pub(crate) enum VectorsError {
    #[error("could not read vectors `{}`", .path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("vectors `{}` are not JSON", .path.display())]
    Parse { path: PathBuf, source: serde_json::Error },
    #[error("vectors `{}`: expected a list of texts at `{place}`", .path.display())]
    Shape { path: PathBuf, place: String },
    #[error("vectors `{}`: `{place}` is not as long as the inputs", .path.display())]
    Length { path: PathBuf, place: String },
}

impl VectorsError {
    /// What the operator can try.
    pub(crate) fn hint(&self) -> Option<String> {
        match self {
            Self::Read { .. } => None,
            Self::Parse { .. } => Some("unpack the file first if it ends in `.xz`".to_owned()),
            Self::Shape { .. } | Self::Length { .. } => Some(
                "expected `{\"text_functions\": {\"inputs\": [TEXT, …], \"outputs\": \
                 {FUNCTION: [CODE, …]}}, \"phone_functions\": …}`"
                    .to_owned(),
            ),
        }
    }
}

/// What one cleaner does with the inputs.
pub(crate) struct Measure {
    cleaner: Cleaner,
    /// Inputs that the other implementation codes.
    n_coded: usize,
    /// Of those, the ones that have the same code here.
    n_same: usize,
    /// Inputs that the other implementation leaves.
    n_left: usize,
    differences: Vec<Difference>,
}

struct Difference {
    input: String,
    theirs: String,
    ours: String,
    kind: Kind,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    /// They code what is not there; the reason.
    Mended(String),
    /// We code what is written in a known spelling, and they leave it.
    Improved,
    /// They code it, and we do not or otherwise.
    Missed,
    /// We code it by a guess, and they leave it.
    Guessed,
}

/// Compares each cleaner of `country`, or only `cleaner`, with the outputs in the file at `path`.
pub(crate) fn measure(
    path: &Path,
    country: &Country,
    cleaner: Option<&Cleaner>,
    half: Option<Half>,
) -> Result<Vec<Measure>, VectorsError> {
    let vectors = Vectors::read(path)?;
    Function::all()
        .filter_map(|function| Some((country.cleaner(function.cleaner)?, function)))
        .filter(|(measured, _)| cleaner.is_none_or(|only| only == *measured))
        .map(|(cleaner, function)| {
            let pairs = vectors.pairs(function.section, function.name)?;
            let pairs = pairs
                .into_iter()
                .enumerate()
                .filter(|(index, _)| half.is_none_or(|half| half.holds(*index)))
                .map(|(_, pair)| pair);
            Ok(measure_cleaner(country, cleaner, pairs))
        })
        .collect()
}

/// Writes a line of figures per cleaner and, unless `is_summary`, a line per difference.
pub(crate) fn write_report(
    measures: &[Measure],
    is_summary: bool,
    out: &mut impl Write,
) -> io::Result<()> {
    writeln!(
        out,
        "cleaner\tthey code\tsame\tmended\tsame of the rest\tthey leave\tcoded here\tguessed here"
    )?;
    for measure in measures {
        let n_mended = measure.count(|kind| matches!(kind, Kind::Mended(_)));
        let n_guessed = measure.count(|kind| *kind == Kind::Guessed);
        let n_ours_only = n_guessed + measure.count(|kind| *kind == Kind::Improved);
        writeln!(
            out,
            "{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}",
            measure.cleaner,
            measure.n_coded,
            percent(measure.n_same, measure.n_coded),
            percent(n_mended, measure.n_coded),
            percent(measure.n_same, measure.n_coded - n_mended),
            measure.n_left,
            percent(n_ours_only, measure.n_left),
            percent(n_guessed, measure.n_left),
        )?;
    }
    if is_summary {
        return Ok(());
    }
    for measure in measures {
        measure.write_differences(out)?;
    }
    Ok(())
}

impl Measure {
    fn count(&self, is_counted: impl Fn(&Kind) -> bool) -> usize {
        self.differences.iter().filter(|difference| is_counted(&difference.kind)).count()
    }

    fn write_differences(&self, out: &mut impl Write) -> io::Result<()> {
        let mut by_kind: BTreeMap<&Kind, Vec<&Difference>> = BTreeMap::new();
        for difference in &self.differences {
            by_kind.entry(&difference.kind).or_default().push(difference);
        }
        for (kind, differences) in by_kind {
            let title = match kind {
                Kind::Mended(reason) => format!("mended: {reason}"),
                Kind::Improved => "coded here, in a known spelling".to_owned(),
                Kind::Missed => "missed".to_owned(),
                Kind::Guessed => "coded here, by a guess".to_owned(),
            };
            writeln!(out, "\n{}, {title}: {}", self.cleaner, differences.len())?;
            for Difference { input, theirs, ours, .. } in differences {
                writeln!(out, "  {theirs} -> {ours}\t{input:?}")?;
            }
        }
        Ok(())
    }
}

fn measure_cleaner<'a>(
    country: &Country,
    cleaner: &Cleaner,
    pairs: impl Iterator<Item = (&'a str, String)>,
) -> Measure {
    let mut measure = Measure {
        cleaner: cleaner.clone(),
        n_coded: 0,
        n_same: 0,
        n_left: 0,
        differences: Vec::new(),
    };
    for (input, theirs) in pairs {
        let is_left = theirs == NOT_CODED;
        if is_left {
            measure.n_left += 1;
        } else {
            measure.n_coded += 1;
        }
        let explanation = cleaner.explain(input);
        let ours = match &explanation.outcome {
            Outcome::Coded(code) => code.as_str(),
            _ => NOT_CODED,
        };
        if ours != theirs {
            let kind = kind(country, cleaner, input, &theirs, &explanation);
            let (input, ours) = (input.to_owned(), ours.to_owned());
            measure.differences.push(Difference { input, theirs, ours, kind });
        } else if !is_left {
            measure.n_same += 1;
        }
    }
    measure
}

fn kind(
    country: &Country,
    cleaner: &Cleaner,
    input: &str,
    theirs: &str,
    ours: &Explanation,
) -> Kind {
    if theirs == NOT_CODED {
        return if ours.is_guess() { Kind::Guessed } else { Kind::Improved };
    }
    match mended::reason(country, cleaner, input, theirs, ours) {
        Some(reason) => Kind::Mended(reason),
        None => Kind::Missed,
    }
}

fn percent(part: usize, whole: usize) -> String {
    if whole == 0 {
        return "-".to_owned();
    }
    format!("{:.1} %", 100.0 * part as f64 / whole as f64)
}

struct Vectors {
    path: PathBuf,
    json: Value,
}

impl Vectors {
    fn read(path: &Path) -> Result<Vectors, VectorsError> {
        let path = path.to_owned();
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(source) => return Err(VectorsError::Read { path, source }),
        };
        match serde_json::from_slice(&bytes) {
            Ok(json) => Ok(Vectors { path, json }),
            Err(source) => Err(VectorsError::Parse { path, source }),
        }
    }

    /// Each input of `section` with the output of `function`; an output that is no text or
    /// number, such as an error, counts as left.
    fn pairs(&self, section: &str, function: &str) -> Result<Vec<(&str, String)>, VectorsError> {
        let inputs = self.list(&["/", section, "/inputs"].concat())?;
        let place = ["/", section, "/outputs/", function].concat();
        let outputs = self.list(&place)?;
        if inputs.len() != outputs.len() {
            return Err(VectorsError::Length { path: self.path.clone(), place });
        }
        inputs
            .iter()
            .zip(outputs)
            .map(|(input, output)| {
                let input = input.as_str().ok_or_else(|| self.shape_error(&place))?;
                let output = match output {
                    Value::String(code) => code.clone(),
                    Value::Number(number) => number.to_string(),
                    _ => NOT_CODED.to_owned(),
                };
                Ok((input, output))
            })
            .collect()
    }

    fn list(&self, place: &str) -> Result<&Vec<Value>, VectorsError> {
        self.json.pointer(place).and_then(Value::as_array).ok_or_else(|| self.shape_error(place))
    }

    fn shape_error(&self, place: &str) -> VectorsError {
        VectorsError::Shape { path: self.path.clone(), place: place.to_owned() }
    }
}
