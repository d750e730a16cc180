//! Graphs of the report: one drawing for wide screens and paper, one for phones, and the numbers.

use crate::charts::{ColumnChart, Format, TimelineChart, Words};

use super::html::{Table, details, escape};

/// A graph that can be drawn in several sizes.
pub(super) trait Chart {
    fn words(&self) -> &Words;
    fn draw(&self, format: Format) -> String;
}

impl Chart for ColumnChart {
    fn words(&self) -> &Words {
        &self.words
    }

    fn draw(&self, format: Format) -> String {
        self.draw(format)
    }
}

impl Chart for TimelineChart {
    fn words(&self) -> &Words {
        &self.words
    }

    fn draw(&self, format: Format) -> String {
        self.draw(format)
    }
}

/// A graph with its words, and its numbers as a table.
pub(super) fn figure(chart: &impl Chart, numbers: &Table) -> String {
    let Words { title, subtitle, .. } = chart.words();
    let picture = |format: Format, class: &str| {
        format!(r#"<div class="{class}">{}</div>"#, without_size(&chart.draw(format)))
    };
    format!(
        r#"<figure class="chart"><figcaption><h3>{}</h3><p>{}</p></figcaption>{}{}{}</figure>"#,
        escape(title),
        escape(subtitle),
        picture(Format::WIDE, "wide"),
        picture(Format::NARROW, "narrow"),
        details("Numbers as a table", &numbers.html())
    )
}

/// The SVG as large as its place in the page.
fn without_size(svg: &str) -> String {
    let Some((before, rest)) = svg.split_once(" width=\"") else { return svg.to_owned() };
    let Some((_, after)) = rest.split_once(" viewBox=") else { return svg.to_owned() };
    format!("{before} viewBox={after}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_fill_their_place() {
        let svg = r#"<svg xmlns="x" width="12" height="3" viewBox="0 0 12 3" role="img"><rect width="1"/></svg>"#;
        let expected = r#"<svg xmlns="x" viewBox="0 0 12 3" role="img"><rect width="1"/></svg>"#;
        assert_eq!(without_size(svg), expected);
    }
}
