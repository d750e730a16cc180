//! What an attacker reads on a report, and what is known about it.

#![allow(
    clippy::cloned_ref_to_slice_refs,
    clippy::needless_pass_by_value,
    reason = "knowledge is put together from short-lived names"
)]

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde_json::Value;

use crate::page::{Page, PageCell, PageTable};

/// Counts by name, and constraints on them.
#[derive(Clone, Default)]
pub struct Knowledge {
    counts: BTreeMap<String, Option<u64>>,
    /// Names of counts of which zeros would be shown.
    not_zero: Vec<String>,
    pub constraints: Vec<Constraint>,
}

/// The weighted sum of counts is zero, or at most zero.
#[derive(Clone)]
pub struct Constraint {
    pub terms: Vec<(String, f64)>,
    pub op: Op,
}

#[derive(Clone, Copy, PartialEq)]
pub enum Op {
    Equal,
    AtMost,
}

const SHOWS: &str = "Messages and people by radio show";
const WEEKS: &str = "Messages and people by calendar week";
const DAYS: &str = "Messages by day";
const REPEAT: &str = "People by number of radio shows";
const RANGES: &str = "Messages in the time ranges that the project has named";
const TOTAL: &str = "All together";

impl Knowledge {
    pub fn of(page: &Page) -> Self {
        let mut knowledge = Self::default();
        knowledge.read_participation(page);
        knowledge.read_times(page);
        let shows: Vec<String> = names(&page.maps["shows"]);
        for show in &shows {
            knowledge.read_themes(page, show);
        }
        knowledge.read_answers(page);
        knowledge.read_maps(page);
        knowledge.constrain_places(&shows, page);
        knowledge
    }

    /// What is hidden.
    pub fn hidden(&self) -> Vec<&String> {
        self.counts.iter().filter(|(_, count)| count.is_none()).map(|(name, _)| name).collect()
    }

    pub fn value(&self, name: &str) -> Option<u64> {
        self.counts.get(name).copied().flatten()
    }

    pub fn least(&self, name: &str) -> f64 {
        f64::from(u8::from(self.not_zero.iter().any(|known| known == name)))
    }

    /// The same knowledge with more hidden.
    pub fn without(&self, is_hidden: impl Fn(u64) -> bool) -> Self {
        let mut less = self.clone();
        for (name, count) in &mut less.counts {
            if count.is_some_and(&is_hidden) {
                *count = None;
                less.not_zero.push(name.clone());
            }
        }
        less
    }

    /// What the attacker believes is true.
    pub fn check(&self) {
        for Constraint { terms, op } in &self.constraints {
            let sum: f64 =
                terms.iter().map(|(name, weight)| weight * self.value(name).unwrap() as f64).sum();
            let holds = if *op == Op::Equal { sum == 0.0 } else { sum <= 0.0 };
            assert!(holds, "{terms:?}");
        }
    }

    /// What is shown is true, and what is hidden is there.
    pub fn check_against(&self, truth: &Self) {
        for (name, count) in &self.counts {
            let true_count = truth.counts.get(name).copied().flatten();
            if let Some(count) = count {
                assert_eq!(Some(*count), true_count, "{name}");
                assert!(*count == 0 || 5 <= *count, "{name} is {count}");
            }
        }
        for name in &self.not_zero {
            assert_ne!(truth.value(name), Some(0), "{name}");
        }
    }

    fn add(&mut self, name: String, cell: &PageCell) {
        let count = match cell {
            PageCell::Count(count) => Some(*count),
            PageCell::Hidden => None,
            PageCell::Other(text) => panic!("`{name}` is `{text}`"),
        };
        self.add_count(name, count);
    }

    fn add_count(&mut self, name: String, count: Option<u64>) {
        if let Some(known) = self.counts.insert(name.clone(), count) {
            // A count that stands in two places is hidden in both.
            assert_eq!(known, count, "{name}");
        }
    }

    /// Counts that are shown together: where one zero is shown, hidden ones are no zeros.
    fn note_zeros(&mut self, names: &[String]) {
        if names.iter().any(|name| self.value(name) == Some(0)) {
            let hidden = names.iter().filter(|name| self.value(name).is_none());
            let hidden: Vec<String> = hidden.cloned().collect();
            self.not_zero.extend(hidden);
        }
    }

    fn constrain(&mut self, left: &[String], op: Op, right: &[String]) {
        self.constrain_weighted(left.iter().map(|name| (name.clone(), 1.0)).collect(), op, right);
    }

