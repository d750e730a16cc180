//! What people said, and what they told of themselves.

use code_schemes::{Code, ControlCode};

use crate::design::{Coding, Design};
use crate::drawing::Role;
use crate::graphs::{code_name, is_ordinal};
use crate::samples::Samples;

use super::disclosure;
use super::figures::{CrossTab, Figures};
use super::html::{Cell, Table, count_html, details, escape, percent_of, section};
use super::mask::mask;

/// How many sample messages of a theme are shown.
const MOST_SAMPLES: usize = 3;

/// Longer tables show only what has a count.
const MOST_ROWS: usize = 20;

/// The themes of each radio show; with `samples`, also some messages.
pub(super) fn themes(design: &Design, figures: &Figures, samples: Option<&Samples>) -> String {
    let mut content = String::from("<p>A person can raise several themes.</p>");
    for (show, place) in design.shows.iter().enumerate() {
        let coding = design.coding(*place);
        let codes = &figures.themes[show];
        let whole = figures.get(figures.shows[show].people_with_theme);
        let (table, left_out) =
            code_table(coding, codes, figures, whole, &format!("{}: themes", coding.scheme.name));
        let is_state = |code: &Code| {
            let is_missing = matches!(
                code.control_code(),
                Some(ControlCode::TrueMissing | ControlCode::Skipped)
            );
            !code.is_normal() && !is_missing
        };
        let others = others_html(coding, codes, figures, "Answers without a theme", is_state);
        let whole = whole_html(whole, "raised a theme");
        content += &format!("<h3>{}</h3>{whole}", escape(&coding.scheme.name));
        content += &table.html();
        content += &left_out_html(left_out);
        content += &others;
        content += &cross_tabs(design, coding, show, figures);
        if let Some(samples) = samples {
            content += &sample_messages(coding, show, codes, figures, samples);
        }
    }
    if design.shows.is_empty() {
        content = "<p>The project has no radio shows.</p>".to_owned();
    }
    section("themes", "What people said", &content)
}

