//! Shapes on the plane of a picture: projection, point in polygon, the roomiest place of a shape.

use std::collections::BinaryHeap;
use std::fmt::Write as _;

use super::geojson::Shape;
use crate::drawing::number;

/// A place on the picture; y grows downwards.
pub(crate) type Point = [f64; 2];

/// A rectangle on the picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Rect {
    pub(crate) left: f64,
    pub(crate) top: f64,
    pub(crate) right: f64,
    pub(crate) bottom: f64,
}

/// From degrees to the plane: a degree of longitude is as long as it is in the middle of the map.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Projection {
    west: f64,
    north: f64,
    x_per_degree: f64,
    y_per_degree: f64,
    left: f64,
    top: f64,
}

/// A shape on the picture.
#[derive(Debug, Clone)]
pub(crate) struct PlaneShape {
    pub(crate) rings: Vec<Vec<Point>>,
    pub(crate) bounds: Rect,
    /// The middle of the largest circle within the shape, and its radius.
    pub(crate) center: Point,
    pub(crate) radius: f64,
}

impl Rect {
    /// A rectangle of the given size around a middle.
    pub(crate) fn around(middle: Point, width: f64, height: f64) -> Self {
        let [x, y] = middle;
        let (half_width, half_height) = (width / 2.0, height / 2.0);
        Self {
            left: x - half_width,
            top: y - half_height,
            right: x + half_width,
            bottom: y + half_height,
        }
    }

    /// The smallest rectangle with all points; upside down without any.
    pub(crate) fn of_points(points: impl IntoIterator<Item = Point>) -> Self {
        let empty = Self {
            left: f64::INFINITY,
            top: f64::INFINITY,
            right: f64::NEG_INFINITY,
            bottom: f64::NEG_INFINITY,
        };
        points.into_iter().fold(empty, |bounds, [x, y]| Self {
            left: bounds.left.min(x),
            top: bounds.top.min(y),
            right: bounds.right.max(x),
            bottom: bounds.bottom.max(y),
        })
    }

    pub(crate) fn width(&self) -> f64 {
        self.right - self.left
    }

    pub(crate) fn height(&self) -> f64 {
        self.bottom - self.top
    }

    pub(crate) fn middle(&self) -> Point {
        [(self.left + self.right) / 2.0, (self.top + self.bottom) / 2.0]
    }

    pub(crate) fn grown(&self, by: f64) -> Self {
        Self {
            left: self.left - by,
            top: self.top - by,
            right: self.right + by,
            bottom: self.bottom + by,
        }
    }

    pub(crate) fn overlaps(&self, other: &Self) -> bool {
        self.left < other.right
            && other.left < self.right
            && self.top < other.bottom
            && other.top < self.bottom
    }

    pub(crate) fn contains_rect(&self, other: &Self) -> bool {
        self.left <= other.left
            && other.right <= self.right
            && self.top <= other.top
            && other.bottom <= self.bottom
    }

    /// Points spread over the rectangle, its corners included.
    pub(crate) fn grid(&self, step: f64) -> impl Iterator<Item = Point> {
        let Self { left, top, .. } = *self;
        let (n_x, n_y) =
            ((self.width() / step).ceil().max(1.0), (self.height() / step).ceil().max(1.0));
        let (step_x, step_y) = (self.width() / n_x, self.height() / n_y);
        (0..=n_x as u32).flat_map(move |x| {
            (0..=n_y as u32)
                .map(move |y| [left + f64::from(x) * step_x, top + f64::from(y) * step_y])
        })
    }
}

impl Projection {
    /// The projection that fits `degrees` (left is west, top is north) into `frame`, in its middle.
    pub(crate) fn fit(degrees: &Rect, frame: &Rect) -> Self {
        let (width, height) = Self::proportions(degrees);
        let scale = (frame.width() / width).min(frame.height() / height);
        let [x, y] = frame.middle();
        Self {
            west: degrees.left,
            north: -degrees.top,
            x_per_degree: scale * width / (degrees.width().max(1e-9)),
            y_per_degree: scale,
            left: x - scale * width / 2.0,
            top: y - scale * height / 2.0,
        }
    }

