//! All counts of the report, and what readers know about them.

use code_schemes::Code;
use pipeline_config::CodingMode;
use serde_json::Value;
use text_cleaners::locations::{Level as Place, level_code};

use crate::counts::Counts;
use crate::design::{Coding, Design};
use crate::maps::{Map, MapLayer, MapSubject};
use crate::tables::{Distribution, EngagementRow};

use super::disclosure::{Cell, Group, Is, Level, Page, Shown};

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
    pub(super) relevant_people: Cell,
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
        let (weeks, days, traffic) = over_time(&mut page, counts, total);
        let themes: Vec<Vec<Cell>> = tables
            .themes
            .iter()
            .zip(&shows)
            .map(|(distribution, show)| themes(&mut page, design, distribution, *show))
            .collect();
        let demographics = demographics(&mut page, design, &tables.demographics);
        let mut maps = Maps { design, layers, demographics: &demographics, cells: Vec::new() };
        maps.add(&mut page, counts, &shows, &themes, total);
        let maps = maps.cells;
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
        relevant_people: page.add(group, row.n_relevant_people),
    };
    // How many people said nothing relevant is not printed, and can be worked out.
    let irrelevant = page.add_unprinted(row.n_people - row.n_relevant_people.min(row.n_people));
    page.relate(&[engagement.relevant_people, irrelevant], Is::Equal, engagement.people);
    engagement
}

