//! How many people are where, for each map.

use crate::classes::class_edges;
use crate::design::{Coding, Design, Standing};
use crate::objects::Objects;
use crate::tables::{Distribution, distributions};

use super::draw::Titles;
use super::layer::MapLayer;
use crate::drawing::with_thousands;

/// What a map shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MapSubject {
    /// All people who took part.
    Everybody,
    /// The people with a relevant answer to a radio show, by its place in the design.
    Relevant {
        /// The radio show.
        show: usize,
    },
    /// The people who raised a theme.
    Theme {
        /// The radio show.
        show: usize,
        /// The theme.
        code: u16,
    },
}

/// One map.
#[derive(Debug, Clone, PartialEq)]
pub struct Map {
    /// The layer, by its place among the layers.
    pub layer: usize,
    /// What it shows.
    pub subject: MapSubject,
    /// Where its picture goes below `Automated Analysis/`, without the ending.
    pub path: String,
    /// How many people the map is about, also those of whom nobody knows where they are.
    pub n_people: u64,
    /// How many people have each normal code of the layer's scheme, by code.
    pub counts: Vec<(u16, u64)>,
    /// The upper edges of the classes, the first for zero.
    pub edges: Vec<u64>,
}

impl Map {
    /// What is written above the map.
    pub(crate) fn titles(&self, design: &Design, layer: &MapLayer) -> Titles {
        let unit = &layer.unit;
        let n_known: u64 = self.counts.iter().map(|(_, count)| count).sum();
        let (n_people, known) = (people(self.n_people), with_thousands(n_known));
        let place = format!("; {known} of them with a known {unit}");
        let show_name = |show: usize| &design.coding(design.shows[show]).scheme.name;
        let (title, about) = match self.subject {
            MapSubject::Everybody => {
                (format!("People who took part, by {unit}"), format!("{n_people} took part"))
            }
            MapSubject::Relevant { show } => (
                format!("{}: people with a relevant answer, by {unit}", show_name(show)),
                format!("{n_people} gave a relevant answer"),
            ),
            MapSubject::Theme { show, code } => {
                let theme = &design.coding(design.shows[show]).code(code).display_text;
                (
                    format!("{}: “{theme}”, by {unit}", show_name(show)),
                    format!("{n_people} said this"),
                )
            }
        };
        let subtitle =
            if self.n_people == 0 { "No data: nobody yet".to_owned() } else { about + &place };
        Titles { title, subtitle }
    }
}

fn people(n_people: u64) -> String {
    match n_people {
        1 => "1 person".to_owned(),
        n_people => format!("{} people", with_thousands(n_people)),
    }
}

/// All maps of all layers, in the order of the layers, radio shows and themes.
pub fn count_maps(design: &Design, people: &Objects, layers: &[MapLayer]) -> Vec<Map> {
    let codings: Vec<usize> = layers.iter().map(|layer| layer.coding).collect();
    let everybody = everybody(design, people, &codings);
    let themes = distributions(design, people, &design.shows, &codings);
    let mut maps = Vec::new();
    for (place, layer) in layers.iter().enumerate() {
        let coding = design.coding(layer.coding);
        let prefix = format!("maps/{0}/{0}_", layer.name);
        let map = |subject, name: &str, n_people, by_code: &[u64]| {
            let count = |(code, _): (u16, _)| (code, by_code[usize::from(code)]);
            let counts: Vec<(u16, u64)> = coding.normal_codes().map(count).collect();
            let edges = class_edges(counts.iter().map(|(_, count)| *count));
            let path = format!("{prefix}{}", file_name_of(name));
            Map { layer: place, subject, path, n_people, counts, edges }
        };
        let (n_people, by_code) = (everybody.0, &everybody.1[place]);
        maps.push(map(MapSubject::Everybody, "total_participants", n_people, by_code));
        if layer.by_theme {
            for (show, distribution) in themes.iter().enumerate() {
                let of_show = design.coding(design.shows[show]);
                maps.extend(maps_of_show(
                    show,
                    of_show,
                    distribution,
                    |subject, name, breakdown| {
                        map(subject, name, breakdown.n_people, &breakdown.by_code[place])
                    },
                ));
            }
        }
    }
    maps
}

fn maps_of_show(
    show: usize,
    coding: &Coding,
    distribution: &Distribution,
    map: impl Fn(MapSubject, &str, &crate::tables::Breakdown) -> Map,
) -> Vec<Map> {
    let name = &coding.name;
    let relevant = format!("{name}_1_total_relevant");
    let mut maps = vec![map(MapSubject::Relevant { show }, &relevant, &distribution.relevant)];
    for (number, (code, theme)) in (2..).zip(coding.normal_codes()) {
        let number: u32 = number;
        let name = format!("{name}_{number}_{}", theme.string_value);
        let subject = MapSubject::Theme { show, code };
        maps.push(map(subject, &name, &distribution.codes[usize::from(code)]));
    }
    maps
}

/// How many people took part in a radio show, and how many of them have which code of `codings`.
fn everybody(design: &Design, people: &Objects, codings: &[usize]) -> (u64, Vec<Vec<u64>>) {
    let zeros = |coding: &usize| vec![0; design.coding(*coding).scheme.codes().len()];
    let mut by_code: Vec<Vec<u64>> = codings.iter().map(zeros).collect();
    let mut n_people = 0;
    for person in 0..people.len() {
        if !people.reached(design, person, &design.shows, Standing::Answered) {
            continue;
        }
        n_people += 1;
        for (counts, coding) in by_code.iter_mut().zip(codings) {
            for code in people.codes(person, *coding) {
                counts[usize::from(*code)] += 1;
            }
        }
    }
    (n_people, by_code)
}

/// A name that any file system takes: string values can have slashes and colons.
pub(crate) fn file_name_of(name: &str) -> String {
    let is_safe = |character: char| !character.is_control() && !r#"/\:*?"<>|"#.contains(character);
    name.chars().map(|character| if is_safe(character) { character } else { '_' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_names_have_no_separators() {
        assert_eq!(file_name_of("rqa_2_men/women: both?"), "rqa_2_men_women_ both_");
    }
}
