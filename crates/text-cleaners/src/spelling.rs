//! What stays the same when a word is spelled differently.
//!
//! A text is *folded*: lower case, Arabic-Indic digits as digits, words apart. Letters with accents
//! are kept, so that a word with one is no listed word: the languages of the lists have none, and
//! what the writer meant is for a human to see. Words are then compared by their [sounds].
//!
//! [sounds]: crate::sounds

use std::ops::Range;

/// A folded text, cut into words.
#[derive(Debug, Default)]
pub(crate) struct Text {
    folded: String,
    words: Vec<Range<usize>>,
}

/// What ends a word besides blanks and signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Words {
    /// Nothing: `z5` and `25jir` are words.
    OfLettersAndDigits,
    /// A digit after a letter and a letter after a digit: `lab25` is two words.
    OfLettersOrDigits,
}

impl Text {
    /// Folds `text` and cuts it into words of letters, and words of digits.
    ///
    /// A letter that comes more than twice in a row is kept twice.
    pub(crate) fn new(text: &str) -> Text {
        Text::fold(text, Words::OfLettersOrDigits)
    }

    /// Folds `text` and cuts it into words that may have letters and digits.
    pub(crate) fn with_digits_in_words(text: &str) -> Text {
        Text::fold(text, Words::OfLettersAndDigits)
    }

    fn fold(text: &str, words: Words) -> Text {
        let mut folding = Folding { text: Text::default(), word_start: 0, words };
        folding.text.folded.reserve(text.len());
        for character in text.chars() {
            folding.push(character);
        }
        folding.end_word();
        folding.text
    }

    pub(crate) fn n_words(&self) -> usize {
        self.words.len()
    }

    pub(crate) fn word(&self, index: usize) -> &str {
        &self.folded[self.words[index].clone()]
    }

    /// Words `first..first + n_words` written together, in place of what `joined` held.
    pub(crate) fn join(&self, first: usize, n_words: usize, joined: &mut String) {
        joined.clear();
        for index in first..first + n_words {
            joined.push_str(self.word(index));
        }
    }

    /// Words `first..first + n_words` with a blank between them.
    pub(crate) fn phrase(&self, first: usize, n_words: usize) -> String {
        let words: Vec<&str> = (first..first + n_words).map(|index| self.word(index)).collect();
        words.join(" ")
    }
}

/// The answers in `text`: those that met in one field are joined by `;`.
pub(crate) fn answers(text: &str) -> impl Iterator<Item = &str> {
    text.split(';')
}

/// The folded words of `text` written together: how words of data files are looked up.
pub(crate) fn fold_joined(text: &str) -> String {
    let text = Text::new(text);
    let mut joined = String::new();
    text.join(0, text.n_words(), &mut joined);
    joined
}

struct Folding {
    text: Text,
    word_start: usize,
    words: Words,
}

impl Folding {
    fn push(&mut self, character: char) {
        if character.is_ascii_alphanumeric() {
            self.push_letter(character.to_ascii_lowercase());
        } else if character.is_ascii() {
            if !is_passed_over(character) {
                self.end_word();
            }
        } else if is_passed_over(character) {
            // Neither a letter nor the end of a word.
        } else if let Some(digit) = decimal_digit(character) {
            self.push_letter(digit);
        } else {
            character.to_lowercase().for_each(|lower| self.push_other(lower));
        }
    }

    fn push_other(&mut self, lower: char) {
        match lower {
            // Turkish keyboards, and the long s of old print, which capital letters hide.
            'ı' => self.push_letter('i'),
            '\u{307}' => {}
            'ſ' => self.push_letter('s'),
            _ if lower.is_alphabetic() || is_combining_accent(lower) => self.push_letter(lower),
            _ => self.end_word(),
        }
    }

    fn push_letter(&mut self, letter: char) {
        let is_other_kind = |last: char| last.is_ascii_digit() != letter.is_ascii_digit();
        if self.words == Words::OfLettersOrDigits
            && self.word_start < self.text.folded.len()
            && self.text.folded.ends_with(is_other_kind)
        {
            self.end_word();
        }
        let word = &self.text.folded[self.word_start..];
        let mut last = word.chars().rev();
        let is_third = last.next() == Some(letter) && last.next() == Some(letter);
        if !is_third || letter.is_ascii_digit() {
            self.text.folded.push(letter);
        }
    }

    fn end_word(&mut self) {
        let end = self.text.folded.len();
        if self.word_start < end {
            self.text.words.push(self.word_start..end);
        }
        self.word_start = end;
    }
}

/// Apostrophes, which stand for a glottal stop inside words, and invisible signs.
fn is_passed_over(character: char) -> bool {
    matches!(character, '\'' | '`' | '‘' | '’' | 'ʻ' | 'ʼ' | '\u{200b}'..='\u{200d}' | '\u{feff}')
}

fn is_combining_accent(character: char) -> bool {
    matches!(character, '\u{300}'..='\u{36f}')
}

/// The ASCII digit of the Arabic-Indic digits of Arabic, Persian and Urdu keyboards.
fn decimal_digit(character: char) -> Option<char> {
    let zero = match character {
        '\u{660}'..='\u{669}' => 0x660,
        '\u{6f0}'..='\u{6f9}' => 0x6f0,
        _ => return None,
    };
    char::from_digit(character as u32 - zero, 10)
}

/// Whether one letter added, left out, replaced, or swapped with its neighbour makes `a` to `b`.
pub(crate) fn is_one_typo(a: &str, b: &str) -> bool {
    let (a, b) = if a.len() <= b.len() {
        (a.as_bytes(), b.as_bytes())
    } else {
        (b.as_bytes(), a.as_bytes())
    };
    let n_same_start = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    let (a, b) = (&a[n_same_start..], &b[n_same_start..]);
    match b.len() - a.len() {
        0 if a.is_empty() => false,
        0 => a[1..] == b[1..] || (1 < a.len() && a[0] == b[1] && a[1] == b[0] && a[2..] == b[2..]),
        1 => a == &b[1..],
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folds_case_and_digits_and_keeps_accents() {
        check_words("  Waxaan AHAY nin! ", &["waxaan", "ahay", "nin"]);
        check_words("“yeſ”, İslaan, nın", &["yes", "islaan", "nin"]);
        check_words("Małe, femàle, 2\u{305}5", &["małe", "femàle", "2", "\u{305}", "5"]);
        check_words("٢٥ ۲۵", &["25", "25"]);
        check_words("bu'aale su’aal", &["buaale", "sual".replace("sual", "suaal").as_str()]);
        check_words("b/weyne c-casiis", &["b", "weyne", "c", "casiis"]);
        check_words("\u{200b}❤️ 25😀", &["25"]);
        check_words("Haaaaah 0007", &["haah", "0007"]);
    }

    #[test]
    fn one_typo_is_one_letter() {
        for near in ["garwe", "garrowe", "garove", "agrowe", "garoew"] {
            assert!(is_one_typo("garowe", near), "{near}");
        }
        for far in ["garowe", "gaorew", "garo", "garowesa", "marove"] {
            assert!(!is_one_typo("garowe", far), "{far}");
        }
    }

    #[track_caller]
    fn check_words(text: &str, expected: &[&str]) {
        let text = Text::new(text);
        let words: Vec<&str> = (0..text.n_words()).map(|index| text.word(index)).collect();
        assert_eq!(words, expected);
    }
}
