//! Groups of people broken down by their answers, on maps and in tables, and how these counts hang
//! together.

use pipeline_config::CodingMode;
use rustc_hash::FxHashMap;

use crate::counts::Counts;
use crate::design::Design;
use crate::maps::{MapLayer, MapSubject};

use super::{Cell, Demographic, Engagement, Is, Level, Page};

/// Tables with more columns are hard to read.
const MOST_COLUMNS: usize = 8;

/// The themes of a radio show by the answers to a demographic question.
pub(in crate::report) struct CrossTab {
    /// The question, by its place among the demographic ones.
    pub(in crate::report) demographic: usize,
    /// The people with a theme, by answer; as everywhere here, normal codes only.
    pub(in crate::report) with_theme: Vec<Cell>,
    /// By theme, by answer.
    pub(in crate::report) themes: Vec<Vec<Cell>>,
}

/// Whom a breakdown is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Subject {
    /// Everybody who answered the question.
    Answers,
    /// Everybody who raised a theme in a radio show.
    WithTheme { show: usize },
    /// Whom a map is about.
    Of(MapSubject),
}

/// A group of people by their answers to a question.
struct Breakdown {
    subject: Subject,
    coding: usize,
    /// By normal code.
    counts: Vec<(u16, Cell)>,
}

/// All breakdowns, while they are put together.
pub(super) struct Breakdowns<'a> {
    design: &'a Design,
    counts: &'a Counts,
    all: Vec<Breakdown>,
}

impl<'a> Breakdowns<'a> {
    /// Begins with the answers to the demographic questions.
    pub(super) fn new(
        design: &'a Design,
        counts: &'a Counts,
        demographics: &[Demographic],
    ) -> Self {
        let answers = |(coding, demographic): (&usize, &Demographic)| Breakdown {
            subject: Subject::Answers,
            coding: *coding,
            counts: design
                .coding(*coding)
                .normal_codes()
                .map(|(code, _)| (code, demographic.codes[usize::from(code)]))
                .collect(),
        };
        let all = design.demographics.iter().zip(demographics).map(answers).collect();
        Self { design, counts, all }
    }

    /// Adds the maps; the cells of each, by normal code of its layer.
    pub(super) fn add_maps(&mut self, page: &mut Page, layers: &[MapLayer]) -> Vec<Vec<Cell>> {
        let mut cells_of_maps = Vec::new();
        for map in &self.counts.maps {
            let coding = layers[map.layer].coding;
            let subject = Subject::Of(map.subject);
            cells_of_maps.push(self.add(page, Level::Detail, subject, coding, &map.counts));
        }
        cells_of_maps
    }

    /// Adds the themes of each radio show by the answers to questions that have no map.
    pub(super) fn add_cross_tabs(
        &mut self,
        page: &mut Page,
        layers: &[MapLayer],
    ) -> Vec<Vec<CrossTab>> {
        let has_table = |(_, coding): &(usize, &usize)| {
            let n_columns = self.design.coding(**coding).normal_codes().count();
            let has_map = layers.iter().any(|layer| layer.coding == **coding);
            !has_map && (2..=MOST_COLUMNS).contains(&n_columns)
        };
        let demographics: Vec<(usize, usize)> = self
            .design
            .demographics
            .iter()
            .enumerate()
            .filter(has_table)
            .map(|(place, coding)| (place, *coding))
            .collect();
        let shows = 0..self.design.shows.len();
        shows
            .map(|show| {
                demographics
                    .iter()
                    .map(|(demographic, coding)| self.cross_tab(page, show, *demographic, *coding))
                    .collect()
            })
            .collect()
    }

    fn cross_tab(
        &mut self,
        page: &mut Page,
        show: usize,
        demographic: usize,
        coding: usize,
    ) -> CrossTab {
        let (design, counts) = (self.design, self.counts);
        let distribution = &counts.tables.themes[show];
        let by_answer = |breakdown: &crate::tables::Breakdown| -> Vec<(u16, u64)> {
            let by_code = &breakdown.by_code[demographic];
            let codes = design.coding(coding).normal_codes();
            codes.map(|(code, _)| (code, by_code[usize::from(code)])).collect()
        };
        let with_theme = by_answer(&distribution.normal);
        let with_theme =
            self.add(page, Level::Row, Subject::WithTheme { show }, coding, &with_theme);
        let themes = design.coding(design.shows[show]).normal_codes();
        let themes = themes
            .map(|(code, _)| {
                let subject = Subject::Of(MapSubject::Theme { show, code });
                let of_theme = by_answer(&distribution.codes[usize::from(code)]);
                self.add(page, Level::Detail, subject, coding, &of_theme)
            })
            .collect();
        CrossTab { demographic, with_theme, themes }
    }

    fn add(
        &mut self,
        page: &mut Page,
        level: Level,
        subject: Subject,
        coding: usize,
        counts: &[(u16, u64)],
    ) -> Vec<Cell> {
        let group = page.group(level);
        let cells: Vec<Cell> = counts.iter().map(|(_, count)| page.add(group, *count)).collect();
        let codes = counts.iter().map(|(code, _)| *code);
        let counts = codes.zip(cells.iter().copied()).collect();
        self.all.push(Breakdown { subject, coding, counts });
        cells
    }

