//! The table of cleaners: which data files each reads, and what they do with a text.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

use crate::age::{self, Stated};
use crate::lexicon::Lexicon;
use crate::operators;
use crate::spelling::{Text, answers};
use crate::word_list::WordList;

/// Declares [`Cleaner`] from one line each: the variant, its name, and where its codes come from.
/// `words` is followed by data files; an answer that names several codes gets the one that they
/// name first.
macro_rules! cleaners {
    ($($(#[$doc:meta])* $variant:ident = $name:literal, $kind:ident $([$($file:literal),+])?;)+) => {
        /// What a free-text answer is cleaned to.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Cleaner {
            $($(#[$doc])* $variant,)+
        }

        const ALL: &[Cleaner] = &[$(Cleaner::$variant,)+];

        pub(crate) fn definition(cleaner: Cleaner) -> Definition {
            match cleaner {
                $(Cleaner::$variant => {
                    $(static LEXICON: LazyLock<Lexicon> = LazyLock::new(|| Lexicon::new(&[$(
                        WordList { name: $file, text: include_str!(concat!("../data/", $file)) },
                    )+]));)?
                    Definition { name: $name, kind: cleaners!(@kind $kind $([$($file)+] LEXICON)?) }
                })+
            }
        }
    };
    (@kind words [$($file:literal)+] $lexicon:ident) => { Kind::Words(&$lexicon) };
    (@kind age) => { Kind::Age };
    (@kind operator) => { Kind::Operator };
    (@kind district_unless_mogadishu) => { Kind::DistrictUnlessMogadishu };
}

cleaners! {
    /// `man` or `woman`.
    Gender = "gender", words ["gender.somali.txt", "gender.english.txt", "gender.swahili.txt"];
    /// `yes` or `no`.
    YesNo = "yes-no", words ["yes_no.somali.txt", "yes_no.english.txt", "yes_no.swahili.txt"];
    /// An age in whole years, from `10` to `99`.
    Age = "age", age;
    /// A district of Mogadishu.
    MogadishuSubDistrict = "mogadishu-sub-district", words ["mogadishu_sub_districts.txt"];
    /// A district of Somalia.
    SomaliaDistrict = "somalia-district", words ["somalia_districts.txt"];
    /// A district of Somalia; nothing when the answer names a district of Mogadishu.
    SomaliaDistrictUnlessMogadishu = "somalia-district-unless-mogadishu", district_unless_mogadishu;
    /// The operator of a telephone number.
    Operator = "operator", operator;
}

pub(crate) struct Definition {
    name: &'static str,
    pub(crate) kind: Kind,
}

/// What a cleaner does with a text.
pub(crate) enum Kind {
    Words(&'static LazyLock<Lexicon>),
    Age,
    Operator,
    DistrictUnlessMogadishu,
}

impl Cleaner {
    /// The name by which configuration and command line call the cleaner.
    pub fn name(self) -> &'static str {
        definition(self).name
    }

    /// Every cleaner, in the order of the documentation.
    pub fn all() -> impl Iterator<Item = Cleaner> {
        ALL.iter().copied()
    }

    /// The match value of the code that `text` states, `None` (coded NC) to leave it to a human.
    ///
    /// ```
    /// use text_cleaners::Cleaner;
    /// assert_eq!(Cleaner::Gender.clean("Waxaan ahay gabadh").as_deref(), Some("woman"));
    /// assert_eq!(Cleaner::SomaliaDistrict.clean("las anod").as_deref(), Some("laas caanood"));
    /// assert_eq!(Cleaner::YesNo.clean("ma yaqaano"), None);
    /// ```
    pub fn clean(self, text: &str) -> Option<Cow<'static, str>> {
        self.code(text).map(Cow::Borrowed)
    }

    /// Every match value that [`Cleaner::clean`] can give, each once.
    pub fn codes(self) -> impl Iterator<Item = &'static str> {
        let codes: Vec<&'static str> = match definition(self).kind {
            Kind::Words(lexicon) => lexicon.codes().to_vec(),
            Kind::Age => age::codes().collect(),
            Kind::Operator => operators::codes(),
            Kind::DistrictUnlessMogadishu => Cleaner::SomaliaDistrict.codes().collect(),
        };
        codes.into_iter()
    }

    fn code(self, text: &str) -> Option<&'static str> {
        match definition(self).kind {
            Kind::Words(lexicon) => {
                let codes =
                    answers(text).filter_map(|answer| lexicon.first_code(&Text::new(answer)));
                codes.min().map(|code| lexicon.codes()[code])
            }
            Kind::Age => {
                let stated: Vec<Stated> =
                    answers(text).flat_map(|answer| age::read(answer).stated).collect();
                age::age(&stated).and_then(age::age_text)
            }
            Kind::Operator => operators::operator_of_number(&operators::normalise_number(text)),
            Kind::DistrictUnlessMogadishu => match Cleaner::MogadishuSubDistrict.code(text) {
                None => Cleaner::SomaliaDistrict.code(text),
                Some(_) => None,
            },
        }
    }
}

impl fmt::Display for Cleaner {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

impl FromStr for Cleaner {
    type Err = UnknownCleaner;

    fn from_str(name: &str) -> Result<Cleaner, UnknownCleaner> {
        Cleaner::all()
            .find(|cleaner| cleaner.name() == name)
            .ok_or_else(|| UnknownCleaner { name: name.to_owned() })
    }
}

/// A name that no cleaner has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown cleaner `{name}`")]
pub struct UnknownCleaner {
    name: String,
}

impl UnknownCleaner {
    /// The names that exist, for the operator to choose from.
    pub fn hint(&self) -> Option<String> {
        let names: Vec<&str> = Cleaner::all().map(Cleaner::name).collect();
        Some(format!("cleaners are `{}`", names.join("`, `")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_listed_word_has_the_code_of_its_line() {
        for cleaner in Cleaner::all() {
            let Kind::Words(lexicon) = definition(cleaner).kind else { continue };
            check_words(cleaner.name(), lexicon);
        }
        check_words("number words", &age::NUMBER_WORDS);
    }

    #[track_caller]
    fn check_words(name: &str, lexicon: &Lexicon) {
        for entry in lexicon.entries() {
            let code = lexicon.first_code(&Text::new(entry.word));
            assert_eq!(code, Some(entry.code), "{name}: {}", entry.word);
        }
    }
}
