//! Columns side by side, for each of a few categories.

use plotters::prelude::*;

use crate::drawing::{
    Anchor, INK, Role, SOFT_INK, TextStyle, Weight, role_color, text_width, with_thousands, wrap,
};
use crate::geo::Rect;

use super::axis::{Axis, color, plot_geometry};
use super::frame::{Format, Frame, Words};

/// Columns side by side, for each of a few categories, such as weeks.
#[derive(Debug, Clone)]
pub(crate) struct ColumnChart {
    pub(crate) words: Words,
    pub(crate) series: Vec<Series>,
    pub(crate) categories: Vec<Category>,
    /// What is below the categories, e.g. `week beginning on`.
    pub(crate) category_title: String,
}

/// What columns of one color stand for.
#[derive(Debug, Clone)]
pub(crate) struct Series {
    pub(crate) name: String,
    pub(crate) role: Role,
}

/// One group of columns.
#[derive(Debug, Clone)]
pub(crate) struct Category {
    pub(crate) label: String,
    /// By series; `None` is not shown.
    pub(crate) values: Vec<Option<u64>>,
}

impl ColumnChart {
    pub(crate) fn draw(&self, format: Format) -> String {
        let plot_height = format.width / format.proportion;
        let mut frame = Frame::new(format, &self.words, plot_height);
        let values = || self.categories.iter().flat_map(|category| &category.values);
        if frame.draw_nothing(values().copied(), format.text) {
            return frame.finish();
        }
        frame.draw_legend(&self.series, format.text);
        let greatest = values().flatten().max().copied().unwrap_or(1);
        let axis = Axis::up_to(greatest as f64, if format.width < 500.0 { 4 } else { 6 });
        let axis_width =
            text_width(&with_thousands(axis.end as u64), format.text, Weight::Regular) + 8.0;
        let Rect { left, top, right, bottom } = frame.inside;
        let labels = Labels::new(
            &self.categories,
            (right - left - axis_width) / self.categories.len() as f64,
            format.text,
        );
        let title_height = if self.category_title.is_empty() { 0.0 } else { format.text * 1.6 };
        let plot = Rect {
            left: left + axis_width,
            top: top + format.text,
            right,
            bottom: bottom - labels.height - title_height,
        };
        axis.draw_horizontal_lines(&mut frame.svg, &plot, format.text * 0.9, "");
        self.draw_columns(&mut frame, &plot, &axis, format);
        frame.svg.line([plot.left, plot.bottom], [plot.right, plot.bottom], SOFT_INK, 1.0);
        labels.draw(&mut frame, &plot, format.text);
        if !self.category_title.is_empty() {
            let style = TextStyle::new(format.text * 0.9).color(SOFT_INK).anchor(Anchor::Middle);
            frame.svg.text([plot.middle()[0], bottom - 2.0], style, &self.category_title);
        }
        frame.finish()
    }

    fn draw_columns(&self, frame: &mut Frame, plot: &Rect, axis: &Axis, format: Format) {
        let slot = plot.width() / self.categories.len() as f64;
        let width = (slot * 0.82 / self.series.len() as f64).min(70.0);
        let left_of = |category: usize, series: usize| {
            let middle = (category as f64 + 0.5) * slot;
            middle + (series as f64 - self.series.len() as f64 / 2.0) * width
        };
        plot_geometry(&mut frame.svg, plot, |area| {
            let chart =
                ChartBuilder::on(area).build_cartesian_2d(0.0..plot.width(), 0.0..axis.end)?;
            for (place, category) in self.categories.iter().enumerate() {
                for (number, (value, series)) in
                    category.values.iter().zip(&self.series).enumerate()
                {
                    let (left, value) = (left_of(place, number), value.unwrap_or(0) as f64);
                    let corners = [(left + width * 0.04, value), (left + width * 0.96, 0.0)];
                    let fill = color(role_color(series.role)).filled();
                    chart.plotting_area().draw(&Rectangle::new(corners, fill))?;
                }
            }
            Ok(())
        });
        self.draw_values(frame, plot, axis, (width, format.text * 0.85), left_of);
    }

    /// Draws the values above the columns, unless some would run into each other.
    fn draw_values(
        &self,
        frame: &mut Frame,
        plot: &Rect,
        axis: &Axis,
        (width, size): (f64, f64),
        left_of: impl Fn(usize, usize) -> f64,
    ) {
        let text_of = |value: &Option<u64>| value.map_or_else(|| "·".to_owned(), with_thousands);
        let values = self.categories.iter().flat_map(|category| &category.values);
        let fits = |value: &Option<u64>| {
            text_width(&text_of(value), size, Weight::Regular) <= width * 1.12
        };
        if !values.clone().all(fits) {
            return;
        }
        for (place, category) in self.categories.iter().enumerate() {
            for (number, value) in category.values.iter().enumerate() {
                let x = plot.left + left_of(place, number) + width / 2.0;
                let y = plot.bottom - value.unwrap_or(0) as f64 / axis.end * plot.height() - 3.0;
                let style = TextStyle::new(size).color(INK).anchor(Anchor::Middle);
                frame.svg.text([x, y], style, &text_of(value));
            }
        }
    }
}

/// The names of the categories: in lines where they fit, every second or third where they do not.
struct Labels {
    lines: Vec<Vec<String>>,
    size: f64,
    every: usize,
    height: f64,
}

impl Labels {
    fn new(categories: &[Category], slot: f64, text: f64) -> Self {
        let size = text * 0.9;
        let longest_word = categories
            .iter()
            .flat_map(|category| category.label.split_whitespace())
            .map(|word| text_width(word, size, Weight::Regular))
            .fold(1.0, f64::max);
        let every = ((longest_word + 4.0) / slot).ceil().max(1.0) as usize;
        let room = slot * every as f64 - 4.0;
        let lines: Vec<Vec<String>> =
            categories.iter().map(|category| wrap(&category.label, room, size, 4)).collect();
        let n_lines = lines.iter().map(Vec::len).max().unwrap_or(1);
        Self { lines, size, every, height: size * 1.25 * n_lines as f64 + 8.0 }
    }

    fn draw(&self, frame: &mut Frame, plot: &Rect, text: f64) {
        let slot = plot.width() / self.lines.len() as f64;
        let style = TextStyle::new(self.size).anchor(Anchor::Middle);
        for (place, lines) in self.lines.iter().enumerate().step_by(self.every) {
            let x = plot.left + (place as f64 + 0.5) * slot;
            let mut y = plot.bottom + text * 1.2;
            for line in lines {
                let half = text_width(line, self.size, Weight::Regular) / 2.0;
                frame.svg.text([x.min(plot.right - half), y], style, line);
                y += self.size * 1.25;
            }
        }
    }
}
