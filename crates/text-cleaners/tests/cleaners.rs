//! What people write, and the codes it gets.

use std::collections::BTreeSet;

use text_cleaners::locations::{Level, level_code, location_codes};
use text_cleaners::{Cleaner, Outcome};

#[test]
fn reads_genders() {
    check(Cleaner::Gender, "Nin", Some("man"));
    check(Cleaner::Gender, "Waxaan ahay gabadh", Some("woman"));
    check(Cleaner::Gender, "RAGGA", Some("man"));
    check(Cleaner::Gender, "lablab", Some("man"));
    check(Cleaner::Gender, "naagbaanahay", Some("woman"));
    check(Cleaner::Gender, "lab25jir", Some("man"));
    check(Cleaner::Gender, "m.", Some("man"));
    check(Cleaner::Gender, "f 25", Some("woman"));
    check(Cleaner::Gender, "msichana", Some("woman"));
    check(Cleaner::Gender, "fimale", Some("woman"));
}

#[test]
fn gender_words_inside_other_words_do_not_count() {
    check(Cleaner::Gender, "wanaagsan", None);
    check(Cleaner::Gender, "labaatan jir", None);
    check(Cleaner::Gender, "laba caruur", None);
    check(Cleaner::Gender, "Laas Caanood", None);
    check(Cleaner::Gender, "dadka dhalinyarada", None);
    check(Cleaner::Gender, "government", None);
    check(Cleaner::Gender, "m peace is needed", None);
}

#[test]
fn reads_yes_and_no() {
    check(Cleaner::YesNo, "Haaaa!", Some("yes"));
    check(Cleaner::YesNo, "xaa", Some("yes"));
    check(Cleaner::YesNo, "maya.", Some("no"));
    check(Cleaner::YesNo, "aniga may", Some("no"));
    check(Cleaner::YesNo, "No; dumar", Some("no"));
    check(Cleaner::YesNo, "haa waan soo barakacay", Some("yes"));
    check(Cleaner::YesNo, "ndiyo", Some("yes"));
}

#[test]
fn leaves_other_answers_about_yes_and_no_to_a_human() {
    check(Cleaner::YesNo, "", None);
    check(Cleaner::YesNo, "ma yaqaano", None);
    check(Cleaner::YesNo, "malaha", None);
    check(Cleaner::YesNo, "ha loo sameeyo shaqo", None);
    check(Cleaner::YesNo, "there may be no peace", None);
}

#[test]
fn reads_districts_of_mogadishu() {
    check(Cleaner::MogadishuSubDistrict, "Xamarweyne", Some("xamar weyne"));
    check(Cleaner::MogadishuSubDistrict, "howl wadag", Some("hawl wadaag"));
    check(Cleaner::MogadishuSubDistrict, "c/casiis", Some("cabdlcasiis"));
    check(Cleaner::MogadishuSubDistrict, "degmada hodan, muqdisho", Some("hodan"));
    check(Cleaner::MogadishuSubDistrict, "karan", Some("karaan"));
    check(Cleaner::MogadishuSubDistrict, "wax ma karaan", None);
    check(Cleaner::MogadishuSubDistrict, "qaaraan", None);
    check(Cleaner::MogadishuSubDistrict, "Xudun", None);
}

#[test]
fn reads_districts() {
    check(Cleaner::SomaliaDistrict, "waxaan joogaa Las Anod", Some("laas caanood"));
    check(Cleaner::SomaliaDistrict, "DUSAMAREEB", Some("dhuusamarreeb"));
    check(Cleaner::SomaliaDistrict, "b/weyne", Some("belet weyne"));
    check(Cleaner::SomaliaDistrict, "belet-xaawo", Some("belet xaawo"));
    check(Cleaner::SomaliaDistrict, "bu'ale", Some("bu'aale"));
    check(Cleaner::SomaliaDistrict, "Galkaio", Some("gaalkacyo"));
    check(Cleaner::SomaliaDistrict, "matabaan", Some("belet weyne"));
    check(Cleaner::SomaliaDistrict, "26ka juun", Some("hargeysa"));
    check(Cleaner::SomaliaDistrict, "kismayojir", Some("kismayo"));
    check(Cleaner::SomaliaDistrict, "muqdishxo", Some("mogadishu"));
    check(Cleaner::SomaliaDistrict, "Marka", Some("marka"));
    check(Cleaner::SomaliaDistrict, "Marka iyo Afgooye", Some("afgooye"));
}

