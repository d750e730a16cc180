//! Agreement about categories without an order.

use std::collections::BTreeMap;

/// The category that each coder gave to one message; `None`: not coded.
pub type Rating = Vec<Option<usize>>;

/// How far coders agree; `None` where a measure is not defined.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Measures {
    /// The share of pairs of codings of the same message that agree, in per cent.
    pub percent_agreement: Option<f64>,
    /// Cohen's kappa; of more than two coders, the mean over all pairs of coders (Light's kappa).
    pub kappa: Option<f64>,
    /// Krippendorff's alpha for nominal data, with all messages that two or more coded.
    pub alpha: Option<f64>,
}

/// The measures of some messages.
pub fn measures(ratings: &[Rating]) -> Measures {
    Measures {
        percent_agreement: percent_agreement(ratings),
        kappa: mean_kappa(ratings),
        alpha: alpha(ratings),
    }
}

fn percent_agreement(ratings: &[Rating]) -> Option<f64> {
    let (mut n_pairs, mut n_agreeing) = (0_u64, 0_u64);
    for rating in ratings {
        let given: Vec<usize> = rating.iter().flatten().copied().collect();
        for (place, first) in given.iter().enumerate() {
            for second in &given[place + 1..] {
                n_pairs += 1;
                n_agreeing += u64::from(first == second);
            }
        }
    }
    (0 < n_pairs).then(|| n_agreeing as f64 / n_pairs as f64 * 100.0)
}

/// `None` when it is undefined for one of the pairs: a mean over the others would flatter.
fn mean_kappa(ratings: &[Rating]) -> Option<f64> {
    let n_coders = ratings.first()?.len();
    let pairs =
        (0..n_coders).flat_map(|first| (first + 1..n_coders).map(move |last| (first, last)));
    let kappas: Option<Vec<f64>> = pairs.map(|(first, last)| kappa(ratings, first, last)).collect();
    let kappas = kappas.filter(|kappas| !kappas.is_empty())?;
    Some(kappas.iter().sum::<f64>() / kappas.len() as f64)
}

/// Cohen's kappa over the messages that both coded; `None` when both gave one and the same
/// category throughout, for then chance alone explains everything.
fn kappa(ratings: &[Rating], first: usize, last: usize) -> Option<f64> {
    let pairs: Vec<(usize, usize)> =
        ratings.iter().filter_map(|rating| rating[first].zip(rating[last])).collect();
    let n_messages = pairs.len() as u64;
    let mut n_given: BTreeMap<usize, [u64; 2]> = BTreeMap::new();
    for (first, last) in &pairs {
        n_given.entry(*first).or_default()[0] += 1;
        n_given.entry(*last).or_default()[1] += 1;
    }
    let n_agreeing = pairs.iter().filter(|(first, last)| first == last).count() as u64;
    // In whole numbers, so that what is undefined is found exactly.
    let n_by_chance: u64 = n_given.values().map(|[first, last]| first * last).sum();
    let most = n_messages * n_messages;
    let better_than_chance = (n_messages * n_agreeing) as i64 - n_by_chance as i64;
    (n_by_chance != most).then(|| better_than_chance as f64 / (most - n_by_chance) as f64)
}

/// Krippendorff's alpha; `None` when only one category was given, or nothing can be compared.
fn alpha(ratings: &[Rating]) -> Option<f64> {
    let mut n_given: BTreeMap<usize, f64> = BTreeMap::new();
    let (mut n_values, mut observed) = (0.0, 0.0);
    for rating in ratings {
        let mut of_message: BTreeMap<usize, f64> = BTreeMap::new();
        for category in rating.iter().flatten() {
            *of_message.entry(*category).or_default() += 1.0;
        }
        let n_coders: f64 = of_message.values().sum();
        if n_coders < 2.0 {
            continue;
        }
        n_values += n_coders;
        let n_equal: f64 = of_message.values().map(|n| n * (n - 1.0)).sum();
        observed += (n_coders * (n_coders - 1.0) - n_equal) / (n_coders - 1.0);
        for (category, n) in of_message {
            *n_given.entry(category).or_default() += n;
        }
    }
    if n_given.len() < 2 {
        return None;
    }
    let n_equal: f64 = n_given.values().map(|n| n * (n - 1.0)).sum();
    let expected = (n_values * (n_values - 1.0) - n_equal) / (n_values - 1.0);
    Some(1.0 - observed / expected)
}
