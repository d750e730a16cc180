//! A table of small bars: what changed over a season.

use plotters::prelude::*;

use crate::drawing::{Anchor, Role, SOFT_INK, TextStyle, Weight, role_color, text_width, wrap};
use crate::geo::Rect;

use super::axis::{color, plot_geometry};
use super::frame::{Format, Frame, Words};

const BAR_HEIGHT: f64 = 16.0;
const LINE_HEIGHT: f64 = 17.0;
const ROW_GAP: f64 = 10.0;

/// A table of small bars with one scale for all of them.
#[derive(Debug, Clone)]
pub(crate) struct MatrixChart {
    pub(crate) words: Words,
    pub(crate) columns: Vec<String>,
    pub(crate) rows: Vec<(String, Vec<Cell>)>,
}

/// One small bar.
#[derive(Debug, Clone)]
pub(crate) struct Cell {
    pub(crate) value: f64,
    pub(crate) text: String,
}

impl MatrixChart {
    pub(crate) fn draw(&self, format: Format) -> String {
        let text = format.text;
        let labels = self.rows.iter().map(|(label, _)| text_width(label, text, Weight::Regular));
        let label_width = (labels.fold(0.0, f64::max) + 2.0).min(format.width * 0.26);
        let inside_width = format.width - 2.0 * format.margin();
        let column_width = (inside_width - label_width - 10.0) / self.columns.len().max(1) as f64;
        let headers: Vec<Vec<String>> = self
            .columns
            .iter()
            .map(|column| wrap(column, column_width - 8.0, text * 0.95, 3))
            .collect();
        let header_height =
            16.0 + LINE_HEIGHT * headers.iter().map(Vec::len).max().unwrap_or(0) as f64;
        let row_labels: Vec<Vec<String>> =
            self.rows.iter().map(|(label, _)| wrap(label, label_width, text, 3)).collect();
        let heights = row_labels
            .iter()
            .map(|lines| (LINE_HEIGHT * lines.len() as f64).max(BAR_HEIGHT) + ROW_GAP);
        let height = header_height + heights.clone().sum::<f64>();

        let mut frame = Frame::new(format, &self.words, height.max(160.0));
        let cells = || self.rows.iter().flat_map(|(_, cells)| cells);
        let greatest = cells().map(|cell| cell.value).fold(0.0, f64::max);
        if greatest == 0.0 {
            frame.draw_no_data(text);
            return frame.finish();
        }
        let text_room = cells()
            .map(|cell| text_width(&cell.text, text * 0.9, Weight::Regular))
            .fold(0.0, f64::max);
        let left = frame.inside.left + label_width + 10.0;
        let bar_room = (column_width - text_room - 16.0).max(8.0);
        for (number, lines) in headers.iter().enumerate() {
            for (line, text_line) in lines.iter().enumerate() {
                let x = left + column_width * number as f64;
                let y = frame.inside.top + text + LINE_HEIGHT * line as f64;
                frame.svg.text([x, y], TextStyle::new(text * 0.95).bold(), text_line);
            }
        }
        let mut top = frame.inside.top + header_height;
        for (((_, cells), lines), height) in self.rows.iter().zip(&row_labels).zip(heights) {
            let row = Rect { left, top, right: frame.inside.right, bottom: top + height };
            draw_label(&mut frame, &row, lines, text);
            draw_cells(&mut frame, &row, cells, (column_width, bar_room / greatest), text);
            top += height;
        }
        frame.finish()
    }
}

fn draw_label(frame: &mut Frame, row: &Rect, lines: &[String], text: f64) {
    let middle = row.middle()[1];
    let first = middle - LINE_HEIGHT * (lines.len() as f64 - 1.0) / 2.0 + text * 0.36;
    for (number, line) in lines.iter().enumerate() {
        let place = [row.left - 10.0, first + LINE_HEIGHT * number as f64];
        frame.svg.text(place, TextStyle::new(text).anchor(Anchor::End), line);
    }
}

fn draw_cells(
    frame: &mut Frame,
    row: &Rect,
    cells: &[Cell],
    (column_width, units_per_value): (f64, f64),
    text: f64,
) {
    let top = (row.height() - BAR_HEIGHT) / 2.0;
    plot_geometry(&mut frame.svg, row, |area| {
        for (number, cell) in cells.iter().enumerate() {
            let left = column_width * number as f64;
            let right = left + cell.value * units_per_value;
            let corners =
                [(left as i32, top as i32), (right.round() as i32, (top + BAR_HEIGHT) as i32)];
            let fill = color(role_color(Role::Main)).filled();
            if 0.0 < cell.value {
                area.draw(&Rectangle::new(corners, fill))?;
            }
            let axis = [(left as i32, 0), (left as i32, row.height() as i32)];
            area.draw(&PathElement::new(axis, color(SOFT_INK).stroke_width(1)))?;
        }
        Ok(())
    });
    for (number, cell) in cells.iter().enumerate() {
        let x = row.left + column_width * number as f64 + cell.value * units_per_value + 5.0;
        let style = TextStyle::new(text * 0.9);
        frame.svg.text([x, row.middle()[1] + text * 0.33], style, &cell.text);
    }
}
