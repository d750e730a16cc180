//! The widths of texts in the font of all pictures, DejaVu Sans.

use std::sync::{Arc, LazyLock};

use resvg::usvg::fontdb;
use rustc_hash::FxHashMap;
use skrifa::instance::{LocationRef, Size};
use skrifa::{FontRef, MetadataProvider};

/// What SVG files ask for: elsewhere, the fonts after the first have nearly the same widths.
pub(crate) const FAMILY: &str = "DejaVu Sans, Verdana, sans-serif";

/// How heavy a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Weight {
    Regular,
    Bold,
}

/// The fonts that pictures are rendered with; no font of the machine is ever used.
pub(crate) fn fonts() -> Arc<fontdb::Database> {
    static FONTS: LazyLock<Arc<fontdb::Database>> = LazyLock::new(|| {
        let mut fonts = fontdb::Database::new();
        fonts.load_font_data(dejavu::sans::regular().to_vec());
        fonts.load_font_data(dejavu::sans::bold().to_vec());
        fonts.set_sans_serif_family("DejaVu Sans");
        Arc::new(fonts)
    });
    Arc::clone(&FONTS)
}

/// The width of `text` at the size `size`, in the same unit.
pub(crate) fn text_width(text: &str, size: f64, weight: Weight) -> f64 {
    static REGULAR: LazyLock<Widths> = LazyLock::new(|| Widths::of(dejavu::sans::regular()));
    static BOLD: LazyLock<Widths> = LazyLock::new(|| Widths::of(dejavu::sans::bold()));
    let widths = match weight {
        Weight::Regular => &*REGULAR,
        Weight::Bold => &*BOLD,
    };
    text.chars().map(|character| widths.of_character(character)).sum::<f64>() * size
}

/// `text` in lines that are at most `width` wide; words that are longer are cut.
///
/// More than `most_lines` lines end with an ellipsis.
pub(crate) fn wrap(text: &str, width: f64, size: f64, most_lines: usize) -> Vec<String> {
    let fits = |line: &str| text_width(line, size, Weight::Regular) <= width;
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let line = lines.last_mut().expect("there is always a line");
        let longer = if line.is_empty() { word.to_owned() } else { format!("{line} {word}") };
        if fits(&longer) {
            *line = longer;
            continue;
        }
        if !line.is_empty() {
            lines.push(String::new());
        }
        for character in word.chars() {
            let line = lines.last_mut().expect("there is always a line");
            if !line.is_empty() && !fits(&format!("{line}{character}")) {
                lines.push(String::new());
            }
            lines.last_mut().expect("there is always a line").push(character);
        }
    }
    if most_lines < lines.len() {
        lines.truncate(most_lines);
        let last = lines.last_mut().expect("there is always a line");
        while !last.is_empty() && !fits(&format!("{last}…")) {
            last.pop();
        }
        last.push('…');
    }
    lines
}

/// Widths of characters, as parts of the font size.
struct Widths {
    known: FxHashMap<char, f64>,
    otherwise: f64,
}

impl Widths {
    fn of(font: &'static [u8]) -> Self {
        let font = FontRef::new(font).expect("the font is part of the program");
        let metrics = font.glyph_metrics(Size::new(1.0), LocationRef::default());
        let known = font
            .charmap()
            .mappings()
            .filter_map(|(character, glyph)| {
                let character = char::from_u32(character)?;
                Some((character, f64::from(metrics.advance_width(glyph)?)))
            })
            .collect();
        Self { known, otherwise: 0.6 }
    }

    fn of_character(&self, character: char) -> f64 {
        self.known.get(&character).copied().unwrap_or(self.otherwise)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_grow_with_text_size_and_weight() {
        let regular = text_width("Banadir", 10.0, Weight::Regular);
        assert!((35.0..45.0).contains(&regular), "{regular}");
        assert!(regular < text_width("Banadir", 10.0, Weight::Bold));
        assert!((text_width("Banadir", 20.0, Weight::Regular) - 2.0 * regular).abs() < 1e-6);
    }

    #[test]
    fn long_texts_are_wrapped_cut_and_shortened() {
        assert_eq!(wrap("one two three", 50.0, 10.0, 9), ["one two", "three"]);
        assert_eq!(wrap("", 50.0, 10.0, 9), [""]);
        let cut = wrap("donaudampfschifffahrt", 50.0, 10.0, 9);
        assert!(1 < cut.len());
        assert_eq!(cut.concat(), "donaudampfschifffahrt");
        let short = wrap("one two three four five six", 50.0, 10.0, 2);
        assert_eq!(short.len(), 2);
        assert!(short[1].ends_with('…'));
    }
}
