//! Answers: what people say to a survey question.

use code_schemes::Code;

use super::pool::{Builder, Kind};
use super::{CodeRef, Meaning, normal_codes, odd_characters, opinions};
use crate::layout::{Dataset, Subject};
use crate::phrases::{Phrases, about};
use crate::random::Random;

/// Fills the pool of a survey question.
pub(super) fn add(
    builder: &mut Builder,
    dataset: &Dataset,
    phrases: &Phrases,
    random: &mut Random,
) {
    for (scheme, code_scheme) in dataset.schemes.iter().enumerate() {
        if !is_answered(dataset.subject, scheme) {
            continue;
        }
        for (position, code) in normal_codes(code_scheme.codes()) {
            let meaning = || Meaning::Codes(vec![CodeRef { scheme, code: position }]);
            for text in spellings(phrases, dataset.subject, scheme, code) {
                builder.add(Kind::Plain, &text, meaning());
            }
            if random.percent(8) {
                for text in odd_characters::all_ways(name_of(code)) {
                    builder.add(Kind::OddCharacters, &text, meaning());
                }
            }
        }
    }
    for text in &phrases.unclear {
        // A number behind an age would be another age.
        if matches!(dataset.subject, Subject::Word | Subject::Location) {
            builder.add_open(Kind::NotCoded, text, Meaning::NotCoded);
        } else {
            builder.add(Kind::NotCoded, text, Meaning::NotCoded);
        }
    }
    opinions::add_what_is_no_answer(builder, dataset, phrases);
}

/// Whether people answer with codes of this scheme; the others are worked out from it.
fn is_answered(subject: Subject, scheme: usize) -> bool {
    scheme == 0 || subject == Subject::Location
}

fn spellings(phrases: &Phrases, subject: Subject, level: usize, code: &Code) -> Vec<String> {
    let name = name_of(code);
    let has = |value: &str| code.match_values.iter().any(|known| known == value);
    let all_about =
        |texts: &[String]| -> Vec<String> { texts.iter().map(|text| about(text, name)).collect() };
    match subject {
        Subject::Gender if has("man") => phrases.man.clone(),
        Subject::Gender if has("woman") => phrases.woman.clone(),
        Subject::YesNo if has("yes") => phrases.yes.clone(),
        Subject::YesNo if has("no") => phrases.no.clone(),
        Subject::Age => {
            let mut texts = all_about(&phrases.ages);
            texts.push(name.chars().map(arabic_digit).collect());
            texts
        }
        Subject::Location => {
            let mut texts = vec![name.to_owned(), capitalized(name)];
            texts.extend(all_about(&phrases.places));
            texts.extend(phrases.levels.get(level).map(|text| about(text, name)));
            texts
        }
        _ => {
            let mut texts = vec![name.to_owned(), capitalized(name)];
            texts.extend(all_about(&phrases.words));
            texts
        }
    }
}

fn name_of(code: &Code) -> &str {
    code.match_values.first().unwrap_or(&code.display_text)
}

fn capitalized(name: &str) -> String {
    let mut characters = name.chars();
    characters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}

fn arabic_digit(character: char) -> char {
    character.to_digit(10).and_then(|digit| char::from_u32(0x660 + digit)).unwrap_or(character)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_ages_in_arabic_digits() {
        assert_eq!("24".chars().map(arabic_digit).collect::<String>(), "٢٤");
    }

    #[test]
    fn capitalizes_the_first_letter() {
        assert_eq!(capitalized("hodan"), "Hodan");
        assert_eq!(capitalized(""), "");
    }
}
