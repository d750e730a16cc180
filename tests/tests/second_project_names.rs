//! No code knows a country: places, operators and schemes are named in data files only.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use pipeline_config::load_project;
use pipeline_tests::{files_below, workspace};

/// Shorter names are everyday words too (`bay`), or parts of them.
const SHORTEST_NAME_LETTERS: usize = 4;

/// Keys of the configuration that the original has; what they mean is not in their names.
const KEYS_OF_THE_ORIGINAL: [&str; 2] =
    ["GenerateMogadishuDistributionMaps", "GenerateMogadishuThemeDistributionMaps"];

#[test]
fn no_code_outside_tests_names_a_place_an_operator_or_a_scheme() {
    let mut names: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for name in self::names() {
        let first = name.trim().split(' ').next().unwrap().to_owned();
        names.entry(first).or_default().push(name);
    }
    let n_names = names.values().map(Vec::len).sum::<usize>();
    assert!(300 < n_names, "only {n_names} names were found");
    let mut found = Vec::new();
    for (path, bytes) in files_below(&workspace().join("crates")).unwrap() {
        if is_test(&path) || path.extension().is_none_or(|extension| extension != "rs") {
            continue;
        }
        let code = String::from_utf8(bytes).unwrap();
        let code = code.split("#[cfg(test)]\nmod tests {").next().unwrap();
        for (number, line) in (1..).zip(code.lines()) {
            let line = KEYS_OF_THE_ORIGINAL
                .iter()
                .fold(line.to_owned(), |line, key| line.replace(&format!("{key:?}"), ""));
            let words = words(&line);
            let named = words.split(' ').filter_map(|word| names.get(word)).flatten();
            let named = named.filter(|name| words.contains(name.as_str()));
            let place = format!("crates/{}:{number}", path.display());
            found.extend(named.map(|name| format!("{place}: `{}`", name.trim())));
        }
    }
    assert!(found.is_empty(), "move these into data files:\n{}", found.join("\n"));
}

#[test]
fn names_are_found_however_they_are_written() {
    let check = |line: &str| assert!(words(line).contains(" belet weyne "), "{line}");
    check("// Belet Weyne");
    check("fn belet_weyne()");
    check("Place::BeletWeyne =>");
    check(r#""belet-weyne""#);
    assert!(!words("beletweynes").contains(" belet weyne "));
}

/// All names that the data files of the projects' countries have, as words between blanks.
fn names() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for project in ["eu_pcve", "kenya"] {
        let path = workspace().join("pipeline_configs").join(project).join("pipeline_config.json");
        let plans = load_project(&path).unwrap().plans;
        let country = &plans.country;
        let locations = country.locations();
        let place_schemes = locations.levels().map(|(_, level)| level.code_scheme.as_str());
        let operator_schemes = plans
            .all()
            .filter(|plan| plan.raw_field == "operator_raw")
            .flat_map(|plan| &plan.coding_configurations)
            .map(|coding| coding.code_scheme_name.as_str());
        let given = [country.name()].into_iter().chain(place_schemes).chain(operator_schemes);
        let listed = country.files().iter().filter(|file| is_place_list(&file.name));
        let listed = listed.flat_map(|file| file.text.lines().flat_map(listed_words));
        let all = given.chain(locations.codes()).chain(country.operators().codes()).chain(listed);
        names.extend(all.map(words));
    }
    names.retain(|name| {
        let n_letters = name.chars().filter(|letter| letter.is_alphabetic()).count();
        SHORTEST_NAME_LETTERS <= n_letters && !EVERYDAY_WORDS.contains(&name.trim())
    });
    names
}

/// Names that are words of code and comments as well.
const EVERYDAY_WORDS: [&str; 12] = [
    "bari", "central", "coast", "eastern", "engineer", "hola", "kenya", "tala", "tana", "western",
    "whatsapp", "telegram",
];

/// The words of a line `code: word, ?word`, without those that are doubtful.
fn listed_words(line: &str) -> impl Iterator<Item = &str> {
    let words = line.split('#').next().unwrap_or_default().split_once(':');
    let words = words.map(|(_, words)| words).unwrap_or_default();
    words.split(',').map(str::trim).filter(|word| !word.starts_with('?'))
}

fn is_place_list(name: &str) -> bool {
    name.ends_with("districts.txt") && !name.starts_with("no_") || name == "counties.txt"
}

/// Whether a file below `crates` is for tests only; stand-ins of services answer as in one country.
fn is_test(path: &Path) -> bool {
    path.iter().any(|part| part == "tests" || part == "tests.rs")
}

/// The words of a line of code, in lower case between blanks; `CamelCase` is two words.
fn words(line: &str) -> String {
    let mut words = " ".to_owned();
    let mut is_after_small = false;
    for letter in line.chars().filter(|letter| *letter != '\'') {
        if letter.is_uppercase() && is_after_small {
            words.push(' ');
        }
        is_after_small = letter.is_lowercase();
        if letter.is_alphanumeric() {
            words.extend(letter.to_lowercase());
        } else if !words.ends_with(' ') {
            words.push(' ');
        }
    }
    words.push(' ');
    words
}
