//! Labels on a map: within their shape where they fit, beside it with a line where they do not.

use std::f64::consts::TAU;

use super::{MapLayer, count_width};
use crate::drawing::{Weight, text_width};
use crate::geo::{PlaneShape, Point, Projection, Rect, segments_cross};

/// The size of a count, and of the name of its shape.
const COUNT_SIZE: f64 = 13.0;
const SMALL_COUNT_SIZE: f64 = 11.0;
/// The size of a name, as a part of the size of the count beside it.
pub(in crate::maps) const NAME_SIZE: f64 = 0.82;

/// So many labels that do not fit, close together, make a crowd that is shown enlarged.
const CROWD: usize = 5;
/// How near to each other the labels of a crowd are, as a part of the long side of the land.
const CROWD_SIZE: f64 = 0.16;

/// A label: the count of a shape, with its name where there is room for names.
#[derive(Debug, Clone)]
pub(in crate::maps) struct Label {
    pub(in crate::maps) shape: usize,
    pub(in crate::maps) content: Content,
    /// The middle.
    pub(in crate::maps) place: Point,
    /// The size of the count.
    pub(in crate::maps) size: f64,
    /// A line from the label into the shape.
    pub(in crate::maps) leader: Option<(Point, Point)>,
}

/// What a label says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::maps) enum Content {
    /// The count.
    Count,
    /// The name, and the count below it.
    NameAboveCount,
    /// The name, and the count after it.
    NameBesideCount,
}

/// Finds places for labels.
pub(super) struct Placer<'a> {
    layer: &'a MapLayer,
    shapes: &'a [PlaneShape],
    frame: Rect,
    n_digits: usize,
    with_names: bool,
    placed: Vec<Label>,
    /// Where no label can go any more.
    taken: Vec<Rect>,
    /// Shapes whose label does not fit into them.
    waiting: Vec<usize>,
    /// Shapes that get no label here.
    left_out: Vec<bool>,
}

impl<'a> Placer<'a> {
    pub(super) fn new(
        layer: &'a MapLayer,
        shapes: &'a [PlaneShape],
        frame: Rect,
        n_digits: usize,
        with_names: bool,
    ) -> Self {
        let left_out = layer.codes.iter().map(Option::is_none).collect();
        Self {
            layer,
            shapes,
            frame,
            n_digits,
            with_names,
            placed: Vec::new(),
            taken: Vec::new(),
            waiting: Vec::new(),
            left_out,
        }
    }

    /// Labels within `area` are shown elsewhere.
    pub(super) fn leave_out(&mut self, area: &Rect) {
        let within =
            |shape: usize| area.contains_rect(&Rect::around(self.shapes[shape].center, 0.0, 0.0));
        self.waiting.retain(|shape| !within(*shape));
    }

    /// Only shapes whose roomiest place is in the frame get labels.
    pub(super) fn keep_those_within_frame(&mut self) {
        for (shape, left_out) in self.shapes.iter().zip(&mut self.left_out) {
            *left_out |= !self.frame.contains_rect(&Rect::around(shape.center, 24.0, 16.0));
        }
    }

    /// No label may cover the outline of `area`.
    pub(super) fn reserve_outline(&mut self, area: &Rect) {
        let Rect { left, top, right, bottom } = *area;
        let sides = [
            [left, top, right, top],
            [left, bottom, right, bottom],
            [left, top, left, bottom],
            [right, top, right, bottom],
        ];
        self.taken.extend(
            sides.map(|[left, top, right, bottom]| Rect { left, top, right, bottom }.grown(1.0)),
        );
    }

    /// No label may cover `area`.
    pub(super) fn reserve(&mut self, area: Rect) {
        self.taken.push(area);
    }

    /// Places the labels that were placed by hand, and those that fit into their shapes.
    pub(super) fn place_within(&mut self, projection: &Projection) {
        for shape in 0..self.shapes.len() {
            if self.left_out[shape] {
                continue;
            }
            let id = &self.layer.geography.shapes[shape].id;
            if let Some(position) = self.layer.positions.iter().find(|position| position.id == *id)
            {
                let target = position.target.map(|target| projection.place(target));
                self.place_by_hand(shape, projection.place(position.label), target);
            } else if !self.place_in_shape(shape) {
                self.waiting.push(shape);
            }
        }
    }

