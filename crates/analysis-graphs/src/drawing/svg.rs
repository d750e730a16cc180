//! SVG, written piece by piece.

use std::fmt::Write as _;

use super::font::{FAMILY, Weight};
use super::palette::INK;

/// An SVG that grows; what is drawn later lies above.
pub(crate) struct Svg {
    width: f64,
    height: f64,
    body: String,
}

/// How a text looks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TextStyle {
    pub(crate) size: f64,
    pub(crate) weight: Weight,
    pub(crate) color: &'static str,
    pub(crate) anchor: Anchor,
    /// The color of an outline that keeps the text apart from what lies below it.
    pub(crate) halo: Option<&'static str>,
}

/// Which part of a text is at its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Anchor {
    Start,
    Middle,
    End,
}

impl TextStyle {
    /// Regular text of the size `size`, beginning at its place.
    pub(crate) fn new(size: f64) -> Self {
        Self { size, weight: Weight::Regular, color: INK, anchor: Anchor::Start, halo: None }
    }

    pub(crate) fn bold(self) -> Self {
        Self { weight: Weight::Bold, ..self }
    }

    pub(crate) fn color(self, color: &'static str) -> Self {
        Self { color, ..self }
    }

    pub(crate) fn anchor(self, anchor: Anchor) -> Self {
        Self { anchor, ..self }
    }

    pub(crate) fn halo(self, color: &'static str) -> Self {
        Self { halo: Some(color), ..self }
    }
}

impl Svg {
    pub(crate) fn new(width: f64, height: f64) -> Self {
        Self { width, height, body: String::with_capacity(16 * 1024) }
    }

    /// A filled rectangle.
    pub(crate) fn rect(&mut self, [x, y, width, height]: [f64; 4], fill: &str) {
        let _ = write!(
            self.body,
            r#"<rect x="{}" y="{}" width="{}" height="{}" fill="{fill}"/>"#,
            number(x),
            number(y),
            number(width.max(0.0)),
            number(height.max(0.0))
        );
    }

    /// A line.
    pub(crate) fn line(&mut self, from: [f64; 2], to: [f64; 2], stroke: &str, width: f64) {
        let _ = write!(
            self.body,
            r#"<line x1="{}" y1="{}" x2="{}" y2="{}" stroke="{stroke}" stroke-width="{}"/>"#,
            number(from[0]),
            number(from[1]),
            number(to[0]),
            number(to[1]),
            number(width)
        );
    }

    /// A dot.
    pub(crate) fn dot(&mut self, center: [f64; 2], radius: f64, fill: &str) {
        let _ = write!(
            self.body,
            r#"<circle cx="{}" cy="{}" r="{}" fill="{fill}"/>"#,
            number(center[0]),
            number(center[1]),
            number(radius)
        );
    }

    /// A text whose base line is at `y`.
    pub(crate) fn text(&mut self, [x, y]: [f64; 2], style: TextStyle, text: &str) {
        let TextStyle { size, weight, color, anchor, halo } = style;
        let _ = write!(
            self.body,
            r#"<text x="{}" y="{}" font-family="{FAMILY}" font-size="{}" fill="{color}""#,
            number(x),
            number(y),
            number(size)
        );
        if weight == Weight::Bold {
            self.body.push_str(r#" font-weight="bold""#);
        }
        match anchor {
            Anchor::Start => {}
            Anchor::Middle => self.body.push_str(r#" text-anchor="middle""#),
            Anchor::End => self.body.push_str(r#" text-anchor="end""#),
        }
        if let Some(halo) = halo {
            let width = number(size * 0.22);
            let _ = write!(
                self.body,
                r#" paint-order="stroke" stroke="{halo}" stroke-width="{width}" stroke-linejoin="round""#
            );
        }
        let _ = write!(self.body, ">{}</text>", escape(text));
    }

    /// A group of other elements, moved.
    pub(crate) fn group_at(&mut self, [x, y]: [f64; 2], elements: &str) {
        let (x, y) = (number(x), number(y));
        let _ = write!(self.body, r#"<g transform="translate({x} {y})">{elements}</g>"#);
    }

    /// Anything else.
    pub(crate) fn raw(&mut self, element: &str) {
        self.body.push_str(element);
    }

    /// The whole, with a title for those who do not see it.
    pub(crate) fn finish(self, title: &str) -> String {
        let (width, height) = (number(self.width), number(self.height));
        format!(
            r#"<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" role="img"><title>{}</title>{}</svg>"#,
            escape(title),
            self.body
        )
    }
}

/// A number with at most one decimal.
pub(crate) fn number(value: f64) -> String {
    let tenths = (value * 10.0).round();
    if tenths % 10.0 == 0.0 {
        format!("{}", tenths as i64 / 10)
    } else {
        format!("{}", tenths / 10.0)
    }
}

/// A number with thin spaces between groups of three digits.
pub(crate) fn with_thousands(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if 0 < place && (digits.len() - place).is_multiple_of(3) && 4 < digits.len() {
            text.push('\u{2009}');
        }
        text.push(digit);
    }
    text
}

/// Text as XML or HTML shows it; characters that XML cannot hold become `\u{fffd}`.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '\n' | '\t' | '\r' => escaped.push(' '),
            '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}' => {
                escaped.push('\u{fffd}');
            }
            _ => escaped.push(character),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        assert_eq!([1.0, 1.25, -0.04, 99.96, -3.45].map(number), ["1", "1.3", "0", "100", "-3.5"]);
    }

    #[test]
    fn text_stays_text() {
        assert_eq!(
            escape("<script>alert('x' & \"y\")</script>\u{1}"),
            "&lt;script&gt;alert(&#39;x&#39; &amp; &quot;y&quot;)&lt;/script&gt;\u{fffd}"
        );
    }
}
