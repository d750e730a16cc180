//! The places of a country: which smaller place lies in which larger ones.

use std::path::Path;

use checked_json::Problem;
use rustc_hash::FxHashMap;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::table::{Row, Table};

/// What a row says that is no place of its own.
const OTHER_NAME: &str = "other name";

/// The places of a country by level.
#[derive(Debug, Default)]
pub struct Locations {
    levels: Vec<LocationLevel>,
    /// Per code the code of each level that contains it, smallest level first.
    places: FxHashMap<String, Vec<Option<String>>>,
}

/// Rank of a place among the levels of its country, smallest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Level(usize);

/// A rank of places, such as districts.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct LocationLevel {
    /// Name of the level in the file of locations, e.g. `district`.
    #[schemars(length(min = 1))]
    pub level: String,
    /// Code scheme whose codes are the places of the level: its file without `.json`.
    #[schemars(length(min = 1))]
    pub code_scheme: String,
    /// Whether an answer that people labelled as a place of this level is coded `NC` on all
    /// levels, its own included. Left out: no, it counts as any other place.
    #[serde(default)]
    pub not_coded_when_labelled: bool,
    /// What people get on this level who gave no location. Left out: `NA`, as on the others.
    pub without_answer: Option<WithoutAnswer>,
}

/// What people get who gave no location.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum WithoutAnswer {
    /// `NC`.
    NotCoded,
    /// The place that most customers of their telephone operator live in, or `NC`.
    Operator,
}

impl Locations {
    /// The columns of the file.
    pub(crate) const COLUMNS: [&str; 4] = ["level", "code", "parent_level", "parent_code"];

    /// Reads a table of places with the given levels, smallest first.
    pub(crate) fn read(
        file: &Path,
        text: &str,
        levels: Vec<LocationLevel>,
    ) -> (Locations, Vec<Problem>) {
        let mut table = Table::read(file, text, &Self::COLUMNS);
        let level_of = |name: &str| levels.iter().position(|known| known.level == name);
        let mut rows: Vec<Place> = Vec::new();
        for row in std::mem::take(&mut table.rows) {
            match Place::read(&row, &level_of) {
                Ok(place) => rows.push(place),
                Err(message) => {
                    let names: Vec<&str> = levels.iter().map(|it| it.level.as_str()).collect();
                    let hint = format!(
                        "levels are `{}`, smallest first, and `{OTHER_NAME}`",
                        names.join("`, `")
                    );
                    table.problem_with_hint(row.line, message, hint);
                }
            }
        }
        for (index, place) in rows.iter().enumerate() {
            let is_there = |(level, code): &(usize, String)| {
                rows.iter().any(|it| it.level == Some(*level) && it.code == *code)
            };
            if let Some(parent) = place.parent.as_ref().filter(|parent| !is_there(parent)) {
                let (level, code) = (&levels[parent.0].level, &parent.1);
                table.problem(place.line, format!("there is no {level} `{code}`"));
            }
            let is_same = |it: &&Place| it.level == place.level && it.code == place.code;
            if let Some(first) = rows[..index].iter().find(is_same) {
                let message = format!("`{}` stands in line {} already", place.code, first.line);
                table.problem(place.line, message);
            }
        }
        let places = contained(&rows, &levels);
        (Locations { levels, places }, table.problems)
    }

    /// The levels, smallest first.
    pub fn levels(&self) -> impl Iterator<Item = (Level, &LocationLevel)> {
        self.levels.iter().enumerate().map(|(rank, level)| (Level(rank), level))
    }

    /// The level whose places the codes of a scheme are.
    pub fn level_of_scheme(&self, scheme_name: &str) -> Option<Level> {
        let mut levels = self.levels();
        levels.find(|(_, level)| level.code_scheme == scheme_name).map(|(level, _)| level)
    }

    /// What the country says of a level.
    pub fn level(&self, level: Level) -> &LocationLevel {
        &self.levels[level.0]
    }

    /// The code of `level` that contains the place `location_code`, itself included.
    ///
    /// `None`, which is coded NC, when the place is larger than `level` or unknown, or when its
    /// level is not coded when labelled. A code of two levels is the smaller place. Other names of
    /// a place are that place, and in nothing smaller.
    pub fn level_code(&self, location_code: &str, level: Level) -> Option<&str> {
        self.places.get(location_code)?[level.0].as_deref()
    }

    /// Whether `location_code` is a place at all, also when it is in no level.
    pub fn has(&self, location_code: &str) -> bool {
        self.places.contains_key(location_code)
    }

    /// Every code that is a place, in alphabetical order.
    pub fn codes(&self) -> impl Iterator<Item = &str> {
        let mut codes: Vec<&str> = self.places.keys().map(String::as_str).collect();
        codes.sort_unstable();
        codes.into_iter()
    }
}

struct Place {
    /// `None` for another name of the parent.
    level: Option<usize>,
    code: String,
    parent: Option<(usize, String)>,
    line: usize,
}

