//! Which letters of a language are heard alike.
//!
//! A word has two keys. Words with one *sound key* are one word to a reader of the language: a
//! Somali one mixes `x` and `h`, `q`, `k` and `g`, long and short vowels. Words with one *loose
//! key* are said nearly alike. Doubled letters are one in every language; all else is a rule of
//! the country's file of sounds: `letters > sound`, and where.

use crate::lines::{LineProblem, without_comment};

/// The rules of a language.
#[derive(Debug, Default)]
pub(crate) struct Sounds {
    /// Rules by the first letter of what they replace, those for more letters first.
    same: [Vec<Rule>; 26],
    nearly_the_same: [Vec<Rule>; 26],
}

#[derive(Debug, PartialEq, Eq)]
struct Rule {
    letters: Box<str>,
    sound: Box<str>,
    place: Place,
}

/// Where a rule counts.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Place {
    Anywhere,
    /// The last letter before, other than the rule's own first letter, is one of these.
    After(Box<[u8]>),
    AtEndAfterVowel,
    BeforeNoVowel,
    BetweenVowels,
}

/// The line after which rules are for the loose key.
const NEARLY_THE_SAME: &str = "nearly the same:";
/// What stands for no sound.
const SILENT: &str = "-";

impl Sounds {
    /// Reads a file of sounds.
    pub(crate) fn read(text: &str) -> (Sounds, Vec<LineProblem>) {
        let (mut sounds, mut problems) = (Sounds::default(), Vec::new());
        let mut is_loose = false;
        for (number, line) in (1..).zip(text.lines()) {
            let line = without_comment(line).trim();
            if line.is_empty() {
                continue;
            }
            if line == NEARLY_THE_SAME {
                is_loose = true;
                continue;
            }
            match read_rules(line) {
                Ok(rules) => {
                    let table = match is_loose {
                        true => &mut sounds.nearly_the_same,
                        false => &mut sounds.same,
                    };
                    for rule in rules {
                        table[usize::from(rule.letters.as_bytes()[0] - b'a')].push(rule);
                    }
                }
                Err(message) => problems.push(LineProblem::new(number, message).hint(
                    "write `letters > sound`, `-` for no sound, as in `ch > k` or \
                     `b > w between vowels`",
                )),
            }
        }
        for rules in sounds.same.iter_mut().chain(&mut sounds.nearly_the_same) {
            rules.sort_by_key(|rule| std::cmp::Reverse(rule.letters.len()));
        }
        (sounds, problems)
    }

    /// Writes the sound key of a folded `word` to `key`, in place of what it held.
    pub(crate) fn sound_key(&self, word: &str, key: &mut String) {
        key.clear();
        let letters = word.as_bytes();
        let mut at = 0;
        while at < letters.len() {
            let letter = letters[at];
            if letters.get(at + 1) == Some(&letter) && letter.is_ascii_alphabetic() {
                at += 1;
                continue;
            }
            let rule = rules_for(&self.same, letter).iter().find(|rule| {
                letters[at..].starts_with(rule.letters.as_bytes())
                    && rule.holds(key, &letters[..at], &letters[at + rule.letters.len()..])
            });
            let n_bytes = rule.map_or_else(|| n_bytes_of_character(letter), |it| it.letters.len());
            push_sound(key, rule.map_or(&word[at..at + n_bytes], |rule| &rule.sound));
            at += n_bytes;
        }
    }

    /// Writes the loose key that belongs to the sound key `sounds` to `key`.
    pub(crate) fn loose_key(&self, sounds: &str, key: &mut String) {
        key.clear();
        let letters = sounds.as_bytes();
        let mut at = 0;
        while at < letters.len() {
            let letter = letters[at];
            let rule = rules_for(&self.nearly_the_same, letter).iter().find(|rule| {
                letters[at..].starts_with(rule.letters.as_bytes())
                    && rule.holds(key, key.as_bytes(), &letters[at + rule.letters.len()..])
            });
            let n_bytes = rule.map_or_else(|| n_bytes_of_character(letter), |it| it.letters.len());
            push_sound(key, rule.map_or(&sounds[at..at + n_bytes], |rule| &rule.sound));
            at += n_bytes;
        }
    }

    /// Both keys of a folded `word`.
    pub(crate) fn keys(&self, word: &str) -> (String, String) {
        let (mut sounds, mut loose) = (String::new(), String::new());
        self.sound_key(word, &mut sounds);
        self.loose_key(&sounds, &mut loose);
        (sounds, loose)
    }
}

impl Rule {
    /// Whether the rule counts behind `key` and the letters `before`, and in front of `after`.
    fn holds(&self, key: &str, before: &[u8], after: &[u8]) -> bool {
        let is_before_vowel = || after.first().copied().is_some_and(is_vowel_byte);
        match &self.place {
            Place::Anywhere => true,
            Place::After(letters) => {
                let own = self.letters.as_bytes()[0];
                let last = before.iter().rev().find(|letter| **letter != own);
                last.is_some_and(|last| letters.contains(last))
            }
            Place::AtEndAfterVowel => after.is_empty() && key.ends_with(is_vowel),
            Place::BeforeNoVowel => !is_before_vowel(),
            Place::BetweenVowels => key.ends_with(is_vowel) && is_before_vowel(),
        }
    }
}

