//! How good the data are, and where the report comes from.

use code_schemes::ControlCode;

use crate::design::Design;

use super::Origin;
use super::disclosure;
use super::figures::Figures;
use super::html::{Cell, Table, escape, percent_of, section};

/// States of answers that say how good the data are.
const STATES: [(ControlCode, &str); 5] = [
    (ControlCode::NotReviewed, "Not reviewed yet"),
    (ControlCode::CodingError, "Coding error"),
    (ControlCode::WrongScheme, "Wrong scheme"),
    (ControlCode::NotCoded, "Not coded"),
    (ControlCode::NotInternallyConsistent, "Contradictory"),
];

/// What is not reviewed, wrongly coded, or left out.
pub(super) fn quality(design: &Design, figures: &Figures) -> String {
    let mut reviewed = Table::new("Messages that people have looked at")
        .text_column("Radio show")
        .number_column("Messages")
        .number_column("Looked at")
        .number_column("Share");
    for (coding, show) in design.shows.iter().zip(&figures.shows) {
        let (messages, labelled) =
            (figures.get(show.messages), figures.get(show.labelled_messages));
        reviewed.row(vec![
            Cell::Head(design.coding(*coding).scheme.name.clone()),
            Cell::Count(messages),
            Cell::Count(labelled),
            Cell::Percent(percent_of(labelled, messages)),
        ]);
    }
    let mut content = reviewed.html();
    content += &states(design, figures).html();
    let processing = &figures.processing;
    let mut left_out = Table::new("Raw messages that were left out, and why")
        .text_column("Reason")
        .number_column("Messages");
    for (reason, cell) in &processing.dropped {
        left_out.row(vec![Cell::Head(reason.clone()), Cell::Count(figures.get(*cell))]);
    }
    if !left_out.is_empty() {
        content += &left_out.html();
    }
    let printed = ["people who withdrew consent", "coding errors"];
    let mut made =
        Table::new("From raw data to messages").text_column("What").number_column("Number");
    for (name, cell) in &processing.taken_in {
        made.row(vec![Cell::Head(format!("Taken in: {name}")), Cell::Count(figures.get(*cell))]);
    }
    for (name, cell) in
        processing.given_out.iter().filter(|(name, _)| printed.contains(&name.as_str()))
    {
        made.row(vec![Cell::Head(name.clone()), Cell::Count(figures.get(*cell))]);
    }
    if !made.is_empty() {
        content += &made.html();
    }
    section("quality", "How good the data are", &content)
}

/// People by the state of their answers.
fn states(design: &Design, figures: &Figures) -> Table {
    let mut table = Table::new("People with answers in need of attention").text_column("Question");
    for (_, name) in STATES {
        table = table.number_column(name);
    }
    let shows = design.shows.iter().zip(&figures.themes);
    let demographics = figures.demographics.iter().map(|demographic| &demographic.codes);
    for (coding, codes) in shows.chain(design.demographics.iter().zip(demographics)) {
        let coding = design.coding(*coding);
        let mut row = vec![Cell::Head(coding.scheme.name.clone())];
        row.extend(STATES.map(|(state, _)| {
            let position = coding.codes().find(|(_, code)| code.control_code() == Some(state));
            let count = |cell: disclosure::Cell| figures.get(cell);
            position.map_or(Cell::Count(Some(0)), |(position, _)| {
                Cell::Count(count(codes[usize::from(position)]))
            })
        }));
        table.row(row);
    }
    table
}

/// When and from what the report was made, and what is hidden in it.
pub(super) fn about(
    origin: &Origin<'_>,
    figures: &Figures,
    minimum: u32,
    attributions: &[&str],
) -> String {
    let hidden = match (minimum, figures.shown.hides_something()) {
        (0 | 1, _) => "<p>All counts are shown, however small.</p>".to_owned(),
        (minimum, false) => {
            format!("<p>Counts from 1 to {} would be hidden; there are none.</p>", minimum - 1)
        }
        (minimum, true) => format!(
            "<p>Counts from 1 to {} are hidden, so that nobody can be recognized. Other counts, zeros among them, are hidden where a small one could be worked out from them. Complete numbers are in the CSV files beside this report.</p>",
            minimum - 1
        ),
    };
    let mut rows = String::new();
    let mut row = |name: &str, value: &str| {
        if !value.is_empty() {
            rows.push_str(&format!("<dt>{name}</dt><dd>{}</dd>", escape(value)));
        }
    };
    row("Project", origin.project_name);
    row("Report made", &origin.made_at);
    row("Messages processed", &origin.processed_at);
    row("Made by", &format!("EU-PCVE pipeline {}", origin.version));
    row("Run", origin.run_id);
    row("Configuration", &format!("SHA-256 {}", origin.configuration_hash));
    row(
        "Made from",
        "Outputs/messages_traced_data.jsonl and Outputs/individuals_traced_data.jsonl",
    );
    for attribution in attributions {
        row("Boundaries", attribution.trim_start_matches("Boundaries: "));
    }
    let consent = "<p>People who withdrew their consent, and what they wrote, are in no number, map or message of this report, except the number of those who withdrew.</p>";
    section(
        "about",
        "About this report",
        &format!("{hidden}{consent}<dl class=\"facts\">{rows}</dl>"),
    )
}
