//! Hiding small counts, also where they could be worked out from other numbers on the page.
//!
//! All counts of the page are cells, and what readers know about their sums are relations.
//! Counts from 1 to below the minimum are hidden. Then, for each of them, other worlds are looked
//! for: values of everything that is not visible, with which all relations hold, and the page looks
//! the same. Linear programs find them: by how much the count can differ when those around it may
//! change, too. While there are too few worlds, more is hidden: other numbers, and the zeros of
//! groups, which otherwise tell that hidden counts are not zero. A linear program chooses those
//! with which the page loses least; what turns out not to be needed is shown again.
//!
//! **As far as the relations tell, a hidden small count can have at least as many values as there
//! are small counts.** Worlds are a proof of that: no reader, however clever, can do better.

mod worlds;

use std::cmp::Ordering;

use worlds::{Seen, Worlds};

/// How much a page loses with the zeros of one group.
const LOSS_OF_ZEROS: f64 = 10.0;

/// The counts of a page and how they hang together.
#[derive(Debug, Default)]
pub(crate) struct Page {
    cells: Vec<Count>,
    relations: Vec<Relation>,
    groups: Vec<Level>,
}

/// One count of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Cell(usize);

/// Counts that are shown together, as in one table or on one map.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Group(usize);

/// How much a page loses with a count; the least is hidden first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    /// Beside a table: how many people its shares are of.
    Aside,
    /// One of very many.
    Detail,
    /// One of a table.
    Row,
    /// About a whole radio show.
    Show,
    /// About everything.
    Total,
}

#[derive(Debug, Clone, Copy)]
struct Count {
    value: u64,
    /// The group it is printed with; readers can work out others that are not printed.
    group: Option<usize>,
}

/// What is known about a weighted sum of cells.
#[derive(Debug)]
struct Relation {
    parts: Vec<(usize, u64)>,
    whole: usize,
    sum_is: Is,
}

/// How a sum compares with a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Is {
    /// Every one is in exactly one part.
    Equal,
    /// Some are in no part.
    AtMost,
    /// Some are in several parts.
    AtLeast,
}

/// What may be shown of a page.
#[derive(Debug)]
pub(crate) struct Shown(Vec<Option<u64>>);

/// What can be hidden.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Hideable {
    Count(usize),
    /// The zeros of a group.
    Zeros(usize),
}

/// What is visible of a page while it is worked out.
#[derive(Clone)]
struct View {
    /// By cell.
    visible: Vec<bool>,
    /// By group.
    hides_zeros: Vec<bool>,
}

impl Shown {
    /// The count, unless it is hidden.
    pub(crate) fn get(&self, cell: Cell) -> Option<u64> {
        self.0[cell.0]
    }

    /// Whether any count is hidden.
    pub(crate) fn hides_something(&self) -> bool {
        self.0.iter().any(Option::is_none)
    }
}

impl Page {
    /// A group of counts that are shown together.
    pub(crate) fn group(&mut self, level: Level) -> Group {
        self.groups.push(level);
        Group(self.groups.len() - 1)
    }

    /// A count that is to be printed.
    pub(crate) fn add(&mut self, group: Group, value: u64) -> Cell {
        self.cells.push(Count { value, group: Some(group.0) });
        Cell(self.cells.len() - 1)
    }

    /// A count that is not printed, but that readers could work out.
    pub(crate) fn add_unprinted(&mut self, value: u64) -> Cell {
        self.cells.push(Count { value, group: None });
        Cell(self.cells.len() - 1)
    }

    /// The true value of a count.
    pub(crate) fn value(&self, Cell(cell): Cell) -> u64 {
        self.cells[cell].value
    }

    /// Readers know how the sum of `parts` compares with `whole`.
    pub(crate) fn relate(&mut self, parts: &[Cell], sum_is: Is, whole: Cell) {
        self.relate_weighted(parts.iter().map(|part| (*part, 1)), sum_is, whole);
    }

    /// Readers know how the sum of `parts`, each so many times, compares with `whole`.
    ///
    /// A relation that does not hold is nothing that readers could know, and is left out.
    pub(crate) fn relate_weighted(
        &mut self,
        parts: impl IntoIterator<Item = (Cell, u64)>,
        sum_is: Is,
        whole: Cell,
    ) {
        let parts: Vec<(usize, u64)> =
            parts.into_iter().map(|(Cell(part), weight)| (part, weight)).collect();
        let relation = Relation { parts, whole: whole.0, sum_is };
        if relation.holds(|cell| self.cells[cell].value) && !relation.parts.is_empty() {
            self.relations.push(relation);
        }
    }