    fn constrain_weighted(&mut self, left: Vec<(String, f64)>, op: Op, right: &[String]) {
        let right = right.iter().map(|name| (name.clone(), -1.0));
        let terms: Vec<(String, f64)> = left.into_iter().chain(right).collect();
        if terms.iter().all(|(name, _)| self.counts.contains_key(name)) {
            self.constraints.push(Constraint { terms, op });
        }
    }

    fn read_participation(&mut self, page: &Page) {
        let table = page.table(SHOWS).unwrap();
        let columns = ["Messages", "Looked at", "With a theme", "People", "People with a theme"];
        for column in columns {
            for (show, cell) in table.column(column) {
                self.add(format!("{show}/{column}"), cell);
            }
        }
        let shows: Vec<&str> = table
            .rows
            .iter()
            .map(|(name, _)| name.as_str())
            .filter(|name| *name != TOTAL)
            .collect();
        for show in shows.iter().chain([&TOTAL]) {
            let [messages, looked_at, relevant, people, relevant_people] =
                columns.map(|column| format!("{show}/{column}"));
            for (less, more) in [
                (&looked_at, &messages),
                (&relevant, &looked_at),
                (&people, &messages),
                (&relevant_people, &people),
                (&relevant_people, &relevant),
            ] {
                self.constrain(&[less.clone()], Op::AtMost, &[more.clone()]);
            }
            self.constrain(&[people, relevant], Op::AtMost, &[messages, relevant_people]);
        }
        for (column, op) in
            columns.into_iter().zip([Op::Equal, Op::Equal, Op::Equal, Op::AtMost, Op::AtMost])
        {
            let total = format!("{TOTAL}/{column}");
            let parts: Vec<String> = shows.iter().map(|show| format!("{show}/{column}")).collect();
            self.constrain(&[total.clone()], op, &parts);
            for part in parts {
                self.constrain(&[part], Op::AtMost, &[total.clone()]);
            }
        }
        let mut weighted = Vec::new();
        for (n_shows, cell) in page.table(REPEAT).unwrap().column("People") {
            self.add(format!("took part in {n_shows}"), cell);
            weighted.push((format!("took part in {n_shows}"), n_shows.parse().unwrap()));
        }
        let people: Vec<String> = shows.iter().map(|show| format!("{show}/People")).collect();
        let all: Vec<String> = weighted.iter().map(|(name, _)| name.clone()).collect();
        self.constrain(&all, Op::Equal, &[format!("{TOTAL}/People")]);
        self.constrain_weighted(weighted, Op::Equal, &people);
        self.note_zeros(&all);
    }

    fn read_times(&mut self, page: &Page) {
        let date = |text: &str| NaiveDate::parse_from_str(text, "%d %b %Y").unwrap();
        let days: Vec<(NaiveDate, String)> = page
            .table(DAYS)
            .unwrap()
            .column("Messages")
            .into_iter()
            .map(|(day, cell)| {
                self.add(day.to_owned(), cell);
                (date(day), day.to_owned())
            })
            .collect();
        let between = |from: NaiveDate, to: NaiveDate| -> Vec<String> {
            let days = days.iter().filter(|(day, _)| from <= *day && *day < to);
            days.map(|(_, name)| name.clone()).collect()
        };
        self.note_zeros(&days.iter().map(|(_, name)| name.clone()).collect::<Vec<_>>());
        let table = page.table(WEEKS).unwrap();
        let mut weeks: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for column in ["Messages", "With a theme", "People"] {
            for (week, cell) in table.column(column) {
                self.add(format!("week of {week}/{column}"), cell);
                weeks.entry(column).or_default().push(format!("week of {week}/{column}"));
            }
        }
        for (week, _) in &table.rows {
            let monday = date(week);
            let messages = format!("week of {week}/Messages");
            let in_week = between(monday, monday + chrono::Days::new(7));
            self.constrain(&in_week, Op::Equal, &[messages.clone()]);
            for less in ["With a theme", "People"] {
                self.constrain(
                    &[format!("week of {week}/{less}")],
                    Op::AtMost,
                    &[messages.clone()],
                );
            }
        }
        self.constrain(&weeks["Messages"], Op::Equal, &[format!("{TOTAL}/Messages")]);
        self.constrain(&weeks["With a theme"], Op::Equal, &[format!("{TOTAL}/With a theme")]);
        self.constrain(&[format!("{TOTAL}/People")], Op::AtMost, &weeks["People"]);
        self.read_ranges(page, &between);
    }

