//! Hiding small counts, also where they could be worked out from other numbers on the page.
//!
//! All counts of the page are cells, and what readers know about their sums are relations.
//! Counts from 1 to below the minimum are hidden. Then a reader is played who takes every relation
//! and narrows down every hidden count as far as it goes. While one of the small counts can be
//! narrowed down too far, more is hidden: first the zeros of its group, which otherwise tell that
//! hidden counts are not zero, then another number that helped, details before totals.
//!
//! **As far as the relations tell, a hidden small count can have at least as many values as there
//! are small counts.**

mod reader;

use reader::Reader;

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

/// What is visible of a page while it is worked out.
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

    /// What may be shown when counts below `minimum` are hidden.
    pub(crate) fn protect(&self, minimum: u64) -> Shown {
        let is_small = |count: &Count| 0 < count.value && count.value < minimum;
        let visible = self.cells.iter().map(|count| count.group.is_some() && !is_small(count));
        let mut view =
            View { visible: visible.collect(), hides_zeros: vec![false; self.groups.len()] };
        loop {
            let reader = Reader::of(self, &view);
            let mut changed: Vec<usize> = Vec::new();
            for (cell, count) in self.cells.iter().enumerate() {
                if is_small(count)
                    && let Some(relation) = reader.what_narrows(cell, minimum)
                    // What was just hidden may be enough.
                    && !self.relations[relation].has_any(&changed)
                {
                    changed.extend(self.hide_more(relation, &reader, &mut view));
                }
            }
            if changed.is_empty() {
                break;
            }
        }
        let printed = |(count, visible): (&Count, &bool)| {
            // What is not printed has nothing to hide.
            (*visible || count.group.is_none()).then_some(count.value)
        };
        Shown(self.cells.iter().zip(&view.visible).map(printed).collect())
    }

    /// Hides the zeros of a group, or a visible count, that leads to a conclusion from `relation`,
    /// itself or by way of conclusions before; gives the cells that changed.
    fn hide_more(&self, relation: usize, reader: &Reader, view: &mut View) -> Vec<usize> {
        let relations = self.causes_of(relation, reader);
        let members = || relations.iter().flat_map(|relation| self.relations[*relation].members());
        let mut groups = members()
            .filter(|cell| !view.visible[*cell] || self.cells[*cell].value == 0)
            .filter_map(|cell| self.cells[cell].group);
        if let Some(group) = groups.find(|group| !view.hides_zeros[*group]) {
            return self.hide_zeros(group, view);
        }
        let candidates = members().filter(|cell| view.visible[*cell]);
        let least = candidates.min_by_key(|cell| {
            let Count { value, group } = self.cells[*cell];
            (group.map(|group| self.groups[group]), value)
        });
        if let Some(cell) = least {
            view.visible[cell] = false;
        }
        least.into_iter().collect()
    }

    fn hide_zeros(&self, group: usize, view: &mut View) -> Vec<usize> {
        view.hides_zeros[group] = true;
        let of_group = |cell: &usize| self.cells[*cell].group == Some(group);
        let changed: Vec<usize> = (0..self.cells.len()).filter(of_group).collect();
        for cell in &changed {
            view.visible[*cell] &= self.cells[*cell].value != 0;
        }
        changed
    }

    /// `relation`, and those from which the bounds of its members come.
    fn causes_of(&self, relation: usize, reader: &Reader) -> Vec<usize> {
        const MOST_STEPS_BACK: usize = 3;
        let mut relations = vec![relation];
        let mut first = 0;
        for _ in 0..MOST_STEPS_BACK {
            let last = relations.len();
            for place in first..last {
                for member in self.relations[relations[place]].members() {
                    for cause in reader.causes(member) {
                        if !relations.contains(&cause) {
                            relations.push(cause);
                        }
                    }
                }
            }
            first = last;
        }
        relations
    }
}

impl Relation {
    fn members(&self) -> impl Iterator<Item = usize> {
        self.parts.iter().map(|(part, _)| *part).chain([self.whole])
    }

    fn has_any(&self, cells: &[usize]) -> bool {
        self.members().any(|member| cells.contains(&member))
    }
}

#[cfg(test)]
mod tests;
