//! The first parts of the report: headline figures, and how many took part when.

use crate::charts::day_name;
use crate::counts::Counts;
use crate::design::Design;
use crate::graphs::{self, About};

use super::charts::figure;
use super::figures::{Engagement, Figures};
use super::html::{Cell, Table, count_html, percent_of, section};

/// The most important numbers.
pub(super) fn headline(figures: &Figures, n_shows: usize) -> String {
    let Engagement { messages, labelled_messages, relevant_messages, people, people_with_theme } =
        figures.total;
    let get = |cell| figures.get(cell);
    let share = |part, whole, of: &str| {
        percent_of(get(part), get(whole))
            .map_or_else(String::new, |percent| format!("{percent:.0} % {of}"))
    };
    let card = |number: String, name: &str, note: &str| {
        format!(
            r#"<div class="card"><dt>{name}</dt><dd><span class="big">{number}</span> <span class="note">{note}</span></dd></div>"#
        )
    };
    let shows = if n_shows == 1 {
        "to 1 radio show".to_owned()
    } else {
        format!("to {n_shows} radio shows")
    };
    let cards = [
        card(count_html(get(messages)), "messages", &shows),
        card(count_html(get(people)), "people took part", "who did not withdraw their consent"),
        card(
            count_html(get(people_with_theme)),
            "people raised a theme",
            &share(people_with_theme, people, "of them"),
        ),
        card(
            count_html(get(relevant_messages)),
            "messages with a theme",
            &share(relevant_messages, messages, "of all"),
        ),
        card(
            count_html(get(labelled_messages)),
            "messages looked at",
            &share(labelled_messages, messages, "of all"),
        ),
    ];
    format!(r#"<dl class="cards">{}</dl>"#, cards.concat())
}

/// How many took part, and when.
pub(super) fn participation(
    design: &Design,
    counts: &Counts,
    figures: &Figures,
    about: &About<'_>,
) -> String {
    let get = |cell| figures.get(cell);
    let of_shows = figures
        .shows
        .iter()
        .map(|show| [show.messages, show.relevant_messages, show.people].map(get));
    let of_weeks = figures.weeks.iter().map(|week| week.map(get));
    let of_people = figures.repeat.iter().map(|people| get(*people));
    let of_days = figures.days.iter().map(|day| get(*day));
    let mut content = vec![
        figure(&graphs::per_show(design, counts, about, of_shows), &show_table(design, figures)),
        figure(&graphs::per_week(counts, about, of_weeks), &week_table(counts, figures)),
        figure(&graphs::traffic(counts, about, of_days), &day_table(counts, figures)),
        figure(&graphs::repeat_participations(counts, about, of_people), &repeat_table(figures)),
    ];
    if let Some(rows) = &counts.tables.traffic {
        let mut table = Table::new("Messages in the time ranges that the project has named")
            .text_column("Time range")
            .text_column("From")
            .text_column("To")
            .number_column("Messages")
            .number_column("With a theme");
        for (row, [messages, relevant]) in rows.iter().zip(&figures.traffic) {
            table.row(vec![
                Cell::Head(row.label.clone()),
                Cell::Text(row.start.format("%-d %b %Y, %H:%M").to_string()),
                Cell::Text(row.end.format("%-d %b %Y, %H:%M").to_string()),
                Cell::Count(get(*messages)),
                Cell::Count(get(*relevant)),
            ]);
        }
        if !table.is_empty() {
            content.push(table.html());
        }
    }
    section("participation", "Who took part, and when", &content.concat())
}

fn show_table(design: &Design, figures: &Figures) -> Table {
    let mut table = Table::new("Messages and people by radio show")
        .text_column("Radio show")
        .number_column("Messages")
        .number_column("Looked at")
        .number_column("With a theme")
        .number_column("People")
        .number_column("People with a theme");
    let mut row = |name: &str, counts: &Engagement| {
        let Engagement {
            messages,
            labelled_messages,
            relevant_messages,
            people,
            people_with_theme,
        } = *counts;
        let mut cells = vec![Cell::Head(name.to_owned())];
        let columns = [messages, labelled_messages, relevant_messages, people, people_with_theme];
        cells.extend(columns.map(|cell| Cell::Count(figures.get(cell))));
        table.row(cells);
    };
    for (coding, counts) in design.shows.iter().zip(&figures.shows) {
        row(&design.coding(*coding).scheme.name, counts);
    }
    row("All together", &figures.total);
    table
}

fn week_table(counts: &Counts, figures: &Figures) -> Table {
    let mut table = Table::new("Messages and people by calendar week")
        .text_column("Week beginning on")
        .number_column("Messages")
        .number_column("With a theme")
        .number_column("People");
    for (week, cells) in counts.timeline.weeks.iter().zip(&figures.weeks) {
        let mut row = vec![Cell::Head(day_name(week.monday))];
        row.extend(cells.map(|cell| Cell::Count(figures.get(cell))));
        table.row(row);
    }
    table
}

fn day_table(counts: &Counts, figures: &Figures) -> Table {
    let mut table = Table::new("Messages by day").text_column("Day").number_column("Messages");
    let first_day = counts.timeline.first_day.unwrap_or_default();
    for (day, cell) in first_day.iter_days().zip(&figures.days) {
        table.row(vec![Cell::Head(day_name(day)), Cell::Count(figures.get(*cell))]);
    }
    table
}

fn repeat_table(figures: &Figures) -> Table {
    let mut table = Table::new("People by number of radio shows")
        .number_column("Radio shows")
        .number_column("People")
        .number_column("Of all people");
    let whole = figures.get(figures.total.people);
    for (n_shows, cell) in (1..).zip(&figures.repeat) {
        let n_shows: u32 = n_shows;
        let people = figures.get(*cell);
        let percent = Cell::Percent(percent_of(people, whole));
        table.row(vec![Cell::Head(n_shows.to_string()), Cell::Count(people), percent]);
    }
    table
}
