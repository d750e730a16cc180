//! Opinions: what people say to a radio show.

use super::pool::{Builder, Kind};
use super::{CodeRef, Meaning, meta_codes, normal_codes, odd_characters};
use crate::layout::Dataset;
use crate::phrases::{Phrases, about};
use crate::random::Random;

/// Fills the pool of a radio show.
pub(super) fn add(
    builder: &mut Builder,
    dataset: &Dataset,
    phrases: &Phrases,
    random: &mut Random,
) {
    let codes = dataset.schemes[0].codes();
    let themes: Vec<(usize, &str)> = normal_codes(codes)
        .map(|(position, code)| (position, code.display_text.as_str()))
        .collect();
    for (rank, (code, theme)) in themes.iter().enumerate() {
        // The first themes are the popular ones.
        let opinions = &phrases.opinions;
        for opinion in opinions.iter().take(opinions.len().saturating_sub(2 * rank).max(4)) {
            let text = about(opinion, theme);
            builder.add_open(Kind::Plain, &text, meaning(&[*code]));
        }
    }
    add_several_themes(builder, &themes, &phrases.and, random);
    add_odd_characters(builder, &themes, random);
    add_what_is_no_answer(builder, dataset, phrases);
}

fn add_several_themes(
    builder: &mut Builder,
    themes: &[(usize, &str)],
    and: &str,
    random: &mut Random,
) {
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
            let text = format!("{first_theme}, {second_theme} {and} {third_theme}");
            builder.add_open(Kind::Plain, &text, meaning(&[first, second, third]));
        } else {
            let text = format!("{first_theme} {and} {second_theme}");
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
pub(super) fn add_what_is_no_answer(builder: &mut Builder, dataset: &Dataset, phrases: &Phrases) {
    for (code, name) in meta_codes(dataset.schemes[0].codes()) {
        let spelled_out = name.replace('_', " ");
        let known = phrases.meta.get(name).map(Vec::as_slice);
        for text in known.unwrap_or(&[spelled_out]) {
            builder.add(Kind::Meta, text, meaning(&[code]));
        }
    }
    for text in &phrases.meaningless {
        builder.add(Kind::NotCoded, text, Meaning::NotCoded);
    }
    for text in &phrases.stop {
        builder.add(Kind::Stop, text, Meaning::Stop);
    }
}

fn meaning(codes: &[usize]) -> Meaning {
    Meaning::Codes(codes.iter().map(|&code| CodeRef { scheme: 0, code }).collect())
}
