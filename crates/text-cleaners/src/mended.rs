//! Where the original reads a word that is not there, by the rules in `mended.txt`.

use std::sync::LazyLock;

use text_cleaners::{Cleaner, Country, Explanation, Outcome};

static RULES: LazyLock<Vec<Rule>> = LazyLock::new(|| {
    include_str!("../data/measure/mended.txt").lines().filter_map(Rule::read).collect()
});

/// A line `start of cleaners' names | their code | word, =word, … | reason`.
struct Rule {
    cleaner: &'static str,
    /// `*` for any.
    theirs: &'static str,
    words: Vec<&'static str>,
    reason: &'static str,
}

impl Rule {
    fn read(line: &'static str) -> Option<Rule> {
        let line = line.split_once('#').map_or(line, |(line, _)| line);
        let mut cells = line.split('|').map(str::trim);
        let (cleaner, theirs) = (cells.next()?, cells.next()?);
        let words = cells.next()?.split(',').map(str::trim).collect();
        Some(Rule { cleaner, theirs, words, reason: cells.next()? })
    }
}

/// Why it is no loss that `ours` is not the code `theirs`, `None` if it is one.
pub(crate) fn reason(
    country: &Country,
    cleaner: &Cleaner,
    input: &str,
    theirs: &str,
    ours: &Explanation,
) -> Option<String> {
    let by_outcome = match ours.outcome {
        Outcome::SaysMore(_)
            if ours.findings.iter().any(|it| lies_in(country, &it.meaning, theirs)) =>
        {
            Some("a place within it is coded, which says more")
        }
        Outcome::Coded(_) if cleaner.reads_ages() && 1 < ours.findings.len() => {
            Some("number words are added as they are said")
        }
        Outcome::Coded(_) if ours.findings.iter().any(|finding| finding.meaning == theirs) => {
            Some("names several codes: the first of the list is given, whatever the spelling")
        }
        Outcome::HalfKnownNumber => {
            Some("an unknown word beside a number word may be the rest of the number")
        }
        Outcome::NothingFound if !cleaner.reads_ages() && holds_mixed_word(input) => {
            Some("a digit or an accented letter inside a word: for a human to read")
        }
        _ => None,
    };
    let input = fold(input);
    let by_word = || {
        RULES
            .iter()
            .filter(|rule| cleaner.name().starts_with(rule.cleaner))
            .filter(|rule| rule.theirs == "*" || rule.theirs == theirs)
            .find(|rule| rule.words.iter().any(|word| holds(&input, word)))
            .map(|rule| rule.reason)
    };
    by_outcome.or_else(by_word).map(str::to_owned)
}

fn lies_in(country: &Country, place: &str, larger: &str) -> bool {
    let locations = country.locations();
    locations.levels().any(|(level, _)| locations.level_code(place, level) == Some(larger))
}

/// Whether a word of `text` has letters beside digits, or letters that are not ASCII.
fn holds_mixed_word(text: &str) -> bool {
    let is_mixed = |word: &str| {
        let has_letter = word.contains(|letter: char| letter.is_ascii_alphabetic());
        let has_other = word.contains(|letter: char| {
            letter.is_numeric() || !letter.is_ascii() && !is_dotted_i(letter)
        });
        has_letter && has_other
    };
    text.split(|letter: char| !letter.is_alphanumeric() && letter.is_ascii()).any(is_mixed)
}

/// The Turkish letters that count as `i`, and the long s.
fn is_dotted_i(letter: char) -> bool {
    matches!(letter, 'İ' | 'ı' | '\u{307}' | 'ſ')
}

/// Lower case with blanks between words, each letter once: enough to find a word again.
fn fold(text: &str) -> String {
    let mut folded = String::from(" ");
    for letter in text.to_lowercase().chars().filter(|letter| *letter != '\u{307}') {
        let letter = match letter {
            'ı' => 'i',
            'ſ' => 's',
            letter if letter.is_alphanumeric() => letter,
            _ => ' ',
        };
        if !folded.ends_with(letter) {
            folded.push(letter);
        }
    }
    folded.push(' ');
    folded
}

/// Whether the folded `text` holds `word`: anywhere, or after `=` as a word of its own.
fn holds(text: &str, word: &str) -> bool {
    match word.strip_prefix('=') {
        Some(word) => text.contains(fold(word).as_str()),
        None => text.contains(fold(word).trim()),
    }
}
