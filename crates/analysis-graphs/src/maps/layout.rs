//! Where everything on the maps of one layer goes; worked out once, the same for all its maps.

mod labels;

use crate::drawing::{Weight, text_width, wrap};
use crate::geo::{PlaneShape, Projection, Rect};

use super::layer::MapLayer;

pub(super) use labels::{Content, Label, NAME_SIZE};

/// The long side of a map, in units of the picture.
const LONG_SIDE: f64 = 1040.0;
/// The least width: titles need it.
const LEAST_WIDTH: f64 = 760.0;
const MARGIN: f64 = 28.0;
const TITLE_HEIGHT: f64 = 92.0;
pub(super) const SMALL_TEXT: f64 = 9.0;
const SMALL_LINE: f64 = 12.0;
/// The part of the frame around the land that is kept for labels beside it.
const SIDE_ROOM: f64 = 0.06;

/// The size of the legend: the title, zero, five classes, and shapes without data.
const LEGEND_WIDTH: f64 = 150.0;
const LEGEND_HEIGHT: f64 = 7.0 * 21.0 + 56.0;

/// With more shapes than this, labels have no names, and zeros have no labels.
const MOST_SHAPES_WITH_NAMES: usize = 30;

/// Where everything on the maps of one layer goes.
#[derive(Debug)]
pub struct Layout {
    pub(super) width: f64,
    pub(super) height: f64,
    /// The outlines as SVG paths, by shape.
    pub(super) paths: Vec<String>,
    pub(super) labels: Vec<Label>,
    pub(super) shows_zeros: bool,
    pub(super) legend: Rect,
    pub(super) inset: Option<Inset>,
    /// How many units a kilometer has.
    pub(super) units_per_km: f64,
    pub(super) attribution: Vec<String>,
    /// Land, labels and inset, without titles and legend.
    map_area: Rect,
}

/// A part of the map, enlarged, for a city whose shapes are too small otherwise.
#[derive(Debug)]
pub(super) struct Inset {
    /// What is enlarged.
    pub(super) source: Rect,
    /// Where it is shown.
    pub(super) frame: Rect,
    pub(super) paths: Vec<String>,
    pub(super) labels: Vec<Label>,
}

impl Layout {
    /// The layout of a layer whose counts have at most `n_digits` digits; `source` says where the
    /// counts come from.
    pub fn new(layer: &MapLayer, n_digits: usize, source: &str) -> Self {
        // A crowded city is shown enlarged beside the map; where there is no sea, there is more paper.
        let tries = [0.0, 0.12, 0.24, 0.36].map(|more| Sheet::new(layer, source, more));
        let mut last = None;
        for sheet in tries {
            let (layout, is_good) = Self::on_sheet(layer, sheet, n_digits);
            if is_good {
                return layout;
            }
            last = Some(layout);
        }
        last.expect("there is a last try")
    }

    /// The layout, and whether a crowd, if there is one, is enlarged without hiding land.
    fn on_sheet(layer: &MapLayer, sheet: Sheet, n_digits: usize) -> (Self, bool) {
        let Sheet { width, height, attribution, frame, projection } = sheet;
        let shapes = &layer.geography.shapes;
        let shows_zeros = shapes.len() <= MOST_SHAPES_WITH_NAMES;
        let plane: Vec<PlaneShape> =
            shapes.iter().map(|shape| PlaneShape::new(shape, &projection)).collect();

        let mut placer = labels::Placer::new(layer, &plane, frame, n_digits, shows_zeros);
        placer.place_within(&projection);
        let crowd = placer.crowd();
        let inset_frames = crowd.and_then(|crowd| inset_frames(&crowd, &plane, &frame));
        if let Some((source, inset)) = &inset_frames {
            placer = labels::Placer::new(layer, &plane, frame, n_digits, shows_zeros);
            placer.reserve_outline(source);
            placer.reserve(*inset);
            placer.place_within(&projection);
            placer.leave_out(source);
        }
        let reserved = inset_frames.map(|(_, inset)| inset);
        let legend = emptiest_corner(&plane, &frame, LEGEND_WIDTH, LEGEND_HEIGHT, reserved).0;
        placer.reserve(legend);
        placer.place_beside();
        let labels = placer.finish();

        let inset = inset_frames.map(|(source, inset)| {
            Inset::new(layer, &projection, (source, inset), n_digits, shows_zeros)
        });
        let map_area = around_all(&plane, &labels, inset.as_ref());
        let is_good = crowd.is_none() || inset.is_some();
        let layout = Self {
            width,
            height,
            paths: plane.iter().map(PlaneShape::path).collect(),
            labels,
            shows_zeros,
            legend,
            inset,
            units_per_km: projection.units_per_km(),
            attribution,
            map_area,
        };
        (layout, is_good)
    }
}

impl Inset {
    fn new(
        layer: &MapLayer,
        projection: &Projection,
        (source, frame): (Rect, Rect),
        n_digits: usize,
        shows_zeros: bool,
    ) -> Self {
        let enlarged = projection.enlarged(&source, &frame);
        let shapes = &layer.geography.shapes;
        let plane: Vec<PlaneShape> =
            shapes.iter().map(|shape| PlaneShape::new(shape, &enlarged)).collect();
        let mut placer = labels::Placer::new(layer, &plane, frame, n_digits, shows_zeros);
        placer.keep_those_within_frame();
        placer.place_within(&enlarged);
        placer.place_beside();
        let labels = placer.finish();
        Self { source, frame, paths: plane.iter().map(PlaneShape::path).collect(), labels }
    }
}

