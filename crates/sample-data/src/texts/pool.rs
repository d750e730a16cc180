//! A pool of texts of one dataset, sorted by what they mean.

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::{CodeRef, Destination, Draw, Meaning, ODD_KINDS, SentText};
use crate::layout::{Layout, Subject};
use crate::random::Random;

/// What kind of text something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    Plain,
    OddCharacters,
    Meta,
    NotCoded,
    Stop,
    Elsewhere,
}

/// The texts of one dataset.
pub(super) struct Pool {
    texts: Vec<PoolText>,
    of_kind: FxHashMap<Kind, Vec<usize>>,
    of_code: FxHashMap<CodeRef, Vec<usize>>,
    codes: Vec<CodeRef>,
}

struct PoolText {
    text: Arc<str>,
    meaning: Arc<Meaning>,
    kind: Kind,
    /// Whether the text still means the same when something is written after it.
    takes_tail: bool,
}

impl Pool {
    pub(super) fn len(&self) -> usize {
        self.texts.len()
    }

    pub(super) fn codes(&self) -> &[CodeRef] {
        &self.codes
    }

    pub(super) fn draw(&self, random: &mut Random, how: &Draw<'_>) -> SentText {
        let mut kind = Kind::Plain;
        for (case, odd_kind) in ODD_KINDS {
            if how.cases.happens(random, case) && self.of_kind.contains_key(&odd_kind) {
                kind = odd_kind;
            }
        }
        let truthful = how.truth.filter(|_| kind == Kind::Plain);
        let positions = truthful
            .and_then(|code| self.of_code.get(&code))
            .or_else(|| self.of_kind.get(&kind))
            .or_else(|| self.of_kind.get(&Kind::NotCoded))
            .expect("every pool is built with texts that mean nothing");
        let position = *random.pick(positions);
        let PoolText { text, meaning, takes_tail, .. } = &self.texts[position];
        if random.percent(50) && *takes_tail {
            return SentText {
                text: format!("{text} {}", how.tail).into(),
                meaning: Arc::clone(meaning),
                pool_position: None,
            };
        }
        SentText {
            text: Arc::clone(text),
            meaning: Arc::clone(meaning),
            pool_position: Some(position),
        }
    }
}

/// Collects the texts of one dataset, each once.
#[derive(Default)]
pub(super) struct Builder {
    texts: Vec<PoolText>,
    known: FxHashSet<Arc<str>>,
}

impl Builder {
    /// Adds a text, unless the pool has it already.
    pub(super) fn add(&mut self, kind: Kind, text: &str, meaning: Meaning) {
        self.insert(kind, text, meaning, false);
    }

    /// Adds a text that means the same with something written after it.
    pub(super) fn add_open(&mut self, kind: Kind, text: &str, meaning: Meaning) {
        self.insert(kind, text, meaning, true);
    }

    fn insert(&mut self, kind: Kind, text: &str, meaning: Meaning, takes_tail: bool) {
        let text: Arc<str> = text.into();
        if self.known.insert(Arc::clone(&text)) {
            self.texts.push(PoolText { text, meaning: Arc::new(meaning), kind, takes_tail });
        }
    }

    /// Up to `n` plain texts, from all over the pool.
    pub(super) fn some_plain_texts(&self, n: usize) -> Vec<String> {
        let plain: Vec<&PoolText> =
            self.texts.iter().filter(|text| text.kind == Kind::Plain).collect();
        let step = (plain.len() / n).max(1);
        plain.into_iter().step_by(step).take(n).map(|text| text.text.to_string()).collect()
    }

    pub(super) fn build(self) -> Pool {
        let mut of_kind: FxHashMap<Kind, Vec<usize>> = FxHashMap::default();
        let mut of_code: FxHashMap<CodeRef, Vec<usize>> = FxHashMap::default();
        for (position, text) in self.texts.iter().enumerate() {
            of_kind.entry(text.kind).or_default().push(position);
            if text.kind == Kind::Plain
                && let Meaning::Codes(codes) = &*text.meaning
                && let [code] = codes[..]
            {
                of_code.entry(code).or_default().push(position);
            }
        }
        let mut codes: Vec<CodeRef> = of_code.keys().copied().collect();
        codes.sort_unstable();
        Pool { texts: self.texts, of_kind, of_code, codes }
    }
}

/// Adds texts that answer other questions than that of dataset `own`.
pub(super) fn add_answers_to_something_else(
    builder: &mut Builder,
    own: usize,
    layout: &Layout,
    answers: &[Vec<String>],
) {
    let Some(wrong_scheme) = &layout.wrong_scheme else { return };
    let mut add = |text: &str, destination| {
        builder.add(Kind::Elsewhere, text, Meaning::Elsewhere(destination));
    };
    for (index, dataset) in layout.datasets.iter().enumerate() {
        if index == own || dataset.ws_code.is_none() || dataset.coda_dataset.is_none() {
            continue;
        }
        // Most wrong answers are demographic ones that came while a show was on.
        let n_texts = if dataset.subject == Subject::Opinion { 1 } else { 4 };
        let step = (answers[index].len() / n_texts).max(1);
        for text in answers[index].iter().skip(own % step).step_by(step).take(n_texts) {
            add(text, Destination::Dataset(index));
        }
    }
    for (position, code) in super::normal_codes(wrong_scheme.codes()) {
        let has_plan =
            |dataset: &crate::layout::Dataset| dataset.ws_code == Some(code.code_id.clone());
        if !layout.datasets.iter().any(has_plan) {
            add(&format!("ku saabsan {}", code.display_text), Destination::OtherProject(position));
        }
    }
    for text in ["hadal kale ayaan qabaa", "something about another matter"] {
        add(text, Destination::Nowhere);
    }
}
