//! The files of `Outputs/`, which appear together, and their copies for Excel.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use data_root::{DataRoot, FileError, Outputs, WholeFile, WholeFiles, excel_copy};
use processing::{
    ColumnKind, ExcelCounts, OutputFile, Processor, Sink, TableSource, write_excel_copy,
};
use stage_runner::Failure;

/// What happens to the copies for Excel: those of an earlier run must not stay beside newer files.
#[derive(Clone, Copy)]
pub(crate) enum ExcelCopies {
    Write,
    RemoveOld,
}

/// What happens to the copies as Parquet: those of an earlier run must not stay beside newer files.
#[derive(Clone, Copy)]
pub(crate) enum ParquetCopies {
    Write,
    RemoveOld,
}

/// Which copies there are of CSV files.
#[derive(Clone, Copy)]
pub(crate) struct Copies {
    pub(crate) excel: ExcelCopies,
    pub(crate) parquet: ParquetCopies,
}

/// Writes all files, which then appear together.
pub(crate) fn write(
    data_root: &DataRoot,
    processor: &Processor<'_>,
    mut sources: Vec<Box<dyn TableSource>>,
    codebook: &[u8],
    copies: Copies,
) -> Result<ExcelCounts, Failure> {
    let mut files = Files {
        paths: data_root.outputs(),
        files: WholeFiles::new(),
        processor,
        copies,
        excel_counts: ExcelCounts::default(),
    };
    processing::write_outputs(processor, &mut sources, &mut files)?;
    let mut file = files.files.create(&files.paths.codebook_csv())?;
    file.write_all(codebook)?;
    files.finish_csv(None, file)?;
    // The process is about to end; freeing millions of small values first would take a while.
    std::mem::forget(sources);
    files.files.commit()?;
    Ok(files.excel_counts)
}

struct Files<'a> {
    paths: Outputs,
    files: WholeFiles,
    processor: &'a Processor<'a>,
    copies: Copies,
    excel_counts: ExcelCounts,
}

impl Files<'_> {
    fn path(&self, file: &OutputFile) -> Result<PathBuf, FileError> {
        let paths = &self.paths;
        Ok(match file {
            OutputFile::ProductionCsv => paths.production_csv(),
            OutputFile::MessagesCsv => paths.messages_csv(),
            OutputFile::IndividualsCsv => paths.individuals_csv(),
            OutputFile::MessagesTracedData => paths.messages_traced_data(),
            OutputFile::IndividualsTracedData => paths.individuals_traced_data(),
            OutputFile::AutoCodingTracedData => paths.auto_coding_traced_data(),
            OutputFile::Icr(name) => paths.icr_file(name)?,
            OutputFile::Coda(dataset) => paths.coda_file(dataset)?,
        })
    }

    /// Completes a CSV file and sees to its copies.
    fn finish_csv(
        &mut self,
        kinds: Option<Vec<ColumnKind>>,
        mut file: WholeFile,
    ) -> io::Result<()> {
        let for_excel = excel_copy(file.final_path());
        match self.copies.excel {
            ExcelCopies::RemoveOld => self.files.remove(&for_excel),
            ExcelCopies::Write => self.write_excel_copy(&mut file, &for_excel)?,
        }
        if let Some(kinds) = kinds {
            let as_parquet = file.final_path().with_extension("parquet");
            match self.copies.parquet {
                ParquetCopies::RemoveOld => self.files.remove(&as_parquet),
                ParquetCopies::Write => self.write_parquet_copy(&mut file, &as_parquet, &kinds)?,
            }
        }
        file.commit().map_err(io::Error::other)
    }

    fn write_excel_copy(&mut self, file: &mut WholeFile, copy: &Path) -> io::Result<()> {
        let csv = file.read_back().map_err(io::Error::other)?;
        let mut copy = self.files.create(copy).map_err(io::Error::other)?;
        self.excel_counts.add(write_excel_copy(csv, &mut copy)?);
        copy.commit().map_err(io::Error::other)
    }

    #[cfg(feature = "parquet")]
    fn write_parquet_copy(
        &self,
        file: &mut WholeFile,
        copy: &Path,
        kinds: &[ColumnKind],
    ) -> io::Result<()> {
        let csv = file.read_back().map_err(io::Error::other)?;
        let mut copy = self.files.create(copy).map_err(io::Error::other)?;
        processing::write_parquet_copy(csv, kinds, &mut copy)?;
        copy.commit().map_err(io::Error::other)
    }

    #[cfg(not(feature = "parquet"))]
    fn write_parquet_copy(
        &self,
        _file: &mut WholeFile,
        _copy: &Path,
        _kinds: &[ColumnKind],
    ) -> io::Result<()> {
        unreachable!("`--parquet` was refused")
    }
}

impl Sink for Files<'_> {
    type File = WholeFile;

    fn create(&mut self, file: &OutputFile) -> io::Result<WholeFile> {
        let path = self.path(file).map_err(io::Error::other)?;
        if matches!(file, OutputFile::MessagesTracedData) {
            // Its place is taken; an older one could have what a person has since withdrawn.
            self.files.remove(&self.paths.auto_coding_traced_data());
        }
        self.files.create(&path).map_err(io::Error::other)
    }

    fn finish(&mut self, file: &OutputFile, writer: WholeFile) -> io::Result<()> {
        match file {
            OutputFile::ProductionCsv | OutputFile::MessagesCsv | OutputFile::IndividualsCsv => {
                self.finish_csv(self.processor.column_kinds(file), writer)
            }
            _ => writer.commit().map_err(io::Error::other),
        }
    }
}