    /// What may be shown when counts below `minimum` are hidden.
    pub(crate) fn protect(&self, minimum: u64) -> Shown {
        let is_small = |count: &Count| 0 < count.value && count.value < minimum;
        let visible = self.cells.iter().map(|count| count.group.is_some() && !is_small(count));
        let mut view =
            View { visible: visible.collect(), hides_zeros: vec![false; self.groups.len()] };
        let (worlds, mut seen) = (Worlds::of(self), Seen::new(self));
        let spread = minimum.saturating_sub(2);
        // What is hidden for one count leaves no other one less open.
        for (cell, _) in self.cells.iter().enumerate().filter(|(_, count)| is_small(count)) {
            if !worlds.leave_open(&view, cell, spread, &mut seen) {
                self.hide_for(&worlds, cell, spread, &mut view, &mut seen);
            }
        }
        let printed = |(count, visible): (&Count, &bool)| {
            // What is not printed has nothing to hide.
            (*visible || count.group.is_none()).then_some(count.value)
        };
        Shown(self.cells.iter().zip(&view.visible).map(printed).collect())
    }

    /// Hides more until a count is open, or nothing is left to hide for it.
    fn hide_for(
        &self,
        worlds: &Worlds<'_>,
        cell: usize,
        spread: u64,
        view: &mut View,
        seen: &mut Seen,
    ) {
        let (before, seen_before) = (view.clone(), seen.clone());
        let mut hidden: Vec<Hideable> = Vec::new();
        let mut n_more = 1;
        loop {
            let way = worlds.cheapest_to_hide(view, cell, spread, seen).unwrap_or_default();
            if way.hidden.is_empty() {
                // The solver knows no way, or finds no whole numbers.
                let mut in_the_way = worlds.in_the_way(view, cell);
                if in_the_way.is_empty() {
                    break;
                }
                in_the_way.sort_by(|one, other| self.compare(*one, *other));
                in_the_way.dedup();
                in_the_way.truncate(n_more);
                hidden.extend(in_the_way);
                n_more *= 2;
            }
            hidden.extend(way.hidden);
            *view = self.without(&hidden, &before);
            seen.add(&way.world);
            if worlds.leave_open(view, cell, spread, seen) {
                break;
            }
        }
        // What turned out not to be needed stays visible.
        hidden.sort_by(|one, other| self.compare(*other, *one));
        let mut n_at_once = hidden.len().div_ceil(2);
        while 0 < n_at_once {
            let mut place = 0;
            while place < hidden.len() {
                let mut fewer = hidden.clone();
                fewer.drain(place..hidden.len().min(place + n_at_once));
                let (less, mut seen_then) = (self.without(&fewer, &before), seen_before.clone());
                if worlds.leave_open(&less, cell, spread, &mut seen_then) {
                    (hidden, *view, *seen) = (fewer, less, seen_then);
                } else {
                    place += n_at_once;
                }
            }
            n_at_once /= 2;
        }
    }

    /// What could be hidden so that a cell can differ more from the true world.
    fn hideable(&self, cell: usize, view: &View) -> Option<Hideable> {
        let Count { value, group } = self.cells[cell];
        let group = group?;
        if view.visible[cell] && value != 0 {
            return Some(Hideable::Count(cell));
        }
        (!view.hides_zeros[group]).then_some(Hideable::Zeros(group))
    }

    /// How much the page loses with what is hidden.
    fn loss(&self, hideable: Hideable) -> f64 {
        let Hideable::Count(cell) = hideable else { return LOSS_OF_ZEROS };
        let Count { value, group } = self.cells[cell];
        let loss = match group.map(|group| self.groups[group]) {
            None => 0.0,
            Some(Level::Aside) => 1.0,
            Some(Level::Detail) => 10.0,
            Some(Level::Row) => 30.0,
            Some(Level::Show) => 200.0,
            Some(Level::Total) => 1_000.0,
        };
        loss * (value as f64).ln_1p()
    }

    fn compare(&self, one: Hideable, other: Hideable) -> Ordering {
        self.loss(one).total_cmp(&self.loss(other)).then(one.cmp(&other))
    }

    fn without(&self, hidden: &[Hideable], view: &View) -> View {
        let mut less = view.clone();
        for one in hidden {
            match one {
                Hideable::Count(cell) => less.visible[*cell] = false,
                Hideable::Zeros(group) => self.hide_zeros(*group, &mut less),
            }
        }
        less
    }

    fn hide_zeros(&self, group: usize, view: &mut View) {
        view.hides_zeros[group] = true;
        for (visible, count) in view.visible.iter_mut().zip(&self.cells) {
            *visible &= count.value != 0 || count.group != Some(group);
        }
    }
}

impl View {
    /// The least value that readers must reckon with.
    fn least(&self, page: &Page, cell: usize) -> u64 {
        match page.cells[cell] {
            Count { value, .. } if self.visible[cell] => value,
            // Zeros would be shown.
            Count { group: Some(group), .. } if !self.hides_zeros[group] => 1,
            _ => 0,
        }
    }
}

impl Relation {
    /// Whether it holds in a world with these values.
    fn holds(&self, value: impl Fn(usize) -> u64) -> bool {
        let sum: u64 = self.parts.iter().map(|(part, weight)| value(*part) * weight).sum();
        let whole = value(self.whole);
        match self.sum_is {
            Is::Equal => sum == whole,
            Is::AtMost => sum <= whole,
            Is::AtLeast => whole <= sum,
        }
    }

    fn members(&self) -> impl Iterator<Item = usize> {
        self.parts.iter().map(|(part, _)| *part).chain([self.whole])
    }
}

#[cfg(test)]
mod tests;
