//! What is around every graph: title, what is counted, source, and room for the plot.

use crate::drawing::{
    Anchor, PAPER, SOFT_INK, Svg, TextStyle, Weight, role_color, text_width, wrap,
};
use crate::geo::Rect;

use super::columns::Series;

/// What is written around a graph.
#[derive(Debug, Clone, Default)]
pub(crate) struct Words {
    pub(crate) title: String,
    pub(crate) subtitle: String,
    pub(crate) source: String,
}

/// How large a graph is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Format {
    pub(crate) width: f64,
    /// The size of most texts.
    pub(crate) text: f64,
    /// Width of a plot, divided by its height.
    pub(crate) proportion: f64,
    /// Whether the words are part of the picture; in a page they stand around it.
    pub(crate) with_words: bool,
}

impl Format {
    /// For files: a slide, or a page's width in print.
    pub(crate) const FILE: Self =
        Self { width: 1200.0, text: 14.0, proportion: 2.1, with_words: true };
    /// For a web page on a wide screen.
    pub(crate) const WIDE: Self =
        Self { width: 880.0, text: 13.0, proportion: 2.6, with_words: false };
    /// For a web page on a phone.
    pub(crate) const NARROW: Self =
        Self { width: 358.0, text: 11.5, proportion: 1.25, with_words: false };

    /// The room around a graph.
    pub(super) fn margin(&self) -> f64 {
        if self.with_words { 32.0 } else { 2.0 }
    }
}

/// A graph that has its words, and is ready for its plot.
pub(super) struct Frame {
    pub(super) svg: Svg,
    /// Where the graph itself goes.
    pub(super) inside: Rect,
    title: String,
}

impl Frame {
    /// A frame around a graph of the given height.
    pub(super) fn new(format: Format, words: &Words, inside_height: f64) -> Self {
        let margin = format.margin();
        let text_width = format.width - 2.0 * margin;
        if !format.with_words {
            let svg = Svg::new(format.width, inside_height + 2.0 * margin);
            let inside = Rect {
                left: margin,
                top: margin,
                right: format.width - margin,
                bottom: margin + inside_height,
            };
            return Self { svg, inside, title: words.title.clone() };
        }
        // Bold text is wider than the regular text that lines are measured with.
        let title_lines = wrap(&words.title, text_width * 0.88, 24.0, 3);
        let subtitle_lines = wrap(&words.subtitle, text_width, 15.0, 4);
        let source_lines = wrap(&words.source, text_width, 11.0, 3);
        let top =
            margin + 30.0 * title_lines.len() as f64 + 20.0 * subtitle_lines.len() as f64 + 14.0;
        let below = 22.0 + 15.0 * source_lines.len() as f64 + margin * 0.5;
        let height = top + inside_height + below;

        let mut svg = Svg::new(format.width, height);
        svg.rect([0.0, 0.0, format.width, height], PAPER);
        let mut y = margin + 20.0;
        for line in &title_lines {
            svg.text([margin, y], TextStyle::new(24.0).bold(), line);
            y += 30.0;
        }
        for line in &subtitle_lines {
            svg.text([margin, y - 3.0], TextStyle::new(15.0).color(SOFT_INK), line);
            y += 20.0;
        }
        let mut y = height - margin * 0.5 - 15.0 * source_lines.len() as f64 + 8.0;
        for line in &source_lines {
            svg.text([margin, y], TextStyle::new(11.0).color(SOFT_INK), line);
            y += 15.0;
        }
        let inside =
            Rect { left: margin, top, right: format.width - margin, bottom: top + inside_height };
        Self { svg, inside, title: words.title.clone() }
    }

    /// Draws the names of the series with their colors from the upper left corner of the inside,
    /// and takes that room away from it.
    pub(super) fn draw_legend(&mut self, series: &[Series], text_size: f64) {
        let swatch = text_size * 0.85;
        let (mut x, mut y) = (self.inside.left, self.inside.top + text_size);
        for Series { name, role } in series {
            let width = swatch + 6.0 + text_width(name, text_size, Weight::Regular);
            if self.inside.right < x + width && self.inside.left < x {
                x = self.inside.left;
                y += text_size * 1.6;
            }
            self.svg.rect([x, y - swatch, swatch, swatch], role_color(*role));
            self.svg.text([x + swatch + 6.0, y], TextStyle::new(text_size), name);
            x += width + 18.0;
        }
        self.inside.top = y + text_size;
    }

    /// Says why there is nothing to draw, if none of the values is above zero.
    pub(super) fn draw_nothing(
        &mut self,
        mut values: impl Iterator<Item = Option<u64>>,
        text_size: f64,
    ) -> bool {
        let mut is_hidden = false;
        if values.any(|value| {
            is_hidden |= value.is_none();
            value.is_some_and(|value| 0 < value)
        }) {
            return false;
        }
        let text = if is_hidden { "Too few to be shown" } else { "No data yet" };
        self.draw_note(text, text_size);
        true
    }

    /// Says that there is nothing to draw.
    pub(super) fn draw_no_data(&mut self, text_size: f64) {
        self.draw_note("No data yet", text_size);
    }

    fn draw_note(&mut self, text: &str, text_size: f64) {
        let [x, y] = self.inside.middle();
        let style = TextStyle::new(text_size * 1.3).color(SOFT_INK).anchor(Anchor::Middle);
        self.svg.text([x, y], style, text);
    }

    pub(super) fn finish(self) -> String {
        self.svg.finish(&self.title)
    }
}
