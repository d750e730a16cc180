//! Copies of CSV files that are safe and readable when they are opened in Excel.
//!
//! Excel takes a cell that begins with `=`, `+`, `-` or `@` for a formula, which can fetch from the
//! network or run programs. What people sent must never do that, so such a text gets an apostrophe
//! in front. Numbers stay numbers.

use std::borrow::Cow;
use std::io::{self, BufReader, Read, Write};

/// How many rows Excel shows of a file, the header included.
pub const MAX_EXCEL_ROWS: u64 = 1_048_576;

/// How long a text can be in Excel, in UTF-16 code units.
const MAX_CELL_UNITS: usize = 32_767;

/// What stands at the end of a text that was cut.
const CUT_MARK: &str = " … (cut here: the whole text is in the CSV file)";

/// With this Excel knows that the text is UTF-8.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// What begins a formula, also as full-width and small characters, which some keyboards give.
const FORMULA_STARTS: [char; 12] = [
    '=', '+', '-', '@', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}', '\u{fe66}', '\u{fe62}',
    '\u{fe63}', '\u{fe6b}',
];

/// What begins a cell or a row within a text when a spreadsheet program expects another separator
/// than the comma, as Excel does in many countries, and then misreads quotes too.
const OTHER_SEPARATORS: [char; 4] = [';', '\t', '\n', '\r'];

/// A number with more digits is a text of some kind, of which Excel would keep 15 digits.
const MAX_NUMBER_DIGITS: usize = 15;

/// What was done to a copy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ExcelCounts {
    /// Rows, the header included.
    pub n_rows: u64,
    /// Cells that could have become formulas.
    pub n_made_harmless: u64,
    /// Texts that were too long.
    pub n_cut: u64,
}

impl ExcelCounts {
    /// Adds what was done to another file; of rows, the larger number stays.
    pub fn add(&mut self, other: Self) {
        self.n_rows = self.n_rows.max(other.n_rows);
        self.n_made_harmless += other.n_made_harmless;
        self.n_cut += other.n_cut;
    }
}

/// Writes a copy of the CSV file `csv` for Excel: UTF-8 with a byte order mark, `\r\n` at line
/// ends, formulas made harmless, texts cut to what a cell can hold.
///
/// Rows are copied one by one, so that a file of any size can be.
///
/// # Errors
///
/// When `csv` cannot be read or `out` not be written.
pub fn write_excel_copy(csv: impl Read, out: &mut impl Write) -> io::Result<ExcelCounts> {
    out.write_all(BYTE_ORDER_MARK)?;
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(BufReader::new(csv));
    let mut writer =
        csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).flexible(true).from_writer(out);
    let mut counts = ExcelCounts::default();
    let mut row = csv::ByteRecord::new();
    while reader.read_byte_record(&mut row)? {
        counts.n_rows += 1;
        for cell in &row {
            writer.write_field(excel_cell(cell, &mut counts).as_bytes())?;
        }
        writer.write_record(None::<&[u8]>)?;
    }
    writer.flush()?;
    Ok(counts)
}

fn excel_cell<'a>(cell: &'a [u8], counts: &mut ExcelCounts) -> Cow<'a, str> {
    let text = String::from_utf8_lossy(cell);
    let harmless = harmless(&text);
    if let Cow::Owned(harmless) = harmless {
        counts.n_made_harmless += 1;
        return cut(harmless.into(), counts);
    }
    cut(text, counts)
}

/// The text with an apostrophe before everything that could begin a formula.
fn harmless(text: &str) -> Cow<'_, str> {
    let mut harmless = String::new();
    let mut n_copied = 0;
    let after_separators = text.match_indices(OTHER_SEPARATORS).map(|(position, _)| position + 1);
    for start in std::iter::once(0).chain(after_separators) {
        let begins_with_break = start == 0 && text.starts_with(['\t', '\r', '\n']);
        let is_safe_number = start == 0 && is_number(text.trim());
        if begins_with_break || !is_safe_number && begins_formula(&text[start..]) {
            harmless.push_str(&text[n_copied..start]);
            harmless.push('\'');
            n_copied = start;
        }
    }
    match harmless.is_empty() {
        true => Cow::Borrowed(text),
        false => Cow::Owned(harmless + &text[n_copied..]),
    }
}

/// Whether a spreadsheet program could take the text for a formula.
fn begins_formula(text: &str) -> bool {
    // Quotes do not count where the program misreads them.
    text.trim_start_matches(|c| is_invisible(c) || c == '"').starts_with(FORMULA_STARTS)
}

/// White space, control characters, and marks that have no width.
fn is_invisible(character: char) -> bool {
    character.is_whitespace()
        || character.is_control()
        || matches!(
            character,
            '\u{ad}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
                | '\u{2060}'..='\u{2069}' | '\u{feff}'
        )
}

