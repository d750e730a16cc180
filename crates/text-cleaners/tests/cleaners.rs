//! What people write, and the codes it gets.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use text_cleaners::{Country, Outcome};

#[test]
fn reads_genders() {
    check("gender", "Nin", Some("man"));
    check("gender", "Waxaan ahay gabadh", Some("woman"));
    check("gender", "RAGGA", Some("man"));
    check("gender", "lablab", Some("man"));
    check("gender", "naagbaanahay", Some("woman"));
    check("gender", "lab25jir", Some("man"));
    check("gender", "m.", Some("man"));
    check("gender", "f 25", Some("woman"));
    check("gender", "msichana", Some("woman"));
    check("gender", "fimale", Some("woman"));
}

#[test]
fn gender_words_inside_other_words_do_not_count() {
    check("gender", "wanaagsan", None);
    check("gender", "labaatan jir", None);
    check("gender", "laba caruur", None);
    check("gender", "Laas Caanood", None);
    check("gender", "dadka dhalinyarada", None);
    check("gender", "government", None);
    check("gender", "m peace is needed", None);
}

#[test]
fn reads_yes_and_no() {
    check("yes-no", "Haaaa!", Some("yes"));
    check("yes-no", "xaa", Some("yes"));
    check("yes-no", "maya.", Some("no"));
    check("yes-no", "aniga may", Some("no"));
    check("yes-no", "No; dumar", Some("no"));
    check("yes-no", "haa waan soo barakacay", Some("yes"));
    check("yes-no", "ndiyo", Some("yes"));
}

#[test]
fn leaves_other_answers_about_yes_and_no_to_a_human() {
    check("yes-no", "", None);
    check("yes-no", "ma yaqaano", None);
    check("yes-no", "malaha", None);
    check("yes-no", "ha loo sameeyo shaqo", None);
    check("yes-no", "there may be no peace", None);
}

#[test]
fn reads_districts_of_mogadishu() {
    check("mogadishu-sub-district", "Xamarweyne", Some("xamar weyne"));
    check("mogadishu-sub-district", "howl wadag", Some("hawl wadaag"));
    check("mogadishu-sub-district", "c/casiis", Some("cabdlcasiis"));
    check("mogadishu-sub-district", "degmada hodan, muqdisho", Some("hodan"));
    check("mogadishu-sub-district", "karan", Some("karaan"));
    check("mogadishu-sub-district", "wax ma karaan", None);
    check("mogadishu-sub-district", "qaaraan", None);
    check("mogadishu-sub-district", "Xudun", None);
}

#[test]
fn reads_districts() {
    check("somalia-district", "waxaan joogaa Las Anod", Some("laas caanood"));
    check("somalia-district", "DUSAMAREEB", Some("dhuusamarreeb"));
    check("somalia-district", "b/weyne", Some("belet weyne"));
    check("somalia-district", "belet-xaawo", Some("belet xaawo"));
    check("somalia-district", "bu'ale", Some("bu'aale"));
    check("somalia-district", "Galkaio", Some("gaalkacyo"));
    check("somalia-district", "matabaan", Some("belet weyne"));
    check("somalia-district", "26ka juun", Some("hargeysa"));
    check("somalia-district", "kismayojir", Some("kismayo"));
    check("somalia-district", "muqdishxo", Some("mogadishu"));
    check("somalia-district", "Marka", Some("marka"));
    check("somalia-district", "Marka iyo Afgooye", Some("afgooye"));
}

#[test]
fn leaves_other_places_and_words_to_a_human() {
    check("somalia-district", "marka hore nabad", None);
    check("somalia-district", "Togdheer", None);
    check("somalia-district", "Banaadir", None);
    check("somalia-district", "Kenya", None);
    check("somalia-district", "labo luuqadood", None);
    check("somalia-district", "boôsaaso", None);
}

#[test]
fn a_district_of_mogadishu_needs_no_district() {
    check("somalia-district-unless-mogadishu", "Xamar weyne", None);
    check("somalia-district-unless-mogadishu", "Hodan, Muqdisho", None);
    check("somalia-district-unless-mogadishu", "Muqdisho", Some("mogadishu"));
}

#[test]
fn reads_operators() {
    check("operator", "+252 61 000 0000", Some("hormud"));
    check("operator", "0610000000", None);
}

#[test]
fn everyday_words_have_no_code() {
    let country = Country::built_in("somalia").unwrap();
    let is_list = |name: &str| name.starts_with("common_words") || name.starts_with("fillers");
    let lists = country.files().iter().filter(|file| is_list(&file.name));
    let words: Vec<&str> = lists.flat_map(|file| plain_words(&file.text)).collect();
    assert!(300 < words.len());
    // These are also listed with a code: they are common words so that nothing else is read as them.
    let listed = BTreeSet::from(["boy", "lab", "male", "rag"]);
    for word in words.into_iter().filter(|word| !listed.contains(word)) {
        let cleaners = ["gender", "yes-no", "mogadishu-sub-district", "somalia-district"];
        for cleaner in cleaners {
            let explanation = country.cleaner(cleaner).unwrap().explain(word);
            assert_eq!(explanation.outcome, Outcome::NothingFound, "{cleaner}: {word}");
        }
    }
}

#[test]
fn every_code_of_a_place_is_in_the_location_hierarchy() {
    for (cleaner, scheme) in PLACES {
        let country = Country::built_in("somalia").unwrap();
        let level = country.locations().level_of_scheme(scheme).unwrap();
        for code in country.cleaner(cleaner).unwrap().codes() {
            assert_eq!(country.locations().level_code(code, level), Some(code));
        }
    }
}

#[test]
fn every_district_of_the_location_hierarchy_is_its_own_code() {
    let country = Country::built_in("somalia").unwrap();
    let locations = country.locations();
    let mut n_places = 0;
    for (cleaner, scheme) in PLACES {
        let level = locations.level_of_scheme(scheme).unwrap();
        for code in locations.codes().filter(|code| locations.level_code(code, level) == Some(code))
        {
            check(cleaner, code, Some(code));
            n_places += 1;
        }
    }
    assert_eq!(n_places, 17 + 74);
}

/// Cleaners of places, each with the scheme of its level.
const PLACES: [(&str, &str); 2] = [
    ("mogadishu-sub-district", "mogadishu_sub_district"),
    ("somalia-district", "somalia_district"),
];

fn plain_words(text: &str) -> impl Iterator<Item = &str> {
    text.lines()
        .map(|line| line.split('#').next().unwrap_or_default())
        .flat_map(|line| line.split(','))
        .map(|word| word.trim().trim_start_matches('+'))
        .filter(|word| !word.is_empty())
}

#[track_caller]
fn check(cleaner: &str, text: &str, expected: Option<&str>) {
    static SOMALIA: LazyLock<Country> =
        LazyLock::new(|| Country::built_in("somalia").expect("Somalia comes with the program"));
    let code = SOMALIA.cleaner(cleaner).expect("the cleaner exists").clean(text);
    assert_eq!(code, expected, "{cleaner}: {text:?}");
}