/// What people told of themselves.
pub(super) fn demographics(design: &Design, figures: &Figures) -> String {
    let mut content = String::new();
    for (place, demographic) in design.demographics.iter().zip(&figures.demographics) {
        let coding = design.coding(*place);
        let known = figures.get(demographic.known);
        let name = &coding.scheme.name;
        let (table, left_out) = code_table(coding, &demographic.codes, figures, known, name);
        let others = others_html(coding, &demographic.codes, figures, "No known answer", |code| {
            !code.is_normal()
        });
        let whole = whole_html(known, "gave a known answer");
        content += &format!("<div><h3>{}</h3>{whole}", escape(name));
        content += &table.html();
        content += &left_out_html(left_out);
        content += &others;
        content += "</div>";
    }
    section(
        "people",
        "What people told of themselves",
        &format!(r#"<div class="columns">{content}</div>"#),
    )
}

/// How many people shares are of.
fn whole_html(whole: Option<u64>, did: &str) -> String {
    match whole {
        None => format!("<p>How many people {did} is hidden.</p>"),
        Some(0) => format!("<p>Nobody {did} yet.</p>"),
        Some(1) => format!("<p>1 person {did}.</p>"),
        whole => format!("<p>{} people {did}; shares are of them.</p>", count_html(whole)),
    }
}

fn code_table(
    coding: &Coding,
    codes: &[disclosure::Cell],
    figures: &Figures,
    whole: Option<u64>,
    caption: &str,
) -> (Table, usize) {
    let mut rows: Vec<(&Code, Option<u64>)> = coding
        .normal_codes()
        .map(|(position, code)| (code, figures.get(codes[usize::from(position)])))
        .collect();
    if !is_ordinal(coding) {
        // Hidden counts come after those that are shown: their order would tell something.
        rows.sort_by_key(|(_, count)| std::cmp::Reverse(count.map_or(0, |count| count + 1)));
    }
    let left_out = if MOST_ROWS < rows.len() {
        let n_rows = rows.len();
        rows.retain(|(_, count)| count.is_some_and(|count| 0 < count));
        n_rows - rows.len()
    } else {
        0
    };
    let longest = rows.iter().filter_map(|(_, count)| *count).max().unwrap_or(0);
    let mut table = Table::new(caption)
        .quiet()
        .text_column("Answer")
        .text_column("")
        .number_column("People")
        .number_column("Share");
    for (code, count) in rows {
        table.row(vec![
            Cell::Head(code_name(code)),
            Cell::Bar(percent_of(count, Some(longest)), Role::Main),
            Cell::Count(count),
            Cell::Percent(percent_of(count, whole)),
        ]);
    }
    (table, left_out)
}

/// What is not in a table because it would make it too long.
fn left_out_html(left_out: usize) -> String {
    match left_out {
        0 => String::new(),
        1 => r#"<p class="note">One more without anybody, or hidden.</p>"#.to_owned(),
        left_out => format!(r#"<p class="note">{left_out} more without anybody, or hidden.</p>"#),
    }
}

/// Codes that are no answers, in a box to open.
fn others_html(
    coding: &Coding,
    codes: &[disclosure::Cell],
    figures: &Figures,
    heading: &str,
    is_wanted: impl Fn(&Code) -> bool,
) -> String {
    let mut table = Table::new(&format!("{}: {}", coding.scheme.name, heading.to_lowercase()))
        .quiet()
        .text_column("Label")
        .number_column("People");
    let mut left_out = 0;
    for (position, code) in coding.non_stop_codes().filter(|(_, code)| is_wanted(code)) {
        match figures.get(codes[usize::from(position)]) {
            None | Some(0) => left_out += 1,
            count => table.row(vec![Cell::Head(code_name(code)), Cell::Count(count)]),
        }
    }
    match table.is_empty() {
        true => String::new(),
        false => details(heading, &(table.html() + &left_out_html(left_out))),
    }
}

/// Who raised the themes of a radio show, in boxes to open.
fn cross_tabs(design: &Design, coding: &Coding, show: usize, figures: &Figures) -> String {
    let tables = figures.cross_tabs[show].iter();
    tables.map(|cross_tab| cross_tab_html(design, coding, cross_tab, figures)).collect()
}

fn cross_tab_html(
    design: &Design,
    coding: &Coding,
    cross_tab: &CrossTab,
    figures: &Figures,
) -> String {
    let demographic = design.coding(design.demographics[cross_tab.demographic]);
    let name = &demographic.scheme.name;
    let is_known = |cells: &[disclosure::Cell]| {
        cells.iter().any(|cell| figures.get(*cell).is_some_and(|count| 0 < count))
    };
    if !is_known(&cross_tab.with_theme) {
        return String::new();
    }
    let mut table = Table::new(&format!("{}: themes by {name}", coding.scheme.name))
        .quiet()
        .text_column("Theme");
    for (_, code) in demographic.normal_codes() {
        table = table.number_column(&code_name(code));
    }
    let mut row = vec![Cell::Head("Everybody with a theme".to_owned())];
    row.extend(cross_tab.with_theme.iter().map(|cell| Cell::Count(figures.get(*cell))));
    table.row(row);
    let mut left_out = 0;
    for ((_, theme), cells) in coding.normal_codes().zip(&cross_tab.themes) {
        if !is_known(cells) {
            left_out += 1;
            continue;
        }
        let mut row = vec![Cell::Head(code_name(theme))];
        row.extend(cells.iter().zip(&cross_tab.with_theme).map(|(cell, whole)| {
            let count = figures.get(*cell);
            Cell::Part(count, percent_of(count, figures.get(*whole)))
        }));
        table.row(row);
    }
    let note = r#"<p class="note">People who raised each theme; per cent of those with this answer who raised any theme.</p>"#;
    let content = note.to_owned() + &table.html() + &left_out_html(left_out);
    details(&format!("Themes by {name}"), &content)
}

/// Some messages of each theme whose count is shown, as people wrote them.
fn sample_messages(
    coding: &Coding,
    show: usize,
    codes: &[disclosure::Cell],
    figures: &Figures,
    samples: &Samples,
) -> String {
    let mut content = String::new();
    for (position, code) in coding.normal_codes() {
        if figures.get(codes[usize::from(position)]).unwrap_or(0) == 0 {
            continue;
        }
        let quotes: String = samples
            .few(show, position, MOST_SAMPLES)
            .into_iter()
            .map(|message| {
                format!("<blockquote dir=\"auto\"><p>{}</p></blockquote>", escape(&mask(message)))
            })
            .collect();
        if !quotes.is_empty() {
            content += &format!("<h4>{}</h4>{quotes}", escape(&code_name(code)));
        }
    }
    if content.is_empty() {
        return content;
    }
    let note = "<p class=\"note\">A few messages of each theme as people wrote them; long numbers, links and addresses are masked.</p>";
    details("Some messages", &(note.to_owned() + &content))
}
