//! CSV files of a country: rows with their lines, and what is wrong with them.

use std::path::{Path, PathBuf};

use checked_json::Problem;

use crate::lines::LineProblem;

/// A CSV file with a header row and `N` columns.
pub(crate) struct Table<const N: usize> {
    file: PathBuf,
    pub(crate) rows: Vec<Row<N>>,
    pub(crate) problems: Vec<Problem>,
}

/// A row without blanks around its cells.
pub(crate) struct Row<const N: usize> {
    pub(crate) cells: [String; N],
    /// Counted from 1.
    pub(crate) line: usize,
}

impl<const N: usize> Table<N> {
    /// Reads `text`, whose first row must name `columns`.
    pub(crate) fn read(file: &Path, text: &str, columns: &[&str; N]) -> Self {
        let mut table = Table { file: file.to_path_buf(), rows: Vec::new(), problems: Vec::new() };
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .trim(csv::Trim::All)
            .from_reader(text.as_bytes());
        let mut is_header = true;
        for record in reader.records() {
            let record = match record {
                Ok(record) => record,
                Err(error) => {
                    table.problem(1, format!("expected a CSV file: {error}"));
                    break;
                }
            };
            let line = record.position().map_or(0, |position| position.line() as usize);
            if std::mem::take(&mut is_header) {
                table.check_header(&record, columns);
            } else {
                table.add_row(&record, line);
            }
        }
        if is_header {
            table.problem(1, "the file is empty");
        }
        table
    }

    pub(crate) fn problem(&mut self, line: usize, message: impl Into<String>) {
        self.problems.push(LineProblem::new(line, message).of_file(&self.file));
    }

    pub(crate) fn problem_with_hint(
        &mut self,
        line: usize,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) {
        self.problems.push(LineProblem::new(line, message).hint(hint).of_file(&self.file));
    }

    fn check_header(&mut self, record: &csv::StringRecord, columns: &[&str; N]) {
        if !record.iter().eq(columns.iter().copied()) {
            let found: Vec<&str> = record.iter().collect();
            let message = format!(
                "expected the columns `{}`, found `{}`",
                columns.join(","),
                found.join(",")
            );
            self.problem(1, message);
        }
    }

    fn add_row(&mut self, record: &csv::StringRecord, line: usize) {
        let cells: Vec<String> = record.iter().map(str::to_owned).collect();
        let n_cells = cells.len();
        match cells.try_into() {
            Ok(cells) => self.rows.push(Row { cells, line }),
            Err(_) => self.problem(line, format!("expected {N} cells, found {n_cells}")),
        }
    }
}
