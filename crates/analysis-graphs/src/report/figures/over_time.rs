//! Messages over time: weeks, days, and time ranges with names.

use crate::counts::Counts;

use super::{Cell, Engagement, Is, Level, Page};

/// Messages over time.
pub(super) struct OverTime {
    /// By week: messages, relevant messages, people.
    pub(super) weeks: Vec<[Cell; 3]>,
    /// Messages, by day.
    pub(super) days: Vec<Cell>,
    /// By time range with a name: messages, relevant messages.
    pub(super) traffic: Vec<[Cell; 2]>,
}

/// Weeks, days, and time ranges with names; they overlap, so all are sums of the moments between
/// the beginnings and ends of any of them.
pub(super) fn over_time(page: &mut Page, counts: &Counts, total: Engagement) -> OverTime {
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
    relate_weeks(page, &weeks, total);
    let days: Vec<Cell> = timeline.days.iter().map(|count| page.add(of_days, *count)).collect();
    let rows = counts.tables.traffic.as_deref().unwrap_or_default();
    let traffic: Vec<[Cell; 2]> = rows
        .iter()
        .map(|row| [row.n_messages, row.n_relevant_messages].map(|count| page.add(of_days, count)))
        .collect();

    relate_moments(page, counts, &weeks, &days, &traffic);
    OverTime { weeks, days, traffic }
}

fn relate_weeks(page: &mut Page, weeks: &[[Cell; 3]], total: Engagement) {
    let column = |number: usize| weeks.iter().map(|week| week[number]).collect::<Vec<Cell>>();
    page.relate(&column(0), Is::Equal, total.messages);
    page.relate(&column(1), Is::Equal, total.relevant_messages);
    page.relate(&column(2), Is::AtLeast, total.people);
    for [messages, relevant_messages, people] in weeks {
        page.relate(&[*relevant_messages], Is::AtMost, *messages);
        page.relate(&[*people], Is::AtMost, *messages);
        page.relate(&[*people], Is::AtMost, total.people);
    }
}

fn relate_moments(
    page: &mut Page,
    counts: &Counts,
    weeks: &[[Cell; 3]],
    days: &[Cell],
    traffic: &[[Cell; 2]],
) {
    let timeline = &counts.timeline;
    let rows = counts.tables.traffic.as_deref().unwrap_or_default();
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
    for (.., [messages, relevant]) in &moments {
        page.relate(&[*relevant], Is::AtMost, *messages);
    }
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
