//! Rows of CSV files, quoted as Python's `csv` module quotes them, with `\n` at line ends.

use std::borrow::Cow;

/// One row, line end included.
///
/// Fields are quoted only where they must be. A lone carriage return is quoted too: R, Excel and
/// newer Pythons take it for a line end otherwise.
pub(crate) fn csv_row<'a>(cells: impl IntoIterator<Item = Cow<'a, str>>) -> Box<[u8]> {
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::Any(b'\n'))
        .buffer_capacity(1024)
        .from_writer(Vec::with_capacity(1024));
    let cells = cells.into_iter().map(|cell| match cell {
        Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
        Cow::Owned(text) => Cow::Owned(text.into_bytes()),
    });
    writer.write_record(cells).expect("writing to memory cannot fail");
    writer.into_inner().expect("writing to memory cannot fail").into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_what_python_quotes() {
        check(&["a", "b c", ""], "a,b c,\n");
        check(
            &["a,b", "say \"haa\"", "two\nlines"],
            "\"a,b\",\"say \"\"haa\"\"\",\"two\nlines\"\n",
        );
        check(&[" a", "=1+2", "é;🙏"], " a,=1+2,é;🙏\n");
        check(&["one\rtwo"], "\"one\rtwo\"\n");
        check(&[""], "\"\"\n");
    }

    #[track_caller]
    fn check(cells: &[&str], expected: &str) {
        let row = csv_row(cells.iter().map(|cell| Cow::Borrowed(*cell)));
        assert_eq!(String::from_utf8_lossy(&row), expected);
    }
}
