//! The texts that people send, and what they mean.
//!
//! Each dataset has a pool of texts that many people share, so that labels can be given once per
//! text, as in Coda, with nothing to remember but which texts of the pools were seen.

mod answers;
mod odd_characters;
mod opinions;
mod pool;

use std::sync::Arc;

use code_schemes::{Code, CodeType};

use crate::layout::{Layout, Subject};
use crate::random::Random;
use crate::{Case, Cases};
use pool::{Builder, Pool};

/// The texts of a project, one pool per dataset.
pub(crate) struct Texts {
    pools: Vec<Pool>,
}

/// What a labeller would make of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// Codes of the dataset's schemes, normal or meta.
    Codes(Vec<CodeRef>),
    /// Nothing that can be coded.
    NotCoded,
    /// A wish to be left alone.
    Stop,
    /// An answer to something else.
    Elsewhere(Destination),
}

/// A code of a dataset, by position.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct CodeRef {
    pub(crate) scheme: usize,
    pub(crate) code: usize,
}

/// Where an answer to something else belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Destination {
    /// Another dataset of the project.
    Dataset(usize),
    /// A dataset that the project has no plan for, by the position of its code.
    OtherProject(usize),
    /// Nobody can tell.
    Nowhere,
}

/// A text as one person sends it.
#[derive(Clone, Debug)]
pub(crate) struct SentText {
    pub(crate) text: Arc<str>,
    pub(crate) meaning: Arc<Meaning>,
    /// Position in the pool; `None` for a text that nobody else sends.
    pub(crate) pool_position: Option<usize>,
}

/// How a draw from a pool is made.
pub(crate) struct Draw<'a> {
    pub(crate) cases: Cases,
    /// What the person would truthfully answer.
    pub(crate) truth: Option<CodeRef>,
    /// Makes a text that nobody else sends, when it ends with this.
    pub(crate) tail: &'a str,
}

impl Texts {
    /// Makes the pools of all datasets.
    pub(crate) fn new(layout: &Layout, seed: u64) -> Self {
        let mut builders: Vec<Builder> = (layout.datasets.iter())
            .map(|dataset| {
                let mut random = Random::for_thing(seed, "texts", &dataset.raw_field);
                let mut builder = Builder::default();
                match dataset.subject {
                    Subject::Opinion => {
                        opinions::add(&mut builder, dataset, &layout.phrases, &mut random);
                    }
                    _ => answers::add(&mut builder, dataset, &layout.phrases, &mut random),
                }
                builder
            })
            .collect();
        let answers: Vec<Vec<String>> =
            builders.iter().map(|builder| builder.some_plain_texts(40)).collect();
        for (index, builder) in builders.iter_mut().enumerate() {
            pool::add_answers_to_something_else(builder, index, layout, &answers);
        }
        Self { pools: builders.into_iter().map(Builder::build).collect() }
    }

    /// How many texts the pool of a dataset has.
    pub(crate) fn pool_size(&self, dataset: usize) -> usize {
        self.pools[dataset].len()
    }

    /// The codes that some text of the dataset is about.
    pub(crate) fn codes(&self, dataset: usize) -> &[CodeRef] {
        self.pools[dataset].codes()
    }

    /// A text for the dataset.
    pub(crate) fn draw(&self, dataset: usize, random: &mut Random, how: &Draw<'_>) -> SentText {
        self.pools[dataset].draw(random, how)
    }
}

/// The normal codes of a scheme, with their positions.
fn normal_codes(codes: &[Code]) -> impl Iterator<Item = (usize, &Code)> {
    codes.iter().enumerate().filter(|(_, code)| code.is_normal())
}

/// The meta codes of a scheme: position and name.
fn meta_codes(codes: &[Code]) -> impl Iterator<Item = (usize, &str)> {
    codes.iter().enumerate().filter_map(|(position, code)| match &code.code_type {
        CodeType::Meta(name) => Some((position, &**name)),
        _ => None,
    })
}

/// The kinds of texts besides plain answers, each with its case.
const ODD_KINDS: [(Case, pool::Kind); 5] = [
    (Case::StopText, pool::Kind::Stop),
    (Case::WrongScheme, pool::Kind::Elsewhere),
    (Case::MetaText, pool::Kind::Meta),
    (Case::Gibberish, pool::Kind::NotCoded),
    (Case::OddCharacters, pool::Kind::OddCharacters),
];
