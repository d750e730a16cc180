//! Where the labels of a map go, for maps on which someone placed them by hand.

use std::path::{Path, PathBuf};

/// Where the label of a shape goes, in degrees (longitude, latitude).
#[derive(Debug, Clone, PartialEq)]
pub struct LabelPosition {
    /// The id of the shape.
    pub id: String,
    /// The middle of the label.
    pub label: [f64; 2],
    /// Where a line from the label ends; `None`: the label needs no line.
    pub target: Option<[f64; 2]>,
}

/// Reads label positions: CSV with the columns `id`, `longitude`, `latitude` and, for labels with
/// a line, `target_longitude`, `target_latitude`.
///
/// # Errors
///
/// [`PositionsError`] for the first line that cannot be used.
pub fn read_positions(path: &Path, text: &str) -> Result<Vec<LabelPosition>, PositionsError> {
    let mut reader =
        csv::ReaderBuilder::new().flexible(true).trim(csv::Trim::All).from_reader(text.as_bytes());
    let not_csv = |source| PositionsError::NotCsv { path: path.to_path_buf(), source };
    let headers = reader.headers().map_err(not_csv)?.clone();
    let column = |name: &'static str| headers.iter().position(|header| header == name);
    let needed = |name: &'static str| {
        column(name)
            .ok_or_else(|| PositionsError::NoColumn { path: path.to_path_buf(), column: name })
    };
    let (id, longitude, latitude) = (needed("id")?, needed("longitude")?, needed("latitude")?);
    let target = column("target_longitude").zip(column("target_latitude"));
    let mut positions = Vec::new();
    for record in reader.records() {
        let record = record.map_err(not_csv)?;
        let line = record.position().map_or(0, csv::Position::line);
        let cell = |place: usize| record.get(place).unwrap_or_default();
        let degrees = |place: usize| {
            cell(place).parse::<f64>().ok().filter(|degrees| degrees.abs() <= 180.0).ok_or_else(
                || {
                    let found = cell(place).to_owned();
                    PositionsError::NotDegrees { path: path.to_path_buf(), line, found }
                },
            )
        };
        let target = target.filter(|target| !cell(target.0).is_empty());
        positions.push(LabelPosition {
            id: cell(id).to_owned(),
            label: [degrees(longitude)?, degrees(latitude)?],
            target: target.map(|(x, y)| Ok([degrees(x)?, degrees(y)?])).transpose()?,
        });
    }
    Ok(positions)
}

/// A file of label positions cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PositionsError {
    /// It is not CSV.
    #[error("`{}` is not CSV", .path.display())]
    NotCsv {
        /// The file.
        path: PathBuf,
        /// Why.
        source: csv::Error,
    },
    /// A column is missing.
    #[error("`{}` has no column `{column}`", .path.display())]
    NoColumn {
        /// The file.
        path: PathBuf,
        /// The column.
        column: &'static str,
    },
    /// A cell is not a number of degrees.
    #[error("`{}`, line {line}: expected degrees, found `{found}`", .path.display())]
    NotDegrees {
        /// The file.
        path: PathBuf,
        /// Counted from 1.
        line: u64,
        /// What the cell has.
        found: String,
    },
}

impl PositionsError {
    /// What the operator can try.
    pub fn hint(&self) -> Option<String> {
        Some(
            "`LabelPositions` of a map layer is a CSV file with the columns `id`, `longitude`, \
             `latitude` and, if needed, `target_longitude`, `target_latitude`"
                .to_owned(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_to_a_target_is_optional() {
        let text = "id,longitude,latitude,target_longitude,target_latitude\nbay,43.5,2.5,,\nbanadir,46.5,1.5,45.3,2.0\n";
        let positions = read_positions(Path::new("a.csv"), text).unwrap();
        assert_eq!(positions[0].target, None);
        assert_eq!(positions[1].target, Some([45.3, 2.0]));
        assert_eq!(positions[1].label, [46.5, 1.5]);
    }

    #[test]
    fn says_which_line_is_wrong() {
        let read = |text| read_positions(Path::new("a.csv"), text).unwrap_err().to_string();
        assert_eq!(read("id,longitude\n"), "`a.csv` has no column `latitude`");
        assert_eq!(
            read("id,longitude,latitude\nbay,43.5,2.5\nbari,x,2\n"),
            "`a.csv`, line 3: expected degrees, found `x`"
        );
    }
}