    /// Width and height of the map, both in degrees of latitude.
    pub(crate) fn proportions(degrees: &Rect) -> (f64, f64) {
        let middle_latitude = degrees.middle()[1];
        let squeeze = middle_latitude.to_radians().cos().max(0.05);
        ((degrees.width() * squeeze).max(1e-9), degrees.height().max(1e-9))
    }

    /// The place of a point in degrees.
    pub(crate) fn place(&self, [longitude, latitude]: [f64; 2]) -> Point {
        [
            self.left + (longitude - self.west) * self.x_per_degree,
            self.top + (self.north - latitude) * self.y_per_degree,
        ]
    }

    /// The projection that shows what is at `source` in this one at `frame`.
    pub(crate) fn enlarged(&self, source: &Rect, frame: &Rect) -> Self {
        let zoom = frame.width() / source.width();
        Self {
            x_per_degree: self.x_per_degree * zoom,
            y_per_degree: self.y_per_degree * zoom,
            left: frame.left + (self.left - source.left) * zoom,
            top: frame.top + (self.top - source.top) * zoom,
            ..*self
        }
    }

    /// How many units of the picture a kilometer has.
    pub(crate) fn units_per_km(&self) -> f64 {
        const KM_PER_DEGREE: f64 = 111.2;
        self.y_per_degree / KM_PER_DEGREE
    }

    /// The bounds of shapes in degrees, upside down as a picture needs them: top is minus north.
    pub(crate) fn bounds<'a>(shapes: impl IntoIterator<Item = &'a Shape>) -> Rect {
        let rings = shapes.into_iter().flat_map(|shape| shape.polygons.iter().flatten());
        Rect::of_points(rings.flatten().map(|[longitude, latitude]| [*longitude, -latitude]))
    }
}

impl PlaneShape {
    /// The shape on the picture, without points that nobody could tell apart.
    pub(crate) fn new(shape: &Shape, projection: &Projection) -> Self {
        let rings: Vec<Vec<Point>> = shape
            .polygons
            .iter()
            .flatten()
            .map(|ring| thin_out(ring.iter().map(|point| projection.place(*point))))
            .collect();
        let bounds = Rect::of_points(rings.iter().flatten().copied());
        let mut shape = Self { rings, bounds, center: bounds.middle(), radius: 0.0 };
        (shape.center, shape.radius) = shape.roomiest_place();
        shape
    }

    /// The outlines as the `d` of an SVG path, to be filled by the even-odd rule.
    pub(crate) fn path(&self) -> String {
        let mut path = String::new();
        for ring in &self.rings {
            for (position, [x, y]) in ring.iter().enumerate() {
                let command = if position == 0 { 'M' } else { 'L' };
                let _ = write!(path, "{command}{} {}", number(*x), number(*y));
            }
            path.push('Z');
        }
        path
    }

    /// Whether a point is within the shape.
    pub(crate) fn contains(&self, [x, y]: Point) -> bool {
        let Rect { left, top, right, bottom } = self.bounds;
        if x < left || right < x || y < top || bottom < y {
            return false;
        }
        let crossings = self.edges().filter(|([x1, y1], [x2, y2])| {
            (*y1 <= y) != (*y2 <= y) && x < (x2 - x1) * (y - y1) / (y2 - y1) + x1
        });
        crossings.count() % 2 == 1
    }

    /// Whether a rectangle is within the shape, as far as its outline and middle tell.
    pub(crate) fn contains_rect(&self, rect: &Rect) -> bool {
        rect.grid(6.0).all(|point| self.contains(point))
    }

    fn edges(&self) -> impl Iterator<Item = (Point, Point)> {
        self.rings.iter().flat_map(|ring| {
            let last = ring.last().copied().unwrap_or_default();
            std::iter::once(last).chain(ring.iter().copied()).zip(ring.iter().copied())
        })
    }

