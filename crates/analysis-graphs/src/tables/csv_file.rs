//! CSV as Python's `csv` module writes it with `\n` at line ends, and numbers as Python prints them.

/// A CSV file that grows row by row.
pub(super) struct CsvFile(csv::Writer<Vec<u8>>);

impl CsvFile {
    pub(super) fn new<'a>(header: impl IntoIterator<Item = &'a str>) -> Self {
        let writer = csv::WriterBuilder::new()
            .terminator(csv::Terminator::Any(b'\n'))
            .from_writer(Vec::new());
        let mut file = Self(writer);
        file.row(header);
        file
    }

    pub(super) fn row(&mut self, cells: impl IntoIterator<Item = impl AsRef<[u8]>>) {
        self.0
            .write_record(cells)
            .expect("writing to memory cannot fail, and rows have one length");
    }

    pub(super) fn finish(self) -> Vec<u8> {
        self.0.into_inner().expect("writing to memory cannot fail")
    }
}

/// `part` as a percentage of `whole` with one decimal, as Python's `round` gives it; `-` when
/// there is no whole.
pub(super) fn percentage(part: u64, whole: u64) -> String {
    if whole == 0 {
        return "-".to_owned();
    }
    format!("{:.1}", part as f64 / whole as f64 * 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentages_are_those_of_python() {
        // Expected values: `str(round(part / whole * 100, 1))` of Python 3.11.
        for (part, whole, expected) in [
            (0, 0, "-"),
            (0, 7, "0.0"),
            (7, 7, "100.0"),
            (1, 3, "33.3"),
            (2, 3, "66.7"),
            (1, 8, "12.5"),
            (1, 16, "6.2"),
            (3, 16, "18.8"),
            (5, 16, "31.2"),
            (1, 2000, "0.1"),
            (1, 400, "0.2"),
            (3, 400, "0.8"),
            (9, 4, "225.0"),
        ] {
            assert_eq!(percentage(part, whole), expected, "{part} of {whole}");
        }
    }

    #[test]
    fn quotes_only_where_needed() {
        let mut file = CsvFile::new(["a", "b"]);
        file.row(["x, \"y\"", " z\n"]);
        assert_eq!(file.finish(), b"a,b\n\"x, \"\"y\"\"\",\" z\n\"\n");
    }
}
