//! The awkward cases of real data, and how often each is made.

use std::fmt;
use std::str::FromStr;

use crate::random::Random;

/// Something in real data that a pipeline can get wrong.
///
/// Each can be left out by its [`name`](Case::name), for example to get data that an older tool
/// survives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Case {
    /// A contact of the team's own, whose runs are tagged `test_run`.
    TestContact,
    /// A run whose message is null.
    NullMessage,
    /// A message that is the empty text.
    EmptyMessage,
    /// A run that ended before anything was asked.
    RunWithoutAnswer,
    /// A message from before or after the project.
    OutsideDates,
    /// A message at the very start or the very end of the project.
    OnProjectBoundary,
    /// A time that is not written in UTC.
    OtherOffset,
    /// The text that the person sent before, once more.
    RepeatedText,
    /// A run that carries a `noise` key.
    Noise,
    /// A recovered message that no time range covers.
    RecoveredOutsideRanges,
    /// A recovered message at the very start or end of a time range.
    RecoveredOnRangeEdge,
    /// A person who never answered a survey.
    NoSurvey,
    /// A person who answered the same survey twice.
    SecondSurveyRun,
    /// A survey answer that is null.
    NullAnswer,
    /// A survey answer that is the empty text.
    EmptyAnswer,
    /// A survey question that was not reached.
    UnreachedQuestion,
    /// A phone of an operator abroad, or of one that nobody knows.
    ForeignOperator,
    /// A contact that is not a phone: WhatsApp or Telegram.
    NotAPhone,
    /// A text with line ends, quotes, emoji, Arabic and the like.
    OddCharacters,
    /// A text that means nothing.
    Gibberish,
    /// A greeting, a question, thanks: a text for a meta code.
    MetaText,
    /// A wish to be left alone.
    StopText,
    /// An answer to another question than the one asked.
    WrongScheme,
    /// A wrong-scheme label in one of the two schemes only.
    InconsistentWrongScheme,
    /// Labels that nobody checked.
    UncheckedLabels,
    /// An unchecked label beside checked ones.
    UncheckedBesideChecked,
    /// An older label of the same scheme.
    SupersededLabel,
    /// A label that does not say whether it is checked.
    LabelWithoutChecked,
    /// A label that a labeller took away again.
    ManuallyUncoded,
    /// A label of a scheme that the project does not have.
    UnknownScheme,
    /// A label with confidence, label set and metadata of its origin.
    LabelExtras,
    /// Two labels for places that exclude each other.
    ConflictingLocations,
    /// The same control code at two levels of a location.
    ControlCodeAtTwoLevels,
    /// A message from before Coda counted messages and changes.
    WithoutSequenceNumber,
}

impl Case {
    /// All cases, in the order of the documentation.
    pub const ALL: [Case; 34] = [
        Self::TestContact,
        Self::NullMessage,
        Self::EmptyMessage,
        Self::RunWithoutAnswer,
        Self::OutsideDates,
        Self::OnProjectBoundary,
        Self::OtherOffset,
        Self::RepeatedText,
        Self::Noise,
        Self::RecoveredOutsideRanges,
        Self::RecoveredOnRangeEdge,
        Self::NoSurvey,
        Self::SecondSurveyRun,
        Self::NullAnswer,
        Self::EmptyAnswer,
        Self::UnreachedQuestion,
        Self::ForeignOperator,
        Self::NotAPhone,
        Self::OddCharacters,
        Self::Gibberish,
        Self::MetaText,
        Self::StopText,
        Self::WrongScheme,
        Self::InconsistentWrongScheme,
        Self::UncheckedLabels,
        Self::UncheckedBesideChecked,
        Self::SupersededLabel,
        Self::LabelWithoutChecked,
        Self::ManuallyUncoded,
        Self::UnknownScheme,
        Self::LabelExtras,
        Self::ConflictingLocations,
        Self::ControlCodeAtTwoLevels,
        Self::WithoutSequenceNumber,
    ];

    /// The name on the command line, such as `null-message`.
    pub fn name(self) -> String {
        let mut name = String::new();
        for character in format!("{self:?}").chars() {
            if character.is_ascii_uppercase() && !name.is_empty() {
                name.push('-');
            }
            name.push(character.to_ascii_lowercase());
        }
        name
    }

    /// How many of a thousand occasions are such a case.
    ///
    /// An occasion is what the case speaks of: a person, a run, a recovered message, a label.
    pub(crate) fn per_mille(self) -> u32 {
        match self {
            Self::OnProjectBoundary => 6,
            Self::RunWithoutAnswer | Self::Noise => 10,
            Self::StopText => 12,
            Self::EmptyMessage => 15,
            Self::NullMessage
            | Self::OutsideDates
            | Self::TestContact
            | Self::EmptyAnswer
            | Self::WithoutSequenceNumber
            | Self::UnknownScheme
            | Self::LabelWithoutChecked => 20,
            Self::OtherOffset
            | Self::NotAPhone
            | Self::ManuallyUncoded
            | Self::RecoveredOnRangeEdge
            | Self::ControlCodeAtTwoLevels => 30,
            Self::RepeatedText | Self::ForeignOperator => 40,
            Self::NullAnswer | Self::SupersededLabel | Self::ConflictingLocations => 50,
            Self::UnreachedQuestion
            | Self::UncheckedLabels
            | Self::UncheckedBesideChecked
            | Self::LabelExtras
            | Self::Gibberish => 60,
            Self::WrongScheme => 70,
            Self::MetaText | Self::RecoveredOutsideRanges => 100,
            Self::SecondSurveyRun => 120,
            Self::NoSurvey | Self::OddCharacters => 150,
            Self::InconsistentWrongScheme => 250,
        }
    }
}

impl fmt::Display for Case {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.name())
    }
}

impl FromStr for Case {
    type Err = UnknownCase;

    fn from_str(name: &str) -> Result<Self, UnknownCase> {
        Self::ALL
            .into_iter()
            .find(|case| case.name() == name)
            .ok_or_else(|| UnknownCase { name: name.to_owned() })
    }
}

/// A name that is not that of a case.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown case `{name}`; the cases are {}", names())]
pub struct UnknownCase {
    name: String,
}

fn names() -> String {
    Case::ALL.map(|case| format!("`{case}`")).join(", ")
}

/// The cases that are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cases(u64);

impl Cases {
    /// Every case.
    pub fn all() -> Self {
        Self(u64::MAX)
    }

    /// The same without `case`.
    #[must_use]
    pub fn without(self, case: Case) -> Self {
        Self(self.0 & !(1 << case as u64))
    }

    /// Whether `case` is made.
    pub fn contains(self, case: Case) -> bool {
        self.0 & (1 << case as u64) != 0
    }

    /// Whether this occasion is such a case; draws once, whether the case is made or not.
    pub(crate) fn happens(self, random: &mut Random, case: Case) -> bool {
        random.per_mille(case.per_mille()) && self.contains(case)
    }
}

impl Default for Cases {
    fn default() -> Self {
        Self::all()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_case_is_found_by_its_name() {
        for case in Case::ALL {
            assert_eq!(case.name().parse(), Ok(case));
        }
        assert_eq!(Case::NullMessage.name(), "null-message");
    }

    #[test]
    fn every_case_is_listed_once() {
        for (position, case) in Case::ALL.into_iter().enumerate() {
            assert_eq!(case as usize, position);
        }
    }

    #[test]
    fn leaves_out_only_what_it_is_told() {
        let cases = Cases::all().without(Case::Noise);
        assert!(!cases.contains(Case::Noise));
        assert!(cases.contains(Case::TestContact));
    }
}
