//! All counts of the report, and what readers know about them.

mod breakdowns;
mod over_time;

use code_schemes::Code;
use pipeline_config::CodingMode;
use serde_json::Value;

use crate::counts::Counts;
use crate::design::{Coding, Design};
use crate::maps::MapLayer;
use crate::tables::{Distribution, EngagementRow};

use super::disclosure::{Cell, Group, Is, Level, Page, Shown};
use breakdowns::Breakdowns;
pub(super) use breakdowns::CrossTab;
use over_time::{OverTime, over_time};

/// All counts of the report.
pub(super) struct Figures {
    pub(super) total: Engagement,
    pub(super) shows: Vec<Engagement>,
    /// People by number of radio shows.
    pub(super) repeat: Vec<Cell>,
    /// By week: messages, relevant messages, people.
    pub(super) weeks: Vec<[Cell; 3]>,
    pub(super) days: Vec<Cell>,
    /// By time range with a name: messages, relevant messages.
    pub(super) traffic: Vec<[Cell; 2]>,
    /// By radio show, by code: people.
    pub(super) themes: Vec<Vec<Cell>>,
    pub(super) demographics: Vec<Demographic>,
    /// By map, by normal code of its layer.
    pub(super) maps: Vec<Vec<Cell>>,
    /// By radio show.
    pub(super) cross_tabs: Vec<Vec<CrossTab>>,
    /// What stage 3 took in and left out, by name.
    pub(super) processing: Processing,
    pub(super) shown: Shown,
    /// The least count above zero that is shown.
    pub(super) minimum: u64,
}

/// Counts of one radio show, or of all.
#[derive(Debug, Clone, Copy)]
pub(super) struct Engagement {
    pub(super) messages: Cell,
    pub(super) labelled_messages: Cell,
    pub(super) relevant_messages: Cell,
    pub(super) people: Cell,
    pub(super) people_with_theme: Cell,
}

/// Counts of the answers to one question about the person.
pub(super) struct Demographic {
    /// The people with a known answer.
    pub(super) known: Cell,
    /// By code.
    pub(super) codes: Vec<Cell>,
}

/// What stage 3 took in and left out.
#[derive(Default)]
pub(super) struct Processing {
    pub(super) taken_in: Vec<(String, Cell)>,
    pub(super) dropped: Vec<(String, Cell)>,
    pub(super) given_out: Vec<(String, Cell)>,
}

impl Figures {
    /// All counts, with those hidden that are below `minimum` or lead to one.
    pub(super) fn new(
        design: &Design,
        counts: &Counts,
        layers: &[MapLayer],
        processing: Option<&Value>,
        minimum: u64,
    ) -> Self {
        let mut page = Page::default();
        let tables = &counts.tables;
        let totals = page.group(Level::Total);
        let total = engagement(&mut page, totals, &tables.engagement_counts.total);
        let of_shows = page.group(Level::Show);
        let rows = tables.engagement_counts.shows.iter();
        let shows: Vec<Engagement> = rows.map(|row| engagement(&mut page, of_shows, row)).collect();
        relate_shows(&mut page, &shows, total);
        let repeat = repeat(&mut page, &tables.repeat_participations.n_people, &shows, total);
        let OverTime { weeks, days, traffic } = over_time(&mut page, counts, total);
        let themes: Vec<Vec<Cell>> = tables
            .themes
            .iter()
            .zip(&shows)
            .map(|(distribution, show)| themes(&mut page, design, distribution, *show))
            .collect();
        let demographics = demographics(&mut page, design, &tables.demographics);
        let mut breakdowns = Breakdowns::new(design, counts, &demographics);
        let maps = breakdowns.add_maps(&mut page, layers);
        let cross_tabs = breakdowns.add_cross_tabs(&mut page, layers);
        breakdowns.relate(&mut page, total, &shows, &themes);
        let processing =
            processing.map(|stage| self::processing(&mut page, stage)).unwrap_or_default();
        let shown = page.protect(minimum);
        Self {
            total,
            shows,
            repeat,
            weeks,
            days,
            traffic,
            themes,
            demographics,
            maps,
            cross_tabs,
            processing,
            shown,
            minimum: minimum.max(1),
        }
    }

    /// A count, unless it is hidden.
    pub(super) fn get(&self, cell: Cell) -> Option<u64> {
        self.shown.get(cell)
    }
}

fn engagement(page: &mut Page, group: Group, row: &EngagementRow) -> Engagement {
    let engagement = Engagement {
        messages: page.add(group, row.n_messages),
        labelled_messages: page.add(group, row.n_labelled_messages),
        relevant_messages: page.add(group, row.n_relevant_messages),
        people: page.add(group, row.n_people),
        people_with_theme: page.add(group, row.n_people_with_theme),
    };
    let Engagement { messages, labelled_messages, relevant_messages, people, people_with_theme } =
        engagement;
    // How many said nothing relevant is not printed, and can be worked out.
    let irrelevant = page.add_unprinted(row.n_people.saturating_sub(row.n_people_with_theme));
    page.relate(&[people_with_theme, irrelevant], Is::Equal, people);
    let irrelevant_messages =
        page.add_unprinted(row.n_messages.saturating_sub(row.n_relevant_messages));
    page.relate(&[relevant_messages, irrelevant_messages], Is::Equal, messages);
    for (less, more) in [
        (labelled_messages, messages),
        (relevant_messages, labelled_messages),
        (people, messages),
        (people_with_theme, relevant_messages),
        (irrelevant, irrelevant_messages),
    ] {
        page.relate(&[less], Is::AtMost, more);
    }
    engagement
}

