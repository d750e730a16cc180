//! Hiding small counts, also where they could be worked out from other numbers on the page.
//!
//! All counts of the page are cells, and what readers know about their sums are relations.
//! Counts from 1 to below the minimum are hidden. Then, for each of them, other worlds are looked
//! for: values of everything that is not visible, with which all relations hold, and the page looks
//! the same. While there are too few of them, more is hidden: what shares are of, the zeros of its
//! group, which otherwise tell that hidden counts are not zero, or another number, details before
//! totals.
//!
//! **As far as the relations tell, a hidden small count can have at least as many values as there
//! are small counts.** Worlds are a proof of that: no reader, however clever, can do better.

mod worlds;

use std::collections::BTreeSet;

use worlds::Worlds;

/// The counts of a page and how they hang together.
#[derive(Debug, Default)]
pub(crate) struct Page {
    cells: Vec<Count>,
    relations: Vec<Relation>,
    groups: Vec<Level>,
    /// Changes of several cells, each by a multiple, that leave relations of their own as they are.
    exchanges: Vec<Vec<(usize, i64)>>,
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

/// What a page loses least with when it is hidden.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Lesser {
    /// A number beside a table.
    Aside(usize),
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
        let sum: u64 = parts.iter().map(|(part, weight)| self.cells[*part].value * weight).sum();
        let of_whole = self.cells[whole.0].value;
        let holds = match sum_is {
            Is::Equal => sum == of_whole,
            Is::AtMost => sum <= of_whole,
            Is::AtLeast => of_whole <= sum,
        };
        if holds && !parts.is_empty() {
            self.relations.push(Relation { parts, whole: whole.0, sum_is });
        }
    }

    /// Several relations hold as before when all `changes` are made together; a hint for finding
    /// other worlds, which is no knowledge of readers.
    pub(crate) fn exchange(&mut self, changes: [(Cell, i64); 3]) {
        self.exchanges.push(changes.map(|(Cell(cell), change)| (cell, change)).into());
    }

    /// What may be shown when counts below `minimum` are hidden.
    pub(crate) fn protect(&self, minimum: u64) -> Shown {
        let is_small = |count: &Count| 0 < count.value && count.value < minimum;
        let visible = self.cells.iter().map(|count| count.group.is_some() && !is_small(count));
        let mut view =
            View { visible: visible.collect(), hides_zeros: vec![false; self.groups.len()] };
        let worlds = Worlds::of(self);
        // What is hidden for one count leaves no other one less open.
        for (cell, _) in self.cells.iter().enumerate().filter(|(_, count)| is_small(count)) {
            while let Err(in_the_way) = worlds.leave_open(&view, cell, minimum - 1) {
                if !self.hide_more(&worlds, cell, minimum - 1, &in_the_way, &mut view) {
                    break;
                }
            }
        }
        let printed = |(count, visible): (&Count, &bool)| {
            // What is not printed has nothing to hide.
            (*visible || count.group.is_none()).then_some(count.value)
        };
        Shown(self.cells.iter().zip(&view.visible).map(printed).collect())
    }

    /// Hides numbers beside tables or the zeros of groups, if these are enough, or else the least
    /// important count that stands in the way; `false` when there is nothing left to hide.
    fn hide_more(
        &self,
        worlds: &Worlds<'_>,
        cell: usize,
        n_values: u64,
        in_the_way: &[usize],
        view: &mut View,
    ) -> bool {
        let members = self.printed_members(in_the_way);
        let zeros = members.iter().find_map(|member| self.zeros_with(*member, view));
        let without_lesser =
            self.hide_lesser(in_the_way, view, |hidden| worlds.leave_open(hidden, cell, n_values));
        match (without_lesser, self.least_important(&members, view), zeros) {
            (Some(hidden), ..) => *view = hidden,
            (None, Some(least), _) => view.visible[least] = false,
            (None, None, Some(group)) => self.hide_zeros(group, view),
            (None, None, None) => return false,
        }
        true
    }

    /// The view without one lesser thing, or else without as few as are enough together, as when the
    /// same counts are in a table and on a map; `None` when all of them are not enough.
    fn hide_lesser(
        &self,
        in_the_way: &[usize],
        view: &View,
        leave_open: impl Fn(&View) -> Result<(), Vec<usize>>,
    ) -> Option<View> {
        let mut lesser = self.lesser(in_the_way, view);
        let is_enough = |hidden: &View| leave_open(hidden).is_ok();
        let alone = lesser.iter().map(|one| self.without([*one], view)).find(is_enough);
        if alone.is_some() {
            return alone;
        }
        loop {
            let hidden = self.without(lesser.iter().copied(), view);
            let Err(in_the_way) = leave_open(&hidden) else { break };
            let more = self.lesser(&in_the_way, &hidden);
            if more.is_empty() {
                return None;
            }
            lesser.extend(more);
        }
        let mut needed = lesser.clone();
        for one in lesser {
            let others = needed.iter().copied().filter(|it| *it != one);
            if is_enough(&self.without(others, view)) {
                needed.remove(&one);
            }
        }
        Some(self.without(needed, view))
    }

    /// Lesser things that stand in the way and are visible.
    fn lesser(&self, in_the_way: &[usize], view: &View) -> BTreeSet<Lesser> {
        let mut lesser = BTreeSet::new();
        for member in self.printed_members(in_the_way) {
            let is_aside =
                self.cells[member].group.is_some_and(|group| self.groups[group] == Level::Aside);
            if view.visible[member] && is_aside {
                lesser.insert(Lesser::Aside(member));
            }
            lesser.extend(self.zeros_with(member, view).map(Lesser::Zeros));
        }
        lesser
    }

    /// The group of a count that is hidden or zero, if its zeros are visible.
    fn zeros_with(&self, member: usize, view: &View) -> Option<usize> {
        let Count { value, group } = self.cells[member];
        let can_be_zero = !view.visible[member] || value == 0;
        group.filter(|group| can_be_zero && !view.hides_zeros[*group])
    }

    fn printed_members(&self, relations: &[usize]) -> Vec<usize> {
        relations
            .iter()
            .flat_map(|relation| self.relations[*relation].members())
            .filter(|member| self.cells[*member].group.is_some())
            .collect()
    }

    fn without(&self, lesser: impl IntoIterator<Item = Lesser>, view: &View) -> View {
        let mut hidden = view.clone();
        for one in lesser {
            match one {
                Lesser::Aside(cell) => hidden.visible[cell] = false,
                Lesser::Zeros(group) => self.hide_zeros(group, &mut hidden),
            }
        }
        hidden
    }

    /// The visible count above zero with which the page loses least.
    fn least_important(&self, cells: &[usize], view: &View) -> Option<usize> {
        let is_candidate = |cell: &usize| view.visible[*cell] && self.cells[*cell].value != 0;
        cells.iter().copied().filter(is_candidate).min_by_key(|cell| {
            let Count { value, group } = self.cells[*cell];
            (group.map(|group| self.groups[group]), value)
        })
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
    fn members(&self) -> impl Iterator<Item = usize> {
        self.parts.iter().map(|(part, _)| *part).chain([self.whole])
    }
}

#[cfg(test)]
mod tests;
