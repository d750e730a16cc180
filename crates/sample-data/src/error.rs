//! What can go wrong while sample data is made.

use std::io;
use std::path::PathBuf;

use data_root::FileError;

/// Sample data could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SampleDataError {
    /// Messages were asked for, but there is no question that they could answer.
    #[error("no activation flow of the configuration has a question of a radio show")]
    NothingToAsk,
    /// Messages were asked for, but nobody who sends them.
    #[error("{n_messages} messages need at least one person")]
    NoPeople {
        /// The number of messages.
        n_messages: u64,
    },
    /// The texts of the country are not what they should be.
    #[error("the sample texts of the country cannot be read")]
    SampleTexts {
        /// What is wrong, and where.
        source: serde_json::Error,
    },
    /// The texts of the country leave out what every project needs.
    #[error(
        "the sample texts of the country need something in each of `Prefixes`, \
         `ForeignPrefixes`, `Apps` and `Meaningless`"
    )]
    TooFewSampleTexts,
    /// A file could not be created or put into place.
    #[error(transparent)]
    File(#[from] FileError),
    /// A file could not be written.
    #[error("could not write `{}`", .path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl SampleDataError {
    /// What the user can try.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NothingToAsk => Some(
                "map a key such as `Rqa_S01E01 (Text) - <flow>` of an activation flow, with \
                 `\"IsActivationMessage\": true`, to the raw field of a radio show plan"
                    .to_owned(),
            ),
            Self::SampleTexts { .. } | Self::TooFewSampleTexts => {
                Some("see the file that `SampleTexts` of `country.json` names".to_owned())
            }
            Self::NoPeople { .. } => Some("give `--people` a number from 1 on".to_owned()),
            Self::File(error) => error.hint(),
            Self::Write { .. } => None,
        }
    }
}
