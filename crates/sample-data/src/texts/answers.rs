//! Answers: what people say to a survey question.

use code_schemes::Code;

use super::pool::{Builder, Kind};
use super::{CodeRef, Meaning, normal_codes, odd_characters, opinions};
use crate::layout::{Dataset, Subject};
use crate::random::Random;

const MAN: [&str; 6] = ["nin", "Nin", "wiil", "lab", "man", "Male"];
const WOMAN: [&str; 7] = ["naag", "Naag", "gabadh", "Gabadh", "dumar", "dhedig", "woman"];
const YES: [&str; 5] = ["haa", "Haa", "ha", "yes", "haa waan barakacay"];
const NO: [&str; 5] = ["maya", "Maya", "may", "no", "maya weligay"];

/// What a location of each level is called, smallest level first.
const LEVELS: [&str; 5] = ["xaafadda", "degmada", "gobolka", "dowladda", "aagga"];

/// Answers that need a human, and then mostly stay uncoded.
const UNCLEAR: [&str; 8] = [
    "ma garanayo",
    "waa sir",
    "meel fog",
    "labaatan ama soddon",
    "mar mar",
    "adigu sheeg",
    "9",
    "120",
];

/// Fills the pool of a survey question.
pub(super) fn add(builder: &mut Builder, dataset: &Dataset, random: &mut Random) {
    for (scheme, code_scheme) in dataset.schemes.iter().enumerate() {
        if !is_answered(dataset.subject, scheme) {
            continue;
        }
        for (position, code) in normal_codes(code_scheme.codes()) {
            let meaning = || Meaning::Codes(vec![CodeRef { scheme, code: position }]);
            for text in spellings(dataset.subject, scheme, code) {
                builder.add(Kind::Plain, &text, meaning());
            }
            if random.percent(8) {
                for text in odd_characters::all_ways(name_of(code)) {
                    builder.add(Kind::OddCharacters, &text, meaning());
                }
            }
        }
    }
    for text in UNCLEAR {
        // A number behind an age would be another age.
        if matches!(dataset.subject, Subject::Word | Subject::Location) {
            builder.add_open(Kind::NotCoded, text, Meaning::NotCoded);
        } else {
            builder.add(Kind::NotCoded, text, Meaning::NotCoded);
        }
    }
    opinions::add_what_is_no_answer(builder, dataset);
}

/// Whether people answer with codes of this scheme; the others are worked out from it.
fn is_answered(subject: Subject, scheme: usize) -> bool {
    scheme == 0 || subject == Subject::Location
}

fn spellings(subject: Subject, level: usize, code: &Code) -> Vec<String> {
    let name = name_of(code);
    let has = |value: &str| code.match_values.iter().any(|known| known == value);
    let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    match subject {
        Subject::Gender if has("man") => owned(&MAN),
        Subject::Gender if has("woman") => owned(&WOMAN),
        Subject::YesNo if has("yes") => owned(&YES),
        Subject::YesNo if has("no") => owned(&NO),
        Subject::Age => vec![
            name.to_owned(),
            format!("{name} jir"),
            format!("waxaan jiraa {name}"),
            format!("I am {name} years"),
            name.chars().map(arabic_digit).collect(),
        ],
        Subject::Location => {
            let kind = LEVELS.get(level).unwrap_or(&"goobta");
            vec![
                name.to_owned(),
                capitalized(name),
                format!("waxaan joogaa {name}"),
                format!("{kind} {name}"),
            ]
        }
        _ => vec![name.to_owned(), capitalized(name), format!("{name} iyo wax yar oo kale")],
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