    fn place_by_hand(&mut self, shape: usize, place: Point, target: Option<Point>) {
        let content = if self.with_names { Content::NameAboveCount } else { Content::Count };
        let area = self.area(shape, content, COUNT_SIZE, place);
        let leader = target.map(|target| (nearest_on(&area, target), target));
        self.add(Label { shape, content, place, size: COUNT_SIZE, leader }, area);
    }

    fn place_in_shape(&mut self, shape: usize) -> bool {
        let contents: &[(Content, f64)] = match self.with_names {
            true => &[
                (Content::NameAboveCount, COUNT_SIZE),
                (Content::NameAboveCount, SMALL_COUNT_SIZE),
            ],
            false => &[(Content::Count, COUNT_SIZE), (Content::Count, SMALL_COUNT_SIZE)],
        };
        for (content, size) in contents {
            let size = *size;
            let Some(place) = self.place_for(shape, *content, size) else { continue };
            let area = self.area(shape, *content, size, place);
            self.add(Label { shape, content: *content, place, size, leader: None }, area);
            return true;
        }
        false
    }

    /// A place within the shape for a label, as near to its roomiest place as there is one.
    fn place_for(&self, shape: usize, content: Content, size: f64) -> Option<Point> {
        const STEP: f64 = 4.0;
        let PlaneShape { center, bounds, .. } = &self.shapes[shape];
        let label = self.area(shape, content, size, *center);
        if bounds.width() < label.width() || bounds.height() < label.height() {
            return None;
        }
        let distance = |[x, y]: &Point| (x - center[0]).powi(2) + (y - center[1]).powi(2);
        let mut places: Vec<Point> = bounds.grid(STEP).chain([*center]).collect();
        places.sort_by(|a, b| distance(a).total_cmp(&distance(b)));
        places.into_iter().find(|place| {
            let area = self.area(shape, content, size, *place).grown(1.0);
            self.frame.contains_rect(&area)
                && self.shapes[shape].contains_rect(&area)
                && !self.taken.iter().any(|taken| taken.overlaps(&area))
        })
    }

    /// The bounds of a crowd of shapes whose labels do not fit, if there is one.
    pub(super) fn crowd(&self) -> Option<Rect> {
        if !self.with_names {
            return None;
        }
        let centers: Vec<Point> =
            self.waiting.iter().map(|shape| self.shapes[*shape].center).collect();
        let bounds = self.shapes.iter().map(|shape| shape.bounds);
        let land = Rect::of_points(
            bounds.flat_map(|bounds| [[bounds.left, bounds.top], [bounds.right, bounds.bottom]]),
        );
        let size = land.width().max(land.height()) * CROWD_SIZE;
        let around = |middle: &Point| {
            let area = Rect::around(*middle, size, size);
            let within = |center: &&Point| area.contains_rect(&Rect::around(**center, 0.0, 0.0));
            centers.iter().filter(within).copied().collect::<Vec<Point>>()
        };
        let crowd = centers.iter().map(around).max_by_key(Vec::len)?;
        let members =
            self.waiting.iter().filter(|shape| crowd.contains(&self.shapes[**shape].center));
        let corners = members.flat_map(|shape| {
            // Of long shapes the part around the roomiest place is enough.
            let PlaneShape { center, bounds, radius, .. } = &self.shapes[*shape];
            let near = Rect::around(*center, radius * 5.0, radius * 5.0);
            let (left, right) = (bounds.left.max(near.left), bounds.right.min(near.right));
            [[left, bounds.top.max(near.top)], [right, bounds.bottom.min(near.bottom)]]
        });
        (CROWD <= crowd.len()).then(|| Rect::of_points(corners))
    }

