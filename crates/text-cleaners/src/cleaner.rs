//! The table of cleaners: which data files each reads, and what they do with a text.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

use crate::age;
use crate::lexicon::{Found, Lexicon, WordList};
use crate::operators;
use crate::spelling::Text;

/// Declares [`Cleaner`] from one line each: the variant, its name, and where its codes come from.
/// `words` and `places` are followed by data files; where an answer names several codes, `words`
/// leave it to a human and `places` give the first of the file.
macro_rules! cleaners {
    ($($(#[$doc:meta])* $variant:ident = $name:literal, $kind:ident $([$($file:literal),+])?;)+) => {
        /// What a free-text answer is cleaned to.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Cleaner {
            $($(#[$doc])* $variant,)+
        }

        const ALL: &[Cleaner] = &[$(Cleaner::$variant,)+];

        fn definition(cleaner: Cleaner) -> Definition {
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
    (@kind places [$($file:literal)+] $lexicon:ident) => { Kind::Places(&$lexicon) };
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
    MogadishuSubDistrict = "mogadishu-sub-district", places ["mogadishu_sub_districts.txt"];
    /// A district of Somalia.
    SomaliaDistrict = "somalia-district", places ["somalia_districts.txt"];
    /// A district of Somalia; nothing when the answer names a district of Mogadishu.
    SomaliaDistrictUnlessMogadishu = "somalia-district-unless-mogadishu", district_unless_mogadishu;
    /// The operator of a telephone number.
    Operator = "operator", operator;
}

struct Definition {
    name: &'static str,
    kind: Kind,
}

enum Kind {
    Words(&'static LazyLock<Lexicon>),
    Places(&'static LazyLock<Lexicon>),
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
            Kind::Words(lexicon) | Kind::Places(lexicon) => lexicon.codes().to_vec(),
            Kind::Age => age::codes().collect(),
            Kind::Operator => operators::codes(),
            Kind::DistrictUnlessMogadishu => Cleaner::SomaliaDistrict.codes().collect(),
        };
        codes.into_iter()
    }

    fn code(self, text: &str) -> Option<&'static str> {
        match definition(self).kind {
            Kind::Words(lexicon) => only_code(lexicon, &lexicon.find(&Text::new(text))),
            Kind::Places(lexicon) => first_code(lexicon, &lexicon.find(&Text::new(text))),
            Kind::Age => age::age(&Text::new(text)).0.and_then(age::age_text),
            Kind::Operator => operators::operator_of_number(&operators::normalise_number(text)),
            Kind::DistrictUnlessMogadishu => match Cleaner::MogadishuSubDistrict.code(text) {
                None => Cleaner::SomaliaDistrict.code(text),
                Some(_) => None,
            },
        }
    }
}

/// The code that all of `found` have, `None` for no word or words of different codes.
pub(crate) fn only_code(lexicon: &Lexicon, found: &[Found]) -> Option<&'static str> {
    let mut codes = found.iter().map(|found| lexicon.entry(*found).code);
    let first = codes.next()?;
    codes.all(|code| code == first).then(|| lexicon.codes()[first])
}

/// The code among those of `found` that the data file names first.
pub(crate) fn first_code(lexicon: &Lexicon, found: &[Found]) -> Option<&'static str> {
    let first = found.iter().map(|found| lexicon.entry(*found).code).min()?;
    Some(lexicon.codes()[first])
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
