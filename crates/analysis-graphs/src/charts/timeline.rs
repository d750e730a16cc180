//! A count for each day, with named spans of time above.

use chrono::{Datelike, Days, NaiveDate};
use plotters::prelude::*;

use crate::drawing::{
    Anchor, GRID, INK, Role, SOFT_INK, TextStyle, Weight, role_color, text_width, with_thousands,
    wrap,
};
use crate::geo::Rect;

use super::axis::{Axis, color, plot_geometry};
use super::frame::{Format, Frame, Words};

/// A count for each day.
#[derive(Debug, Clone)]
pub(crate) struct TimelineChart {
    pub(crate) words: Words,
    pub(crate) first_day: NaiveDate,
    /// By day; `None` is not shown.
    pub(crate) counts: Vec<Option<u64>>,
    pub(crate) spans: Vec<Span>,
}

/// A span of time with a name.
#[derive(Debug, Clone)]
pub(crate) struct Span {
    pub(crate) label: String,
    /// In days since the first day, with parts of days.
    pub(crate) start: f64,
    pub(crate) end: f64,
}

impl TimelineChart {
    pub(crate) fn draw(&self, format: Format) -> String {
        let text = format.text;
        let lanes = self.lanes(format);
        let n_lanes = lanes.iter().map(|(_, lane)| lane + 1).max().unwrap_or(0);
        let lane_height = text * 1.7;
        let plot_height = format.width / format.proportion * 0.8;
        let height = plot_height + lane_height * n_lanes as f64 + text * 3.0;
        let mut frame = Frame::new(format, &self.words, height);
        if frame.draw_nothing(self.counts.iter().copied(), text) {
            return frame.finish();
        }
        let greatest = self.counts.iter().flatten().max().copied().unwrap_or(1);
        let axis = Axis::up_to(greatest as f64, if format.width < 500.0 { 4 } else { 6 });
        let Rect { left, top, right, bottom } = frame.inside;
        let plot = Rect {
            left: left + axis_width(text),
            top: top + lane_height * n_lanes as f64 + text * 0.6,
            right,
            bottom: bottom - text * 2.4,
        };
        self.draw_spans(&mut frame, &plot, &lanes, lane_height, text);
        axis.draw_horizontal_lines(&mut frame.svg, &plot, text * 0.9, "");
        self.draw_days(&mut frame, &plot, &axis);
        frame.svg.line([plot.left, plot.bottom], [plot.right, plot.bottom], SOFT_INK, 1.0);
        self.draw_dates(&mut frame, &plot, text);
        frame.finish()
    }

    /// The spans in sight, each in a lane where it runs into no other.
    fn lanes(&self, format: Format) -> Vec<(&Span, usize)> {
        let n_days = self.counts.len() as f64;
        let day = (format.width - 2.0 * format.margin() - axis_width(format.text)) / n_days;
        let mut ends: Vec<f64> = Vec::new();
        let mut lanes = Vec::new();
        let mut spans: Vec<&Span> =
            self.spans.iter().filter(|span| span.start < n_days && 0.0 < span.end).collect();
        spans.sort_by(|a, b| a.start.total_cmp(&b.start));
        for span in spans {
            let start = span.start.max(0.0) * day;
            let words = text_width(&span.label, format.text * 0.85, Weight::Regular) + 10.0;
            let end = (span.end.min(n_days) * day).max(start + words.min(format.width * 0.5));
            let lane = ends.iter().position(|lane_end| *lane_end <= start);
            let lane = lane.unwrap_or(ends.len());
            if lane == ends.len() {
                ends.push(end);
            } else {
                ends[lane] = end;
            }
            lanes.push((span, lane));
        }
        lanes
    }

    fn draw_spans(
        &self,
        frame: &mut Frame,
        plot: &Rect,
        lanes: &[(&Span, usize)],
        lane_height: f64,
        text: f64,
    ) {
        let n_days = self.counts.len() as f64;
        let x_of = |day: f64| plot.left + day.clamp(0.0, n_days) / n_days * plot.width();
        let size = text * 0.85;
        for (span, lane) in lanes {
            let (start, end) = (x_of(span.start), x_of(span.end));
            let top = frame.inside.top + lane_height * *lane as f64;
            let bar = [start, top + size * 1.35, (end - start - 2.0).max(2.0), 3.0];
            frame.svg.line([start, top + size], [start, plot.bottom], GRID, 1.0);
            frame.svg.rect(bar, role_color(Role::Third));
            // Near the right edge, the name ends where its span ends.
            let width = text_width(&span.label, size, Weight::Regular);
            let x = if plot.right < start + width {
                (plot.right - width).max(plot.left)
            } else {
                start
            };
            let label = wrap(&span.label, plot.right - x + 1.0, size, 1);
            frame.svg.text([x, top + size], TextStyle::new(size).color(INK), &label.concat());
        }
    }

    fn draw_days(&self, frame: &mut Frame, plot: &Rect, axis: &Axis) {
        let n_days = self.counts.len() as f64;
        plot_geometry(&mut frame.svg, plot, |area| {
            let chart = ChartBuilder::on(area).build_cartesian_2d(0.0..n_days, 0.0..axis.end)?;
            for (day, count) in self.counts.iter().enumerate() {
                let Some(count) = count.filter(|count| 0 < *count) else { continue };
                let corners = [(day as f64 + 0.08, count as f64), (day as f64 + 0.92, 0.0)];
                let fill = color(role_color(Role::Main)).filled();
                chart.plotting_area().draw(&Rectangle::new(corners, fill))?;
            }
            Ok(())
        });
        let day_width = plot.width() / n_days;
        for (day, _) in self.counts.iter().enumerate().filter(|(_, count)| count.is_none()) {
            let x = plot.left + (day as f64 + 0.5) * day_width;
            let style = TextStyle::new((day_width * 1.4).min(13.0)).color(SOFT_INK);
            frame.svg.text([x, plot.bottom - 3.0], style.anchor(Anchor::Middle), "·");
        }
    }

    fn draw_dates(&self, frame: &mut Frame, plot: &Rect, text: f64) {
        let size = text * 0.9;
        let day_width = plot.width() / self.counts.len() as f64;
        let label_width = text_width("00 Mmm 0000", size, Weight::Regular) + 12.0;
        let weeks_apart = (label_width / (7.0 * day_width)).ceil().max(1.0) as u64;
        let first_monday = (7 - u64::from(self.first_day.weekday().num_days_from_monday())) % 7;
        let mut day = first_monday;
        while (day as f64 + 0.5) * day_width < plot.width() {
            let date = self.first_day.checked_add_days(Days::new(day)).unwrap_or(self.first_day);
            let x = plot.left + day as f64 * day_width;
            frame.svg.line([x, plot.bottom], [x, plot.bottom + 5.0], SOFT_INK, 1.0);
            if x + label_width - 12.0 <= plot.right + 4.0 {
                let style = TextStyle::new(size).anchor(Anchor::Start);
                frame.svg.text([x, plot.bottom + text * 1.6], style, &day_name(date));
            }
            day += 7 * weeks_apart;
        }
    }
}

/// A date as people write it, e.g. `29 Aug 2021`.
pub(crate) fn day_name(date: NaiveDate) -> String {
    date.format("%-d %b %Y").to_string()
}

/// The room for the numbers of the value axis.
fn axis_width(text: f64) -> f64 {
    text_width(&with_thousands(10_000), text, Weight::Regular)
}
