//! Pieces of HTML. Whatever comes from outside goes through [`escape`].

use std::fmt::Write as _;

use crate::drawing::{Role, number, with_thousands};

pub(super) use crate::drawing::escape;

/// A table, sortable where there is a script.
pub(super) struct Table {
    caption: String,
    /// Whether the caption repeats a heading, and is there for those who do not see it.
    is_quiet: bool,
    columns: Vec<Column>,
    rows: Vec<Vec<Cell>>,
}

struct Column {
    name: String,
    is_number: bool,
}

/// A cell of a table.
pub(super) enum Cell {
    /// What the row is about.
    Head(String),
    Text(String),
    /// A count; `None` is hidden.
    Count(Option<u64>),
    /// A count with its percentage; sorted by the count.
    Part(Option<u64>, Option<f64>),
    /// A percentage; `None` is hidden, or there is nothing to compare with.
    Percent(Option<f64>),
    /// A bar of so many per cent of the longest; `None` is hidden.
    Bar(Option<f64>, Role),
}

impl Table {
    pub(super) fn new(caption: &str) -> Self {
        Self { caption: caption.to_owned(), is_quiet: false, columns: Vec::new(), rows: Vec::new() }
    }

    /// The caption repeats the heading above.
    pub(super) fn quiet(mut self) -> Self {
        self.is_quiet = true;
        self
    }

    pub(super) fn text_column(mut self, name: &str) -> Self {
        self.columns.push(Column { name: name.to_owned(), is_number: false });
        self
    }

    pub(super) fn number_column(mut self, name: &str) -> Self {
        self.columns.push(Column { name: name.to_owned(), is_number: true });
        self
    }

    pub(super) fn row(&mut self, cells: Vec<Cell>) {
        self.rows.push(cells);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The table; nothing when it has no rows.
    pub(super) fn html(&self) -> String {
        if self.rows.is_empty() {
            return String::new();
        }
        let caption = escape(&self.caption);
        let class = if self.is_quiet { r#" class="visually-hidden""# } else { "" };
        let mut html = format!(
            r#"<div class="scroll" tabindex="0" role="region" aria-label="{caption}"><table class="sortable"><caption{class}>{caption}</caption><thead><tr>"#
        );
        for Column { name, is_number } in &self.columns {
            let class = if *is_number { r#" class="n""# } else { "" };
            match name.is_empty() {
                // A column of bars repeats the numbers beside it.
                true => html.push_str(r#"<td class="bar"></td>"#),
                false => {
                    let _ = write!(html, r#"<th scope="col"{class}>{}</th>"#, escape(name));
                }
            }
        }
        html.push_str("</tr></thead><tbody>");
        for row in &self.rows {
            html.push_str("<tr>");
            html.extend(row.iter().map(Cell::html));
            html.push_str("</tr>");
        }
        html.push_str("</tbody></table></div>");
        html
    }
}

impl Cell {
    fn html(&self) -> String {
        match self {
            Self::Head(text) => format!(r#"<th scope="row">{}</th>"#, escape(text)),
            Self::Text(text) => format!("<td>{}</td>", escape(text)),
            Self::Count(Some(count)) => {
                format!(r#"<td class="n" data-value="{count}">{}</td>"#, with_thousands(*count))
            }
            Self::Part(Some(count), Some(percent)) => {
                let text = with_thousands(*count);
                format!(
                    r#"<td class="n" data-value="{count}">{text} <span class="share">{percent:.0} %</span></td>"#
                )
            }
            Self::Part(count, _) => Self::Count(*count).html(),
            Self::Percent(Some(percent)) => {
                format!(r#"<td class="n" data-value="{percent:.4}">{percent:.1} %</td>"#)
            }
            Self::Count(None) => format!(r#"<td class="n" data-value="-1">{HIDDEN}</td>"#),
            Self::Percent(None) => r#"<td class="n" data-value="-1">–</td>"#.to_owned(),
            Self::Bar(percent, role) => bar(percent.unwrap_or(0.0), *role),
        }
    }
}

/// What stands for a hidden count.
pub(super) const HIDDEN: &str = r#"<span class="hidden-count">hidden</span>"#;

/// A count, or that it is hidden.
pub(super) fn count_html(count: Option<u64>) -> String {
    count.map_or_else(|| HIDDEN.to_owned(), with_thousands)
}

fn bar(percent: f64, role: Role) -> String {
    let class = match role {
        Role::Meta => "meta",
        Role::Control => "control",
        Role::Main | Role::Second | Role::Third => "main",
    };
    format!(
        r#"<td class="bar" aria-hidden="true"><svg viewBox="0 0 100 10" preserveAspectRatio="none"><rect class="{class}" width="{}" height="10"/></svg></td>"#,
        number(percent)
    )
}

/// A part of the page with a heading that the navigation leads to.
pub(super) fn section(id: &str, heading: &str, content: &str) -> String {
    format!(
        r#"<section id="{id}" aria-labelledby="{id}-heading"><h2 id="{id}-heading">{}</h2>{content}</section>"#,
        escape(heading)
    )
}

/// What can be opened to see more.
pub(super) fn details(summary: &str, content: &str) -> String {
    format!("<details><summary>{}</summary>{content}</details>", escape(summary))
}

/// `part` as a percentage of `whole`, when both are shown and there is a whole.
pub(super) fn percent_of(part: Option<u64>, whole: Option<u64>) -> Option<f64> {
    let (part, whole) = part.zip(whole).filter(|(_, whole)| 0 < *whole)?;
    Some(part as f64 / whole as f64 * 100.0)
}
