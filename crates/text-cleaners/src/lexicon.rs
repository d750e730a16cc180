//! Words of data files, and how they are found in a text.
//!
//! A word is looked up as written, then by sound key, by loose key, and last as a spelling
//! mistake. What each step allows is said by the `…_MIN_LETTERS` constants: the less sure the
//! step, the longer a word must be. A step that could mean two codes gives neither.

use std::sync::LazyLock;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::spelling::{Text, fold_joined, is_one_typo, loose_key, sound_key};

/// Shortest sound key by which a word is found.
const SOUND_MIN_LETTERS: usize = 3;
/// Shortest loose key by which a word is found.
const LOOSE_MIN_LETTERS: usize = 5;
/// Shortest loose key that may differ by one typo; the first letter must be right.
const TYPO_MIN_LETTERS: usize = 8;
/// Shortest run of words that is looked up as if written together.
const PHRASE_MIN_LETTERS: usize = 5;
/// Shortest sound key of a piece that is looked for in words written together.
const PIECE_MIN_LETTERS: usize = 3;

/// A data file: its name for messages, and its text.
pub(crate) struct WordList {
    pub(crate) name: &'static str,
    pub(crate) text: &'static str,
}

/// Code of a word: its position in the list of codes.
pub(crate) type CodeIndex = usize;

/// The words of the data files of one cleaner.
pub(crate) struct Lexicon {
    codes: Vec<&'static str>,
    entries: Vec<Entry>,
    written: Table,
    sounds: Table,
    loose: Table,
    /// Loose keys, whole and with one letter left out, of the words long enough for typos.
    typos: FxHashMap<Box<str>, Vec<usize>>,
    n_words_max: usize,
}

/// A word of a data file.
pub(crate) struct Entry {
    pub(crate) code: CodeIndex,
    pub(crate) word: &'static str,
    pub(crate) list: &'static str,
    /// Counts only when the answer holds nothing else but fillers.
    pub(crate) is_doubtful: bool,
    loose: Box<str>,
    is_phrase: bool,
}

/// Entry by key; `None` where entries of several codes share the key.
type Table = FxHashMap<Box<str>, Option<usize>>;

/// A word of the lexicon that stands in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) entry: usize,
    pub(crate) how: How,
    pub(crate) first_word: usize,
    pub(crate) n_words: usize,
}

/// How a word was recognized, surest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum How {
    Written,
    Sound,
    Loose,
    Together,
    Typo,
}

/// Words that carry no code.
static FILLERS: LazyLock<Fillers> = LazyLock::new(Fillers::read);

struct Fillers {
    words: FxHashSet<Box<str>>,
    /// Sound keys of those that may be written together with a word that carries one.
    joinable_sounds: FxHashSet<Box<str>>,
}

impl Fillers {
    fn read() -> Fillers {
        let text = include_str!("../data/fillers.txt");
        let mut fillers =
            Fillers { words: plain_words(text).collect(), joinable_sounds: FxHashSet::default() };
        for word in plain_entries(text).filter(|word| word.starts_with('+')) {
            let mut sounds = String::new();
            sound_key(&fold_joined(word), &mut sounds);
            fillers.joinable_sounds.insert(sounds.into_boxed_str());
        }
        fillers
    }
}

/// Everyday words that are no misspelling of a listed word.
static COMMON_WORDS: LazyLock<FxHashSet<Box<str>>> =
    LazyLock::new(|| plain_words(include_str!("../data/common_words.txt")).collect());

impl Lexicon {
    /// Reads the lines `code: word, word` of `lists`; the first mention of a code gives it its
    /// place in [`Lexicon::codes`].
    pub(crate) fn new(lists: &[WordList]) -> Lexicon {
        let mut lexicon = Lexicon {
            codes: Vec::new(),
            entries: Vec::new(),
            written: Table::default(),
            sounds: Table::default(),
            loose: Table::default(),
            typos: FxHashMap::default(),
            n_words_max: 1,
        };
        for list in lists {
            for line in list.text.lines() {
                lexicon.add_line(list.name, line);
            }
        }
        lexicon
    }

    pub(crate) fn codes(&self) -> &[&'static str] {
        &self.codes
    }

    pub(crate) fn entry(&self, found: Found) -> &Entry {
        &self.entries[found.entry]
    }

