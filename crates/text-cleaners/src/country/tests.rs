//! Countries with one mistake each.

use std::path::Path;
use std::sync::LazyLock;

use super::*;

/// The country that most tests use, loaded once.
pub(crate) fn somalia() -> Country {
    static SOMALIA: LazyLock<Country> =
        LazyLock::new(|| Country::built_in("somalia").expect("Somalia comes with the program"));
    SOMALIA.clone()
}

#[test]
fn countries_of_the_program_have_no_problems() {
    for name in Country::built_in_names() {
        let (country, problems) = Country::load(name, Path::new(""));
        assert_eq!(problems, []);
        assert!(country.is_some_and(|country| !country.cleaners().is_empty()), "{name}");
    }
}

#[test]
fn a_directory_is_a_country_with_the_lists_of_the_program() {
    let country = Place::new(
        r#"{"Name": "Testland", "TimeZone": "Africa/Nairobi", "Cleaners": [
            {"Kind": "Words", "Name": "color", "Files": ["colors.txt"]},
            {"Kind": "Words", "Name": "gender", "Files": ["gender.swahili.txt"]},
            {"Kind": "Age", "Name": "age", "NumberFiles": ["numbers.swahili.txt"]}]}"#,
    )
    .with("colors.txt", "red: nyekundu\n");
    let (country, problems) = country.load();
    assert_eq!(problems, Vec::<String>::new());
    let country = country.unwrap();
    assert_eq!((country.name(), country.time_zone()), ("Testland", Some("Africa/Nairobi")));
    let clean =
        |cleaner: &str, text| country.cleaner(cleaner).unwrap().clean(text).map(str::to_owned);
    assert_eq!(clean("color", "rangi ni Nyekundu").as_deref(), Some("red"));
    assert_eq!(clean("gender", "mwanamke").as_deref(), Some("woman"));
    assert_eq!(clean("age", "ishirini na tano").as_deref(), Some("25"));
    assert_eq!(country.files().len(), 4);
}

#[test]
fn an_own_list_stands_in_for_one_of_the_program() {
    let place = Place::new(
        r#"{"Name": "T", "Cleaners": [
            {"Kind": "Words", "Name": "gender", "Files": ["gender.swahili.txt"]}]}"#,
    )
    .with("gender.swahili.txt", "woman: bi\n");
    let country = place.load().0.unwrap();
    let gender = country.cleaner("gender").unwrap();
    assert_eq!((gender.clean("bi"), gender.clean("mwanamke")), (Some("woman"), None));
}

#[test]
fn says_what_is_wrong_and_where() {
    check(
        "{",
        &["land/country.json, line 1, column 1: expected JSON: EOF while parsing an object"],
    );
    check(
        r#"{"Name": "T", "TimeZone": "Africa/Nairobbi", "Colour": 1}"#,
        &[
            "land/country.json, line 1, column 27, `TimeZone`: there is no time zone \
             `Africa/Nairobbi`",
            "land/country.json, line 1, column 46, `Colour`: unknown key `Colour`",
        ],
    );
    check(
        r#"{"Name": "T", "Sounds": "sound.swahili.txt", "Fillers": ["of.txt"]}"#,
        &[
            "land/country.json, line 1, column 25, `Sounds`: there is no file `sound.swahili.txt`",
            "land/country.json, line 1, column 58, `Fillers[0]`: there is no file `of.txt`",
        ],
    );
    check(
        r#"{"Name": "T", "Cleaners": [
            {"Kind": "Words", "Name": "a", "Files": ["words.txt"], "UnlessCleaner": "b"},
            {"Kind": "Operator", "Name": "a"}]}"#,
        &[
            "land/words.txt, line 2, column 1: `Nyekundu` is a word of `blue`, but also of `red`",
            "land/country.json, line 2, column 85, `Cleaners[0].UnlessCleaner`: no cleaner above \
             is called `b`",
            "land/country.json, line 3, column 42, `Cleaners[1].Name`: another cleaner above is \
             called `a`",
        ],
    );
    check(
        r#"{"Name": "T", "Cleaners": [
            {"Kind": "Age", "Name": "age", "NumberFiles": ["words.txt"]}]}"#,
        &[
            "land/words.txt, line 2, column 1: `Nyekundu` is a word of `blue`, but also of `red`",
            "land/words.txt, line 1, column 1: expected a whole number or `+`, found `red`",
            "land/words.txt, line 2, column 1: expected a whole number or `+`, found `blue`",
        ],
    );
    check(
        r#"{"Name": "T", "LocationLevels": [{"Level": "ward", "CodeScheme": "ward"}]}"#,
        &["land/country.json, line 1, column 33, `LocationLevels`: there are `LocationLevels`, \
           but no `Locations`"],
    );
}

#[test]
fn names_the_countries_that_there_are() {
    let (country, problems) = Country::load("atlantis", Path::new(""));
    assert!(country.is_none());
    assert_eq!(problems[0].to_string(), "atlantis: no such country comes with the program");
    let hint = problems[0].hint.as_deref().unwrap_or_default();
    assert!(hint.contains("`./atlantis` would be a directory"), "{hint}");
    let (_, problems) = Country::load("./nowhere", Path::new("projects"));
    let expected = "projects/nowhere/country.json: there is no such file";
    assert_eq!(problems[0].to_string(), expected);
}

/// A directory with a country.
struct Place(tempfile::TempDir);

impl Place {
    fn new(country: &str) -> Self {
        let place = Self(tempfile::tempdir().unwrap());
        std::fs::create_dir(place.0.path().join("land")).unwrap();
        place.with("country.json", country)
    }

    fn with(self, name: &str, text: &str) -> Self {
        std::fs::write(self.0.path().join("land").join(name), text).unwrap();
        self
    }

    fn load(&self) -> (Option<Country>, Vec<String>) {
        let (country, problems) = Country::load("land/", self.0.path());
        let directory = format!("{}/", self.0.path().display());
        let texts = problems.iter().map(|it| it.to_string().replace(&directory, ""));
        (country, texts.collect())
    }
}

#[track_caller]
fn check(country: &str, expected: &[&str]) {
    let place = Place::new(country).with("words.txt", "red: nyekundu\nblue: Nyekundu\n");
    let (country, problems) = place.load();
    assert!(country.is_none());
    assert_eq!(problems, expected);
}
