//! What must not be worked out from a report.

use super::*;

const MINIMUM: u64 = 5;

/// The counts that are shown of parts and their sum.
fn shown(parts: &[u64], sum_is: Is, whole: u64) -> Vec<Option<u64>> {
    let mut page = Page::default();
    let (group, total) = (page.group(Level::Row), page.group(Level::Total));
    let cells: Vec<Cell> = parts.iter().map(|part| page.add(group, *part)).collect();
    let whole = page.add(total, whole);
    page.relate(&cells, sum_is, whole);
    let shown = page.protect(MINIMUM);
    cells.into_iter().chain([whole]).map(|cell| shown.get(cell)).collect()
}

#[test]
fn small_counts_are_hidden_and_zeros_are_not() {
    let expected = [Some(0), None, None, Some(5), Some(90), Some(100)];
    assert_eq!(shown(&[0, 1, 4, 5, 90], Is::Equal, 100), expected);
}

#[test]
fn a_single_small_count_takes_another_with_it() {
    assert_eq!(shown(&[3, 20, 7], Is::Equal, 30), [None, Some(20), None, Some(30)]);
}

#[test]
fn zeros_help_to_hide_where_there_are_enough() {
    assert_eq!(shown(&[4, 20, 0], Is::Equal, 24), [None, Some(20), None, Some(24)]);
}

#[test]
fn a_large_count_stays_when_the_same_counts_are_in_a_table_and_on_a_map() {
    let mut page = Page::default();
    let counts = [42, 4, 0, 0, 0];
    let (table, map) = (page.group(Level::Row), page.group(Level::Detail));
    let in_table = counts.map(|count| page.add(table, count));
    let on_map = counts.map(|count| page.add(map, count));
    let total_group = page.group(Level::Total);
    let total = page.add(total_group, 46);
    for (one, other) in in_table.iter().zip(&on_map) {
        page.relate(&[*one], Is::Equal, *other);
    }
    page.relate(&in_table, Is::Equal, total);
    page.relate(&on_map, Is::Equal, total);
    let shown = page.protect(MINIMUM);
    assert_eq!(shown.get(in_table[0]), Some(42));
    assert_eq!(shown.get(on_map[0]), Some(42));
    assert_eq!((shown.get(in_table[1]), shown.get(in_table[2])), (None, None));
    assert_eq!(shown.get(total), Some(46));
}

#[test]
fn without_another_part_the_sum_is_hidden() {
    assert_eq!(shown(&[3, 0, 0], Is::Equal, 3), [None, Some(0), Some(0), None]);
    assert_eq!(shown(&[3, 6], Is::Equal, 9), [None, None, Some(9)]);
    assert_eq!(shown(&[4], Is::Equal, 4), [None, None]);
}

#[test]
fn no_more_is_hidden_than_needed() {
    assert_eq!(shown(&[1, 1, 20], Is::Equal, 22), [None, None, None, Some(22)]);
    assert_eq!(shown(&[1, 4, 20], Is::Equal, 25), [None, None, Some(20), Some(25)]);
}

#[test]
fn a_tight_upper_limit_is_noticed() {
    // 20 of at most 22: the small one would be 1 or 2.
    assert_eq!(shown(&[1, 20], Is::AtMost, 22), [None, None, Some(22)]);
    assert_eq!(shown(&[1, 20], Is::AtMost, 40), [None, Some(20), Some(40)]);
}

#[test]
fn detours_over_counts_that_are_not_printed_are_noticed() {
    // Two questions to the same people: the first tells how many they are.
    let mut page = Page::default();
    let group = page.group(Level::Row);
    let everybody = page.add_unprinted(30);
    let first = [10, 20].map(|count| page.add(group, count));
    let second = [27, 3].map(|count| page.add(group, count));
    page.relate(&first, Is::Equal, everybody);
    page.relate(&second, Is::Equal, everybody);
    let shown = page.protect(MINIMUM);
    assert_eq!(shown.get(second[1]), None);
    let others = [second[0], first[0], first[1]];
    assert!(others.iter().any(|cell| shown.get(*cell).is_none()));
}

#[test]
fn counts_that_are_not_printed_are_protected_too() {
    // 30 people, 28 with a theme: 2 without one.
    let mut page = Page::default();
    let group = page.group(Level::Show);
    let (people, relevant) = (page.add(group, 30), page.add(group, 28));
    let others = page.add_unprinted(2);
    page.relate(&[relevant, others], Is::Equal, people);
    let shown = page.protect(MINIMUM);
    assert!(shown.get(people).is_none() || shown.get(relevant).is_none());
}

