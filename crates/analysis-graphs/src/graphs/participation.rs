//! Graphs of how many messages came, from how many people, and when.
//!
//! What is shown comes in, so that the report can leave small counts out: `None` is hidden.

use crate::charts::{Category, ColumnChart, Series, TimelineChart};
use crate::counts::Counts;
use crate::design::Design;
use crate::drawing::Role;

use super::{About, GraphJob, spans, words};

/// Messages, relevant messages and people.
type Three = [Option<u64>; 3];

pub(super) fn jobs(design: &Design, counts: &Counts, project: &About<'_>) -> Vec<GraphJob> {
    let tables = &counts.tables;
    let of_shows = tables.engagement_counts.shows.iter();
    let of_shows =
        of_shows.map(|row| [row.n_messages, row.n_relevant_messages, row.n_people].map(Some));
    let of_weeks = counts.timeline.weeks.iter();
    let of_weeks =
        of_weeks.map(|week| [week.n_messages, week.n_relevant_messages, week.n_people].map(Some));
    let of_people = tables.repeat_participations.n_people.iter().map(|count| Some(*count));
    let charts = [
        ("messages_per_show", per_show(design, counts, project, of_shows)),
        ("messages_per_week", per_week(counts, project, of_weeks)),
        ("repeat_participations", repeat_participations(counts, project, of_people)),
    ];
    let mut jobs: Vec<GraphJob> = charts
        .into_iter()
        .map(|(name, chart)| GraphJob::new(name, move |format| chart.draw(format)))
        .collect();
    let chart = traffic(counts, project, counts.timeline.days.iter().map(|count| Some(*count)));
    jobs.push(GraphJob::new("traffic", move |format| chart.draw(format)));
    jobs
}

fn messages_and_people() -> Vec<Series> {
    let series = |name: &str, role| Series { name: name.to_owned(), role };
    vec![
        series("messages", Role::Second),
        series("messages with a theme", Role::Third),
        series("people", Role::Main),
    ]
}

/// Messages and people by radio show.
pub(crate) fn per_show(
    design: &Design,
    counts: &Counts,
    project: &About<'_>,
    of_shows: impl Iterator<Item = Three>,
) -> ColumnChart {
    let category = |(coding, values): (&usize, Three)| Category {
        label: design.coding(*coding).scheme.name.clone(),
        values: values.into(),
    };
    ColumnChart {
        words: words(
            counts,
            project,
            "Messages and people by week of radio show".to_owned(),
            "Messages in answer to each radio show, those with a theme among them, and the people who sent them"
                .to_owned(),
        ),
        series: messages_and_people(),
        categories: design.shows.iter().zip(of_shows).map(category).collect(),
        category_title: String::new(),
    }
}

/// Messages and people by calendar week.
pub(crate) fn per_week(
    counts: &Counts,
    project: &About<'_>,
    of_weeks: impl Iterator<Item = Three>,
) -> ColumnChart {
    let weeks = &counts.timeline.weeks;
    let category = |(week, values): (&crate::timeline::Week, Three)| Category {
        label: week.monday.format("%-d %b").to_string(),
        values: values.into(),
    };
    let years = weeks.first().zip(weeks.last()).map_or_else(String::new, |(first, last)| {
        let (first, last) = (first.monday.format("%Y"), last.monday.format("%Y"));
        match first.to_string() == last.to_string() {
            true => format!(", {first}"),
            false => format!(", {first} to {last}"),
        }
    });
    ColumnChart {
        words: words(
            counts,
            project,
            "Messages and people by calendar week".to_owned(),
            format!(
                "Radio show messages sent in each week, those with a theme among them, and the people who sent them; weeks begin on Monday, UTC{}",
                counts.timeline.offset
            ),
        ),
        series: messages_and_people(),
        categories: weeks.iter().zip(of_weeks).map(category).collect(),
        category_title: format!("first day of the week{years}"),
    }
}

/// People by the number of radio shows that they took part in.
pub(crate) fn repeat_participations(
    counts: &Counts,
    project: &About<'_>,
    of_people: impl Iterator<Item = Option<u64>>,
) -> ColumnChart {
    let category = |(n_shows, n_people): (usize, Option<u64>)| Category {
        label: n_shows.to_string(),
        values: vec![n_people],
    };
    ColumnChart {
        words: words(
            counts,
            project,
            "How often people took part".to_owned(),
            "People by the number of radio shows that they sent a message to".to_owned(),
        ),
        series: vec![Series { name: "people".to_owned(), role: Role::Main }],
        categories: (1..).zip(of_people).map(category).collect(),
        category_title: "number of radio shows".to_owned(),
    }
}

/// Messages by day, with the names of time ranges.
pub(crate) fn traffic(
    counts: &Counts,
    project: &About<'_>,
    of_days: impl Iterator<Item = Option<u64>>,
) -> TimelineChart {
    let timeline = &counts.timeline;
    let labels = match project.traffic_labels {
        [] => "",
        _ => "; the lines above are the time ranges that the project has named",
    };
    TimelineChart {
        words: words(
            counts,
            project,
            "Messages by day".to_owned(),
            format!("Radio show messages sent on each day, UTC{}{labels}", timeline.offset),
        ),
        first_day: timeline.first_day.unwrap_or_default(),
        counts: of_days.collect(),
        spans: spans(timeline, project.traffic_labels),
    }
}