#[test]
fn leaves_other_places_and_words_to_a_human() {
    check(Cleaner::SomaliaDistrict, "marka hore nabad", None);
    check(Cleaner::SomaliaDistrict, "Togdheer", None);
    check(Cleaner::SomaliaDistrict, "Banaadir", None);
    check(Cleaner::SomaliaDistrict, "Kenya", None);
    check(Cleaner::SomaliaDistrict, "labo luuqadood", None);
    check(Cleaner::SomaliaDistrict, "boôsaaso", None);
}

#[test]
fn a_district_of_mogadishu_needs_no_district() {
    check(Cleaner::SomaliaDistrictUnlessMogadishu, "Xamar weyne", None);
    check(Cleaner::SomaliaDistrictUnlessMogadishu, "Hodan, Muqdisho", None);
    check(Cleaner::SomaliaDistrictUnlessMogadishu, "Muqdisho", Some("mogadishu"));
}

#[test]
fn reads_operators() {
    check(Cleaner::Operator, "+252 61 000 0000", Some("hormud"));
    check(Cleaner::Operator, "0610000000", None);
}

#[test]
fn everyday_words_have_no_code() {
    let common_words = include_str!("../data/common_words.txt");
    let fillers = include_str!("../data/fillers.txt");
    let words = [common_words, fillers].into_iter().flat_map(plain_words);
    // These are also listed with a code: they are common words so that nothing else is read as them.
    let listed = BTreeSet::from(["boy", "lab", "male", "rag"]);
    for word in words.filter(|word| !listed.contains(word)) {
        let cleaners = [
            Cleaner::Gender,
            Cleaner::YesNo,
            Cleaner::MogadishuSubDistrict,
            Cleaner::SomaliaDistrict,
        ];
        for cleaner in cleaners {
            let explanation = cleaner.explain(word);
            assert_eq!(explanation.outcome, Outcome::NothingFound, "{cleaner}: {word}");
        }
    }
}

#[test]
fn every_code_of_a_place_is_in_the_location_hierarchy() {
    for code in Cleaner::MogadishuSubDistrict.codes() {
        assert_eq!(level_code(code, Level::MogadishuSubDistrict), Some(code));
    }
    for code in Cleaner::SomaliaDistrict.codes() {
        assert_eq!(level_code(code, Level::District), Some(code));
    }
}

#[test]
fn every_district_of_the_location_hierarchy_is_its_own_code() {
    for code in location_codes() {
        if level_code(code, Level::MogadishuSubDistrict).is_some() {
            check(Cleaner::MogadishuSubDistrict, code, Some(code));
        } else if level_code(code, Level::District) == Some(code) {
            check(Cleaner::SomaliaDistrict, code, Some(code));
        }
    }
}

#[test]
fn names_lead_back_to_their_cleaner() {
    for cleaner in Cleaner::all() {
        assert_eq!(cleaner.name().parse(), Ok(cleaner));
    }
    let error = "shoe-size".parse::<Cleaner>().unwrap_err();
    assert_eq!(error.to_string(), "unknown cleaner `shoe-size`");
    assert!(error.hint().is_some_and(|hint| hint.contains("`yes-no`")));
}

fn plain_words(text: &str) -> impl Iterator<Item = &str> {
    text.lines()
        .map(|line| line.split('#').next().unwrap_or_default())
        .flat_map(|line| line.split(','))
        .map(|word| word.trim().trim_start_matches('+'))
        .filter(|word| !word.is_empty())
}

#[track_caller]
fn check(cleaner: Cleaner, text: &str, expected: Option<&str>) {
    assert_eq!(cleaner.clean(text).as_deref(), expected, "{cleaner}: {text:?}");
}