#[test]
fn weighted_sums_are_noticed() {
    // 4 people took part six times and 2 seven times: two sums tell both.
    let mut page = Page::default();
    let (group, total) = (page.group(Level::Row), page.group(Level::Total));
    let n_people = [7, 4, 2].map(|count| page.add(group, count));
    let everybody = page.add(total, 13);
    let participations = page.add(total, 73);
    page.relate(&n_people, Is::Equal, everybody);
    page.relate_weighted(n_people.into_iter().zip(5..), Is::Equal, participations);
    let shown = page.protect(MINIMUM);
    assert_eq!(n_people.map(|cell| shown.get(cell)), [None; 3]);
    assert_eq!([everybody, participations].map(|cell| shown.get(cell)), [Some(13), Some(73)]);
}

#[test]
fn without_a_minimum_everything_is_shown() {
    for minimum in [0, 1, 2] {
        let mut page = Page::default();
        let group = page.group(Level::Row);
        let cell = page.add(group, 2);
        assert_eq!(page.protect(minimum).get(cell), Some(2));
    }
}

/// Every table of three parts and their sum: whatever is shown, each hidden small count could
/// still have four values.
#[test]
fn readers_learn_little_about_small_counts() {
    for table in 0..11_u64.pow(3) {
        let parts = [table % 11, table / 11 % 11, table / 121];
        let shown = shown(&parts, Is::Equal, parts.iter().sum());
        let least = if parts.iter().zip(&shown).any(|(part, shown)| *part == 0 && shown.is_some()) {
            1
        } else {
            0
        };
        for (place, count) in parts.iter().enumerate() {
            if (1..MINIMUM).contains(count) {
                let n_possible =
                    (least..=40).filter(|value| is_possible(&shown, place, *value, least)).count();
                assert!(4 <= n_possible, "{parts:?} are shown as {shown:?}");
            }
        }
    }
}

/// Whether some table that looks like `shown` has `value` at `place`.
fn is_possible(shown: &[Option<u64>], place: usize, value: u64, least: u64) -> bool {
    if shown[place].is_some() {
        return false;
    }
    let candidates = |part: usize| match shown[part] {
        _ if part == place => value..=value,
        Some(count) => count..=count,
        None => least..=40,
    };
    candidates(0).any(|first| {
        candidates(1).any(|second| {
            candidates(2).any(|third| shown[3].is_none_or(|whole| first + second + third == whole))
        })
    })
}

/// Rows and columns with two hidden counts each; but the first two columns against the first two
/// rows tell the count that is only in a column.
#[test]
fn differences_of_whole_rows_and_columns_are_noticed() {
    let mut page = Page::default();
    let (group, totals) = (page.group(Level::Row), page.group(Level::Total));
    let table = [[2, 3, 40], [4, 1, 50], [3, 60, 4], [70, 80, 2]];
    let cells = table.map(|row| row.map(|count| page.add(group, count)));
    for row in &cells {
        let whole = row.iter().map(|cell| page.cells[cell.0].value).sum();
        let whole = page.add(totals, whole);
        page.relate(row, Is::Equal, whole);
    }
    for column in 0..3 {
        let parts = cells.map(|row| row[column]);
        let whole = parts.iter().map(|cell| page.cells[cell.0].value).sum();
        let whole = page.add(totals, whole);
        page.relate(&parts, Is::Equal, whole);
    }
    let shown = page.protect(MINIMUM);
    // Were only small counts hidden, (row 1 + row 2) − column 2 and column 1 would tell the 3.
    let hidden_in = |row: usize| cells[row].iter().filter(|cell| shown.get(**cell).is_none());
    assert!(5 < (0..4).map(|row| hidden_in(row).count()).sum::<usize>());
    for whole in 12..19 {
        assert!(shown.get(Cell(whole)).is_some());
    }
}

/// Five people in all, 28 participations: only 3 + 1 + 1 is possible, though no relation alone
/// tells it.
#[test]
fn two_sums_over_the_same_counts_are_noticed() {
    let mut page = Page::default();
    let (group, total) = (page.group(Level::Row), page.group(Level::Total));
    let n_people = [3, 1, 1].map(|count| page.add(group, count));
    let everybody = page.add(total, 5);
    let participations = page.add(total, 28);
    page.relate(&n_people, Is::Equal, everybody);
    page.relate_weighted(n_people.into_iter().zip(5..), Is::Equal, participations);
    let shown = page.protect(MINIMUM);
    assert!([everybody, participations].iter().any(|cell| shown.get(*cell).is_none()));
}
