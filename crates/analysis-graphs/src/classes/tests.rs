//! Classes of known sets of counts.

use super::*;

#[test]
fn edges_are_those_of_mapclassify() {
    let vectors: Vec<(Vec<u64>, Vec<u64>)> =
        serde_json::from_str(include_str!("vectors.json")).unwrap();
    for (counts, expected) in vectors {
        assert_eq!(class_edges(counts.clone()), expected, "counts: {counts:?}");
    }
}

#[test]
fn zero_is_apart() {
    assert_eq!(class_edges([]), [0]);
    assert_eq!(class_edges([0, 0]), [0]);
    assert_eq!(class_edges([0, 7, 7]), [0, 7]);
    assert_eq!(class_edges([1, 2, 3, 4, 5]), [0, 1, 2, 3, 4, 5]);
}

#[test]
fn each_count_has_a_class() {
    let edges = [0, 2, 9];
    let classes = [0, 1, 2, 3, 9].map(|count| class_of(&edges, count));
    assert_eq!(classes, [0, 1, 1, 2, 2]);
}
