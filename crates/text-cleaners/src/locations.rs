//! The places of Somalia: which district, region, state and zone a place lies in.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

/// Rank of a place, smallest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// One of the districts of the capital.
    MogadishuSubDistrict,
    /// A district.
    District,
    /// A region.
    Region,
    /// A federal member state, or the capital's region.
    State,
    /// A zone of the country: north-east, north-west, south-central.
    Zone,
}

impl Level {
    /// All levels, smallest first.
    pub const ALL: [Level; 5] =
        [Level::MogadishuSubDistrict, Level::District, Level::Region, Level::State, Level::Zone];

    /// The level's name in the facts file.
    fn from_name(name: &str) -> Option<Level> {
        match name {
            "mogadishu sub-district" => Some(Level::MogadishuSubDistrict),
            "district" => Some(Level::District),
            "region" => Some(Level::Region),
            "state" => Some(Level::State),
            "zone" => Some(Level::Zone),
            _ => None,
        }
    }
}

/// The code of `level` that contains the place `location_code`, itself included.
///
/// `None`, which is coded NC, when the place is larger than `level`, unknown, or a zone: a zone
/// is in no level, its own included. `banadir` is a region and a state. Other names of a district
/// (`matabaan`) are that district, and are in no Mogadishu sub-district.
///
/// ```
/// use text_cleaners::locations::{Level, level_code};
/// assert_eq!(level_code("hodan", Level::District), Some("mogadishu"));
/// assert_eq!(level_code("matabaan", Level::District), Some("belet weyne"));
/// assert_eq!(level_code("matabaan", Level::Zone), Some("scz"));
/// assert_eq!(level_code("gedo", Level::District), None);
/// assert_eq!(level_code("scz", Level::Zone), None);
/// ```
pub fn level_code(location_code: &str, level: Level) -> Option<&'static str> {
    LOCATIONS.get(location_code)?[level as usize]
}

/// Whether `location_code` is a place at all: a zone is one, although it is in no level.
pub fn is_location_code(location_code: &str) -> bool {
    LOCATIONS.contains_key(location_code)
}

/// Every code that [`level_code`] knows, in alphabetical order.
pub fn location_codes() -> impl Iterator<Item = &'static str> {
    let mut codes: Vec<&'static str> = LOCATIONS.keys().copied().collect();
    codes.sort_unstable();
    codes.into_iter()
}

/// Per code the code of each level that contains it.
type Locations = FxHashMap<&'static str, [Option<&'static str>; 5]>;

static LOCATIONS: LazyLock<Locations> = LazyLock::new(|| {
    let places: Vec<Place> = include_str!("../data/somalia_locations.csv")
        .lines()
        .skip(1)
        .filter_map(Place::read)
        .collect();
    let mut locations = Locations::default();
    for place in &places {
        let levels = levels_of(place, &places);
        // A name of two ranks (`banadir`) is the smaller place, which the file names later.
        locations.insert(place.code, levels);
    }
    locations
});

struct Place {
    /// `None` for another name of the parent.
    level: Option<Level>,
    code: &'static str,
    parent: Option<(Level, &'static str)>,
}

impl Place {
    fn read(line: &'static str) -> Option<Place> {
        let mut cells = line.split(',');
        let (level, code) = (cells.next()?, cells.next()?);
        let (parent_level, parent_code) = (cells.next()?, cells.next()?);
        let parent = Level::from_name(parent_level).map(|level| (level, parent_code));
        Some(Place { level: Level::from_name(level), code, parent })
    }
}

fn levels_of(place: &Place, places: &[Place]) -> [Option<&'static str>; 5] {
    let mut levels = [None; 5];
    if place.level == Some(Level::Zone) {
        return levels;
    }
    let mut step = Some(place);
    while let Some(place) = step {
        if let Some(level) = place.level {
            levels[level as usize] = Some(place.code);
        }
        step = place.parent.and_then(|(level, code)| {
            places.iter().find(|place| place.level == Some(level) && place.code == code)
        });
    }
    levels
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_lies_in_everything_above_it() {
        for code in location_codes() {
            let found: Vec<bool> =
                Level::ALL.iter().map(|level| level_code(code, *level).is_some()).collect();
            let n_above = found.iter().rev().take_while(|found| **found).count();
            assert!(found.iter().filter(|found| **found).count() == n_above, "{code}: {found:?}");
        }
    }

    #[test]
    fn a_zone_is_in_no_level() {
        for zone in ["nez", "nwz", "scz"] {
            assert!(is_location_code(zone));
            for level in Level::ALL {
                assert_eq!(level_code(zone, level), None);
            }
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
            assert!(!is_location_code(text));
            check(text, [None; 5]);
        }
    }

    #[track_caller]
    fn check(code: &str, expected: [Option<&str>; 5]) {
        assert_eq!(Level::ALL.map(|level| level_code(code, level)), expected, "code: {code:?}");
    }
}
