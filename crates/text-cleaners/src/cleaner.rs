//! What a cleaner does with a text.

use std::fmt;
use std::sync::Arc;

use crate::age::{self, AgeReader, Stated};
use crate::lexicon::Lexicon;
use crate::operators::Operators;
use crate::spelling::{Text, answers};

/// What a free-text answer is cleaned to.
///
/// Two cleaners are equal when they are the same cleaner of the same loaded country.
#[derive(Debug, Clone)]
pub struct Cleaner(Arc<Definition>);

#[derive(Debug)]
struct Definition {
    name: String,
    kind: Kind,
}

/// How a cleaner reads a text.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "a country has a few, each behind an `Arc`")]
pub(crate) enum Kind {
    /// Looks for words; leaves texts that `unless` can code.
    Words {
        lexicon: Lexicon,
        unless: Option<Cleaner>,
    },
    Age(AgeReader),
    Operator(Arc<Operators>),
}

impl Cleaner {
    pub(crate) fn new(name: &str, kind: Kind) -> Self {
        Self(Arc::new(Definition { name: name.to_owned(), kind }))
    }

    /// The name by which coding plans and command line call the cleaner.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// The match value of the code that `text` states, `None` (coded NC) to leave it to a human.
    pub fn clean(&self, text: &str) -> Option<&str> {
        match self.kind() {
            Kind::Words { unless: Some(unless), .. } if unless.clean(text).is_some() => None,
            Kind::Words { lexicon, .. } => {
                let codes =
                    answers(text).filter_map(|answer| lexicon.first_code(&Text::new(answer)));
                codes.min().map(|code| lexicon.codes()[code].as_str())
            }
            Kind::Age(reader) => {
                let stated: Vec<Stated> =
                    answers(text).flat_map(|answer| reader.read(answer).stated).collect();
                age::age(&stated).and_then(age::age_text)
            }
            Kind::Operator(operators) => operators.operator_of(text),
        }
    }

    /// Every match value that [`Cleaner::clean`] can give, each once.
    pub fn codes(&self) -> Vec<&str> {
        match self.kind() {
            Kind::Words { lexicon, .. } => lexicon.codes().iter().map(String::as_str).collect(),
            Kind::Age(_) => age::codes().collect(),
            Kind::Operator(operators) => operators.codes(),
        }
    }

    /// Whether it gives ages.
    pub fn reads_ages(&self) -> bool {
        matches!(self.kind(), Kind::Age(_))
    }

    pub(crate) fn kind(&self) -> &Kind {
        &self.0.kind
    }
}

impl PartialEq for Cleaner {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl fmt::Display for Cleaner {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::country::tests::somalia;

    #[test]
    fn every_listed_word_has_the_code_of_its_line() {
        for cleaner in somalia().cleaners() {
            match cleaner.kind() {
                Kind::Words { lexicon, .. } => check_words(cleaner.name(), lexicon),
                Kind::Age(reader) => check_words("number words", &reader.numbers),
                Kind::Operator(_) => {}
            }
        }
    }

    #[track_caller]
    fn check_words(name: &str, lexicon: &Lexicon) {
        for entry in lexicon.entries() {
            let code = lexicon.first_code(&Text::new(&entry.word));
            assert_eq!(code, Some(entry.code), "{name}: {}", entry.word);
        }
    }
}
