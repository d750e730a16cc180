//! The age that an answer states, in digits or in number words.
//!
//! Number words are added as they are said: tens before units (`labaatan iyo shan`) or, with a
//! joining word, units before tens (`shan iyo labaatan`). Languages may be mixed. They count only
//! when nothing but fillers stands beside them: after `labaatan iyo` an unknown word may be a unit.
//! Letters typed for digits, such as `lo`, count only when no other number stands beside them.
//! Of several ages the first counts, and one that is counted in years before others.

use std::ops::Range;
use std::sync::{Arc, LazyLock};

use crate::lexicon::{Found, Lexicon};
use crate::spelling::Text;
use crate::vocabulary::Vocabulary;

/// Ages that are believed: the range of the age code scheme.
const AGES: Range<u32> = 10..100;
/// Years that make three numbers in a row a date.
const YEARS_OF_DATES: Range<u32> = 1900..2100;
/// Letters that are typed for digits, and the digits.
const DIGIT_LIKE_LETTERS: [(char, u32); 6] =
    [('o', 0), ('i', 1), ('j', 1), ('l', 1), ('z', 2), ('t', 7)];
/// The code of words that join tens and units.
pub(crate) const JOIN: &str = "+";
/// The code of units that mark an age.
pub(crate) const AGE_UNIT: &str = "age";
/// The code of units that mark something else.
pub(crate) const OTHER_UNIT: &str = "other";

/// Every age as text, so that a code can be lent for ever.
static AGE_TEXTS: LazyLock<Vec<String>> =
    LazyLock::new(|| AGES.map(|age| age.to_string()).collect());

/// A number that a text states.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stated {
    pub(crate) value: u32,
    /// The words of the text that say it.
    pub(crate) words: Range<usize>,
    counted_in: Option<Unit>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    Years,
    Other,
}

/// Reads numbers in the languages of its words.
#[derive(Debug)]
pub(crate) struct AgeReader {
    /// Number words, and the words that join them.
    pub(crate) numbers: Lexicon,
    /// What numbers are counted in.
    pub(crate) units: Lexicon,
    pub(crate) vocabulary: Arc<Vocabulary>,
}

/// What an answer says about an age.
pub(crate) struct Reading {
    pub(crate) text: Text,
    /// The numbers that were read, in order; without dates.
    pub(crate) stated: Vec<Stated>,
    /// Whether number words were passed over because an unknown word stands beside them.
    pub(crate) is_half_known: bool,
}

impl AgeReader {
    /// Reads the numbers that `answer` states.
    pub(crate) fn read(&self, answer: &str) -> Reading {
        let text = Text::with_digits_in_words(answer);
        let mut tokens = self.tokens(&text);
        let has = |is_such: fn(Token) -> bool| tokens.iter().any(|token| is_such(token.0));
        let has_true_numbers = has(|token| matches!(token, Token::Spoken(_) | Token::Digits(..)));
        let has_digit_like = has(|token| matches!(token, Token::DigitLike(_)));
        let has_others = has(|token| token == Token::Other) || (has_true_numbers && has_digit_like);
        let is_half_known = has_others && has(|token| matches!(token, Token::Spoken(_)));
        if has_others {
            tokens.retain(|token| !matches!(token.0, Token::Spoken(_) | Token::DigitLike(_)));
        }
        let stated = numbers(&tokens);
        Reading { text, stated, is_half_known }
    }

    /// Each word of `text`, or each piece of words written together, with the word's index.
    fn tokens(&self, text: &Text) -> Vec<(Token, usize)> {
        let mut tokens = Vec::with_capacity(text.n_words());
        let mut n_words_read = 0;
        for found in self.numbers.find(text) {
            tokens.extend(
                (n_words_read..found.first_word)
                    .map(|index| (self.unspoken(text.word(index)), index)),
            );
            tokens.push((self.spoken(found), found.first_word));
            n_words_read = found.first_word + found.n_words;
        }
        tokens.extend(
            (n_words_read..text.n_words()).map(|index| (self.unspoken(text.word(index)), index)),
        );
        tokens
    }