    /// The listed words of `text` in the order in which they stand there.
    ///
    /// A doubtful word is left out when anything but listed words and fillers stands beside it.
    pub(crate) fn find(&self, text: &Text) -> Vec<Found> {
        let mut found = Vec::new();
        let mut scratch = Scratch::default();
        let mut holds_other_words = false;
        let mut at = 0;
        while at < text.n_words() {
            let n_words = self.find_at(text, at, &mut scratch, &mut found);
            holds_other_words |= n_words == 0 && !is_filler(text.word(at));
            at += n_words.max(1);
        }
        if holds_other_words {
            found.retain(|found| !self.entry(*found).is_doubtful);
        }
        found
    }

    /// The word of the lexicon that `word` alone is, when it is one.
    pub(crate) fn find_word(&self, word: &str) -> Option<&Entry> {
        let mut scratch = Scratch::default();
        self.look_up(word, false, &mut scratch).map(|(entry, _)| &self.entries[entry])
    }

    /// Adds what begins at word `at` to `found` and returns how many words it takes, 0 for none.
    fn find_at(
        &self,
        text: &Text,
        at: usize,
        scratch: &mut Scratch,
        found: &mut Vec<Found>,
    ) -> usize {
        let n_words_left = text.n_words() - at;
        let mut joined = std::mem::take(&mut scratch.joined);
        let mut n_found = 0;
        for n_words in (1..=self.n_words_max.min(n_words_left)).rev() {
            text.join(at, n_words, &mut joined);
            if 1 < n_words && joined.len() < PHRASE_MIN_LETTERS {
                continue;
            }
            if let Some((entry, how)) = self.look_up(&joined, 1 < n_words, scratch) {
                found.push(Found { entry, how, first_word: at, n_words });
                n_found = n_words;
                break;
            }
        }
        scratch.joined = joined;
        if n_found == 0 && self.take_apart(text.word(at), at, found, &mut scratch.sounds) {
            n_found = 1;
        }
        n_found
    }

    fn look_up(&self, word: &str, is_phrase: bool, scratch: &mut Scratch) -> Option<(usize, How)> {
        if let Some(entry) = self.written.get(word) {
            return entry.map(|entry| (entry, How::Written));
        }
        if !is_phrase && COMMON_WORDS.contains(word) {
            return None;
        }
        sound_key(word, &mut scratch.sounds);
        if scratch.sounds.len() < SOUND_MIN_LETTERS {
            return None;
        }
        if let Some(entry) = self.sounds.get(scratch.sounds.as_str()) {
            return entry.map(|entry| (entry, How::Sound));
        }
        if scratch.sounds.len() < LOOSE_MIN_LETTERS {
            return None;
        }
        loose_key(&scratch.sounds, &mut scratch.loose);
        if LOOSE_MIN_LETTERS <= scratch.loose.len()
            && let Some(entry) = self.loose.get(scratch.loose.as_str())
        {
            return entry.map(|entry| (entry, How::Loose));
        }
        self.look_up_typo(is_phrase, scratch).map(|entry| (entry, How::Typo))
    }

    /// The one entry whose loose key is one typo away from `scratch.loose`.
    fn look_up_typo(&self, is_phrase: bool, scratch: &mut Scratch) -> Option<usize> {
        let Scratch { loose, shortened, .. } = scratch;
        if loose.len() + 1 < TYPO_MIN_LETTERS || !loose.is_ascii() {
            return None;
        }
        let mut nearest: Option<usize> = None;
        for left_out in 0..=loose.len() {
            shortened.clear();
            shortened.push_str(&loose[..left_out]);
            shortened.push_str(loose.get(left_out + 1..).unwrap_or_default());
            for &candidate in self.typos.get(shortened.as_str()).into_iter().flatten() {
                let entry = &self.entries[candidate];
                if (is_phrase && !entry.is_phrase) || !is_near(loose, &entry.loose) {
                    continue;
                }
                match nearest {
                    Some(other) if self.entries[other].code != entry.code => return None,
                    Some(_) => {}
                    None => nearest = Some(candidate),
                }
            }
        }
        nearest
    }

    /// Cuts `word` wholly into listed words and fillers, as in `waxaanahaynaag` or `lablab`.
    fn take_apart(
        &self,
        word: &str,
        at: usize,
        found: &mut Vec<Found>,
        sounds: &mut String,
    ) -> bool {
        if COMMON_WORDS.contains(word) {
            return false;
        }
        sound_key(word, sounds);
        let n_found_before = found.len();
        let is_apart = sounds.is_ascii() && self.take_pieces(sounds, at, found);
        if !is_apart {
            found.truncate(n_found_before);
        }
        is_apart && n_found_before < found.len()
    }