    /// Places the other labels beside their shapes, off the land where there is room.
    pub(super) fn place_beside(&mut self) {
        let mut waiting = std::mem::take(&mut self.waiting);
        // Those who find a place near by first, so that they do not have to look farther away.
        let least =
            |shape: &usize| self.best_beside(*shape).map_or(f64::INFINITY, |(cost, ..)| cost);
        let mut order: Vec<(f64, usize)> =
            waiting.drain(..).map(|shape| (least(&shape), shape)).collect();
        order.sort_by(|a, b| a.0.total_cmp(&b.0));
        for (_, shape) in order {
            let (label, area) = match self.best_beside(shape) {
                Some((_, label, area)) => (label, area),
                None => self.without_room(shape),
            };
            self.add(label, area);
        }
    }

    /// The best place beside a shape, and how bad it is; `None` when there is no room at all.
    fn best_beside(&self, shape: usize) -> Option<(f64, Label, Rect)> {
        let content = if self.with_names { Content::NameBesideCount } else { Content::Count };
        let size = if self.with_names { COUNT_SIZE } else { SMALL_COUNT_SIZE };
        let target = self.shapes[shape].center;
        let mut best: Option<(f64, Label, Rect)> = None;
        for distance in (3..40).map(|step| f64::from(step) * 8.0) {
            for angle in (0..48).map(|step| f64::from(step) / 48.0 * TAU) {
                let place =
                    [target[0] + distance * angle.cos() * 1.3, target[1] + distance * angle.sin()];
                let area = self.area(shape, content, size, place);
                let leader = (nearest_on(&area, target), target);
                let Some(cost) = self.cost(&area, leader) else { continue };
                let cost = cost + distance;
                if best.as_ref().is_none_or(|(least, ..)| cost < *least) {
                    let leader = Some(leader);
                    best = Some((cost, Label { shape, content, place, size, leader }, area));
                }
            }
        }
        best
    }

    /// Without any room, a label on its shape is better than none.
    fn without_room(&self, shape: usize) -> (Label, Rect) {
        let (content, size, place) = (Content::Count, SMALL_COUNT_SIZE, self.shapes[shape].center);
        let area = self.area(shape, content, size, place);
        (Label { shape, content, place, size, leader: None }, area)
    }

    /// How bad a place is; `None` when it cannot be taken.
    fn cost(&self, area: &Rect, leader: (Point, Point)) -> Option<f64> {
        let room = area.grown(3.0);
        if !self.frame.contains_rect(area) || self.taken.iter().any(|taken| taken.overlaps(&room)) {
            return None;
        }
        let lines = self.placed.iter().filter_map(|label| label.leader);
        if lines.clone().any(|line| segments_cross(line, leader) || crosses(line, &room)) {
            return None;
        }
        if self.taken.iter().any(|taken| crosses(leader, taken)) {
            return None;
        }
        let on_land = |point: &Point| self.shapes.iter().any(|shape| shape.contains(*point));
        let n_on_land = room.grid(7.0).filter(on_land).count();
        Some(if 0 < n_on_land { 120.0 + 4.0 * n_on_land as f64 } else { 0.0 })
    }

    fn area(&self, shape: usize, content: Content, size: f64, place: Point) -> Rect {
        let name = &self.layer.geography.shapes[shape].name;
        let name_width = text_width(name, size * NAME_SIZE, Weight::Regular);
        let count_width = count_width(self.n_digits, size);
        let (width, height) = match content {
            Content::Count => (count_width, size),
            Content::NameAboveCount => {
                (name_width.max(count_width), size * (1.0 + NAME_SIZE) + 3.0)
            }
            Content::NameBesideCount => (name_width + 5.0 + count_width, size),
        };
        Rect::around(place, width + 3.0, height + 2.0)
    }

    fn add(&mut self, label: Label, area: Rect) {
        self.taken.push(area);
        self.placed.push(label);
    }

    pub(super) fn finish(self) -> Vec<Label> {
        self.placed
    }
}

/// The point of a rectangle that is nearest to `point`.
fn nearest_on(area: &Rect, [x, y]: Point) -> Point {
    [x.clamp(area.left, area.right), y.clamp(area.top, area.bottom)]
}

fn crosses(line: (Point, Point), area: &Rect) -> bool {
    let Rect { left, top, right, bottom } = *area;
    let diagonals = [([left, top], [right, bottom]), ([right, top], [left, bottom])];
    diagonals.into_iter().any(|diagonal| segments_cross(line, diagonal))
}
