//! Telephone operators, by the first digits of a number.

use std::path::Path;

use checked_json::Problem;

use crate::table::Table;

/// How many digits of a number the pipeline keeps, so that they lead to nobody.
const MOST_DIGITS: usize = 5;

/// The operators of a country, and of those abroad that people write from.
#[derive(Debug, Default)]
pub struct Operators {
    /// Longest prefixes first.
    prefixes: Vec<Prefix>,
}

#[derive(Debug)]
struct Prefix {
    /// The first digits of numbers, country code first; or how else people are reached.
    text: String,
    operator: String,
    place: Option<String>,
}

impl Operators {
    /// The columns of the file.
    pub(crate) const COLUMNS: [&str; 3] = ["prefix", "operator", "place"];

    /// Reads a table of prefixes.
    pub(crate) fn read(file: &Path, text: &str) -> (Operators, Vec<Problem>) {
        let mut table = Table::read(file, text, &Self::COLUMNS);
        let mut prefixes: Vec<Prefix> = Vec::new();
        for row in std::mem::take(&mut table.rows) {
            let [text, operator, place] = row.cells.each_ref().map(String::as_str);
            let place = Some(place).filter(|place| !place.is_empty());
            if text.is_empty() || operator.is_empty() {
                table.problem(row.line, "expected a prefix and an operator, found nothing");
            } else if is_digits(text) && MOST_DIGITS < text.len() {
                let hint = "the pipeline keeps no more of a number, so that it leads to nobody";
                let message = format!("prefix `{text}` has more than {MOST_DIGITS} digits");
                table.problem_with_hint(row.line, message, hint);
            } else if prefixes.iter().any(|known| known.text == text) {
                table.problem(row.line, format!("prefix `{text}` is given twice"));
            } else if let Some(known) = prefixes.iter().find(|known| known.operator == operator)
                && known.place.as_deref() != place
            {
                let hint = "most customers of an operator live in one place, or in none";
                let message = format!("operator `{operator}` has another place above");
                table.problem_with_hint(row.line, message, hint);
            } else {
                prefixes.push(Prefix {
                    text: text.to_owned(),
                    operator: operator.to_owned(),
                    place: place.map(str::to_owned),
                });
            }
        }
        prefixes.sort_by_key(|prefix| std::cmp::Reverse(prefix.text.len()));
        (Operators { prefixes }, table.problems)
    }

    /// The operator of a number as people or RapidPro write it (`+254 71…`, `tel:+254…`), or of
    /// another way to reach people (`whatsapp`); `None` when the table has none.
    pub fn operator_of(&self, text: &str) -> Option<&str> {
        let number = normalise_number(text);
        let mut prefixes = self.prefixes.iter();
        let prefix = match number.is_empty() {
            true => prefixes.find(|prefix| prefix.text == text),
            false => prefixes.find(|it| is_digits(&it.text) && number.starts_with(&it.text)),
        };
        prefix.map(|prefix| prefix.operator.as_str())
    }

    /// The place that most customers of an operator live in, `None` where there is no such place.
    pub fn place_of(&self, operator: &str) -> Option<&str> {
        let prefix = self.prefixes.iter().find(|prefix| prefix.operator == operator)?;
        prefix.place.as_deref()
    }

    /// Every operator once, in alphabetical order.
    pub fn codes(&self) -> Vec<&str> {
        let mut codes: Vec<&str> =
            self.prefixes.iter().map(|prefix| prefix.operator.as_str()).collect();
        codes.sort_unstable();
        codes.dedup();
        codes
    }

    /// The first digits of numbers, each with its operator, in the order of the digits.
    pub fn prefixes(&self) -> Vec<(&str, &str)> {
        let digits = self.prefixes.iter().filter(|prefix| is_digits(&prefix.text));
        let mut prefixes: Vec<(&str, &str)> =
            digits.map(|prefix| (prefix.text.as_str(), prefix.operator.as_str())).collect();
        prefixes.sort_unstable();
        prefixes
    }
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The digits of a number as people write it, without leading zeros.
pub(crate) fn normalise_number(text: &str) -> String {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    digits.trim_start_matches('0').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_in_many_ways() {
        check("+252 61 000 00 00", Some("hormud"));
        check("tel:+252900000000", Some("golis"));
        check("00252-63-0000000", Some("telesom"));
        check("254700000000", Some("kenyan telephone"));
    }

    #[test]
    fn leaves_other_numbers_to_a_human() {
        check("", None);
        check("0610000000", None);
        check("252600000000", None);
        check("facebook:0000", None);
    }

    #[test]
    fn people_without_a_number_have_the_operator_that_the_table_says() {
        let (operators, problems) = read("25471,mobile,\nwhatsapp,whatsapp,\n");
        assert_eq!(problems, Vec::<String>::new());
        assert_eq!(operators.operator_of("whatsapp"), Some("whatsapp"));
        assert_eq!(operators.operator_of("telegram"), None);
        assert_eq!(operators.operator_of("25471"), Some("mobile"));
        assert_eq!(operators.prefixes(), [("25471", "mobile")]);
    }

    #[test]
    fn says_which_line_is_wrong() {
        let check = |rows: &str, expected: &str| assert_eq!(read(rows).1, [expected]);
        check(
            "25471,,\n",
            "o.csv, line 2, column 1: expected a prefix and an operator, found nothing",
        );
        check("254710,a,\n", "o.csv, line 2, column 1: prefix `254710` has more than 5 digits");
        check("25471,a,\n25471,b,\n", "o.csv, line 3, column 1: prefix `25471` is given twice");
        check(
            "25471,a,x\n25472,a,\n",
            "o.csv, line 3, column 1: operator `a` has another place above",
        );
        check("25471,a\n", "o.csv, line 2, column 1: expected 3 cells, found 2");
    }

    fn read(rows: &str) -> (Operators, Vec<String>) {
        let text = format!("prefix,operator,place\n{rows}");
        let (operators, problems) = Operators::read(Path::new("o.csv"), &text);
        (operators, problems.iter().map(Problem::to_string).collect())
    }

    #[track_caller]
    fn check(number: &str, expected: Option<&str>) {
        let country = crate::country::tests::somalia();
        assert_eq!(country.operators().operator_of(number), expected, "number: {number:?}");
    }
}
