//! Reading of the data files: lists of words with codes, and lists of plain words.

use std::sync::LazyLock;

use rustc_hash::FxHashSet;

use crate::spelling::{fold_joined, loose_key, sound_key};

/// Shortest sound key by which a filler is known.
const FILLER_SOUND_MIN_LETTERS: usize = 3;

/// A data file: its name for messages, and its text.
pub(crate) struct WordList {
    pub(crate) name: &'static str,
    pub(crate) text: &'static str,
}

/// One word of a line `code: word, ?word, …`.
pub(crate) struct ListedWord {
    pub(crate) code: &'static str,
    pub(crate) word: &'static str,
    /// Marked `?`: counts only when the answer holds nothing else but fillers.
    pub(crate) is_doubtful: bool,
}

impl WordList {
    /// The words of the file, in its order. What stands after `#` is a comment.
    pub(crate) fn words(&self) -> impl Iterator<Item = ListedWord> {
        self.text.lines().filter_map(|line| without_comment(line).split_once(':')).flat_map(
            |(code, words)| {
                split_at_commas(words).map(move |word| ListedWord {
                    code: code.trim(),
                    word: word.trim_start_matches('?').trim(),
                    is_doubtful: word.starts_with('?'),
                })
            },
        )
    }
}

/// Whether the folded `word` carries no code.
pub(crate) fn is_filler(word: &str) -> bool {
    let mut sounds = String::new();
    FILLERS.words.contains(word) || {
        sound_key(word, &mut sounds);
        FILLER_SOUND_MIN_LETTERS <= sounds.len() && FILLERS.sounds.contains(sounds.as_str())
    }
}

/// Whether `key` is the sound or loose key of a filler that people write together with other words.
pub(crate) fn is_joinable_filler(key: &str) -> bool {
    FILLERS.joinable_keys.contains(key)
}

/// Whether the folded `word` is an everyday word, so that it is no misspelling of a listed one.
pub(crate) fn is_common(word: &str) -> bool {
    COMMON_WORDS.contains(word)
}

static FILLERS: LazyLock<Fillers> =
    LazyLock::new(|| Fillers::read(include_str!("../data/fillers.txt")));

static COMMON_WORDS: LazyLock<FxHashSet<Box<str>>> =
    LazyLock::new(|| folded_words(include_str!("../data/common_words.txt")));

#[derive(Default)]
struct Fillers {
    words: FxHashSet<Box<str>>,
    sounds: FxHashSet<Box<str>>,
    joinable_keys: FxHashSet<Box<str>>,
}

impl Fillers {
    fn read(text: &str) -> Fillers {
        let mut fillers = Fillers::default();
        for word in plain_words(text) {
            let written = fold_joined(word);
            let (mut sounds, mut loose) = (String::new(), String::new());
            sound_key(&written, &mut sounds);
            loose_key(&sounds, &mut loose);
            if word.starts_with('+') {
                fillers.joinable_keys.insert(loose.into_boxed_str());
                fillers.joinable_keys.insert(sounds.clone().into_boxed_str());
            }
            fillers.sounds.insert(sounds.into_boxed_str());
            fillers.words.insert(written.into_boxed_str());
        }
        fillers
    }
}

fn folded_words(text: &str) -> FxHashSet<Box<str>> {
    plain_words(text).map(|word| fold_joined(word).into_boxed_str()).collect()
}

fn plain_words(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(without_comment).flat_map(split_at_commas)
}

fn split_at_commas(words: &str) -> impl Iterator<Item = &str> {
    words.split(',').map(str::trim).filter(|word| !word.is_empty())
}

fn without_comment(line: &str) -> &str {
    line.split_once('#').map_or(line, |(line, _)| line)
}
