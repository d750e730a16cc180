//! Opinions: what people say to a radio show.

use super::pool::{Builder, Kind};
use super::{CodeRef, Meaning, meta_codes, normal_codes, odd_characters};
use crate::layout::Dataset;
use crate::random::Random;

/// What stands before and after an opinion.
const FRAMES: [(&str, &str); 16] = [
    ("", ""),
    ("waxaan qabaa ", ""),
    ("I think ", ""),
    ("fikradayda ", ""),
    ("", " ayaa muhiim ah"),
    ("aniga waxaan leeyahay ", ""),
    ("walaalayaal, ", ""),
    ("", " mahadsanid"),
    ("in our area ", ""),
    ("sida aan u arko ", ""),
    ("my answer is ", ""),
    ("", " waa muhiim"),
    ("haa, ", ""),
    ("people say ", ""),
    ("", " is what matters"),
    ("dadka deegaanka ", ""),
];

const MEANINGLESS: [&str; 12] =
    ["ok", "Hmm", "...", "?", "xxx", "kkkk", "test", "radio", "12345", "a", "waa", "نعم"];

const STOP: [&str; 4] = ["STOP", "stop", "jooji fariimaha", "please stop sending me messages"];

/// Texts for meta codes; any other meta code is spelled out.
const META: [(&str, &[&str]); 12] = [
    ("push_back", &["su'aashan ma jecli", "why do you ask me this"]),
    ("question", &["maxaa laga wadaa su'aashan?", "what do you do with the answers?"]),
    ("greeting", &["Asc walaalayaal", "good evening everyone", "Salaan"]),
    ("showtime_question", &["goorma ayuu barnaamijku bilaabmayaa?", "when is the show on?"]),
    ("opt_in", &["waan rabaa inaan ka qayb galo", "add me please"]),
    ("similar_content", &["barnaamij kale oo la mid ah", "another show like this please"]),
    ("participation_incentive", &["maxaan helayaa?", "do you pay for airtime?"]),
    ("exclusion_complaint", &["fariintayda lama akhrin", "you never read my messages"]),
    ("gratitude", &["Mahadsanid", "thank you for the program"]),
    ("other", &["nasiib wacan", "good luck to you all"]),
    ("chasing_reply", &["weli jawaab ma helin", "I wait for your answer"]),
    ("impact", &["barnaamijku wuu na caawiyay", "the show changed how we talk at home"]),
];

/// Fills the pool of a radio show.
pub(super) fn add(builder: &mut Builder, dataset: &Dataset, random: &mut Random) {
    let codes = dataset.schemes[0].codes();
    let themes: Vec<(usize, &str)> = normal_codes(codes)
        .map(|(position, code)| (position, code.display_text.as_str()))
        .collect();
    for (rank, (code, theme)) in themes.iter().enumerate() {
        // The first themes are the popular ones.
        for (before, after) in FRAMES.iter().take(FRAMES.len().saturating_sub(2 * rank).max(4)) {
            let text = format!("{before}{theme}{after}");
            builder.add_open(Kind::Plain, &text, meaning(&[*code]));
        }
    }
    add_several_themes(builder, &themes, random);
    add_odd_characters(builder, &themes, random);
    add_what_is_no_answer(builder, dataset);
}

fn add_several_themes(builder: &mut Builder, themes: &[(usize, &str)], random: &mut Random) {
    if themes.len() < 3 {
        return;
    }
    for number in 0..40 {
        let (first, first_theme) = themes[random.skewed(themes.len())];
        let (second, second_theme) = *random.pick(themes);
        let (third, third_theme) = *random.pick(themes);
        if first == second || second == third || first == third {
            continue;
        }
        if number % 4 == 0 {
            let text = format!("{first_theme}, {second_theme} iyo {third_theme}");
            builder.add_open(Kind::Plain, &text, meaning(&[first, second, third]));
        } else {
            let text = format!("{first_theme} iyo {second_theme}");
            builder.add_open(Kind::Plain, &text, meaning(&[first, second]));
        }
    }
}

fn add_odd_characters(builder: &mut Builder, themes: &[(usize, &str)], random: &mut Random) {
    if themes.is_empty() {
        return;
    }
    for way in 0..odd_characters::N_WAYS {
        let (code, theme) = themes[random.skewed(themes.len())];
        let text = odd_characters::all_ways(theme).nth(way).expect("way is below N_WAYS");
        builder.add_open(Kind::OddCharacters, &text, meaning(&[code]));
    }
}

/// Adds texts for meta codes, for not coded and for STOP.
pub(super) fn add_what_is_no_answer(builder: &mut Builder, dataset: &Dataset) {
    for (code, name) in meta_codes(dataset.schemes[0].codes()) {
        let spelled_out = name.replace('_', " ");
        let known = META.iter().find(|(meta, _)| *meta == name);
        let texts = known.map_or(vec![spelled_out.as_str()], |(_, texts)| texts.to_vec());
        for text in texts {
            builder.add(Kind::Meta, text, meaning(&[code]));
        }
    }
    for text in MEANINGLESS {
        builder.add(Kind::NotCoded, text, Meaning::NotCoded);
    }
    for text in STOP {
        builder.add(Kind::Stop, text, Meaning::Stop);
    }
}

fn meaning(codes: &[usize]) -> Meaning {
    Meaning::Codes(codes.iter().map(|&code| CodeRef { scheme: 0, code }).collect())
}
