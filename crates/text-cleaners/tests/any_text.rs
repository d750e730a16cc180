//! Whatever people write, a cleaner answers with one of its codes or leaves it to a human.

use std::sync::LazyLock;

use proptest::prelude::*;
use text_cleaners::{Country, Outcome};

/// Pieces that texts are made of: words that mean something, and what stands between them.
const PIECES: [&str; 24] = [
    "lab", "naag", "haa", "maya", "labaatan", "iyo", "shan", "25", "2o", "jir", "hodan", "xamar",
    "weyne", "marka", "garowe", "waxaan", "ahay", " ", "/", "; ", "\n", "é", "😀", "٢",
];

proptest! {
    #[test]
    fn any_text_gets_a_code_of_the_cleaner_or_none(text in "\\PC{0,60}") {
        check(&text);
    }

    #[test]
    fn any_mix_of_words_gets_a_code_of_the_cleaner_or_none(
        pieces in prop::collection::vec(prop::sample::select(&PIECES[..]), 0..12),
    ) {
        check(&pieces.concat());
    }
}

#[test]
fn very_long_words_are_read_too() {
    // Seconds at most: work that grew with the square of the length would take hours.
    check(&"a".repeat(100_000));
    check(&"lab".repeat(50_000));
    check(&"25 iyo ".repeat(20_000));
    check(&"é".repeat(50_000));
}

#[track_caller]
fn check(text: &str) {
    static SOMALIA: LazyLock<Country> =
        LazyLock::new(|| Country::built_in("somalia").expect("Somalia comes with the program"));
    for cleaner in SOMALIA.cleaners() {
        let code = cleaner.clean(text);
        if let Some(code) = code {
            assert!(cleaner.codes().contains(&code), "{cleaner}: {text:?} is {code}");
        }
        let explained = match cleaner.explain(text).outcome {
            Outcome::Coded(code) => Some(code),
            _ => None,
        };
        assert_eq!(explained.as_deref(), code, "{cleaner}: {text:?}");
    }
}