fn relate_shows(page: &mut Page, shows: &[Engagement], total: Engagement) {
    let columns: [fn(&Engagement) -> Cell; 5] = [
        |row| row.messages,
        |row| row.labelled_messages,
        |row| row.relevant_messages,
        |row| row.people,
        |row| row.relevant_people,
    ];
    for column in columns {
        let parts: Vec<Cell> = shows.iter().map(column).collect();
        page.relate(&parts, Is::Equal, column(&total));
        page.relate(&parts, Is::AtLeast, column(&total));
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
    repeat
}

type OverTime = (Vec<[Cell; 3]>, Vec<Cell>, Vec<[Cell; 2]>);

/// Weeks, days, and time ranges with names; they overlap, so all are sums of the moments between
/// the beginnings and ends of any of them.
fn over_time(page: &mut Page, counts: &Counts, total: Engagement) -> OverTime {
    let timeline = &counts.timeline;
    let (of_weeks, of_days) = (page.group(Level::Row), page.group(Level::Detail));
    let weeks: Vec<[Cell; 3]> = timeline
        .weeks
        .iter()
        .map(|week| {
            [week.n_messages, week.n_relevant_messages, week.n_people]
                .map(|count| page.add(of_weeks, count))
        })
        .collect();
    let column = |number: usize| weeks.iter().map(|week| week[number]).collect::<Vec<Cell>>();
    page.relate(&column(0), Is::Equal, total.messages);
    page.relate(&column(1), Is::Equal, total.relevant_messages);
    page.relate(&column(2), Is::AtLeast, total.people);
    let days: Vec<Cell> = timeline.days.iter().map(|count| page.add(of_days, *count)).collect();
    let rows = counts.tables.traffic.as_deref().unwrap_or_default();
    let traffic: Vec<[Cell; 2]> = rows
        .iter()
        .map(|row| [row.n_messages, row.n_relevant_messages].map(|count| page.add(of_days, count)))
        .collect();

    let midnights = timeline.midnights();
    let ranges = rows.iter().map(|row| (row.start.timestamp_micros(), row.end.timestamp_micros()));
    let mut edges: Vec<i64> = midnights.clone();
    edges.extend(ranges.clone().flat_map(|(start, end)| [start, end]));
    edges.sort_unstable();
    edges.dedup();
    let moments: Vec<(i64, i64, [Cell; 2])> = edges
        .windows(2)
        .map(|edges| {
            let (n_messages, n_relevant) = timeline.sent_between(edges[0], edges[1]);
            let cells = [n_messages, n_relevant].map(|count| page.add_unprinted(count));
            (edges[0], edges[1], cells)
        })
        .collect();
    let within = |start: i64, end: i64, number: usize| {
        let moments = moments.iter().filter(|moment| start <= moment.0 && moment.1 <= end);
        moments.map(|moment| moment.2[number]).collect::<Vec<Cell>>()
    };
    for (day, midnights) in days.iter().zip(midnights.windows(2)) {
        page.relate(&within(midnights[0], midnights[1], 0), Is::Equal, *day);
    }
    for (week, place) in weeks.iter().zip(week_places(counts)) {
        let (start, end) = (midnights[place.start], midnights[place.end]);
        page.relate(&days[place], Is::Equal, week[0]);
        page.relate(&within(start, end, 1), Is::Equal, week[1]);
    }
    for (cells, (start, end)) in traffic.iter().zip(ranges) {
        page.relate(&within(start, end, 0), Is::Equal, cells[0]);
        page.relate(&within(start, end, 1), Is::Equal, cells[1]);
    }
    (weeks, days, traffic)
}

/// The days of each week, by their place among the days.
fn week_places(counts: &Counts) -> Vec<std::ops::Range<usize>> {
    let timeline = &counts.timeline;
    let Some(first_day) = timeline.first_day else { return Vec::new() };
    let place = |monday: chrono::NaiveDate, more: i64| {
        let days = (monday - first_day).num_days() + more;
        usize::try_from(days).unwrap_or(0).min(timeline.days.len())
    };
    timeline.weeks.iter().map(|week| place(week.monday, 0)..place(week.monday, 7)).collect()
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
    page.relate(&normal, Is::AtLeast, show.relevant_people);
    page.relate(&codes, Is::AtLeast, show.people);
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
        let (group, of_shows) = (page.group(Level::Row), page.group(Level::Show));
        let codes: Vec<Cell> =
            distribution.codes.iter().map(|code| page.add(group, code.n_people)).collect();
        let known = page.add(of_shows, distribution.relevant.n_people);
        let normal = cells_of(coding, &codes, Code::is_normal);
        let sum_is = if is_single(design, distribution) { Is::Equal } else { Is::AtLeast };
        page.relate(&codes, sum_is, everybody);
        page.relate(&normal, sum_is, known);
        for (other, coarser) in distributions.iter().zip(&demographics) {
            relate_places(page, (coding, &codes), (design.coding(other.coding), &coarser.codes));
            relate_places(page, (design.coding(other.coding), &coarser.codes), (coding, &codes));
        }
        demographics.push(Demographic { known, codes });
    }
    demographics
}

fn is_single(design: &Design, distribution: &Distribution) -> bool {
    design.coding(distribution.coding).mode == CodingMode::Single
}

/// The people of all districts of a region are people of the region, and so on.
fn relate_places(page: &mut Page, finer: (&Coding, &[Cell]), coarser: (&Coding, &[Cell])) {
    let Some(level) = level_of(&coarser.0.scheme_name) else { return };
    if level_of(&finer.0.scheme_name).is_none_or(|finer_level| level <= finer_level) {
        return;
    }
    let is_within = |code: &Code, place: &Code| {
        let mut names = code.match_values.iter().chain([&code.string_value]);
        let containing = names.find_map(|name| level_code(name, level));
        containing.is_some_and(|name| {
            place.string_value == name || place.match_values.iter().any(|value| value == name)
        })
    };
    for (position, place) in coarser.0.normal_codes() {
        let parts = cells_of(finer.0, finer.1, |code| code.is_normal() && is_within(code, place));
        page.relate(&parts, Is::AtMost, coarser.1[usize::from(position)]);
    }
}

fn level_of(scheme_name: &str) -> Option<Place> {
    match scheme_name {
        "mogadishu_sub_district" => Some(Place::MogadishuSubDistrict),
        "somalia_district" => Some(Place::District),
        "somalia_region" => Some(Place::Region),
        "somalia_state" => Some(Place::State),
        "somalia_zone" => Some(Place::Zone),
        _ => None,
    }
}