    fn read_ranges(
        &mut self,
        page: &Page,
        days_between: &impl Fn(NaiveDate, NaiveDate) -> Vec<String>,
    ) {
        let table = page.table(RANGES).unwrap();
        for (label, cells) in &table.rows {
            let [PageCell::Other(from), PageCell::Other(to), messages, relevant] = &cells[..]
            else {
                panic!("`{label}` has no times");
            };
            // The ranges of the project begin and end at midnight.
            let date = |text: &str| {
                NaiveDate::parse_from_str(text.strip_suffix(", 00:00").unwrap(), "%d %b %Y")
                    .unwrap()
            };
            let names = [format!("{label}/Messages"), format!("{label}/With a theme")];
            self.add(names[0].clone(), messages);
            self.add(names[1].clone(), relevant);
            self.constrain(&days_between(date(from), date(to)), Op::Equal, &names[..1]);
            self.constrain(&names[1..], Op::AtMost, &names[..1]);
        }
    }

    fn read_themes(&mut self, page: &Page, show: &str) {
        let mut themes = Vec::new();
        let table = page.table(&format!("{show}: themes")).unwrap();
        for (theme, cell) in table.column("People") {
            let name = format!("{show}/{theme}");
            self.add(name.clone(), cell);
            themes.push(name);
        }
        let relevant = format!("{show}/People with a theme");
        if !table.is_cut {
            self.constrain(&[relevant.clone()], Op::AtMost, &themes);
        }
        for theme in &themes {
            self.constrain(&[theme.clone()], Op::AtMost, &[relevant.clone()]);
        }
        self.note_zeros(&themes);
        let prefix = format!("{show}: themes by ");
        let tables = page.tables.iter().filter(|table| table.caption.starts_with(&prefix));
        for table in tables {
            self.read_cross_tab(table, show, table.caption.trim_start_matches(&prefix));
        }
    }

    /// Counts are called `<question>/<answer>/<show>/<theme>`.
    fn read_cross_tab(&mut self, table: &PageTable, show: &str, question: &str) {
        let everybody = "Everybody with a theme";
        for (theme, cells) in &table.rows {
            let whole = if theme == everybody { "People with a theme" } else { theme };
            let mut names = Vec::new();
            for (answer, cell) in table.columns[1..].iter().zip(cells) {
                let name = format!("{question}/{answer}/{show}/{whole}");
                self.add(name.clone(), cell);
                names.push(name);
            }
            self.constrain(&names, Op::AtMost, &[format!("{show}/{whole}")]);
            self.note_zeros(&names);
        }
        for answer in &table.columns[1..] {
            self.constrain_themes(&format!("{question}/{answer}/{show}"), table);
        }
    }

    /// Everybody with a theme has one of them.
    fn constrain_themes(&mut self, prefix: &str, table: &PageTable) {
        let relevant = format!("{prefix}/People with a theme");
        let themes: Vec<String> = table
            .rows
            .iter()
            .map(|(theme, _)| format!("{prefix}/{theme}"))
            .filter(|name| self.counts.contains_key(name))
            .collect();
        for theme in &themes {
            self.constrain(&[theme.clone()], Op::AtMost, &[relevant.clone()]);
        }
        // Rows without any count are left out of the table; they can be anything.
    }

    /// Counts are called `<question>/<answer>`.
    fn read_answers(&mut self, page: &Page) {
        let is_answers = |table: &&PageTable| {
            table.columns.first().is_some_and(|column| column == "Answer")
                && !table.caption.ends_with(": themes")
        };
        for table in page.tables.iter().filter(is_answers) {
            let question = &table.caption;
            let mut names = Vec::new();
            for (answer, cell) in table.column("People") {
                let name = format!("{question}/{answer}");
                self.add(name.clone(), cell);
                names.push(name);
            }
            self.note_zeros(&names);
            let known = format!("{question}/known");
            self.add_count(known.clone(), page.known_answers(question));
            let op = if table.is_cut { Op::AtMost } else { Op::Equal };
            self.constrain(&names, op, &[known]);
        }
    }

