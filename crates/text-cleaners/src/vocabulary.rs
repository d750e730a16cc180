//! What a country's word lists have in common: sounds, fillers and everyday words.

use rustc_hash::FxHashSet;

use crate::lines::{split_at_commas, without_comment};
use crate::sounds::Sounds;
use crate::spelling::fold_joined;

/// Shortest sound key by which a filler is known.
const FILLER_SOUND_MIN_LETTERS: usize = 3;

/// Words without a code, and which words are heard alike.
#[derive(Debug, Default)]
pub(crate) struct Vocabulary {
    pub(crate) sounds: Sounds,
    fillers: FxHashSet<Box<str>>,
    filler_sounds: FxHashSet<Box<str>>,
    joinable_keys: FxHashSet<Box<str>>,
    common_words: FxHashSet<Box<str>>,
}

impl Vocabulary {
    /// Reads lists of fillers, `+` before those that people write together with other words, and
    /// lists of everyday words.
    pub(crate) fn new<'a>(
        sounds: Sounds,
        fillers: impl IntoIterator<Item = &'a str>,
        common_words: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        let mut vocabulary = Vocabulary { sounds, ..Vocabulary::default() };
        for word in fillers.into_iter().flat_map(plain_words) {
            vocabulary.add_filler(word);
        }
        vocabulary.common_words = common_words
            .into_iter()
            .flat_map(plain_words)
            .map(|word| fold_joined(word).into_boxed_str())
            .collect();
        vocabulary
    }

    /// Whether the folded `word` carries no code.
    pub(crate) fn is_filler(&self, word: &str) -> bool {
        let mut sounds = String::new();
        self.fillers.contains(word) || {
            self.sounds.sound_key(word, &mut sounds);
            FILLER_SOUND_MIN_LETTERS <= sounds.len() && self.filler_sounds.contains(sounds.as_str())
        }
    }

    /// Whether `key` is the sound or loose key of a filler that people write together with other
    /// words.
    pub(crate) fn is_joinable_filler(&self, key: &str) -> bool {
        self.joinable_keys.contains(key)
    }

    /// Whether the folded `word` is an everyday word, so that it is no misspelling of a listed one.
    pub(crate) fn is_common(&self, word: &str) -> bool {
        self.common_words.contains(word)
    }

    fn add_filler(&mut self, word: &str) {
        let written = fold_joined(word);
        let (sounds, loose) = self.sounds.keys(&written);
        if word.starts_with('+') {
            self.joinable_keys.insert(loose.into_boxed_str());
            self.joinable_keys.insert(sounds.clone().into_boxed_str());
        }
        self.filler_sounds.insert(sounds.into_boxed_str());
        self.fillers.insert(written.into_boxed_str());
    }
}

fn plain_words(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(without_comment).flat_map(split_at_commas)
}