    fn spoken(&self, found: Found) -> Token {
        let code = self.numbers.code(found);
        if code == JOIN { Token::Join } else { code.parse().map_or(Token::Other, Token::Spoken) }
    }

    fn unspoken(&self, word: &str) -> Token {
        if let Some(digits) = self.digits(word) {
            return digits;
        }
        match (self.unit_of(word), two_digits(word)) {
            (Some(unit), _) => Token::Unit(unit),
            (None, Some(value)) => Token::DigitLike(value),
            (None, None) if self.vocabulary.is_filler(word) => Token::Filler,
            (None, None) => Token::Other,
        }
    }

    fn unit_of(&self, word: &str) -> Option<Unit> {
        let code = self.units.code_of_word(word)?;
        Some(if code == AGE_UNIT { Unit::Years } else { Unit::Other })
    }

    /// Reads `25`, `2o`, `z5` and `25jir`, but not `1i4`.
    fn digits(&self, word: &str) -> Option<Token> {
        let first_letter = word.find(|letter: char| !letter.is_ascii_digit());
        let Some(first_letter) = first_letter else {
            let is_padded = word.starts_with('0');
            return word
                .parse()
                .ok()
                .filter(|_| !is_padded)
                .map(|value| Token::Digits(value, None));
        };
        if let Some(value) = two_digits(word)
            && word.contains(|letter: char| letter.is_ascii_digit())
        {
            return Some(Token::Digits(value, None));
        }
        let (digits, unit) = word.split_at(first_letter);
        let unit = self.unit_of(unit)?;
        digits.parse().ok().map(|value| Token::Digits(value, Some(unit)))
    }
}

/// The age, in whole years, that `stated` numbers say, `None` when there is none.
pub(crate) fn age(stated: &[Stated]) -> Option<u32> {
    first_age(stated, Some(Unit::Years)).or_else(|| first_age(stated, None))
}

/// `age` as the text of its code.
pub(crate) fn age_text(age: u32) -> Option<&'static str> {
    let index = age.checked_sub(AGES.start)? as usize;
    AGE_TEXTS.get(index).map(String::as_str)
}

/// The codes of all ages, youngest first.
pub(crate) fn codes() -> impl Iterator<Item = &'static str> {
    AGE_TEXTS.iter().map(String::as_str)
}

/// The first age among `numbers` that is counted in `unit`.
fn first_age(numbers: &[Stated], unit: Option<Unit>) -> Option<u32> {
    numbers
        .iter()
        .filter(|number| number.counted_in == unit)
        .map(|number| number.value)
        .find(|value| AGES.contains(value))
}

/// What a word is to the reader of numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token {
    /// In letters that are typed for digits, all of them: `lo`.
    DigitLike(u32),
    /// In digits; a unit may have been written on to it, as in `25jir`.
    Digits(u32, Option<Unit>),
    Spoken(u32),
    Join,
    Unit(Unit),
    Filler,
    Other,
}

/// The numbers that `tokens` state, in digits or words, in order; without dates.
fn numbers(tokens: &[(Token, usize)]) -> Vec<Stated> {
    let mut numbers = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let length = date_length(&tokens[at..]);
        if 0 < length {
            at += length;
            continue;
        }
        match number_at(&tokens[at..]) {
            Some((value, unit, length)) => {
                let words = tokens[at].1..tokens[at + length - 1].1 + 1;
                let counted_in = unit.or_else(|| unit_beside(tokens, at, at + length));
                numbers.push(Stated { value, words, counted_in });
                at += length;
            }
            None => at += 1,
        }
    }
    numbers
}

/// The value of two digits or letters that are typed for digits.
fn two_digits(word: &str) -> Option<u32> {
    let mut letters = word.chars();
    let (first, second) = (digit_value(letters.next()?)?, digit_value(letters.next()?)?);
    letters.next().is_none().then_some(10 * first + second)
}

fn digit_value(letter: char) -> Option<u32> {
    let like = DIGIT_LIKE_LETTERS.iter().find(|(like, _)| *like == letter);
    letter.to_digit(10).or(like.map(|(_, digit)| *digit))
}

