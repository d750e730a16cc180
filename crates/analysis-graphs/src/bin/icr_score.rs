//! `icr-score`: how far people who labelled the same messages agree.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use analysis_graphs::agreement::{
    Coder, CoderFileError, CsvColumns, disagreements_csv, read_coder, score, scores_json,
    scores_text,
};
use anyhow::anyhow;
use clap::Parser;
use code_schemes::CodeScheme;
use data_root::WholeFiles;
use stage_runner::{Failure, OrHint};

/// Compares the codes that two or more people gave to the same messages.
///
/// Prints, for all codes together and for each one, the share of codings that agree, Cohen's kappa
/// (of more than two coders, the mean over all pairs) and Krippendorff's alpha. What is not
/// defined, because nothing varies, is `undefined`. Messages that only one coder coded are counted
/// and left out.
#[derive(Parser)]
#[command(
    version,
    after_help = "Examples:\n  \
    icr-score --code-scheme code_schemes/rqa_s01e01.json ann.json ben.json\n  \
    icr-score --code-column theme --disagreements differ.csv ann.csv ben.csv"
)]
struct Arguments {
    /// What one person coded: a Coda export (`.json`), or CSV with a message id and codes
    #[arg(required = true, num_args = 2.., value_name = "CODER FILE")]
    files: Vec<PathBuf>,
    /// A code scheme of the Coda exports, for the names of its codes; others are left out then
    #[arg(long, value_name = "FILE")]
    code_scheme: Vec<PathBuf>,
    /// The column of CSV files that has the codes
    #[arg(long, default_value = "codes", value_name = "NAME")]
    code_column: String,
    /// The column of CSV files that has the message ids [default: the first one]
    #[arg(long, value_name = "NAME")]
    id_column: Option<String>,
    /// What stands between several codes of one message in CSV files
    #[arg(long, default_value = ";", value_name = "TEXT")]
    separator: String,
    /// Also write all messages that coders disagree about, with their texts, to this CSV file
    #[arg(long, value_name = "FILE")]
    disagreements: Option<PathBuf>,
    /// Print JSON in full precision
    #[arg(long)]
    json: bool,
}

fn main() -> ExitCode {
    match run(&shell_completions::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            failure.print();
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<(), Failure> {
    let schemes: Result<Vec<CodeScheme>, _> =
        arguments.code_scheme.iter().map(|path| CodeScheme::read(path)).collect();
    let schemes = schemes.or_hint(code_schemes::SchemeFileError::hint)?;
    let columns = CsvColumns {
        id: arguments.id_column.clone(),
        codes: arguments.code_column.clone(),
        separator: arguments.separator.clone(),
    };
    let coders: Result<Vec<Coder>, CoderFileError> =
        arguments.files.iter().map(|path| read_coder(path, &schemes, &columns)).collect();
    let mut coders = coders.or_hint(CoderFileError::hint)?;
    name_apart(&mut coders, &arguments.files);
    let scores = score(&coders);
    if scores.iter().all(|score| score.n_compared == 0) {
        let error = anyhow!("the coders have no coded message in common");
        return Err(Failure::from(error)
            .with_hint("their files have the same message ids; in CSV, see `--id-column`"));
    }
    if let Some(path) = &arguments.disagreements {
        write(path, &disagreements_csv(&coders, &scores))?;
    }
    let text = match arguments.json {
        true => format!("{:#}\n", scores_json(&coders, &scores)),
        false => scores_text(&coders, &scores),
    };
    match io::stdout().lock().write_all(text.as_bytes()) {
        // Whoever reads the scores has seen enough.
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(anyhow!(error).into()),
        _ => Ok(()),
    }
}

/// Coders whose files have the same name are called by their paths.
fn name_apart(coders: &mut [Coder], paths: &[PathBuf]) {
    let names: BTreeSet<String> = coders.iter().map(|coder| coder.name.clone()).collect();
    if names.len() < coders.len() {
        for (coder, path) in coders.iter_mut().zip(paths) {
            coder.name = path.display().to_string();
        }
    }
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let files = WholeFiles::new();
    let mut file = files.create(path)?;
    file.write_all(bytes)?;
    file.commit()?;
    Ok(files.commit()?)
}
