//! Value axes: round steps, and grids drawn by plotters.

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::RGBColor;

use crate::drawing::{Anchor, GRID, SOFT_INK, Svg, TextStyle, with_thousands};
use crate::geo::Rect;

/// A drawing area of plotters that writes SVG.
pub(super) type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// An axis from 0 to a round number.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Axis {
    pub(super) end: f64,
    pub(super) ticks: Vec<f64>,
}

impl Axis {
    /// An axis for whole numbers up to `greatest` with at most `most_ticks` steps.
    pub(super) fn up_to(greatest: f64, most_ticks: usize) -> Self {
        let least_step = (greatest / most_ticks.max(1) as f64).max(1.0);
        let power = 10_f64.powf(least_step.log10().floor());
        let steps = [1.0, 2.0, 5.0, 10.0].map(|factor| factor * power);
        let step = steps.into_iter().find(|step| least_step <= *step).unwrap_or(10.0 * power);
        let n_steps = (greatest / step).ceil().max(1.0) as u32;
        let ticks: Vec<f64> = (0..=n_steps).map(|tick| f64::from(tick) * step).collect();
        Self { end: f64::from(n_steps) * step, ticks }
    }

    /// Draws lines across `plot` at the ticks, and the numbers to the left of it.
    pub(super) fn draw_horizontal_lines(
        &self,
        svg: &mut Svg,
        plot: &Rect,
        text_size: f64,
        unit: &str,
    ) {
        plot_geometry(svg, plot, |area| {
            let chart = ChartBuilder::on(area).build_cartesian_2d(0.0..1.0, 0.0..self.end)?;
            let line = |tick: &f64| PathElement::new([(0.0, *tick), (1.0, *tick)], color(GRID));
            self.ticks.iter().try_for_each(|tick| chart.plotting_area().draw(&line(tick)))
        });
        for tick in &self.ticks {
            let y = plot.bottom - tick / self.end * plot.height();
            let style = TextStyle::new(text_size).color(SOFT_INK).anchor(Anchor::End);
            let text = format!("{}{unit}", with_thousands(*tick as u64));
            svg.text([plot.left - 6.0, y + text_size * 0.36], style, &text);
        }
    }

    /// Draws lines down `plot` at the ticks, and the numbers below it.
    pub(super) fn draw_vertical_lines(
        &self,
        svg: &mut Svg,
        plot: &Rect,
        text_size: f64,
        unit: &str,
    ) {
        plot_geometry(svg, plot, |area| {
            let chart = ChartBuilder::on(area).build_cartesian_2d(0.0..self.end, 0.0..1.0)?;
            let line = |tick: &f64| PathElement::new([(*tick, 0.0), (*tick, 1.0)], color(GRID));
            self.ticks.iter().try_for_each(|tick| chart.plotting_area().draw(&line(tick)))
        });
        for tick in &self.ticks {
            let x = plot.left + tick / self.end * plot.width();
            let style = TextStyle::new(text_size).color(SOFT_INK).anchor(Anchor::Middle);
            let text = format!("{}{unit}", with_thousands(*tick as u64));
            svg.text([x, plot.bottom + text_size * 1.4], style, &text);
        }
    }
}

/// Draws with plotters into `place`, which begins at its upper left corner.
pub(super) fn plot_geometry(
    svg: &mut Svg,
    place: &Rect,
    draw: impl FnOnce(&Area<'_>) -> Result<(), DrawingAreaErrorKind<std::io::Error>>,
) {
    let size = (place.width().round() as u32, place.height().round() as u32);
    let mut drawn = String::new();
    {
        let area = SVGBackend::with_string(&mut drawn, size).into_drawing_area();
        draw(&area).and_then(|()| area.present()).expect("drawing into memory cannot fail");
    }
    let inside = drawn.split_once('>').map_or("", |(_, rest)| rest);
    let inside = inside.rsplit_once("</svg>").map_or("", |(inside, _)| inside);
    svg.group_at([place.left.round(), place.top.round()], inside.trim());
}

/// A color of the palette for plotters.
pub(super) fn color(hex: &str) -> RGBColor {
    let channel = |place: usize| u8::from_str_radix(&hex[place..place + 2], 16).unwrap_or(0);
    RGBColor(channel(1), channel(3), channel(5))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_round_and_whole() {
        for (greatest, most_ticks, end, n_ticks) in [
            (0.0, 5, 1.0, 2),
            (1.0, 5, 1.0, 2),
            (4.0, 5, 4.0, 5),
            (86.0, 5, 100.0, 6),
            (448.0, 5, 500.0, 6),
            (101.0, 4, 150.0, 4),
        ] {
            let axis = Axis::up_to(greatest, most_ticks);
            assert_eq!((axis.end, axis.ticks.len()), (end, n_ticks), "greatest: {greatest}");
        }
    }
}