fn relate_shows(page: &mut Page, shows: &[Engagement], total: Engagement) {
    let columns: [fn(&Engagement) -> Cell; 5] = [
        |row| row.messages,
        |row| row.labelled_messages,
        |row| row.relevant_messages,
        |row| row.people,
        |row| row.people_with_theme,
    ];
    for column in columns {
        let parts: Vec<Cell> = shows.iter().map(column).collect();
        page.relate(&parts, Is::Equal, column(&total));
        page.relate(&parts, Is::AtLeast, column(&total));
        for part in parts {
            page.relate(&[part], Is::AtMost, column(&total));
        }
    }
}

fn repeat(page: &mut Page, n_people: &[u64], shows: &[Engagement], total: Engagement) -> Vec<Cell> {
    let group = page.group(Level::Row);
    let repeat: Vec<Cell> = n_people.iter().map(|count| page.add(group, *count)).collect();
    page.relate(&repeat, Is::Equal, total.people);
    let participations: u64 =
        (1..).zip(n_people).map(|(n_shows, count): (u64, &u64)| n_shows * count).sum();
    let participations = page.add_unprinted(participations);
    page.relate_weighted(repeat.iter().copied().zip(1..), Is::Equal, participations);
    let people: Vec<Cell> = shows.iter().map(|show| show.people).collect();
    page.relate(&people, Is::Equal, participations);
    // Whoever took part in all radio shows took part in each.
    if let Some(in_all) = repeat.last() {
        for show in &people {
            page.relate(&[*in_all], Is::AtMost, *show);
        }
    }
    repeat
}

fn themes(
    page: &mut Page,
    design: &Design,
    distribution: &Distribution,
    show: Engagement,
) -> Vec<Cell> {
    let coding = design.coding(distribution.coding);
    let group = page.group(Level::Row);
    let codes = distribution.codes.iter();
    let codes: Vec<Cell> = codes.map(|code| page.add(group, code.n_people)).collect();
    let normal = cells_of(coding, &codes, Code::is_normal);
    page.relate(&normal, Is::AtLeast, show.people_with_theme);
    page.relate(&codes, Is::AtLeast, show.people);
    for code in &normal {
        page.relate(&[*code], Is::AtMost, show.people_with_theme);
    }
    for code in &codes {
        page.relate(&[*code], Is::AtMost, show.people);
    }
    codes
}

fn cells_of(coding: &Coding, codes: &[Cell], is_wanted: impl Fn(&Code) -> bool) -> Vec<Cell> {
    let wanted = coding.codes().filter(|(_, code)| is_wanted(code));
    wanted.map(|(position, _)| codes[usize::from(position)]).collect()
}

fn demographics(
    page: &mut Page,
    design: &Design,
    distributions: &[Distribution],
) -> Vec<Demographic> {
    // Everybody who told anything of themselves has a code for each question.
    let everybody = distributions.iter().find(|distribution| is_single(design, distribution));
    let everybody =
        everybody.map(|distribution| distribution.codes.iter().map(|code| code.n_people).sum());
    let everybody = page.add_unprinted(everybody.unwrap_or(0));
    let mut demographics: Vec<Demographic> = Vec::new();
    for distribution in distributions {
        let coding = design.coding(distribution.coding);
        let (group, aside) = (page.group(Level::Row), page.group(Level::Aside));
        let codes: Vec<Cell> =
            distribution.codes.iter().map(|code| page.add(group, code.n_people)).collect();
        let known = page.add(aside, distribution.normal.n_people);
        let normal = cells_of(coding, &codes, Code::is_normal);
        let sum_is = if is_single(design, distribution) { Is::Equal } else { Is::AtLeast };
        page.relate(&codes, sum_is, everybody);
        page.relate(&normal, sum_is, known);
        demographics.push(Demographic { known, codes });
    }
    demographics
}

fn is_single(design: &Design, distribution: &Distribution) -> bool {
    design.coding(distribution.coding).mode == CodingMode::Single
}

/// The counts of stage 3 from the run manifest.
fn processing(page: &mut Page, stage: &Value) -> Processing {
    let group = page.group(Level::Row);
    let mut counts = |key: &str| -> Vec<(String, Cell)> {
        let counts = stage[key].as_object().into_iter().flatten();
        counts
            .filter_map(|(name, count)| Some((name.clone(), page.add(group, count.as_u64()?))))
            .collect()
    };
    let processing =
        Processing { taken_in: counts("In"), dropped: counts("Dropped"), given_out: counts("Out") };
    // Everything that came in was dropped or became a message.
    let messages = processing.given_out.iter().find(|(name, _)| name == "messages");
    if let Some((_, messages)) = messages {
        let sum: u64 = ["In"]
            .iter()
            .flat_map(|key| stage[*key].as_object())
            .flatten()
            .filter_map(|(_, count)| count.as_u64())
            .sum();
        let everything = page.add_unprinted(sum);
        let taken_in: Vec<Cell> = processing.taken_in.iter().map(|(_, cell)| *cell).collect();
        let mut became: Vec<Cell> = processing.dropped.iter().map(|(_, cell)| *cell).collect();
        became.push(*messages);
        page.relate(&taken_in, Is::Equal, everything);
        page.relate(&became, Is::Equal, everything);
    }
    processing
}
