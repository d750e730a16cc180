//! Telephone operators, by the first digits of a number.

use std::sync::LazyLock;

/// Prefix, operator and zone, longest prefixes first.
static PREFIXES: LazyLock<Vec<Prefix>> = LazyLock::new(|| {
    let mut prefixes: Vec<Prefix> =
        include_str!("../data/operators.csv").lines().skip(1).filter_map(Prefix::read).collect();
    prefixes.sort_by_key(|prefix| std::cmp::Reverse(prefix.digits.len()));
    prefixes
});

struct Prefix {
    digits: &'static str,
    operator: &'static str,
    zone: Option<&'static str>,
}

impl Prefix {
    fn read(line: &'static str) -> Option<Prefix> {
        let mut cells = line.split(',');
        let (digits, operator) = (cells.next()?, cells.next()?);
        let zone = cells.next().filter(|zone| !zone.is_empty());
        Some(Prefix { digits, operator, zone })
    }
}

/// The operator that numbers beginning as `normalised_number` belong to, `None` if it is none of
/// ours.
///
/// A normalised number is digits only, country code first (`252…`), without `+` or `00`.
///
/// ```
/// use text_cleaners::operators::operator_of_number;
/// assert_eq!(operator_of_number("252610000000"), Some("hormud"));
/// assert_eq!(operator_of_number("4400000000"), None);
/// ```
pub fn operator_of_number(normalised_number: &str) -> Option<&'static str> {
    PREFIXES
        .iter()
        .find(|prefix| normalised_number.starts_with(prefix.digits))
        .map(|prefix| prefix.operator)
}

/// The zone that most customers of an operator live in, `None` where there is no such zone.
///
/// ```
/// use text_cleaners::operators::zone_of_operator;
/// assert_eq!(zone_of_operator("golis"), Some("nez"));
/// assert_eq!(zone_of_operator("somtel"), None);
/// ```
pub fn zone_of_operator(operator_code: &str) -> Option<&'static str> {
    PREFIXES.iter().find(|prefix| prefix.operator == operator_code).and_then(|prefix| prefix.zone)
}

/// Every operator code once, in the order of the codes' names.
pub(crate) fn codes() -> Vec<&'static str> {
    let mut codes: Vec<&'static str> = PREFIXES.iter().map(|prefix| prefix.operator).collect();
    codes.sort_unstable();
    codes.dedup();
    codes
}

/// The digits of a number as people write it (`+252 61…`, `tel:+252…`), without leading zeros.
pub(crate) fn normalise_number(text: &str) -> String {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    digits.trim_start_matches('0').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_are_the_same_on_all_lines_of_an_operator() {
        for prefix in PREFIXES.iter() {
            assert_eq!(zone_of_operator(prefix.operator), prefix.zone, "{}", prefix.operator);
        }
    }

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

    #[track_caller]
    fn check(number: &str, expected: Option<&str>) {
        assert_eq!(operator_of_number(&normalise_number(number)), expected, "number: {number:?}");
    }
}
