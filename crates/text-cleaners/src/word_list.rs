//! Lists of words with codes.

use crate::lines::{LineProblem, split_at_commas, without_comment};
use crate::spelling::fold_joined;

/// A data file with words of codes.
#[derive(Debug)]
pub(crate) struct WordList {
    /// Its name, for people.
    pub(crate) name: String,
    /// In the order of the file.
    pub(crate) words: Vec<ListedWord>,
}

/// One word of a line `code: word, ?word, …`.
#[derive(Debug)]
pub(crate) struct ListedWord {
    pub(crate) code: String,
    pub(crate) word: String,
    /// Marked `?`: counts only when the answer holds nothing else but fillers.
    pub(crate) is_doubtful: bool,
    /// The line of the file, counted from 1.
    pub(crate) line: usize,
}

impl WordList {
    /// Reads a file; what stands after `#` is a comment.
    pub(crate) fn read(name: &str, text: &str) -> (WordList, Vec<LineProblem>) {
        let (mut words, mut problems) = (Vec::new(), Vec::new());
        for (line, content) in (1..).zip(text.lines()) {
            let content = without_comment(content).trim();
            if content.is_empty() {
                continue;
            }
            match content.split_once(':').map(|(code, words)| (code.trim(), words)) {
                Some((code, listed)) if !code.is_empty() => {
                    words.extend(split_at_commas(listed).map(|word| ListedWord {
                        code: code.to_owned(),
                        word: word.trim_start_matches('?').trim().to_owned(),
                        is_doubtful: word.starts_with('?'),
                        line,
                    }));
                }
                _ => problems.push(
                    LineProblem::new(line, format!("expected a code, found `{content}`")).hint(
                        "write `code: word, word`; all words of a code may stand in one line",
                    ),
                ),
            }
        }
        let wordless = words.iter().filter(|listed| fold_joined(&listed.word).is_empty());
        problems.extend(wordless.map(|listed| {
            LineProblem::new(listed.line, format!("`{}` has no letters", listed.word))
        }));
        (WordList { name: name.to_owned(), words }, problems)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_codes_and_words() {
        let (list, problems) =
            WordList::read("colors.txt", "# colors\n\nred: nyekundu, ?damu  # blood\nred: red\n");
        assert_eq!(problems, []);
        let words: Vec<(&str, &str, bool, usize)> = list
            .words
            .iter()
            .map(|it| (it.code.as_str(), it.word.as_str(), it.is_doubtful, it.line))
            .collect();
        let expected =
            [("red", "nyekundu", false, 3), ("red", "damu", true, 3), ("red", "red", false, 4)];
        assert_eq!(words, expected);
    }

    #[test]
    fn says_which_line_is_wrong() {
        check("red: damu\nnyekundu\n", 2, "expected a code, found `nyekundu`");
        check(": damu", 1, "expected a code, found `: damu`");
        check("red: damu, -", 1, "`-` has no letters");
    }

    #[track_caller]
    fn check(text: &str, line: usize, message: &str) {
        let (_, problems) = WordList::read("colors.txt", text);
        let found: Vec<(usize, &str)> =
            problems.iter().map(|it| (it.line, it.message.as_str())).collect();
        assert_eq!(found, [(line, message)]);
    }
}
