//! Sample messages without what could lead to a person: numbers, links, addresses, handles.

/// So many digits, however they are spaced, can be a phone number.
const FEWEST_DIGITS: usize = 5;
/// So many other characters may stand between two digits of one number.
const MOST_BETWEEN_DIGITS: usize = 3;

/// `text` with long numbers, links, addresses and handles replaced.
pub(super) fn mask(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().map(mask_word).collect();
    mask_numbers(&words.join(" "))
}

fn mask_word(word: &str) -> &str {
    let bare =
        word.trim_matches(|character: char| !character.is_alphanumeric() && character != '@');
    if let Some((before, after)) = bare.split_once('@') {
        return if before.is_empty() || after.is_empty() { "[name]" } else { "[address]" };
    }
    let lower = bare.to_lowercase();
    let is_link = lower.contains("://") || lower.starts_with("www.") || has_host(&lower);
    if is_link { "[link]" } else { word }
}

/// Whether a word looks like `example.org` or `example.org/path`.
fn has_host(word: &str) -> bool {
    let host = word.split(['/', '?', '#', ':']).next().unwrap_or_default();
    let Some((name, ending)) = host.rsplit_once('.') else { return false };
    let is_letters = |text: &str| text.chars().all(|character| character.is_ascii_alphabetic());
    let is_known = [
        "com", "org", "net", "info", "so", "ke", "et", "dj", "me", "io", "ly", "gl", "co", "tv",
        "app", "link",
    ]
    .contains(&ending);
    // `fiican.Waan` is a sentence that ends without a blank; `bit.ly/x` and `t.me/x` are links.
    !name.is_empty()
        && is_letters(ending)
        && (is_known || (2 <= ending.len() && word.contains('/')))
}

fn mask_numbers(text: &str) -> String {
    let characters: Vec<char> = text.chars().collect();
    let mut masked = String::with_capacity(text.len());
    let mut place = 0;
    while place < characters.len() {
        let (end, n_digits) = number_at(&characters, place);
        if FEWEST_DIGITS <= n_digits {
            masked.push_str("[number]");
            place = end;
        } else {
            let next = end.max(place + 1);
            masked.extend(&characters[place..next]);
            place = next;
        }
    }
    masked
}

/// Where a number that begins at `start` ends, and how many digits it has.
fn number_at(characters: &[char], start: usize) -> (usize, usize) {
    let (mut end, mut n_digits, mut place) = (start, 0, start);
    while let Some(character) = characters.get(place) {
        if character.is_numeric() {
            n_digits += 1;
            end = place + 1;
        } else if character.is_alphabetic()
            || n_digits == 0
            || MOST_BETWEEN_DIGITS < place + 1 - end
        {
            break;
        }
        place += 1;
    }
    (end, n_digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_numbers_are_masked_however_they_are_written() {
        check("call 0615 222 333 now", "call [number] now");
        check("+252-61-5222333.", "+[number].");
        check("(061) 522-2333", "([number]");
        check("٠٦١٥٢٢٢٣٣٣ haa", "[number] haa");
        check("6 1 5 2 2", "[number]");
        check("615.222.333,thanks", "[number],thanks");
    }

    #[test]
    fn short_numbers_stay() {
        check("waxaan ahay 24 jir, 2021", "waxaan ahay 24 jir, 2021");
        check("2 jeer 3 qof", "2 jeer 3 qof");
    }

    #[test]
    fn links_addresses_and_handles_are_masked() {
        check("eeg https://example.org/a?b=1", "eeg [link]");
        check("www.example.so", "[link]");
        check("bit.ly/xyz iyo t.me/abc", "[link] iyo [link]");
        check("ii soo dir amina@example.org!", "ii soo dir [address]");
        check("@amina haa", "[name] haa");
    }

    #[test]
    fn sentences_without_blanks_stay() {
        check("waa fiican.Waan jeclahay", "waa fiican.Waan jeclahay");
        check("haa/maya", "haa/maya");
    }

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(mask(text), expected);
    }
}