    /// Tells what readers know about all these counts.
    pub(super) fn relate(
        &self,
        page: &mut Page,
        total: Engagement,
        shows: &[Engagement],
        themes: &[Vec<Cell>],
    ) {
        let places: FxHashMap<(Subject, usize), usize> = (0..)
            .zip(&self.all)
            .map(|(place, breakdown)| ((breakdown.subject, breakdown.coding), place))
            .collect();
        for breakdown in &self.all {
            let whole = match breakdown.subject {
                Subject::Answers => None,
                Subject::Of(MapSubject::Everybody) => Some(total.people),
                Subject::WithTheme { show } | Subject::Of(MapSubject::Relevant { show }) => {
                    Some(shows[show].people_with_theme)
                }
                Subject::Of(MapSubject::Theme { show, code }) => {
                    Some(themes[show][usize::from(code)])
                }
            };
            if let Some(whole) = whole {
                self.relate_to_whole(page, breakdown, whole);
            }
            let larger = breakdown.subject.larger().into_iter();
            let larger = larger.filter_map(|subject| places.get(&(subject, breakdown.coding)));
            let larger: Vec<&Breakdown> = larger.map(|place| &self.all[*place]).collect();
            relate_to_larger(page, breakdown, &larger);
            if let Some(show) = breakdown.subject.show_of_themes() {
                self.relate_to_themes(page, breakdown, show);
            }
            for nesting in self.counts.nestings.iter().filter(|it| it.finer == breakdown.coding) {
                for subject in breakdown.subject.same() {
                    if let Some(coarser) = places.get(&(subject, nesting.coarser)) {
                        relate_nested(page, breakdown, &self.all[*coarser], &nesting.within);
                    }
                }
            }
        }
    }

    fn relate_to_whole(&self, page: &mut Page, breakdown: &Breakdown, whole: Cell) {
        let cells: Vec<Cell> = breakdown.counts.iter().map(|(_, cell)| *cell).collect();
        if self.design.coding(breakdown.coding).mode == CodingMode::Single {
            page.relate(&cells, Is::AtMost, whole);
        } else {
            for cell in cells {
                page.relate(&[cell], Is::AtMost, whole);
            }
        }
    }

    /// Everybody here raised a theme.
    fn relate_to_themes(&self, page: &mut Page, with_theme: &Breakdown, show: usize) {
        let is_theme = |breakdown: &&Breakdown| {
            breakdown.coding == with_theme.coding
                && matches!(
                    breakdown.subject,
                    Subject::Of(MapSubject::Theme { show: of_show, .. }) if of_show == show
                )
        };
        let themes: Vec<&Breakdown> = self.all.iter().filter(is_theme).collect();
        for (place, (_, cell)) in with_theme.counts.iter().enumerate() {
            let parts: Vec<Cell> = themes.iter().map(|theme| theme.counts[place].1).collect();
            page.relate(&parts, Is::AtLeast, *cell);
        }
    }
}

impl Subject {
    /// The groups that can have all the people of this one, the smallest first.
    fn larger(self) -> Vec<Self> {
        match self {
            Self::Answers => Vec::new(),
            Self::Of(MapSubject::Everybody) => vec![Self::Answers],
            Self::WithTheme { .. } => vec![Self::Of(MapSubject::Everybody), Self::Answers],
            Self::Of(MapSubject::Relevant { show }) => {
                vec![Self::WithTheme { show }, Self::Of(MapSubject::Everybody), Self::Answers]
            }
            Self::Of(MapSubject::Theme { show, .. }) => vec![
                Self::Of(MapSubject::Relevant { show }),
                Self::WithTheme { show },
                Self::Of(MapSubject::Everybody),
                Self::Answers,
            ],
        }
    }

    /// The radio show that all people of this group raised a theme in.
    fn show_of_themes(self) -> Option<usize> {
        match self {
            Self::WithTheme { show } | Self::Of(MapSubject::Relevant { show }) => Some(show),
            _ => None,
        }
    }

    /// The groups with the same people, those that only are the same when all messages are labelled
    /// among them.
    fn same(self) -> Vec<Self> {
        match self.show_of_themes() {
            Some(show) => {
                vec![Self::WithTheme { show }, Self::Of(MapSubject::Relevant { show })]
            }
            None => vec![self],
        }
    }
}

/// Everybody in a breakdown is in the larger ones, too; the smallest of these are enough.
fn relate_to_larger(page: &mut Page, breakdown: &Breakdown, larger: &[&Breakdown]) {
    for (place, (_, cell)) in breakdown.counts.iter().enumerate() {
        let mut of_larger = larger.iter().map(|larger| larger.counts[place].1);
        let Some(of_larger) = of_larger.find(|larger| page.value(*cell) <= page.value(*larger))
        else {
            continue;
        };
        page.relate(&[*cell], Is::AtMost, of_larger);
        if breakdown.subject == Subject::Of(MapSubject::Everybody) {
            page.relate(&[*cell], Is::Equal, of_larger);
            // Who answered the question and no radio show is the difference.
            let others = page.value(of_larger).saturating_sub(page.value(*cell));
            let others = page.add_unprinted(others);
            page.relate(&[*cell, others], Is::Equal, of_larger);
        }
    }
}

/// The people of all districts of a region are people of the region, and so on.
fn relate_nested(page: &mut Page, finer: &Breakdown, coarser: &Breakdown, within: &[Option<u16>]) {
    for (coarser_code, whole) in &coarser.counts {
        let is_within =
            |(code, _): &&(u16, Cell)| within[usize::from(*code)] == Some(*coarser_code);
        let parts: Vec<Cell> =
            finer.counts.iter().filter(is_within).map(|(_, cell)| *cell).collect();
        page.relate(&parts, Is::AtMost, *whole);
    }
}
