//! What is visible on a report, as a program that knows HTML reads it.

use serde_json::Value;

/// A report, read.
pub struct Page {
    pub tables: Vec<PageTable>,
    /// What the maps are drawn from.
    pub maps: Value,
    /// The page itself.
    html: String,
}

/// A table of a report.
pub struct PageTable {
    pub caption: String,
    pub columns: Vec<String>,
    /// Whether rows without a visible count are left out.
    pub is_cut: bool,
    pub rows: Vec<(String, Vec<PageCell>)>,
}

/// A cell behind the first one of a row.
#[derive(Debug, Clone, PartialEq)]
pub enum PageCell {
    Count(u64),
    Hidden,
    /// Percentages, bars, texts.
    Other(String),
}

impl Page {
    pub fn read(html: &str) -> Self {
        let tables = html.split("<table").skip(1).map(|rest| {
            let (table, after) = rest.split_once("</table></div>").unwrap();
            PageTable { is_cut: after.starts_with(r#"<p class="note">"#), ..self::table(table) }
        });
        let data = between(html, r#"id="map-data">"#, "</script>").unwrap_or("null");
        Self {
            tables: tables.collect(),
            maps: serde_json::from_str(data).unwrap(),
            html: html.to_owned(),
        }
    }

    pub fn table(&self, caption: &str) -> Option<&PageTable> {
        self.tables.iter().find(|table| table.caption == caption)
    }

    /// The number in the sentence `… people gave a known answer` below a heading, if it is there.
    pub fn known_answers(&self, heading: &str) -> Option<u64> {
        let sentence = between(&self.html, &format!("<h3>{heading}</h3><p>"), "</p>")?;
        if sentence.starts_with("Nobody ") {
            return Some(0);
        }
        let number = sentence.split_once(" p")?.0;
        number.replace('\u{2009}', "").parse().ok()
    }
}

impl PageTable {
    /// The cells of a column by the first cell of their row.
    pub fn column(&self, name: &str) -> Vec<(&str, &PageCell)> {
        let place = self.columns.iter().position(|column| column == name).unwrap();
        self.rows.iter().map(|(head, cells)| (head.as_str(), &cells[place - 1])).collect()
    }
}

fn table(html: &str) -> PageTable {
    let caption = between(html, "<caption", "</caption>").unwrap();
    let (head, body) = html.split_once("</thead>").unwrap();
    let rows = body.split("<tr>").skip(1).map(|row| {
        let mut cells = elements(row);
        (text(&cells.remove(0).1), cells.into_iter().map(cell).collect())
    });
    PageTable {
        caption: text(caption.split_once('>').unwrap().1),
        columns: elements(head).into_iter().map(|(_, content)| text(&content)).collect(),
        is_cut: false,
        rows: rows.collect(),
    }
}

/// The attributes and the contents of the cells in a row.
fn elements(row: &str) -> Vec<(String, String)> {
    let mut cells = Vec::new();
    let mut rest = row;
    while let Some(start) = rest.find("<th").into_iter().chain(rest.find("<td")).min() {
        let name = &rest[start + 1..start + 3];
        if rest[start + 3..].starts_with("ead") {
            rest = &rest[start + 6..];
            continue;
        }
        let (attributes, after) = rest[start + 3..].split_once('>').unwrap();
        let (content, after) = after.split_once(&format!("</{name}>")).unwrap();
        cells.push((attributes.to_owned(), content.to_owned()));
        rest = after;
    }
    cells
}

fn cell((attributes, content): (String, String)) -> PageCell {
    let value = between(&attributes, "data-value=\"", "\"");
    match value.map(str::parse::<u64>) {
        Some(Ok(count)) => {
            // What is sorted by is what is read.
            assert!(text(&content).replace('\u{2009}', "").starts_with(&count.to_string()));
            PageCell::Count(count)
        }
        _ if content.contains("hidden-count") => PageCell::Hidden,
        _ => PageCell::Other(text(&content)),
    }
}

/// The text of a piece of HTML.
pub fn text(html: &str) -> String {
    let mut text = String::new();
    for (number, piece) in html.split('<').enumerate() {
        text += if number == 0 { piece } else { piece.split_once('>').map_or("", |it| it.1) };
    }
    for (entity, character) in
        [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")]
    {
        text = text.replace(entity, character);
    }
    text
}

fn before<'a>(text: &'a str, end: &str) -> &'a str {
    text.split_once(end).map_or(text, |(before, _)| before)
}

fn between<'a>(text: &'a str, start: &str, end: &str) -> Option<&'a str> {
    Some(before(text.split_once(start)?.1, end))
}
