//! Projections and areas of known shapes.

use super::*;

fn square_with_hole() -> PlaneShape {
    let square =
        |from: f64, to: f64| vec![[from, from], [to, from], [to, to], [from, to], [from, from]];
    let shape = Shape {
        id: "x".to_owned(),
        name: "x".to_owned(),
        polygons: vec![vec![square(0.0, 10.0), square(4.0, 9.0)]],
    };
    let degrees = Projection::bounds([&shape]);
    let frame = Rect { left: 0.0, top: 0.0, right: 100.0, bottom: 100.0 };
    PlaneShape::new(&shape, &Projection::fit(&degrees, &frame))
}

#[test]
fn north_is_up_and_holes_are_outside() {
    let shape = square_with_hole();
    assert!(shape.contains([10.0, 90.0]));
    assert!(!shape.contains([65.0, 35.0]));
    assert!(!shape.contains([150.0, 50.0]));
}

#[test]
fn the_roomiest_place_is_away_from_all_outlines() {
    let shape = square_with_hole();
    assert!(
        (shape.center[0] - 20.0).abs() < 8.0 && (shape.center[1] - 80.0).abs() < 8.0,
        "{:?}",
        shape.center
    );
    assert!((19.0..27.0).contains(&shape.radius), "{}", shape.radius);
}

#[test]
fn lines_cross_or_not() {
    assert!(segments_cross(([0.0, 0.0], [2.0, 2.0]), ([0.0, 2.0], [2.0, 0.0])));
    assert!(!segments_cross(([0.0, 0.0], [2.0, 2.0]), ([3.0, 0.0], [3.0, 5.0])));
}
