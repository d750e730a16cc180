//! Why a cleaner gives the code that it gives.

use std::fmt;

use crate::age::{self, AgeReader, Reading};
use crate::cleaner::{Cleaner, Kind};
use crate::lexicon::{Found, How, Lexicon};
use crate::operators::{Operators, normalise_number};
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
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// The text has this code.
    Coded(String),
    /// Nothing in the text is known.
    NothingFound,
    /// A number word stands beside an unknown word, which may be the rest of the number.
    HalfKnownNumber,
    /// Numbers were found, but none is an age.
    NoAge,
    /// The text is left because this cleaner, of a more precise question, can code it.
    SaysMore(String),
}

/// Something that was recognized.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The place in the text, folded: lower case, no accents or punctuation.
    pub in_text: String,
    /// The word of a data file and the file's name, or nothing for digits.
    pub listed: Option<(String, String)>,
    /// What it stands for.
    pub meaning: String,
    /// How it was recognized.
    pub how: How,
}

impl Cleaner {
    /// Says which words of `text` were recognized, how, and what was made of them.
    pub fn explain(&self, text: &str) -> Explanation {
        match self.kind() {
            Kind::Words { lexicon, unless } => {
                let more = unless.as_ref().map(|unless| (unless, unless.explain(text)));
                match more {
                    Some((unless, Explanation { outcome: Outcome::Coded(_), findings })) => {
                        Explanation {
                            outcome: Outcome::SaysMore(unless.name().to_owned()),
                            findings,
                        }
                    }
                    _ => explain_words(lexicon, text),
                }
            }
            Kind::Age(reader) => explain_age(reader, text),
            Kind::Operator(operators) => explain_operator(operators, text),
        }
    }
}

impl Explanation {
    /// Whether the code rests on nothing surer than a guess (see [`How::is_guess`]).
    pub fn is_guess(&self) -> bool {
        let Outcome::Coded(_) = &self.outcome else { return false };
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
            Outcome::SaysMore(cleaner) => {
                write!(formatter, "NC: cleaner `{cleaner}` codes the answer, which says more")
            }
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "`{}` is `{}`", self.in_text, self.meaning)?;
        match &self.listed {
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
    let outcome = first_code
        .map_or(Outcome::NothingFound, |code| Outcome::Coded(lexicon.codes()[code].clone()));
    Explanation { outcome, findings }
}

fn findings_in(lexicon: &Lexicon, text: &Text, found: &[Found]) -> Vec<Finding> {
    found
        .iter()
        .map(|found| {
            let entry = lexicon.entry(*found);
            Finding {
                in_text: text.phrase(found.first_word, found.n_words),
                listed: Some((entry.word.clone(), lexicon.list(entry).to_owned())),
                meaning: lexicon.code(*found).to_owned(),
                how: found.how,
            }
        })
        .collect()
}

fn explain_age(reader: &AgeReader, text: &str) -> Explanation {
    let readings: Vec<Reading> = answers(text).map(|answer| reader.read(answer)).collect();
    let mut stated = Vec::new();
    let mut findings = Vec::new();
    for Reading { text, stated: in_answer, .. } in &readings {
        findings.extend(findings_in(&reader.numbers, text, &reader.numbers.find(text)));
        findings.extend(in_answer.iter().map(|number| Finding {
            in_text: text.phrase(number.words.start, number.words.len()),
            listed: None,
            meaning: number.value.to_string(),
            how: How::Written,
        }));
        stated.extend_from_slice(in_answer);
    }
    let outcome = match age::age(&stated).and_then(age::age_text) {
        Some(code) => Outcome::Coded(code.to_owned()),
        None if readings.iter().any(|reading| reading.is_half_known) => Outcome::HalfKnownNumber,
        None if stated.is_empty() => Outcome::NothingFound,
        None => Outcome::NoAge,
    };
    Explanation { outcome, findings }
}

fn explain_operator(operators: &Operators, text: &str) -> Explanation {
    match operators.operator_of(text) {
        Some(operator) => Explanation {
            outcome: Outcome::Coded(operator.to_owned()),
            findings: vec![Finding {
                in_text: Some(normalise_number(text))
                    .filter(|number| !number.is_empty())
                    .unwrap_or_else(|| text.to_owned()),
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
    #[test]
    fn names_the_word_and_the_way() {
        check(
            "somalia-district",
            "Waxaan joogaa LAS ANOD",
            "laas caanood\n  `las anod` is `laas caanood`: `las anod` of somalia_districts.txt, as listed",
        );
        check(
            "gender",
            "naagbaanahay",
            "woman\n  `naagbaanahay` is `woman`: `naag` of gender.somali.txt, part of words written together",
        );
        check(
            "age",
            "labaatan iyo shan",
            "25\n  `labaatan` is `20`: `labaatan` of numbers.somali.txt, as listed\n  \
             `iyo` is `+`: `iyo` of numbers.somali.txt, as listed\n  \
             `shan` is `5`: `shan` of numbers.somali.txt, as listed\n  \
             `labaatan iyo shan` is `25`",
        );
        check("operator", "+252 61 0000000", "hormud\n  `252610000000` is `hormud`");
    }

    #[test]
    fn says_why_a_text_is_left_to_a_human() {
        check("gender", "ma garanayo", "NC: no listed word");
        check(
            "somalia-district-unless-mogadishu",
            "Hodan",
            "NC: cleaner `mogadishu-sub-district` codes the answer, which says more\n  `hodan` is `hodan`: `hodan` of mogadishu_sub_districts.txt, as listed",
        );
    }

    #[track_caller]
    fn check(cleaner: &str, text: &str, expected: &str) {
        let country = crate::country::tests::somalia();
        assert_eq!(country.cleaner(cleaner).unwrap().explain(text).to_string(), expected);
    }
}
