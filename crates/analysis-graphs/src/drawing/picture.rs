//! A picture as SVG, and as PNG made from it.

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree};

use super::font::fonts;

/// How many pixels of a PNG a unit of the SVG has, at least.
const PIXELS_PER_UNIT: f32 = 2.0;

/// The long side of a PNG, in pixels, at least.
const LONG_SIDE_PIXELS: f32 = 2000.0;

/// How many pixels an inch has when a PNG is printed.
const PIXELS_PER_INCH: f64 = 300.0;

/// A picture.
#[derive(Debug, Clone)]
pub struct Picture {
    /// Where it goes below `Automated Analysis/`, without the ending, e.g. `graphs/traffic`.
    pub path: String,
    /// The picture.
    pub svg: String,
}

impl Picture {
    /// The picture as a PNG of at least 2,000 pixels on its long side.
    ///
    /// # Errors
    ///
    /// [`PictureError`] when the SVG is not one, which is a bug.
    pub fn png(&self) -> Result<Vec<u8>, PictureError> {
        let failed = |reason: String| PictureError { path: self.path.clone(), reason };
        let options = Options { fontdb: fonts(), ..Options::default() };
        let tree =
            Tree::from_str(&self.svg, &options).map_err(|error| failed(error.to_string()))?;
        let size = tree.size();
        let zoom = PIXELS_PER_UNIT.max(LONG_SIDE_PIXELS / size.width().max(size.height()));
        let pixels = |length: f32| (length * zoom).ceil() as u32;
        let mut pixmap = Pixmap::new(pixels(size.width()), pixels(size.height()))
            .ok_or_else(|| failed(format!("the size {size:?} cannot be drawn")))?;
        pixmap.fill(resvg::tiny_skia::Color::WHITE);
        resvg::render(&tree, Transform::from_scale(zoom, zoom), &mut pixmap.as_mut());
        encode(&pixmap).map_err(|error| failed(error.to_string()))
    }
}

/// Everything is opaque, so the alpha channel is left out.
fn encode(pixmap: &Pixmap) -> Result<Vec<u8>, png::EncodingError> {
    let colors: Vec<u8> =
        pixmap.data().chunks_exact(4).flat_map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect();
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, pixmap.width(), pixmap.height());
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Fast);
    let per_meter = (PIXELS_PER_INCH / 0.0254).round() as u32;
    let dimensions =
        png::PixelDimensions { xppu: per_meter, yppu: per_meter, unit: png::Unit::Meter };
    encoder.set_pixel_dims(Some(dimensions));
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&colors)?;
    writer.finish()?;
    Ok(bytes)
}

/// A picture could not be made.
#[derive(Debug, thiserror::Error)]
#[error("could not draw `{path}`: {reason}")]
pub struct PictureError {
    /// The picture.
    pub path: String,
    /// Why.
    pub reason: String,
}