    /// The distance from the outline; negative outside.
    fn depth(&self, point: Point) -> f64 {
        let squared = self
            .edges()
            .map(|(start, end)| squared_distance(point, start, end))
            .fold(f64::INFINITY, f64::min);
        if self.contains(point) { squared.sqrt() } else { -squared.sqrt() }
    }

    /// The point farthest from the outline, by halving cells that can still hold a better one.
    fn roomiest_place(&self) -> (Point, f64) {
        let bounds = self.bounds;
        // A sliver is not cut into more squares than there are on a map.
        let longest = bounds.width().max(bounds.height());
        let size = bounds.width().min(bounds.height()).max(longest / 50.0).max(1e-6);
        let precision = (size / 100.0).max(0.05);
        let mut cells = BinaryHeap::new();
        let mut best = Cell::new(self, bounds.middle(), 0.0);
        let mut x = bounds.left;
        while x < bounds.right {
            let mut y = bounds.top;
            while y < bounds.bottom {
                cells.push(Cell::new(self, [x + size / 2.0, y + size / 2.0], size / 2.0));
                y += size;
            }
            x += size;
        }
        while let Some(cell) = cells.pop() {
            if best.depth < cell.depth {
                best = cell;
            }
            if cell.most() - best.depth <= precision {
                continue;
            }
            let half = cell.half / 2.0;
            for (dx, dy) in [(-half, -half), (half, -half), (-half, half), (half, half)] {
                cells.push(Cell::new(self, [cell.middle[0] + dx, cell.middle[1] + dy], half));
            }
        }
        (best.middle, best.depth.max(0.0))
    }
}

/// A square that can hold the roomiest place; the most promising comes first.
#[derive(Debug, Clone, Copy)]
struct Cell {
    middle: Point,
    half: f64,
    depth: f64,
}

impl Cell {
    fn new(shape: &PlaneShape, middle: Point, half: f64) -> Self {
        Self { middle, half, depth: shape.depth(middle) }
    }

    /// The greatest depth that any point of the square can have.
    fn most(&self) -> f64 {
        self.depth + self.half * std::f64::consts::SQRT_2
    }
}

impl Ord for Cell {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.most().total_cmp(&other.most())
    }
}

impl PartialOrd for Cell {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Cell {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Cell {}

/// Leaves out points that are very near the one before.
fn thin_out(points: impl Iterator<Item = Point>) -> Vec<Point> {
    const NEAR: f64 = 0.15;
    let mut thinned: Vec<Point> = Vec::new();
    for point in points {
        let is_near =
            |last: &Point| (last[0] - point[0]).abs().max((last[1] - point[1]).abs()) < NEAR;
        if !thinned.last().is_some_and(is_near) {
            thinned.push(point);
        }
    }
    thinned
}

fn squared_distance([x, y]: Point, [x1, y1]: Point, [x2, y2]: Point) -> f64 {
    let (dx, dy) = (x2 - x1, y2 - y1);
    let length = dx * dx + dy * dy;
    let along = if length == 0.0 { 0.0 } else { ((x - x1) * dx + (y - y1) * dy) / length };
    let along = along.clamp(0.0, 1.0);
    let (dx, dy) = (x - x1 - along * dx, y - y1 - along * dy);
    dx * dx + dy * dy
}

/// Whether two lines cross each other.
pub(crate) fn segments_cross((a, b): (Point, Point), (c, d): (Point, Point)) -> bool {
    let side = |from: Point, to: Point, point: Point| {
        (to[0] - from[0]) * (point[1] - from[1]) - (to[1] - from[1]) * (point[0] - from[0])
    };
    (0.0 < side(a, b, c)) != (0.0 < side(a, b, d)) && (0.0 < side(c, d, a)) != (0.0 < side(c, d, b))
}

#[cfg(test)]
mod tests;
