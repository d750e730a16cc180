//! The words of a cleaner, and how they are found in a text.
//!
//! A word is looked up as written, then by sound key, by loose key, and last with one typo; a word
//! that is known in none of these ways is cut into known words. The less sure the step, the longer
//! a word must be: see the constants. A step that could mean two codes gives neither.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::spelling::{Text, fold_joined, is_one_typo};
use crate::vocabulary::Vocabulary;
use crate::word_list::{ListedWord, WordList};

/// Shortest sound key by which a word is found.
const SOUND_MIN_LETTERS: usize = 3;
/// Shortest loose key by which a word is found.
const LOOSE_MIN_LETTERS: usize = 5;
/// Shortest loose key that may differ by one typo; the first letter must be right.
const TYPO_MIN_LETTERS: usize = 7;
/// Shortest sound key of a word that is found after a stray first letter.
const STRAY_MIN_LETTERS: usize = 5;
/// Most words of an answer in which typos are looked for: an unknown word of a long text is a
/// word that the lists do not know rather than a slip.
const TYPO_MAX_WORDS: usize = 4;
/// Shortest run of words that may be a single listed word, torn apart by a blank.
const TORN_WORD_MIN_LETTERS: usize = 8;
/// Shortest sound key of a piece that is looked for in words written together.
const PIECE_MIN_LETTERS: usize = 3;
/// Longest word that is searched for typos and pieces; bounds the work on hostile texts.
const SEARCHED_MAX_LETTERS: usize = 32;

/// Code of a word: its position in the list of codes.
pub(crate) type CodeIndex = usize;

/// The words of the data files of one cleaner.
#[derive(Debug, Default)]
pub(crate) struct Lexicon {
    vocabulary: Arc<Vocabulary>,
    codes: Vec<String>,
    lists: Vec<String>,
    entries: Vec<Entry>,
    written: Table,
    sounds: Table,
    loose: Table,
    /// By loose keys, whole and with one letter left out, of the words long enough for typos.
    by_typo: Groups,
    n_words_max: usize,
}

/// A word of a data file.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) code: CodeIndex,
    pub(crate) word: String,
    /// Its position among the lists.
    list: usize,
    is_doubtful: bool,
    is_phrase: bool,
    loose: String,
}

/// Entry by key; `None` where entries of several codes share the key.
type Table = FxHashMap<Box<str>, Option<usize>>;

/// All entries that a key may mean.
type Groups = FxHashMap<Box<str>, Vec<usize>>;

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
#[non_exhaustive]
pub enum How {
    /// As the list has it.
    Written,
    /// In a spelling that readers of the language say alike.
    Sound,
    /// In a spelling that is said nearly alike.
    Loose,
    /// As part of words written together.
    Together,
    /// With one typo.
    Typo,
}

impl How {
    /// What is said to a person who asks why.
    pub fn reason(self) -> &'static str {
        match self {
            How::Written => "as listed",
            How::Sound => "sounds the same",
            How::Loose => "sounds nearly the same",
            How::Together => "part of words written together",
            How::Typo => "one typo",
        }
    }

    /// Whether the word may be another one, which the list does not have.
    pub fn is_guess(self) -> bool {
        matches!(self, How::Loose | How::Typo)
    }
}

impl Lexicon {
    /// The words of `lists`; the first mention of a code gives it its place in
    /// [`Lexicon::codes`].
    pub(crate) fn new(lists: Vec<WordList>, vocabulary: &Arc<Vocabulary>) -> Lexicon {
        let vocabulary = Arc::clone(vocabulary);
        let mut lexicon = Lexicon { vocabulary, n_words_max: 1, ..Lexicon::default() };
        for list in lists {
            lexicon.lists.push(list.name);
            for word in list.words {
                lexicon.add(word);
            }
        }
        lexicon
    }

    pub(crate) fn codes(&self) -> &[String] {
        &self.codes
    }

    #[cfg(test)]
    pub(crate) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    pub(crate) fn entry(&self, found: Found) -> &Entry {
        &self.entries[found.entry]
    }

    pub(crate) fn code(&self, found: Found) -> &str {
        &self.codes[self.entry(found).code]
    }

    /// The name of the file that has the entry.
    pub(crate) fn list(&self, entry: &Entry) -> &str {
        &self.lists[entry.list]
    }

    /// The listed words of `text` in the order in which they stand there.
    ///
    /// A doubtful word is left out when anything but listed words and fillers stands beside it.
    pub(crate) fn find(&self, text: &Text) -> Vec<Found> {
        let mut search = Search::new(self, text);
        let mut holds_other_words = false;
        let mut at = 0;
        while at < text.n_words() {
            let n_words = search.find_at(at);
            holds_other_words |= n_words == 0 && !self.is_beside_the_point(text.word(at));
            at += n_words.max(1);
        }
        let mut found = search.found;
        if holds_other_words {
            found.retain(|found| !self.entry(*found).is_doubtful);
        }
        found
    }

