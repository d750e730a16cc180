//! Other worlds: what else could be true, for all that a page shows.

use super::{Is, Page, Relation, View};

/// A search that takes more steps than this is given up; then more is hidden than needed.
const MOST_STEPS: usize = 400;
/// So many ways to mend a relation are tried.
const MOST_REMEDIES: usize = 6;
/// So many places of the range of possible values are tried.
const MOST_RANGES: u64 = 8;

/// The worlds that a page could be about.
pub(super) struct Worlds<'a> {
    page: &'a Page,
    /// By cell.
    relations: Vec<Vec<usize>>,
}

/// A search for one world, which changes cells of the true one until all relations hold again.
struct Search<'a> {
    worlds: &'a Worlds<'a>,
    view: &'a View,
    /// By cell.
    values: Vec<u64>,
    /// By cell; whether it differs from the true world.
    is_changed: Vec<bool>,
    /// The cells that differ, in the order in which they were changed.
    changed: Vec<usize>,
    n_steps_left: usize,
    in_the_way: Vec<usize>,
}

impl<'a> Worlds<'a> {
    pub(super) fn of(page: &'a Page) -> Self {
        let mut relations = vec![Vec::new(); page.cells.len()];
        for (number, relation) in page.relations.iter().enumerate() {
            for member in relation.members() {
                relations[member].push(number);
            }
        }
        Self { page, relations }
    }

    /// Shows that readers of what is visible cannot narrow down `cell` to fewer than `n_values`
    /// neighboring values: in one world it has the least of them, in another one the greatest.
    ///
    /// Otherwise gives the relations that stood in the way.
    pub(super) fn leave_open(
        &self,
        view: &View,
        cell: usize,
        n_values: u64,
    ) -> Result<(), Vec<usize>> {
        let value = self.page.cells[cell].value;
        let spread = n_values.saturating_sub(1);
        let most_below = spread.min(value.saturating_sub(view.least(self.page, cell)));
        let n_steps = most_below.clamp(1, MOST_RANGES);
        let mut in_the_way = Vec::new();
        for step in 0..=n_steps {
            let below = most_below * step / n_steps;
            let mut search = Search {
                worlds: self,
                view,
                values: self.page.cells.iter().map(|count| count.value).collect(),
                is_changed: vec![false; self.page.cells.len()],
                changed: Vec::new(),
                n_steps_left: 0,
                in_the_way: Vec::new(),
            };
            let (least, most) = (value - below, value + spread - below);
            // A value that is still farther away is as good.
            if [most, most + 1].iter().any(|most| search.finds(cell, *most))
                && [least, least.saturating_sub(1)].iter().any(|least| search.finds(cell, *least))
            {
                return Ok(());
            }
            in_the_way.extend(search.in_the_way);
        }
        in_the_way.sort_unstable();
        in_the_way.dedup();
        Err(in_the_way)
    }
}

impl Search<'_> {
    /// Whether there is a world that looks the same, and in which `cell` has this value.
    fn finds(&mut self, cell: usize, value: u64) -> bool {
        if value < self.view.least(self.worlds.page, cell) {
            return false;
        }
        let change = value as i64 - self.worlds.page.cells[cell].value as i64;
        let starts = self.exchanges_with(cell, change).chain([vec![(cell, value)]]);
        starts.collect::<Vec<_>>().into_iter().any(|start| {
            self.n_steps_left = MOST_STEPS;
            let relations = start.iter().flat_map(|(cell, _)| &self.worlds.relations[*cell]);
            let relations = relations.copied().collect();
            while !self.changed.is_empty() {
                self.undo();
            }
            for (cell, value) in start {
                self.change(cell, value);
            }
            self.mend(relations)
        })
    }

    /// The exchanges of hidden cells that change `cell` by so much: cells with their new values.
    fn exchanges_with(&self, cell: usize, change: i64) -> impl Iterator<Item = Vec<(usize, u64)>> {
        let Worlds { page, .. } = *self.worlds;
        let is_with = move |(changed, by): &&(usize, i64)| *changed == cell && change % by == 0;
        page.exchanges.iter().filter_map(move |exchange| {
            let n_times = change / exchange.iter().find(is_with)?.1;
            let changed = exchange.iter().map(|(cell, by)| {
                let value = page.cells[*cell].value.checked_add_signed(n_times * by)?;
                let is_possible =
                    !self.view.visible[*cell] && self.view.least(page, *cell) <= value;
                is_possible.then_some((*cell, value))
            });
            changed.collect()
        })
    }

    /// Changes cells until `open` relations hold, and those of the cells that are changed.
    fn mend(&mut self, mut open: Vec<usize>) -> bool {
        let (relation, lack) = loop {
            let Some(relation) = open.pop() else { return true };
            let lack = self.lack(&self.worlds.page.relations[relation]);
            if lack != 0 {
                break (relation, lack);
            }
        };
        for (cell, value) in self.remedies(relation, lack) {
            let Some(n_steps_left) = self.n_steps_left.checked_sub(1) else { return false };
            self.n_steps_left = n_steps_left;
            self.change(cell, value);
            let mut next = open.clone();
            next.extend(&self.worlds.relations[cell]);
            next.push(relation);
            if self.mend(next) {
                return true;
            }
            self.undo();
        }
        self.in_the_way.push(relation);
        false
    }

    fn change(&mut self, cell: usize, value: u64) {
        self.values[cell] = value;
        self.is_changed[cell] = true;
        self.changed.push(cell);
    }

    /// Takes the last change back.
    fn undo(&mut self) {
        let Some(cell) = self.changed.pop() else { return };
        self.values[cell] = self.worlds.page.cells[cell].value;
        self.is_changed[cell] = false;
    }

    /// By how much the sum of the parts must grow against the whole, so that a relation holds.
    fn lack(&self, relation: &Relation) -> i64 {
        let parts = relation.parts.iter().map(|(part, weight)| self.values[*part] * weight);
        let lack = self.values[relation.whole] as i64 - parts.sum::<u64>() as i64;
        match relation.sum_is {
            Is::Equal => lack,
            Is::AtMost => lack.min(0),
            Is::AtLeast => lack.max(0),
        }
    }

    /// Cells that readers do not know, with values that mend a relation or bring it nearer, the
    /// best first.
    fn remedies(&self, relation: usize, lack: i64) -> Vec<(usize, u64)> {
        let Relation { parts, whole, sum_is } = &self.worlds.page.relations[relation];
        let members = parts.iter().map(|(part, weight)| (*part, *weight as i64));
        let mut remedies = Vec::new();
        for (cell, weight) in members.chain([(*whole, -1)]) {
            if self.view.visible[cell] || self.is_changed[cell] {
                continue;
            }
            let exact = lack / weight;
            // More than enough is good enough, except where it must be exact.
            let is_too_little = lack % weight != 0 && *sum_is != Is::Equal;
            let change = if is_too_little { exact + lack.signum() } else { exact };
            let value = self.values[cell];
            let least = self.view.least(self.worlds.page, cell);
            let changed = value.saturating_add_signed(change).max(least);
            if changed != value {
                let remaining = (lack - weight * (changed as i64 - value as i64)).abs();
                remedies.push((remaining, self.worlds.relations[cell].len(), cell, changed));
            }
        }
        remedies.sort_unstable();
        remedies.truncate(MOST_REMEDIES);
        remedies.into_iter().map(|(.., cell, value)| (cell, value)).collect()
    }
}