impl Place {
    fn read(row: &Row<4>, level_of: &impl Fn(&str) -> Option<usize>) -> Result<Place, String> {
        let [level_name, code, parent_name, parent_code] = &row.cells;
        let level = level_of(level_name);
        if level.is_none() && level_name != OTHER_NAME {
            return Err(format!("there is no level `{level_name}`"));
        }
        if code.is_empty() {
            return Err("expected the code of a place, found nothing".to_owned());
        }
        let parent = match (level_of(parent_name), parent_name.is_empty()) {
            (Some(parent_level), _) => Some((parent_level, parent_code.clone())),
            (None, true) => None,
            (None, false) => return Err(format!("there is no level `{parent_name}`")),
        };
        match (level, &parent) {
            (None, None) => Err(format!("`{code}` is another name of nothing")),
            (Some(level), Some((parent_level, _))) if *parent_level <= level => {
                Err(format!("a {level_name} does not lie in a {parent_name}"))
            }
            _ => Ok(Place { level, code: code.clone(), parent, line: row.line }),
        }
    }
}

/// Per code the code of each level that contains it.
fn contained(rows: &[Place], levels: &[LocationLevel]) -> FxHashMap<String, Vec<Option<String>>> {
    let mut largest_first: Vec<&Place> = rows.iter().collect();
    largest_first.sort_by_key(|place| std::cmp::Reverse(place.level));
    let mut places = FxHashMap::default();
    for place in largest_first {
        // A code of two levels is the smaller place, which comes later.
        places.insert(place.code.clone(), chain(place, rows, levels));
    }
    places
}

fn chain(place: &Place, rows: &[Place], levels: &[LocationLevel]) -> Vec<Option<String>> {
    let mut chain = vec![None; levels.len()];
    if place.level.is_some_and(|level| levels[level].not_coded_when_labelled) {
        return chain;
    }
    let mut step = Some(place);
    while let Some(place) = step {
        if let Some(level) = place.level {
            chain[level] = Some(place.code.clone());
        }
        step = place.parent.as_ref().and_then(|(level, code)| {
            rows.iter().find(|place| place.level == Some(*level) && place.code == *code)
        });
    }
    chain
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::country::tests::somalia;

    #[test]
    fn every_place_lies_in_everything_above_it() {
        let country = somalia();
        let locations = country.locations();
        for code in locations.codes() {
            let found: Vec<bool> = locations
                .levels()
                .map(|(level, _)| locations.level_code(code, level).is_some())
                .collect();
            let n_above = found.iter().rev().take_while(|found| **found).count();
            assert!(found.iter().filter(|found| **found).count() == n_above, "{code}: {found:?}");
        }
    }

    #[test]
    fn a_level_that_is_not_coded_when_labelled_is_in_no_level() {
        for zone in ["nez", "nwz", "scz"] {
            assert!(somalia().locations().has(zone));
            check(zone, [None; 5]);
        }
    }

    #[test]
    fn knows_the_chain_of_each_rank() {
        let m = Some("mogadishu");
        let b = Some("banadir");
        check("hodan", [Some("hodan"), m, b, b, Some("scz")]);
        check("eyl", [None, Some("eyl"), Some("nugaal"), Some("puntland"), Some("nez")]);
        check("banadir", [None, None, b, b, Some("scz")]);
        check("galmudug", [None, None, None, Some("galmudug"), Some("scz")]);
        check("badhan", [None, Some("jariiban"), Some("mudug"), Some("galmudug"), Some("scz")]);
    }

    #[test]
    fn other_texts_are_no_place() {
        for text in ["", "NC", "Hodan", " hodan", "golis"] {
            assert!(!somalia().locations().has(text));
            check(text, [None; 5]);
        }
    }

    #[test]
    fn says_which_line_is_wrong() {
        check_problem("town,a,county,x\n", "there is no level `town`");
        check_problem("ward,a,province,x\n", "there is no level `province`");
        check_problem("ward,a,county,x\n", "there is no county `x`");
        check_problem("county,x,ward,a\n", "a county does not lie in a ward");
        check_problem("other name,x,,\n", "`x` is another name of nothing");
        check_problem("ward,,,\n", "expected the code of a place, found nothing");
        check_problem("ward,a\n", "expected 4 cells, found 2");
        let (_, problems) = read("county,x,,\ncounty,x,,\n");
        assert_eq!(problems, ["l.csv, line 3, column 1: `x` stands in line 2 already"]);
    }

    fn read(rows: &str) -> (Locations, Vec<String>) {
        let levels = ["ward", "county"].map(|level| LocationLevel {
            level: level.to_owned(),
            code_scheme: level.to_owned(),
            not_coded_when_labelled: false,
            without_answer: None,
        });
        let text = format!("level,code,parent_level,parent_code\n{rows}");
        let (locations, problems) = Locations::read(Path::new("l.csv"), &text, levels.to_vec());
        (locations, problems.iter().map(Problem::to_string).collect())
    }

    #[track_caller]
    fn check_problem(rows: &str, expected: &str) {
        assert_eq!(read(rows).1, [format!("l.csv, line 2, column 1: {expected}")]);
    }

    #[track_caller]
    fn check(code: &str, expected: [Option<&str>; 5]) {
        let country = somalia();
        let locations = country.locations();
        let levels: Vec<Option<&str>> =
            locations.levels().map(|(level, _)| locations.level_code(code, level)).collect();
        assert_eq!(levels, expected, "code: {code:?}");
    }
}