    /// The code among those that `text` names that the data files name first.
    pub(crate) fn first_code(&self, text: &Text) -> Option<CodeIndex> {
        self.find(text).into_iter().map(|found| self.entry(found).code).min()
    }

    /// The code of the word that `word` alone is, when it is one.
    pub(crate) fn code_of_word(&self, word: &str) -> Option<&str> {
        let text = Text::default();
        let (entry, _) = Search::new(self, &text).look_up(word, false)?;
        Some(&self.codes[self.entries[entry].code])
    }

    /// Whether the unlisted `word` says nothing about a code: a filler or a number.
    fn is_beside_the_point(&self, word: &str) -> bool {
        self.vocabulary.is_filler(word) || word.starts_with(|letter: char| letter.is_ascii_digit())
    }

    fn add(&mut self, listed: ListedWord) {
        let ListedWord { code, word, is_doubtful, .. } = listed;
        let code = self.codes.iter().position(|known| *known == code).unwrap_or_else(|| {
            self.codes.push(code);
            self.codes.len() - 1
        });
        let written = fold_joined(&word);
        let (sounds, loose) = self.vocabulary.sounds.keys(&written);
        let n_words = Text::new(&word).n_words();
        self.n_words_max = self.n_words_max.max(n_words);
        let index = self.entries.len();
        self.entries.push(Entry {
            code,
            word,
            list: self.lists.len() - 1,
            is_doubtful,
            is_phrase: 1 < n_words,
            loose: loose.clone(),
        });
        if !is_doubtful {
            self.add_typos(index, &loose);
        }
        add_key(&mut self.written, &self.entries, written, index);
        add_key(&mut self.sounds, &self.entries, sounds, index);
        add_key(&mut self.loose, &self.entries, loose, index);
    }

    fn add_typos(&mut self, entry: usize, loose: &str) {
        if loose.len() < TYPO_MIN_LETTERS - 1 || !loose.is_ascii() {
            return;
        }
        for left_out in 0..=loose.len() {
            let mut key = String::new();
            leave_out(loose, left_out, &mut key);
            let entries = self.by_typo.entry(key.into_boxed_str()).or_default();
            if entries.last() != Some(&entry) {
                entries.push(entry);
            }
        }
    }
}

/// One walk over a text. The keys are buffers that are used again for each word.
struct Search<'a> {
    lexicon: &'a Lexicon,
    text: &'a Text,
    found: Vec<Found>,
    joined: String,
    sounds: String,
    loose: String,
    key: String,
}