    /// Counts are called `<question>/<place>/<show>/<theme>`, as in cross-tabs.
    fn read_maps(&mut self, page: &Page) {
        for layer in page.maps["layers"].as_array().unwrap() {
            let places: Vec<&str> =
                layer["names"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
            for map in layer["maps"].as_array().unwrap() {
                let (subject, whole) = subject_of(page, map);
                let mut names = Vec::new();
                for (place, count) in places.iter().zip(map["counts"].as_array().unwrap()) {
                    let name = format!("{}/{place}/{subject}", question_of(layer));
                    self.add_count(name.clone(), count.as_u64());
                    names.push(name);
                }
                self.constrain(&names, Op::AtMost, &[whole]);
                self.note_zeros(&names);
            }
        }
    }

    /// Who raised a theme raised one, and took part; parts of places are parts.
    fn constrain_places(&mut self, shows: &[String], page: &Page) {
        let questions =
            ["Region", "District", "State", "Zone"].map(|level| format!("Somalia {level}"));
        let names: Vec<String> = self.counts.keys().cloned().collect();
        for name in &names {
            let parts: Vec<&str> = name.split('/').collect();
            let [question, answer, show, theme] = parts[..] else { continue };
            if theme != "People with a theme" && shows.iter().any(|known| known == show) {
                let relevant = format!("{question}/{answer}/{show}/People with a theme");
                self.constrain(&[name.clone()], Op::AtMost, &[relevant]);
            }
            let everybody = format!("{question}/{answer}/all/people");
            if show != "all" {
                self.constrain(&[name.clone()], Op::AtMost, &[everybody.clone()]);
                self.constrain(&[name.clone()], Op::AtMost, &[format!("{question}/{answer}")]);
            } else {
                // Everybody of this project took part in a radio show.
                self.constrain(&[everybody], Op::Equal, &[format!("{question}/{answer}")]);
            }
            if theme == "People with a theme" {
                let of_themes = |show: &str| -> Vec<String> {
                    let place = shows.iter().position(|known| known == show).unwrap();
                    let themes = page.maps["shows"][place]["themes"].as_array().unwrap();
                    let themes = themes.iter().filter_map(|theme| theme[1].as_str());
                    themes.map(|theme| format!("{question}/{answer}/{show}/{theme}")).collect()
                };
                self.constrain(&[name.clone()], Op::AtMost, &of_themes(show));
            }
        }
        let subjects: std::collections::BTreeSet<String> = names
            .iter()
            .filter_map(|name| name.splitn(3, '/').nth(2).map(|rest| format!("/{rest}")))
            .chain([String::new()])
            .collect();
        for subject in &subjects {
            for (finer, coarser) in [(1, 0), (0, 2), (2, 3), (0, 3)] {
                self.constrain_nested(
                    &questions[finer],
                    &questions[coarser],
                    subject,
                    finer,
                    coarser,
                );
            }
        }
    }

    fn constrain_nested(
        &mut self,
        finer: &str,
        coarser: &str,
        subject: &str,
        place_of_finer: usize,
        place_of_coarser: usize,
    ) {
        // The order of the columns of the list of places: district, region, state, zone.
        let column = |place: usize| [1, 0, 2, 3][place];
        let mut within: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for place in &super::PLACES {
            let name = place[column(place_of_finer)];
            let parts = within.entry(place[column(place_of_coarser)]).or_default();
            let name = format!("{finer}/{}{subject}", capitalized(name));
            if self.counts.contains_key(&name) && !parts.contains(&name) {
                parts.push(name);
            }
        }
        for (place, parts) in within {
            let whole = format!("{coarser}/{}{subject}", capitalized(place));
            if !parts.is_empty() {
                self.constrain(&parts, Op::AtMost, &[whole]);
            }
        }
    }
}

fn names(shows: &Value) -> Vec<String> {
    let names = shows.as_array().unwrap().iter().map(|show| show["name"].as_str().unwrap());
    names.map(str::to_owned).collect()
}

/// The question that a layer of maps is about, as tables call it.
fn question_of(layer: &Value) -> String {
    match layer["unit"].as_str().unwrap() {
        "region" => "Somalia Region".to_owned(),
        "district" => "Somalia District".to_owned(),
        other => other.to_owned(),
    }
}

/// What a map is about, and how many people that are.
fn subject_of(page: &Page, map: &Value) -> (String, String) {
    let Some(place) = map["show"].as_u64() else {
        return ("all/people".to_owned(), format!("{TOTAL}/People"));
    };
    let show = &page.maps["shows"][usize::try_from(place).unwrap()];
    let name = show["name"].as_str().unwrap();
    let Some(theme) = map["theme"].as_u64() else {
        let subject = format!("{name}/People with a theme");
        return (subject.clone(), subject);
    };
    let mut themes = show["themes"].as_array().unwrap().iter();
    let theme = themes.find(|known| known[0].as_u64() == Some(theme)).unwrap();
    let subject = format!("{name}/{}", theme[1].as_str().unwrap());
    (subject.clone(), subject)
}

/// A place as the report spells it.
fn capitalized(text: &str) -> String {
    let mut characters = text.chars();
    let first: String = characters.next().into_iter().flat_map(char::to_uppercase).collect();
    first + characters.as_str()
}
