//! A reader who works out from a page whatever can be worked out.

use super::{Is, Page, Relation, View};

/// Far more than any count: what a reader has no upper bound for.
const UNBOUNDED: u64 = u64::MAX >> 8;

/// What a reader can conclude: bounds for each cell, and the relation each bound comes from.
pub(super) struct Reader {
    bounds: Vec<(u64, u64)>,
    causes: Vec<[Option<usize>; 2]>,
}

/// The sums of the bounds of a relation's parts.
struct Sums {
    least: u64,
    /// Of the parts that have an upper bound.
    most: u64,
    n_unbounded: usize,
}

impl Reader {
    /// A reader of what is visible.
    pub(super) fn of(page: &Page, view: &View) -> Self {
        let bounds =
            page.cells.iter().zip(&view.visible).map(|(count, visible)| match count.group {
                _ if *visible => (count.value, count.value),
                Some(group) if !view.hides_zeros[group] => (1, UNBOUNDED),
                _ => (0, UNBOUNDED),
            });
        let mut reader =
            Self { bounds: bounds.collect(), causes: vec![[None; 2]; page.cells.len()] };
        // Each round can only narrow; long chains of small steps are not worth following further.
        for _ in 0..50 {
            let mut learned = false;
            for (number, relation) in page.relations.iter().enumerate() {
                learned |= reader.conclude(number, relation);
            }
            if !learned {
                break;
            }
        }
        reader
    }

    /// The relations from which the bounds of a cell come.
    pub(super) fn causes(&self, cell: usize) -> impl Iterator<Item = usize> {
        self.causes[cell].into_iter().flatten()
    }

    /// The relation from which too much is known about a small count.
    pub(super) fn what_narrows(&self, cell: usize, minimum: u64) -> Option<usize> {
        let (least, most) = self.bounds[cell];
        let [cause_of_least, cause_of_most] = self.causes[cell];
        let n_possible = most.saturating_sub(least) + 1;
        (n_possible < minimum - 1).then(|| cause_of_most.or(cause_of_least)).flatten()
    }

    fn conclude(&mut self, number: usize, relation: &Relation) -> bool {
        let sums = self.sums(relation);
        let mut learned = false;
        if relation.sum_is != Is::AtLeast {
            learned |= self.conclude_most_of_parts(number, relation, &sums);
            learned |= self.narrow(relation.whole, sums.least, UNBOUNDED, number);
        }
        if relation.sum_is != Is::AtMost {
            learned |= self.conclude_least_of_parts(number, relation, &sums);
            if sums.n_unbounded == 0 {
                learned |= self.narrow(relation.whole, 0, sums.most, number);
            }
        }
        learned
    }

    fn sums(&self, relation: &Relation) -> Sums {
        let mut sums = Sums { least: 0, most: 0, n_unbounded: 0 };
        for (part, weight) in &relation.parts {
            let (least, most) = self.bounds[*part];
            sums.least += least * weight;
            if most == UNBOUNDED {
                sums.n_unbounded += 1;
            } else {
                sums.most += most * weight;
            }
        }
        sums
    }

    /// A part is at most what the others leave of the whole.
    fn conclude_most_of_parts(&mut self, number: usize, relation: &Relation, sums: &Sums) -> bool {
        let (_, most_of_whole) = self.bounds[relation.whole];
        if most_of_whole == UNBOUNDED {
            return false;
        }
        let mut learned = false;
        for (part, weight) in &relation.parts {
            let others = sums.least.saturating_sub(self.bounds[*part].0 * weight);
            let most = most_of_whole.saturating_sub(others) / weight;
            learned |= self.narrow(*part, 0, most, number);
        }
        learned
    }

    /// A part is at least what the others cannot fill of the whole.
    fn conclude_least_of_parts(&mut self, number: usize, relation: &Relation, sums: &Sums) -> bool {
        let (least_of_whole, _) = self.bounds[relation.whole];
        let mut learned = false;
        for (part, weight) in &relation.parts {
            let (_, most) = self.bounds[*part];
            let is_bounded = most != UNBOUNDED;
            if sums.n_unbounded == usize::from(!is_bounded) {
                let own = if is_bounded { most * weight } else { 0 };
                let others = sums.most.saturating_sub(own);
                let least = least_of_whole.saturating_sub(others).div_ceil(*weight);
                learned |= self.narrow(*part, least, UNBOUNDED, number);
            }
        }
        learned
    }

    fn narrow(&mut self, cell: usize, least: u64, most: u64, relation: usize) -> bool {
        let (known_least, known_most) = &mut self.bounds[cell];
        let mut learned = false;
        if *known_least < least {
            *known_least = least;
            self.causes[cell][0] = Some(relation);
            learned = true;
        }
        if most < *known_most {
            *known_most = most;
            self.causes[cell][1] = Some(relation);
            learned = true;
        }
        learned
    }
}