impl<'a> Search<'a> {
    fn new(lexicon: &'a Lexicon, text: &'a Text) -> Search<'a> {
        Search {
            lexicon,
            text,
            found: Vec::new(),
            joined: String::new(),
            sounds: String::new(),
            loose: String::new(),
            key: String::new(),
        }
    }

    /// Notes what begins at word `at` and returns how many words it takes, 0 for nothing.
    fn find_at(&mut self, at: usize) -> usize {
        let n_words_left = self.text.n_words() - at;
        let mut joined = std::mem::take(&mut self.joined);
        let mut n_found = 0;
        for n_words in (1..=self.lexicon.n_words_max.min(n_words_left)).rev() {
            self.text.join(at, n_words, &mut joined);
            let is_phrase = 1 < n_words;
            if let Some((entry, how)) = self.look_up(&joined, is_phrase) {
                self.found.push(Found { entry, how, first_word: at, n_words });
                n_found = n_words;
                break;
            }
        }
        self.joined = joined;
        let word = self.text.word(at);
        let is_found = 0 < n_found || self.take_apart(word, at);
        if is_found { n_found.max(1) } else { 0 }
    }

    fn look_up(&mut self, word: &str, is_phrase: bool) -> Option<(usize, How)> {
        let lexicon = self.lexicon;
        let may_be = |entry: &usize| {
            !is_phrase || lexicon.entries[*entry].is_phrase || TORN_WORD_MIN_LETTERS <= word.len()
        };
        if let Some(entry) = lexicon.written.get(word) {
            return entry.filter(may_be).map(|entry| (entry, How::Written));
        }
        if !is_phrase && lexicon.vocabulary.is_common(word) {
            return None;
        }
        lexicon.vocabulary.sounds.sound_key(word, &mut self.sounds);
        if self.sounds.len() < SOUND_MIN_LETTERS {
            return None;
        }
        if let Some(entry) = lexicon.sounds.get(self.sounds.as_str()) {
            return entry.filter(may_be).map(|entry| (entry, How::Sound));
        }
        lexicon.vocabulary.sounds.loose_key(&self.sounds, &mut self.loose);
        if LOOSE_MIN_LETTERS <= self.loose.len()
            && let Some(entry) = lexicon.loose.get(self.loose.as_str())
        {
            return entry.filter(may_be).map(|entry| (entry, How::Loose));
        }
        let may_be_guess = |entry: &usize| !is_phrase || lexicon.entries[*entry].is_phrase;
        let entry =
            self.look_up_typo().filter(may_be_guess).or_else(|| self.look_up_stray(word))?;
        Some((entry, How::Typo))
    }

    /// The word that `word` is after a stray first letter: `aLondon`.
    fn look_up_stray(&mut self, word: &str) -> Option<usize> {
        let without_first = word.get(1..)?;
        if TYPO_MAX_WORDS < self.text.n_words() {
            return None;
        }
        self.lexicon.vocabulary.sounds.sound_key(without_first, &mut self.sounds);
        if self.sounds.len() < STRAY_MIN_LETTERS {
            return None;
        }
        self.lexicon.sounds.get(self.sounds.as_str()).copied().flatten()
    }

    /// The one word whose loose key is one typo away from `self.loose`.
    fn look_up_typo(&mut self) -> Option<usize> {
        let n_letters = self.loose.len();
        let is_searched = (TYPO_MIN_LETTERS - 1..=SEARCHED_MAX_LETTERS).contains(&n_letters);
        if !is_searched || !self.loose.is_ascii() || TYPO_MAX_WORDS < self.text.n_words() {
            return None;
        }
        let mut nearest = None;
        for left_out in 0..=n_letters {
            leave_out(&self.loose, left_out, &mut self.key);
            let candidates = self.lexicon.by_typo.get(self.key.as_str()).into_iter().flatten();
            for &candidate in candidates {
                let entry = &self.lexicon.entries[candidate];
                if !is_near(&self.loose, &entry.loose) {
                    continue;
                }
                match nearest {
                    None => nearest = Some(candidate),
                    Some(other) if self.lexicon.entries[other].code != entry.code => return None,
                    Some(_) => {}
                }
            }
        }
        nearest
    }

    /// The word that `word` is twice, written together: `ninnin`.
    fn look_up_half(&mut self, word: &str) -> Option<usize> {
        let (first, second) = word.split_at_checked(word.len() / 2)?;
        if first != second {
            return None;
        }
        self.look_up(first, false).map(|(entry, _)| entry)
    }

    /// Cuts `word` wholly into listed words and fillers, as in `waxaanahaynaag` or `lablab`.
    fn take_apart(&mut self, word: &str, at: usize) -> bool {
        let vocabulary = &self.lexicon.vocabulary;
        if word.len() < 2 * PIECE_MIN_LETTERS || vocabulary.is_common(word) {
            return false;
        }
        if let Some(entry) = self.look_up_half(word) {
            self.found.push(Found { entry, how: How::Together, first_word: at, n_words: 1 });
            return true;
        }
        vocabulary.sounds.sound_key(word, &mut self.sounds);
        if SEARCHED_MAX_LETTERS < self.sounds.len() || !self.sounds.is_ascii() {
            return false;
        }
        vocabulary.sounds.loose_key(&self.sounds, &mut self.loose);
        let ways = [
            (&self.lexicon.sounds, &self.sounds, How::Together),
            (&self.lexicon.loose, &self.loose, How::Loose),
        ];
        let mut pieces = Vec::new();
        for (table, key, how) in ways {
            if take_pieces(vocabulary, table, key, &mut pieces) && !pieces.is_empty() {
                let found = |entry| Found { entry, how, first_word: at, n_words: 1 };
                self.found.extend(pieces.into_iter().map(found));
                return true;
            }
            pieces.clear();
        }
        false
    }
}

/// Cuts `key` wholly into keys of `table`, whose entries are added to `pieces`, and of fillers.
fn take_pieces(vocabulary: &Vocabulary, table: &Table, key: &str, pieces: &mut Vec<usize>) -> bool {
    if key.is_empty() {
        return true;
    }
    for length in (PIECE_MIN_LETTERS..=key.len()).rev() {
        let piece = &key[..length];
        let entry = table.get(piece).copied().flatten();
        if entry.is_none() && !vocabulary.is_joinable_filler(piece) {
            continue;
        }
        let n_pieces = pieces.len();
        pieces.extend(entry);
        // A letter that ends one piece and begins the next has been squeezed to one.
        if take_pieces(vocabulary, table, &key[length..], pieces)
            || (length < key.len() && take_pieces(vocabulary, table, &key[length - 1..], pieces))
        {
            return true;
        }
        pieces.truncate(n_pieces);
    }
    false
}

fn is_near(loose: &str, listed: &str) -> bool {
    TYPO_MIN_LETTERS <= loose.len().max(listed.len())
        && loose.as_bytes()[0] == listed.as_bytes()[0]
        && is_one_typo(loose, listed)
}

/// Writes `word` without its letter number `left_out` to `key`; the whole word for its length.
fn leave_out(word: &str, left_out: usize, key: &mut String) {
    key.clear();
    key.push_str(&word[..left_out]);
    key.push_str(word.get(left_out + 1..).unwrap_or_default());
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