    fn take_pieces(&self, sounds: &str, at: usize, found: &mut Vec<Found>) -> bool {
        if sounds.is_empty() {
            return true;
        }
        for length in (PIECE_MIN_LETTERS..=sounds.len()).rev() {
            let piece = &sounds[..length];
            let entry = self.sounds.get(piece).copied().flatten();
            if entry.is_none() && !FILLERS.joinable_sounds.contains(piece) {
                continue;
            }
            if let Some(entry) = entry {
                found.push(Found { entry, how: How::Together, first_word: at, n_words: 1 });
            }
            // A letter that ends one piece and begins the next has been squeezed to one.
            if self.take_pieces(&sounds[length..], at, found)
                || (length < sounds.len() && self.take_pieces(&sounds[length - 1..], at, found))
            {
                return true;
            }
            if entry.is_some() {
                found.pop();
            }
        }
        false
    }

    fn add_line(&mut self, list: &'static str, line: &'static str) {
        let line = without_comment(line);
        let Some((code, words)) = line.split_once(':') else { return };
        let code = self.code_index(code.trim());
        for word in words.split(',').map(str::trim).filter(|word| !word.is_empty()) {
            let is_doubtful = word.starts_with('?');
            self.add_word(code, word.trim_start_matches('?').trim(), list, is_doubtful);
        }
    }

    fn code_index(&mut self, code: &'static str) -> CodeIndex {
        match self.codes.iter().position(|known| *known == code) {
            Some(index) => index,
            None => {
                self.codes.push(code);
                self.codes.len() - 1
            }
        }
    }

    fn add_word(
        &mut self,
        code: CodeIndex,
        word: &'static str,
        list: &'static str,
        is_doubtful: bool,
    ) {
        let written = fold_joined(word);
        let (mut sounds, mut loose) = (String::new(), String::new());
        sound_key(&written, &mut sounds);
        loose_key(&sounds, &mut loose);
        let n_words = Text::new(word).n_words();
        self.n_words_max = self.n_words_max.max(n_words);
        let entry = self.entries.len();
        self.entries.push(Entry {
            code,
            word,
            list,
            is_doubtful,
            loose: loose.clone().into_boxed_str(),
            is_phrase: 1 < n_words,
        });
        add_key(&mut self.written, &self.entries, written, entry);
        if TYPO_MIN_LETTERS <= loose.len() && !is_doubtful && loose.is_ascii() {
            self.add_typos(&loose, entry);
        }
        add_key(&mut self.sounds, &self.entries, sounds, entry);
        add_key(&mut self.loose, &self.entries, loose, entry);
    }

    fn add_typos(&mut self, loose: &str, entry: usize) {
        for left_out in 0..=loose.len() {
            let mut key = loose[..left_out].to_owned();
            key.push_str(loose.get(left_out + 1..).unwrap_or_default());
            let entries = self.typos.entry(key.into_boxed_str()).or_default();
            if entries.last() != Some(&entry) {
                entries.push(entry);
            }
        }
    }
}

/// Whether `word`, folded, carries no code.
pub(crate) fn is_filler(word: &str) -> bool {
    FILLERS.words.contains(word)
}

/// Buffers that are used again for each word of a text.
#[derive(Default)]
struct Scratch {
    joined: String,
    sounds: String,
    loose: String,
    shortened: String,
}

fn is_near(loose: &str, listed: &str) -> bool {
    TYPO_MIN_LETTERS <= loose.len().max(listed.len())
        && loose.as_bytes()[0] == listed.as_bytes()[0]
        && is_one_typo(loose, listed)
}

fn add_key(table: &mut Table, entries: &[Entry], key: String, entry: usize) {
    table
        .entry(key.into_boxed_str())
        .and_modify(|known| {
            if known.is_some_and(|known| entries[known].code != entries[entry].code) {
                *known = None;
            }
        })
        .or_insert(Some(entry));
}

fn plain_words(text: &str) -> impl Iterator<Item = Box<str>> {
    plain_entries(text).map(fold_joined).map(String::into_boxed_str)
}

fn plain_entries(text: &str) -> impl Iterator<Item = &str> {
    text.lines()
        .map(without_comment)
        .flat_map(|line| line.split(','))
        .map(str::trim)
        .filter(|word| !word.is_empty())
}

fn without_comment(line: &str) -> &str {
    line.split_once('#').map_or(line, |(line, _)| line)
}