/// How many tokens a date at the start of `tokens` takes, 0 when there is none.
fn date_length(tokens: &[(Token, usize)]) -> usize {
    let Some([first, second, third]) = tokens.first_chunk() else { return 0 };
    match (first.0, second.0, third.0) {
        (Token::Digits(first, None), Token::Digits(_, None), Token::Digits(third, None))
            if YEARS_OF_DATES.contains(&first) || YEARS_OF_DATES.contains(&third) =>
        {
            3
        }
        _ => 0,
    }
}

/// The number at the start of `tokens`, its unit if written on to it, and how many tokens it takes.
fn number_at(tokens: &[(Token, usize)]) -> Option<(u32, Option<Unit>, usize)> {
    let first = match tokens.first()?.0 {
        Token::Digits(value, unit) => return Some((value, unit, 1)),
        Token::DigitLike(value) => return Some((value, None, 1)),
        Token::Spoken(value) => value,
        _ => return None,
    };
    let is_joined = tokens.get(1).is_some_and(|token| token.0 == Token::Join);
    let length = if is_joined { 3 } else { 2 };
    match tokens.get(length - 1).map(|token| token.0) {
        Some(Token::Spoken(second)) if is_tens(first) && is_unit(second) => {
            Some((first + second, None, length))
        }
        Some(Token::Spoken(second)) if is_joined && is_unit(first) && is_tens(second) => {
            Some((first + second, None, length))
        }
        _ => Some((first, None, 1)),
    }
}

fn is_tens(value: u32) -> bool {
    (10..100).contains(&value) && value.is_multiple_of(10)
}

fn is_unit(value: u32) -> bool {
    (1..10).contains(&value)
}

/// The unit that the number `tokens[start..end]` is counted in: `25 jir`, `umri 25`.
fn unit_beside(tokens: &[(Token, usize)], start: usize, end: usize) -> Option<Unit> {
    let after = tokens.get(end).map(|token| token.0);
    let before = start.checked_sub(1).map(|before| tokens[before].0);
    match (after, before) {
        (Some(Token::Unit(unit)), _) => Some(unit),
        (_, Some(Token::Unit(Unit::Years))) => Some(Unit::Years),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn reads_ages_written_in_digits() {
        check("24", Some(24));
        check("-25. ", Some(25));
        check("waxaan ahay 25 jir", Some(25));
        check("25jir", Some(25));
        check("aged 2l", Some(21));
        check("Z5", Some(25));
        check("lo", Some(10));
        check("waa to", Some(70));
        check("to peace", None);
        check("25; carabi", Some(25));
        check("٢٥", Some(25));
        check("2 caruur, 35 jir", Some(35));
        check("1999 25", Some(25));
        check("25-30", Some(25));
        check("20 carruur, 35 jir", Some(35));
    }

    #[test]
    fn reads_ages_written_in_words() {
        check("labaatan", Some(20));
        check("labaatan iyo shan", Some(25));
        check("shan iyo labaatan jir", Some(25));
        check("soddoniyolaba", Some(32));
        check("twenty-one", Some(21));
        check("fourteen", Some(14));
        check("arobaini na nne", Some(44));
        check("seventy eight", Some(78));
        check("kumi na tano", Some(15));
        check("sixty sixty", Some(60));
        check("lihdan iyo siddeed jir", Some(68));
        check("109 iyo shan iyo soddon", Some(35));
    }

    #[test]
    fn leaves_other_answers_to_a_human() {
        check("", None);
        check("9", None);
        check("100", None);
        check("it need peace", None);
        check("2\u{305}5", None);
        check("1i4", None);
        check("2 5", None);
        check("soddon io sideed", None);
        check("twenty somethng", None);
        check("18 bilood", None);
        check("25/3/1996", None);
        check("0610000000", None);
        check("99999999999999999999", None);
    }

    fn only_answer_age(text: &str) -> Option<u32> {
        let country = crate::country::tests::somalia();
        let cleaner = country.cleaner("age").unwrap();
        cleaner.clean(text).map(|age| age.parse().unwrap())
    }

    #[track_caller]
    fn check(answer: &str, expected: Option<u32>) {
        assert_eq!(only_answer_age(answer), expected, "answer: {answer:?}");
    }
}
