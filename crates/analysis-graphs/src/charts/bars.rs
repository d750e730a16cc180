//! Bars below each other, for many categories with long names.

use plotters::prelude::*;

use crate::drawing::{
    Anchor, Role, SOFT_INK, TextStyle, Weight, role_color, text_width, with_thousands, wrap,
};
use crate::geo::Rect;

use super::axis::{Axis, color, plot_geometry};
use super::frame::{Format, Frame, Words};

const BAR_HEIGHT: f64 = 20.0;
const LINE_HEIGHT: f64 = 17.0;
const ROW_GAP: f64 = 9.0;
const HEADING_HEIGHT: f64 = 40.0;

/// Bars below each other, in groups.
#[derive(Debug, Clone)]
pub(crate) struct BarChart {
    pub(crate) words: Words,
    pub(crate) groups: Vec<BarGroup>,
    /// What comes after a number on the axis, e.g. ` %`.
    pub(crate) unit: &'static str,
    /// What the axis counts.
    pub(crate) axis_title: String,
}

/// Bars of one color.
#[derive(Debug, Clone)]
pub(crate) struct BarGroup {
    pub(crate) heading: String,
    pub(crate) role: Role,
    pub(crate) bars: Vec<Bar>,
}

/// One bar.
#[derive(Debug, Clone)]
pub(crate) struct Bar {
    pub(crate) label: String,
    pub(crate) value: f64,
    /// What is written at its end.
    pub(crate) text: String,
}

/// A bar with its place.
struct Row<'a> {
    bar: &'a Bar,
    role: Role,
    lines: Vec<String>,
    top: f64,
    height: f64,
}

impl BarChart {
    pub(crate) fn draw(&self, format: Format) -> String {
        let label_width = self.label_width(format);
        let (rows, headings, height) = self.rows(label_width, format.text);
        let mut frame = Frame::new(format, &self.words, height + format.text * 4.0);
        let greatest = rows.iter().map(|row| row.bar.value).fold(0.0, f64::max);
        if greatest == 0.0 {
            frame.draw_no_data(format.text);
            return frame.finish();
        }
        let axis = Axis::up_to(greatest, 6);
        let end_width = rows
            .iter()
            .map(|row| text_width(&row.bar.text, format.text * 0.95, Weight::Regular))
            .fold(0.0, f64::max);
        let Rect { left, top, right, .. } = frame.inside;
        let plot = Rect {
            left: left + label_width + 10.0,
            top,
            right: right - end_width - 10.0,
            bottom: top + height,
        };
        axis.draw_vertical_lines(&mut frame.svg, &plot, format.text * 0.85, self.unit);
        let title_style = TextStyle::new(format.text * 0.85).color(SOFT_INK).anchor(Anchor::Middle);
        let title_place = [plot.middle()[0], plot.bottom + format.text * 2.7];
        frame.svg.text(title_place, title_style, &self.axis_title);
        for (y, heading) in headings {
            let style = TextStyle::new(format.text).bold();
            frame.svg.text([left, plot.top + y], style, heading);
        }
        draw_rows(&mut frame, &plot, &axis, &rows, format.text);
        frame.finish()
    }

    /// Wide enough for the labels in two or three lines, and no more than needed.
    fn label_width(&self, format: Format) -> f64 {
        let bars = self.groups.iter().flat_map(|group| &group.bars);
        let longest = bars
            .map(|bar| text_width(&bar.label, format.text, Weight::Regular))
            .fold(0.0, f64::max);
        let headings = self.groups.iter().filter(|group| !group.bars.is_empty());
        let widest_heading = headings
            .map(|group| text_width(&group.heading, format.text, Weight::Bold))
            .fold(0.0, f64::max);
        (longest.max(widest_heading) + 2.0).min(format.width * 0.33)
    }

    fn rows(&self, label_width: f64, text: f64) -> (Vec<Row<'_>>, Vec<(f64, &str)>, f64) {
        let (mut rows, mut headings, mut y) = (Vec::new(), Vec::new(), 0.0);
        for group in self.groups.iter().filter(|group| !group.bars.is_empty()) {
            if !group.heading.is_empty() {
                headings.push((y + HEADING_HEIGHT - 14.0, group.heading.as_str()));
                y += HEADING_HEIGHT;
            }
            for bar in &group.bars {
                let lines = wrap(&bar.label, label_width, text, 3);
                let height = (LINE_HEIGHT * lines.len() as f64).max(BAR_HEIGHT);
                rows.push(Row { bar, role: group.role, lines, top: y, height });
                y += height + ROW_GAP;
            }
        }
        (rows, headings, y.max(120.0))
    }
}

fn draw_rows(frame: &mut Frame, plot: &Rect, axis: &Axis, rows: &[Row<'_>], text: f64) {
    plot_geometry(&mut frame.svg, plot, |area| {
        let chart = ChartBuilder::on(area).build_cartesian_2d(0.0..axis.end, plot.height()..0.0)?;
        for row in rows {
            let top = row.top + (row.height - BAR_HEIGHT) / 2.0;
            let corners = [(0.0, top), (row.bar.value, top + BAR_HEIGHT)];
            let fill = color(role_color(row.role)).filled();
            chart.plotting_area().draw(&Rectangle::new(corners, fill))?;
        }
        Ok(())
    });
    frame.svg.line([plot.left, plot.top], [plot.left, plot.bottom], SOFT_INK, 1.0);
    for row in rows {
        let middle = plot.top + row.top + row.height / 2.0;
        let first = middle - LINE_HEIGHT * (row.lines.len() as f64 - 1.0) / 2.0 + text * 0.36;
        for (number, line) in row.lines.iter().enumerate() {
            let place = [plot.left - 10.0, first + LINE_HEIGHT * number as f64];
            frame.svg.text(place, TextStyle::new(text).anchor(Anchor::End), line);
        }
        let x = plot.left + row.bar.value / axis.end * plot.width() + 6.0;
        frame.svg.text([x, middle + text * 0.36], TextStyle::new(text * 0.95), &row.bar.text);
    }
}

/// A count with its percentage of a whole.
pub(crate) fn count_text(count: u64, whole: u64) -> String {
    match whole {
        0 => with_thousands(count),
        whole => format!("{} ({:.1} %)", with_thousands(count), percent(count, whole)),
    }
}

/// `part` as a percentage of `whole`; 0 when there is no whole.
pub(crate) fn percent(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 * 100.0 }
}
