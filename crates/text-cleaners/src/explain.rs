//! Why a cleaner gives the code that it gives.

use std::fmt;

use crate::age::{self, Reading};
use crate::cleaner::{Cleaner, Kind, definition};
use crate::lexicon::{Found, How, Lexicon};
use crate::operators;
use crate::spelling::{Text, answers};

/// A cleaner's decision about a text, and what led to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// The decision; its code is that of [`Cleaner::clean`].
    pub outcome: Outcome,
    /// What was recognized in the text, in its order.
    pub findings: Vec<Finding>,
}

/// What a cleaner decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// The text has this code.
    Coded(&'static str),
    /// Nothing in the text is known.
    NothingFound,
    /// A number word stands beside an unknown word, which may be the rest of the number.
    HalfKnownNumber,
    /// Numbers were found, but none is an age.
    NoAge,
    /// The text names a district of Mogadishu, so that its district needs no guess.
    NamesMogadishuSubDistrict,
}

/// Something that was recognized.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The place in the text, folded: lower case, no accents or punctuation.
    pub in_text: String,
    /// The word of a data file and the file's name, or nothing for digits.
    pub listed: Option<(&'static str, &'static str)>,
    /// What it stands for.
    pub meaning: String,
    /// How it was recognized.
    pub how: How,
}

impl Cleaner {
    /// Says which words of `text` were recognized, how, and what was made of them.
    pub fn explain(self, text: &str) -> Explanation {
        match definition(self).kind {
            Kind::Words(lexicon) => explain_words(lexicon, text),
            Kind::Age => explain_age(text),
            Kind::Operator => explain_operator(text),
            Kind::DistrictUnlessMogadishu => {
                let sub_district = Cleaner::MogadishuSubDistrict.explain(text);
                match sub_district.outcome {
                    Outcome::Coded(_) => Explanation {
                        outcome: Outcome::NamesMogadishuSubDistrict,
                        findings: sub_district.findings,
                    },
                    _ => Cleaner::SomaliaDistrict.explain(text),
                }
            }
        }
    }
}

impl Explanation {
    /// Whether the code rests on nothing surer than a guess (see [`How::is_guess`]).
    pub fn is_guess(&self) -> bool {
        let Outcome::Coded(_) = self.outcome else { return false };
        self.findings.iter().any(|finding| finding.how.is_guess())
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.outcome)?;
        for finding in &self.findings {
            write!(formatter, "\n  {finding}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Outcome::Coded(code) => formatter.write_str(code),
            Outcome::NothingFound => formatter.write_str("NC: no listed word"),
            Outcome::HalfKnownNumber => {
                formatter.write_str("NC: an unknown word beside a number word may be part of it")
            }
            Outcome::NoAge => formatter.write_str("NC: no number is an age from 10 to 99"),
            Outcome::NamesMogadishuSubDistrict => {
                formatter.write_str("NC: the answer names a district of Mogadishu")
            }
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "`{}` is `{}`", self.in_text, self.meaning)?;
        match self.listed {
            Some((word, list)) => {
                write!(formatter, ": `{word}` of {list}, {}", self.how.reason())
            }
            None => Ok(()),
        }
    }
}

fn explain_words(lexicon: &Lexicon, text: &str) -> Explanation {
    let mut findings = Vec::new();
    let mut first_code = None;
    for answer in answers(text) {
        let answer = Text::new(answer);
        let found = lexicon.find(&answer);
        let codes = found.iter().map(|found| lexicon.entry(*found).code);
        first_code = first_code.into_iter().chain(codes).min();
        findings.extend(findings_in(lexicon, &answer, &found));
    }
    let outcome =
        first_code.map_or(Outcome::NothingFound, |code| Outcome::Coded(lexicon.codes()[code]));
    Explanation { outcome, findings }
}

fn findings_in(lexicon: &Lexicon, text: &Text, found: &[Found]) -> Vec<Finding> {
    found
        .iter()
        .map(|found| {
            let entry = lexicon.entry(*found);
            Finding {
                in_text: text.phrase(found.first_word, found.n_words),
                listed: Some((entry.word, entry.list)),
                meaning: lexicon.code(*found).to_owned(),
                how: found.how,
            }
        })
        .collect()
}

fn explain_age(text: &str) -> Explanation {
    let readings: Vec<Reading> = answers(text).map(age::read).collect();
    let mut stated = Vec::new();
    let mut findings = Vec::new();
    for Reading { text, stated: in_answer, .. } in &readings {
        findings.extend(findings_in(&age::NUMBER_WORDS, text, &age::NUMBER_WORDS.find(text)));
        findings.extend(in_answer.iter().map(|number| Finding {
            in_text: text.phrase(number.words.start, number.words.len()),
            listed: None,
            meaning: number.value.to_string(),
            how: How::Written,
        }));
        stated.extend_from_slice(in_answer);
    }
    let outcome = match age::age(&stated).and_then(age::age_text) {
        Some(code) => Outcome::Coded(code),
        None if readings.iter().any(|reading| reading.is_half_known) => Outcome::HalfKnownNumber,
        None if stated.is_empty() => Outcome::NothingFound,
        None => Outcome::NoAge,
    };
    Explanation { outcome, findings }
}

fn explain_operator(text: &str) -> Explanation {
    let number = operators::normalise_number(text);
    match operators::operator_of_number(&number) {
        Some(operator) => Explanation {
            outcome: Outcome::Coded(operator),
            findings: vec![Finding {
                in_text: number,
                listed: None,
                meaning: operator.to_owned(),
                how: How::Written,
            }],
        },
        None => Explanation { outcome: Outcome::NothingFound, findings: Vec::new() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_the_word_and_the_way() {
        check(
            Cleaner::SomaliaDistrict,
            "Waxaan joogaa LAS ANOD",
            "laas caanood\n  `las anod` is `laas caanood`: `las anod` of somalia_districts.txt, as listed",
        );
        check(
            Cleaner::Gender,
            "naagbaanahay",
            "woman\n  `naagbaanahay` is `woman`: `naag` of gender.somali.txt, part of words written together",
        );
        check(
            Cleaner::Age,
            "labaatan iyo shan",
            "25\n  `labaatan` is `20`: `labaatan` of numbers.somali.txt, as listed\n  \
             `iyo` is `+`: `iyo` of numbers.somali.txt, as listed\n  \
             `shan` is `5`: `shan` of numbers.somali.txt, as listed\n  \
             `labaatan iyo shan` is `25`",
        );
        check(Cleaner::Operator, "+252 61 0000000", "hormud\n  `252610000000` is `hormud`");
    }

    #[test]
    fn says_why_a_text_is_left_to_a_human() {
        check(Cleaner::Gender, "ma garanayo", "NC: no listed word");
        check(
            Cleaner::SomaliaDistrictUnlessMogadishu,
            "Hodan",
            "NC: the answer names a district of Mogadishu\n  `hodan` is `hodan`: `hodan` of mogadishu_sub_districts.txt, as listed",
        );
    }

    #[track_caller]
    fn check(cleaner: Cleaner, text: &str, expected: &str) {
        assert_eq!(cleaner.explain(text).to_string(), expected);
    }
}
