//! What maps and graphs are drawn with: text that is measured, SVG, and PNG made from it.

mod font;
mod palette;
mod picture;
mod svg;

pub(crate) use font::{Weight, text_width, wrap};
pub(crate) use palette::{
    COAST, GRID, INK, NO_DATA, PAPER, Role, SOFT_INK, ZERO, class_color, is_dark, role_color,
};
pub use picture::{Picture, PictureError};
pub(crate) use svg::{Anchor, Svg, TextStyle, escape, number, with_thousands};