/// Reads `q k g > k` as three rules.
fn read_rules(line: &str) -> Result<Vec<Rule>, String> {
    let (letters, rest) =
        line.split_once('>').ok_or_else(|| format!("expected a rule, found `{line}`"))?;
    let rest = rest.trim();
    let (sound, place) = rest.split_once(' ').unwrap_or((rest, ""));
    let place = match place.trim() {
        "" => Place::Anywhere,
        "at the end after a vowel" => Place::AtEndAfterVowel,
        "before no vowel" => Place::BeforeNoVowel,
        "between vowels" => Place::BetweenVowels,
        other => match other.strip_prefix("after ") {
            Some(letters) => Place::After(letters.bytes().filter(|it| *it != b' ').collect()),
            None => return Err(format!("`{other}` is no place in a word")),
        },
    };
    let is_sound = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphabetic());
    let sound = if sound == SILENT { "" } else { sound };
    if !is_sound(sound) || (sound.is_empty() && rest.is_empty()) {
        return Err(format!("expected a sound in the letters a to z, found `{rest}`"));
    }
    let is_letters = |text: &&str| text.bytes().all(|byte| byte.is_ascii_lowercase());
    let spellings: Vec<&str> = letters.split_whitespace().collect();
    if spellings.is_empty() || !spellings.iter().all(is_letters) {
        return Err(format!("expected letters from a to z, found `{}`", letters.trim()));
    }
    let rule =
        |letters: &str| Rule { letters: letters.into(), sound: sound.into(), place: place.clone() };
    Ok(spellings.into_iter().map(rule).collect())
}

fn rules_for(rules: &[Vec<Rule>; 26], letter: u8) -> &[Rule] {
    let place = letter.checked_sub(b'a').map(usize::from);
    place.and_then(|place| rules.get(place)).map_or(&[], Vec::as_slice)
}

fn push_sound(key: &mut String, sound: &str) {
    let is_doubled = !sound.is_empty() && key.ends_with(sound);
    if !is_doubled || sound.as_bytes()[0].is_ascii_digit() {
        key.push_str(sound);
    }
}

fn is_vowel(letter: char) -> bool {
    matches!(letter, 'a' | 'e' | 'i' | 'o' | 'u')
}

fn is_vowel_byte(letter: u8) -> bool {
    is_vowel(char::from(letter))
}

/// Length in UTF-8 of the character that begins with `first`.
fn n_bytes_of_character(first: u8) -> usize {
    match first {
        0..0x80 => 1,
        0x80..0xe0 => 2,
        0xe0..0xf0 => 3,
        0xf0.. => 4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spelling::fold_joined;

    const SOMALI: &str = include_str!("../data/words/sounds.somali.txt");
    const SWAHILI: &str = include_str!("../data/words/sounds.swahili.txt");

    #[test]
    fn sounds_alike_when_somali_readers_say_so() {
        check_sound(SOMALI, "xamar", "hamar");
        check_sound(SOMALI, "Cadaado", "adado");
        check_sound(SOMALI, "Dhuusamarreeb", "dusamareb");
        check_sound(SOMALI, "Baydhaba", "baidaba");
        check_sound(SOMALI, "Qardho", "gardo");
        check_sound(SOMALI, "owdweyne", "oodwayne");
        check_sound(SOMALI, "Jowhar", "johar");
        check_sound(SOMALI, "zeylac", "saylac");
        check_sound(SOMALI, "warsheikh", "Warsheiq");
        check_sound(SOMALI, "laas caanood", "lasanod");
    }

    #[test]
    fn sounds_alike_when_swahili_readers_say_so() {
        check_sound(SWAHILI, "Nairobi", "nailobi");
        check_sound(SWAHILI, "Machakos", "machacos");
        check_sound(SWAHILI, "Tharaka", "taraka");
        check_sound(SWAHILI, "sasa", "xaxa");
    }

    #[test]
    fn loose_key_takes_near_vowels_and_b_for_w() {
        check_loose(SOMALI, "labaatan", "lawatan");
        check_loose(SOMALI, "muqdisho", "moqdishu");
        check_loose(SOMALI, "erigavo", "erigawo");
        check_loose(SOMALI, "gebiley", "gebile");
    }

    #[test]
    fn without_rules_only_doubled_letters_are_one() {
        check_sound("", "Eldoret", "eldorett");
        let (sounds, _) = Sounds::read("");
        assert_ne!(sounds.keys("xamar"), sounds.keys("hamar"));
    }

    #[test]
    fn says_what_is_no_rule() {
        check_problem("k q", "expected a rule, found `k q`");
        check_problem("k >", "expected a sound in the letters a to z, found ``");
        check_problem("K > g", "expected letters from a to z, found `K`");
        check_problem("> g", "expected letters from a to z, found ``");
        check_problem("h > - somewhere", "`somewhere` is no place in a word");
    }

    #[track_caller]
    fn check_sound(rules: &str, a: &str, b: &str) {
        let (sounds, problems) = Sounds::read(rules);
        assert_eq!(problems, []);
        assert_eq!(sounds.keys(&fold_joined(a)).0, sounds.keys(&fold_joined(b)).0);
    }

    #[track_caller]
    fn check_loose(rules: &str, a: &str, b: &str) {
        let (sounds, _) = Sounds::read(rules);
        assert_eq!(sounds.keys(&fold_joined(a)).1, sounds.keys(&fold_joined(b)).1);
    }

    #[track_caller]
    fn check_problem(line: &str, expected: &str) {
        let (_, problems) = Sounds::read(&format!("\n{line}"));
        let found: Vec<(usize, &str)> =
            problems.iter().map(|it| (it.line, it.message.as_str())).collect();
        assert_eq!(found, [(2, expected)]);
    }
}
