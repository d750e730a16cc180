//! Capital letters where Python's `str.title` puts them.

/// The text with the first letter after anything that is no letter in upper case, the other
/// letters in lower case: `rqa_s01e01` becomes `Rqa_S01E01`.
///
/// ```
/// assert_eq!(sources_rapidpro::title_case("s01e10b how_ARE you2day"), "S01E10B How_Are You2Day");
/// ```
pub fn title_case(text: &str) -> String {
    let mut titled = String::with_capacity(text.len());
    let mut follows_letter = false;
    for letter in text.chars() {
        if follows_letter {
            titled.extend(letter.to_lowercase());
        } else {
            push_title_case(&mut titled, letter);
        }
        follows_letter = is_cased(letter);
    }
    titled
}

/// Whether the letter has an upper or lower case, which not all scripts' letters have.
fn is_cased(letter: char) -> bool {
    letter.is_lowercase() || letter.is_uppercase() || is_title_letter(letter)
}

/// A letter like `ǅ`: two letters in one, the first of them in upper case.
fn is_title_letter(letter: char) -> bool {
    matches!(letter, '\u{1c5}' | '\u{1c8}' | '\u{1cb}' | '\u{1f2}')
        || matches!(letter, '\u{1f88}'..='\u{1f8f}' | '\u{1f98}'..='\u{1f9f}')
        || matches!(letter, '\u{1fa8}'..='\u{1faf}' | '\u{1fbc}' | '\u{1fcc}' | '\u{1ffc}')
}

fn push_title_case(titled: &mut String, letter: char) {
    match letter {
        '\u{1c4}'..='\u{1c6}' => titled.push('\u{1c5}'),
        '\u{1c7}'..='\u{1c9}' => titled.push('\u{1c8}'),
        '\u{1ca}'..='\u{1cc}' => titled.push('\u{1cb}'),
        '\u{1f1}'..='\u{1f3}' => titled.push('\u{1f2}'),
        // An iota that is written below begins a word as one letter.
        '\u{1f80}'..='\u{1f87}' | '\u{1f90}'..='\u{1f97}' | '\u{1fa0}'..='\u{1fa7}' => {
            titled.extend(char::from_u32(u32::from(letter) + 8));
        }
        '\u{1fb3}' => titled.push('\u{1fbc}'),
        '\u{1fc3}' => titled.push('\u{1fcc}'),
        '\u{1ff3}' => titled.push('\u{1ffc}'),
        // Georgian has capitals, but does not begin words with them.
        '\u{10d0}'..='\u{10fa}' | '\u{10fd}'..='\u{10ff}' => titled.push(letter),
        _ if is_title_letter(letter) => titled.push(letter),
        _ => {
            // `ß` becomes `Ss`, not `SS`.
            let mut upper = letter.to_uppercase();
            let first = upper.next();
            titled.extend(first);
            if first.is_some_and(is_cased) {
                titled.extend(upper.flat_map(char::to_lowercase));
            } else {
                titled.extend(upper);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Expected values: `str.title` of Python 3.11.
    #[test]
    fn is_that_of_python() {
        check("", "");
        check("rqa_s01e01", "Rqa_S01E01");
        check("RQA_S01E01", "Rqa_S01E01");
        check("s01e10b", "S01E10B");
        check("they're bill's", "They'Re Bill'S");
        check("élan ÉCOLE", "Élan École");
        check("ßtraße", "Sstraße");
        check("ﬁrst ŉa", "First ʼNa");
        check("ǆ Ǆǆ", "ǅ ǅǆ");
        check("ა აბ", "ა აბ");
        check("علي q2", "علي Q2");
        check("ᾠδή", "ᾨδή");
    }

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(title_case(text), expected, "text: {text:?}");
    }
}
