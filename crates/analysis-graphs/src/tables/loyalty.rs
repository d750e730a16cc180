//! How many people took part in which combination of radio shows.

use std::collections::BTreeMap;

use super::csv_file::CsvFile;
use crate::design::{Design, Standing};
use crate::objects::Objects;

/// With more radio shows than this, combinations without anybody are left out: there are too many.
const MOST_SHOWS_WITH_ALL_COMBINATIONS: usize = 12;

/// Fewer shows first, then in the order of the plans; the names in a combination are sorted.
pub(super) fn to_csv(design: &Design, people: &Objects) -> Vec<u8> {
    let n_shows = design.episodes.len();
    let mut n_people: BTreeMap<(usize, Vec<usize>), u64> = BTreeMap::new();
    if n_shows <= MOST_SHOWS_WITH_ALL_COMBINATIONS {
        for choice in 1..1_usize << n_shows {
            let shows: Vec<usize> = (0..n_shows).filter(|show| choice >> show & 1 == 1).collect();
            n_people.insert((shows.len(), shows), 0);
        }
    }
    for person in people.consenting() {
        let took_part = |show: &usize| {
            let codings = &design.episodes[*show].codings;
            let first = codings.first();
            first.is_some_and(|coding| {
                Standing::Answered <= people.standing(design, person, *coding)
            })
        };
        let shows: Vec<usize> = (0..n_shows).filter(took_part).collect();
        if !shows.is_empty() {
            *n_people.entry((shows.len(), shows)).or_default() += 1;
        }
    }
    let mut file = CsvFile::new(["Episode Combination", "Participants"]);
    for ((_, shows), n_people) in n_people {
        let mut names: Vec<&str> =
            shows.iter().map(|show| design.episodes[*show].dataset_name.as_str()).collect();
        names.sort_unstable();
        file.row([names.join(", "), n_people.to_string()]);
    }
    file.finish()
}
