//! Copies of CSV files as Parquet, for engines that work by column: DuckDB, Spark, BigQuery.
//!
//! | column | type |
//! |---|---|
//! | `sent_on` | timestamp, UTC, microseconds |
//! | `consent_withdrawn` | boolean |
//! | `<key>_<string value>` of codings that take several codes | integer, 1 or 0, so that sums count |
//! | others | text |
//!
//! An empty cell is null. A row of a person who withdrew their consent is null but for
//! `consent_withdrawn`.

use std::io::{self, BufReader, Read, Write};
use std::sync::Arc;

use parquet::basic::{Compression, LogicalType, Repetition, TimeUnit, Type as PhysicalType};
use parquet::column::writer::ColumnWriter;
use parquet::data_type::ByteArray;
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::{Type, TypePtr};

use crate::columns::{CONSENT_WITHDRAWN, ColumnKind};

/// How many rows are in memory at once; engines read such groups in parallel.
const ROWS_PER_GROUP: usize = 10_000;

/// A CSV file could not be copied to Parquet.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ParquetCopyError {
    /// The CSV file could not be read.
    #[error("could not read the CSV file to be copied to Parquet")]
    Read(#[from] csv::Error),
    /// The copy could not be written.
    #[error("could not write the copy as Parquet")]
    Write(#[from] ParquetError),
}

impl From<ParquetCopyError> for io::Error {
    fn from(error: ParquetCopyError) -> Self {
        Self::other(error)
    }
}

/// Writes a copy of the CSV file `csv`, whose columns are of `kinds`, as Parquet.
///
/// # Errors
///
/// When `csv` cannot be read or `out` not be written.
pub fn write_parquet_copy(
    csv: impl Read,
    kinds: &[ColumnKind],
    out: impl Write + Send,
) -> Result<(), ParquetCopyError> {
    let mut reader = csv::ReaderBuilder::new().from_reader(BufReader::new(csv));
    let names: Vec<String> = reader.headers()?.iter().map(str::to_owned).collect();
    let consent = names.iter().position(|name| name == CONSENT_WITHDRAWN);
    let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
    let mut writer = SerializedFileWriter::new(out, schema(&names, kinds)?, Arc::new(properties))?;
    let mut columns: Vec<Column> = kinds.iter().map(|kind| Column::new(*kind)).collect();
    let mut n_rows = 0;
    let mut row = csv::StringRecord::new();
    while reader.read_record(&mut row)? {
        let withdrawn = consent.is_some_and(|consent| &row[consent] == "true");
        for (index, (column, cell)) in columns.iter_mut().zip(&row).enumerate() {
            let hidden = withdrawn && Some(index) != consent;
            column.add(if hidden { "" } else { cell });
        }
        n_rows += 1;
        if n_rows % ROWS_PER_GROUP == 0 {
            write_group(&mut columns, &mut writer)?;
        }
    }
    if n_rows % ROWS_PER_GROUP != 0 {
        write_group(&mut columns, &mut writer)?;
    }
    writer.close()?;
    Ok(())
}

fn schema(names: &[String], kinds: &[ColumnKind]) -> Result<TypePtr, ParquetError> {
    let field = |(name, kind): (&String, &ColumnKind)| {
        let (physical, logical) = match kind {
            ColumnKind::Text => (PhysicalType::BYTE_ARRAY, Some(LogicalType::String)),
            ColumnKind::Bool => (PhysicalType::BOOLEAN, None),
            ColumnKind::Flag => (PhysicalType::INT32, Some(LogicalType::integer(8, true))),
            ColumnKind::Time => {
                (PhysicalType::INT64, Some(LogicalType::timestamp(true, TimeUnit::MICROS)))
            }
        };
        let field = Type::primitive_type_builder(name, physical)
            .with_repetition(Repetition::OPTIONAL)
            .with_logical_type(logical)
            .build()?;
        Ok(Arc::new(field))
    };
    let fields: Result<Vec<TypePtr>, ParquetError> = names.iter().zip(kinds).map(field).collect();
    Ok(Arc::new(Type::group_type_builder("row").with_fields(fields?).build()?))
}

/// The cells of a column in one group of rows: which are there, and those.
struct Column {
    is_there: Vec<i16>,
    cells: Cells,
}

enum Cells {
    Texts(Vec<ByteArray>),
    Times(Vec<i64>),
    Bools(Vec<bool>),
    Flags(Vec<i32>),
}

impl Column {
    fn new(kind: ColumnKind) -> Self {
        let cells = match kind {
            ColumnKind::Text => Cells::Texts(Vec::new()),
            ColumnKind::Time => Cells::Times(Vec::new()),
            ColumnKind::Bool => Cells::Bools(Vec::new()),
            ColumnKind::Flag => Cells::Flags(Vec::new()),
        };
        Self { is_there: Vec::new(), cells }
    }

    /// Adds a cell; what is empty, or not of the column's kind, is null.
    fn add(&mut self, cell: &str) {
        let is_there = match &mut self.cells {
            Cells::Texts(texts) => push(texts, Some(cell.into()).filter(|_| !cell.is_empty())),
            Cells::Times(times) => {
                push(times, iso_time::parse(cell).ok().map(|time| time.timestamp_micros()))
            }
            Cells::Bools(bools) => push(bools, cell.parse().ok()),
            Cells::Flags(flags) => push(flags, cell.parse().ok()),
        };
        self.is_there.push(i16::from(is_there));
    }
}

fn push<T>(values: &mut Vec<T>, value: Option<T>) -> bool {
    let is_there = value.is_some();
    values.extend(value);
    is_there
}

/// Writes the rows so far, and forgets them.
fn write_group<W: Write + Send>(
    columns: &mut [Column],
    writer: &mut SerializedFileWriter<W>,
) -> Result<(), ParquetError> {
    let mut group = writer.next_row_group()?;
    for Column { is_there, cells } in columns {
        let Some(mut column) = group.next_column()? else { break };
        let levels = Some(is_there.as_slice());
        match (column.untyped(), cells) {
            (ColumnWriter::ByteArrayColumnWriter(out), Cells::Texts(texts)) => {
                out.write_batch(texts, levels, None)?;
                texts.clear();
            }
            (ColumnWriter::Int64ColumnWriter(out), Cells::Times(times)) => {
                out.write_batch(times, levels, None)?;
                times.clear();
            }
            (ColumnWriter::BoolColumnWriter(out), Cells::Bools(bools)) => {
                out.write_batch(bools, levels, None)?;
                bools.clear();
            }
            (ColumnWriter::Int32ColumnWriter(out), Cells::Flags(flags)) => {
                out.write_batch(flags, levels, None)?;
                flags.clear();
            }
            _ => unreachable!("the schema was made from the same kinds"),
        }
        is_there.clear();
        column.close()?;
    }
    group.close()?;
    Ok(())
}
