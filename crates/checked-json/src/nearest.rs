//! The known name that a wrong one is most like.

/// The one of `known` that is most like `name`, and whether it is so like it that it was probably
/// meant.
pub fn nearest<'a>(
    name: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Option<(&'a str, bool)> {
    let (distance, found) = known
        .into_iter()
        .map(|known| (distance(&name.to_lowercase(), &known.to_lowercase()), known))
        .min_by_key(|(distance, _)| *distance)?;
    let longer = name.chars().count().max(found.chars().count());
    let is_part = 4 <= name.len() && found.to_lowercase().contains(&name.to_lowercase());
    Some((found, distance * 3 <= longer || is_part))
}

/// Optimal string alignment: insertions, deletions, replacements, swaps of neighbors.
fn distance(left: &str, right: &str) -> usize {
    let left: Vec<char> = left.chars().collect();
    let right: Vec<char> = right.chars().collect();
    let mut rows = vec![(0..=right.len()).collect::<Vec<usize>>()];
    for (i, l) in left.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, r) in right.iter().enumerate() {
            let mut cost =
                (rows[i][j + 1] + 1).min(row[j] + 1).min(rows[i][j] + usize::from(l != r));
            if 0 < i && 0 < j && *l == right[j - 1] && left[i - 1] == *r {
                cost = cost.min(rows[i - 1][j - 1] + 1);
            }
            row.push(cost);
        }
        rows.push(row);
    }
    rows[left.len()][right.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEYS: [&str; 3] = ["SourceKey", "PipelineKey", "IsActivationMessage"];

    #[test]
    fn finds_what_was_meant() {
        check("SourceKeys", "SourceKey", true);
        check("sourcekey", "SourceKey", true);
        check("SuorceKey", "SourceKey", true);
        check("Activation", "IsActivationMessage", true);
        check("PiplineKey", "PipelineKey", true);
    }

    #[test]
    fn does_not_guess_from_little() {
        check("Url", "SourceKey", false);
    }

    #[track_caller]
    fn check(name: &str, expected: &str, is_likely: bool) {
        assert_eq!(nearest(name, KEYS), Some((expected, is_likely)), "name: {name}");
    }
}