impl Layout {
    /// Where the map itself is, without titles and legend.
    pub(super) fn land_and_labels(&self) -> Rect {
        self.map_area
    }
}

/// The land with its labels, and the inset.
fn around_all(shapes: &[PlaneShape], labels: &[Label], inset: Option<&Inset>) -> Rect {
    const LABEL_ROOM: [f64; 2] = [75.0, 14.0];
    let corners = |area: Rect| [[area.left, area.top], [area.right, area.bottom]];
    let shapes = shapes.iter().flat_map(|shape| corners(shape.bounds));
    let labels = labels.iter().filter(|label| label.leader.is_some()).flat_map(|label| {
        corners(Rect::around(label.place, 2.0 * LABEL_ROOM[0], 2.0 * LABEL_ROOM[1]))
    });
    let inset = inset.into_iter().flat_map(|inset| corners(inset.frame));
    Rect::of_points(shapes.chain(labels).chain(inset)).grown(6.0)
}

/// The paper of a map.
struct Sheet {
    width: f64,
    height: f64,
    attribution: Vec<String>,
    frame: Rect,
    projection: Projection,
}

impl Sheet {
    /// A sheet as large as the land needs and `more`, as a part of its long side.
    fn new(layer: &MapLayer, source: &str, more: f64) -> Self {
        let degrees = Projection::bounds(&layer.geography.shapes);
        let (map_width, map_height) = Projection::proportions(&degrees);
        let lines = |width: f64| {
            let of_text = |text: &str| wrap(text, width - 2.0 * MARGIN, SMALL_TEXT, 6);
            [of_text(source), of_text(&layer.attribution)].concat()
        };
        let around = |lines: &[String]| TITLE_HEIGHT + MARGIN + SMALL_LINE * lines.len() as f64;
        let more = more * LONG_SIDE;
        let wide = lines(LONG_SIDE);
        let land_height = (LONG_SIDE - 2.0 * MARGIN) * map_height / map_width;
        let is_wide = land_height + around(&wide) <= LONG_SIDE;
        let (width, height, attribution) = if is_wide {
            let height = (land_height + around(&wide)).max(LONG_SIDE * 0.5);
            (LONG_SIDE, height + more, wide)
        } else {
            let land_width = (LONG_SIDE - around(&wide)) * map_width / map_height;
            let width = (land_width + 2.0 * MARGIN).clamp(LEAST_WIDTH, LONG_SIDE) + more;
            (width, LONG_SIDE, lines(width))
        };
        let frame = Rect {
            left: MARGIN,
            top: TITLE_HEIGHT,
            right: width - MARGIN,
            bottom: height - MARGIN - SMALL_LINE * attribution.len() as f64,
        };
        let room = SIDE_ROOM * frame.width().min(frame.height());
        let mut land = frame.grown(-room);
        if is_wide {
            land.bottom -= more;
        } else {
            land.right -= more;
        }
        let projection = Projection::fit(&degrees, &land);
        Self { width, height, attribution, frame, projection }
    }
}

/// The part to enlarge, and where: in a corner, as large as fits without hiding land.
fn inset_frames(crowd: &Rect, shapes: &[PlaneShape], frame: &Rect) -> Option<(Rect, Rect)> {
    const MOST_OF_FRAME: f64 = 0.62;
    let source = crowd.grown(crowd.width().max(crowd.height()) * 0.06);
    let (most_width, most_height) = (frame.width() * MOST_OF_FRAME, frame.height() * MOST_OF_FRAME);
    [6.0, 5.0, 4.5, 4.0, 3.6, 3.2, 2.8, 2.5, 2.3].into_iter().find_map(|zoom| {
        let (width, height) = (source.width() * zoom, source.height() * zoom);
        if most_width < width || most_height < height {
            return None;
        }
        let (inset, hidden) = emptiest_corner(shapes, frame, width, height, None);
        (hidden == 0 && !inset.overlaps(&source)).then_some((source, inset))
    })
}

/// The corner of the frame where a box of the given size hides the least land, and how much.
fn emptiest_corner(
    shapes: &[PlaneShape],
    frame: &Rect,
    width: f64,
    height: f64,
    taken: Option<Rect>,
) -> (Rect, usize) {
    let at = |left: f64, top: f64| Rect { left, top, right: left + width, bottom: top + height };
    let (right, bottom) = (frame.right - width, frame.bottom - height);
    let corners = [
        at(right, bottom),
        at(frame.left, frame.top),
        at(frame.left, bottom),
        at(right, frame.top),
    ];
    let land = |corner: &Rect| {
        let on_land = |point: &[f64; 2]| shapes.iter().any(|shape| shape.contains(*point));
        let hides_other = taken.is_some_and(|taken| taken.overlaps(corner));
        corner.grid(8.0).filter(on_land).count() + if hides_other { 1_000_000 } else { 0 }
    };
    let hiding = corners.map(|corner| (corner, land(&corner)));
    hiding.into_iter().min_by_key(|(_, hidden)| *hidden).expect("a frame has four corners")
}

/// The width of a count of `n_digits` digits.
fn count_width(n_digits: usize, size: f64) -> f64 {
    text_width(&"0".repeat(n_digits), size, Weight::Bold)
}