/// The counts of maps, while they are put together.
struct Maps<'a> {
    design: &'a Design,
    layers: &'a [MapLayer],
    demographics: &'a [Demographic],
    cells: Vec<Vec<Cell>>,
}

impl Maps<'_> {
    fn add(
        &mut self,
        page: &mut Page,
        counts: &Counts,
        shows: &[Engagement],
        themes: &[Vec<Cell>],
        total: Engagement,
    ) {
        for map in &counts.maps {
            let group = page.group(Level::Detail);
            let cells = map.counts.iter();
            let cells: Vec<Cell> = cells.map(|(_, count)| page.add(group, *count)).collect();
            let whole = match map.subject {
                MapSubject::Everybody => total.people,
                MapSubject::Relevant { show } => shows[show].relevant_people,
                MapSubject::Theme { show, code } => themes[show][usize::from(code)],
            };
            page.relate(&cells, Is::AtMost, whole);
            if map.subject == MapSubject::Everybody {
                self.relate_to_demographics(page, counts, map, &cells);
            }
            self.cells.push(cells);
        }
        for (place, map) in counts.maps.iter().enumerate() {
            if let MapSubject::Relevant { show } = map.subject {
                self.relate_to_themes(page, &counts.maps, place, show);
            }
            self.relate_to_coarser(page, &counts.maps, place);
        }
    }

    /// The same people stand in the table of answers.
    fn relate_to_demographics(&self, page: &mut Page, counts: &Counts, map: &Map, cells: &[Cell]) {
        let coding = self.layers[map.layer].coding;
        let Some(place) = self.design.demographics.iter().position(|known| *known == coding) else {
            return;
        };
        for ((code, count), cell) in map.counts.iter().zip(cells) {
            let answers = self.demographics[place].codes[usize::from(*code)];
            let n_answers = counts.tables.demographics[place].codes[usize::from(*code)].n_people;
            page.relate(&[*cell], Is::Equal, answers);
            // Who took part without answering a radio show is the difference.
            let others = page.add_unprinted(n_answers.saturating_sub(*count));
            page.relate(&[*cell, others], Is::Equal, answers);
        }
    }

    /// Whoever said something relevant raised a theme.
    fn relate_to_themes(&self, page: &mut Page, maps: &[Map], relevant: usize, show: usize) {
        let is_theme = |map: &Map| {
            map.layer == maps[relevant].layer
                && matches!(map.subject, MapSubject::Theme { show: of_show, .. } if of_show == show)
        };
        for (place, cell) in self.cells[relevant].iter().enumerate() {
            let themes = maps.iter().zip(&self.cells).filter(|(map, _)| is_theme(map));
            let parts: Vec<Cell> = themes.map(|(_, cells)| cells[place]).collect();
            page.relate(&parts, Is::AtLeast, *cell);
        }
    }

    fn relate_to_coarser(&self, page: &mut Page, maps: &[Map], finer: usize) {
        let by_code = |place: usize| {
            let coding = self.design.coding(self.layers[maps[place].layer].coding);
            let mut codes = vec![self.cells[place][0]; coding.scheme.codes().len()];
            for ((code, _), cell) in maps[place].counts.iter().zip(&self.cells[place]) {
                codes[usize::from(*code)] = *cell;
            }
            (coding, codes)
        };
        if self.cells[finer].is_empty() {
            return;
        }
        for (place, map) in maps.iter().enumerate() {
            if map.subject == maps[finer].subject && place != finer && !self.cells[place].is_empty()
            {
                let ((finer, finer_codes), (coarser, coarser_codes)) =
                    (by_code(finer), by_code(place));
                relate_places(page, (finer, &finer_codes), (coarser, &coarser_codes));
            }
        }
    }
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
