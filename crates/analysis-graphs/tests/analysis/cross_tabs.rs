//! Cross-tabs: complete in the CSV file, with small counts hidden in the report.

use serde_json::json;

use crate::fixture::{Fixture, Person};
use crate::page::{Page, PageCell};

/// Ten women and two men about trees, six women and six men about something else.
fn fixture() -> Fixture {
    let mut fixture = Fixture::new(&json!({}));
    let groups = [
        ("woman", "fruit_trees_for_shade", 10),
        ("man", "fruit_trees_for_shade", 2),
        ("woman", "something_else", 6),
        ("man", "something_else", 6),
    ];
    for (gender, theme, n_people) in groups {
        for number in 0..n_people {
            let uid = format!("{gender} {theme} {number}");
            let codes: &[(&str, &[&str])] =
                &[("rqa_s01e01_coded", &[theme]), ("gender_coded", &[gender])];
            fixture.add(&Person { uid: &uid, codes, ..Person::default() });
        }
    }
    fixture
}

#[test]
fn the_table_has_every_theme_and_answer() {
    let table = fixture().analyze().table("cross_tabs.csv");
    let header = "Dataset,Theme,Demographic,Answer,Participants,% of Participants with Theme,% of Relevant Participants with Answer\n";
    assert!(table.starts_with(header));
    for row in [
        "rqa_s01e01,Total Relevant Participants,gender,woman,16,66.7,100.0",
        "rqa_s01e01,Total Relevant Participants,gender,man,8,33.3,100.0",
        "rqa_s01e01,fruit_trees_for_shade,gender,woman,10,83.3,62.5",
        "rqa_s01e01,fruit_trees_for_shade,gender,man,2,16.7,25.0",
        "rqa_s01e01,something_else,gender,man,6,50.0,75.0",
        "rqa_s01e02,something_else,gender,man,0,-,-",
    ] {
        assert!(table.contains(&format!("\n{row}\n")), "{row}");
    }
}

#[test]
fn the_report_hides_two_men_and_what_tells_them() {
    let page = Page::read(&fixture().analyze().report());
    let table =
        page.tables.iter().find(|table| table.caption.ends_with("themes by Gender")).unwrap();
    assert_eq!(table.columns, ["Theme", "Man", "Woman"]);
    // With 12 people who raised the theme, ten women would tell that there are at most two men.
    let shown = |name: &str, column: usize| {
        let (_, cells) = table.rows.iter().find(|(theme, _)| theme == name)?;
        match cells[column] {
            PageCell::Count(count) => Some(count),
            _ => None,
        }
    };
    assert_eq!(shown("Everybody with a theme", 1), Some(16));
    assert_eq!(shown("Fruit trees for shade", 0), None);
    let of_theme = page
        .tables
        .iter()
        .find(|table| table.caption.ends_with(": themes"))
        .unwrap()
        .column("People")
        .into_iter()
        .find(|(theme, _)| *theme == "Fruit trees for shade")
        .unwrap()
        .1
        .clone();
    assert!(shown("Fruit trees for shade", 1).is_none() || of_theme == PageCell::Hidden);
}

/// While labelling goes on, many people have a message with a theme, and one that nobody looked at.
#[test]
fn shares_in_the_report_are_of_all_who_raised_a_theme() {
    let mut fixture = Fixture::new(&json!({"MinimumCellSize": 0}));
    for number in 0..20 {
        let codes: &[&str] =
            if number < 15 { &["something_else", "NR"] } else { &["something_else"] };
        let codes = &[("rqa_s01e01_coded", codes), ("gender_coded", &["woman"])];
        fixture.add(&Person { uid: &format!("p{number}"), codes, ..Person::default() });
    }
    let analysis = fixture.analyze();
    let table = analysis.table("theme_distributions.csv");
    assert!(table.contains("\nrqa_s01e01,Total Relevant Participants,5,"), "as the original");
    let report = analysis.report();
    assert!(report.contains("20 people raised a theme; shares are of them."));
    let page = Page::read(&report);
    let shares = page.tables.iter().flat_map(|table| &table.rows).flat_map(|(_, cells)| cells);
    let shares: Vec<f64> = shares
        .filter_map(|cell| match cell {
            PageCell::Other(text) => text.strip_suffix(" %")?.parse().ok(),
            _ => None,
        })
        .collect();
    assert!(shares.contains(&100.0) && shares.iter().all(|share| *share <= 100.0), "{shares:?}");
}
