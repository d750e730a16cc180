//! Classes of counts for the colors of a map: natural breaks after Fisher and Jenks.
//!
//! Natural breaks keep a capital city with far more people than anywhere else from taking all
//! colors for itself. Zero is a class of its own.

/// The most classes a map has, zero not counted.
const MOST_CLASSES: usize = 5;

/// The upper edges of the classes of `counts`: 0, then at most five more, each a count that occurs.
///
/// Counts in a class are above the edge before and at most the edge.
pub fn class_edges(counts: impl IntoIterator<Item = u64>) -> Vec<u64> {
    let mut counts: Vec<u64> = counts.into_iter().filter(|count| *count != 0).collect();
    counts.sort_unstable();
    let mut different = counts.clone();
    different.dedup();
    let mut edges = vec![0];
    edges.extend(match different.len() {
        0..=MOST_CLASSES => different,
        _ => natural_breaks(&counts, MOST_CLASSES),
    });
    edges
}

/// The class of a count: 0 for zero, then the first whose edge is not below the count.
pub fn class_of(edges: &[u64], count: u64) -> usize {
    edges.iter().position(|edge| count <= *edge).unwrap_or(edges.len() - 1)
}

/// The upper edges of `n_classes` classes of sorted `counts` with the least sum of squared
/// differences from the class means.
///
/// Where two ways of cutting are equally good, single precision decides, as in the library that
/// made the maps before: the same counts keep the same colors.
fn natural_breaks(counts: &[u64], n_classes: usize) -> Vec<u64> {
    let n_counts = counts.len();
    // For the first `end` counts in `classes` classes: the least sum, and where the last class begins.
    let mut least = vec![vec![f32::INFINITY; n_classes + 1]; n_counts + 1];
    let mut last_start = vec![vec![0; n_classes + 1]; n_counts + 1];
    for end in 1..=n_counts {
        let (mut sum, mut sum_of_squares, mut size) = (0_f32, 0_f32, 0_f32);
        for start in (0..end).rev() {
            let count = counts[start] as f32;
            sum_of_squares += count * count;
            sum += count;
            size += 1.0;
            let of_last_class = sum_of_squares - sum * sum / size;
            if start == 0 {
                least[end][1] = of_last_class;
                continue;
            }
            for classes in 2..=n_classes {
                let of_all = of_last_class + least[start][classes - 1];
                if of_all <= least[end][classes] {
                    least[end][classes] = of_all;
                    last_start[end][classes] = start;
                }
            }
        }
    }
    let mut edges = Vec::with_capacity(n_classes);
    let mut end = n_counts;
    for classes in (1..=n_classes).rev() {
        edges.push(counts[end - 1]);
        end = last_start[end][classes];
    }
    edges.reverse();
    edges
}

#[cfg(test)]
mod tests;