/// Whether the text is a number such as `-1` or `-20.5`.
///
/// With a plus it is none: `+252…` is a telephone number, of which Excel would drop the plus.
fn is_number(text: &str) -> bool {
    let text = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let are_digits =
        |digits: &str| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    text.len() <= MAX_NUMBER_DIGITS && are_digits(whole) && are_digits(fraction)
}

/// The text, or as much of its beginning as fits in a cell with a mark at the end.
fn cut<'a>(text: Cow<'a, str>, counts: &mut ExcelCounts) -> Cow<'a, str> {
    // A text has at least as many bytes as UTF-16 code units.
    if text.len() <= MAX_CELL_UNITS || text.encode_utf16().count() <= MAX_CELL_UNITS {
        return text;
    }
    counts.n_cut += 1;
    let mut n_units = CUT_MARK.encode_utf16().count();
    let kept = text.chars().take_while(|character| {
        n_units += character.len_utf16();
        n_units <= MAX_CELL_UNITS
    });
    Cow::Owned(kept.chain(CUT_MARK.chars()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_could_be_formulas_get_an_apostrophe() {
        check("=1+2", "'=1+2");
        check("=HYPERLINK(\"http://example.org\")", "'=HYPERLINK(\"http://example.org\")");
        check("+252611234567", "'+252611234567");
        check("-haa", "'-haa");
        check("@SUM(A1)", "'@SUM(A1)");
        check("-", "'-");
    }

    #[test]
    fn nothing_before_the_sign_hides_it() {
        check("  =1", "'  =1");
        check("\u{200f}=1", "'\u{200f}=1");
        check("\u{feff}\u{a0}=1", "'\u{feff}\u{a0}=1");
        check("\0=1", "'\0=1");
        check("\"=1", "'\"=1");
    }

    #[test]
    fn other_widths_of_the_signs_count_too() {
        for sign in FORMULA_STARTS {
            check(&format!("{sign}1+2"), &format!("'{sign}1+2"));
        }
        check("＝cmd", "'＝cmd");
    }

    #[test]
    fn a_text_that_begins_with_a_tab_or_line_end_gets_an_apostrophe() {
        check("\thaa", "'\thaa");
        check("\rhaa", "'\rhaa");
        check("\nhaa", "'\nhaa");
    }

    #[test]
    fn numbers_stay_numbers() {
        for number in ["-1", "-20.5", "0", "5", " -1 ", "-100000"] {
            check(number, number);
        }
        check("-1-2", "'-1-2");
        check("-1.", "'-1.");
        check("--1", "'--1");
        check("-1234567890123456", "'-1234567890123456");
    }

    #[test]
    fn other_texts_stay_as_they_are() {
        for text in ["", "haa", "a=b", "10 - 14", "me@example.org", "haa;maya", "✋🏽 haa, maya"]
        {
            check(text, text);
        }
    }

    #[test]
    fn where_another_separator_would_begin_a_cell_the_same_holds() {
        check("haa;=1+2;maya", "haa;'=1+2;maya");
        check("haa; \"=1+2;", "haa;' \"=1+2;");
        check("haa\n=1", "haa\n'=1");
        check("-1;-2", "'-1;'-2");
        check("a;;=1", "a;;'=1");
        check("=1;=2", "'=1;'=2");
    }

    #[test]
    fn the_copy_has_a_byte_order_mark_and_windows_line_ends() {
        let csv = "uid,text\nx,\"é,\n=1\"\nSTOP,\"\"\n";
        let mut copy = Vec::new();
        let counts = write_excel_copy(csv.as_bytes(), &mut copy).unwrap();
        assert_eq!(
            String::from_utf8(copy).unwrap(),
            "\u{feff}uid,text\r\nx,\"é,\n'=1\"\r\nSTOP,\r\n"
        );
        assert_eq!(counts, ExcelCounts { n_rows: 3, n_made_harmless: 1, n_cut: 0 });
    }

    #[test]
    fn a_text_that_is_too_long_is_cut_at_a_character() {
        let fits = "x".repeat(MAX_CELL_UNITS);
        check(&fits, &fits);
        let long = "🙏".repeat(MAX_CELL_UNITS);
        let mut counts = ExcelCounts::default();
        let text = excel_cell(long.as_bytes(), &mut counts);
        let n_units = text.encode_utf16().count();
        assert!((MAX_CELL_UNITS - 1..=MAX_CELL_UNITS).contains(&n_units), "{n_units}");
        assert!(text.ends_with(CUT_MARK));
        assert_eq!(counts.n_cut, 1);
    }

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let mut counts = ExcelCounts::default();
        assert_eq!(excel_cell(text.as_bytes(), &mut counts), expected, "text: {text:?}");
        assert_eq!(counts.n_made_harmless, u64::from(text != expected));
    }
}
