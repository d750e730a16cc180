//! Reading of the data files: lists of words with codes, and lists of plain words.

use std::sync::LazyLock;

use rustc_hash::FxHashSet;

use crate::spelling::{fold_joined, loose_key, sound_key};

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
    FILLERS.words.contains(word)
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

struct Fillers {
    words: FxHashSet<Box<str>>,
    joinable_keys: FxHashSet<Box<str>>,
}

impl Fillers {
    fn read(text: &str) -> Fillers {
        let joinable_keys = plain_words(text)
            .filter(|word| word.starts_with('+'))
            .flat_map(|word| {
                let (mut sounds, mut loose) = (String::new(), String::new());
                sound_key(&fold_joined(word), &mut sounds);
                loose_key(&sounds, &mut loose);
                [sounds.into_boxed_str(), loose.into_boxed_str()]
            })
            .collect();
        Fillers { words: folded_words(text), joinable_keys }
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
