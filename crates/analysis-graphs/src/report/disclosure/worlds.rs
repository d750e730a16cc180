//! Other worlds: what else could be true, for all that a page shows.

use std::collections::BTreeSet;

use microlp::{
    ComparisonOp, OptimizationDirection, Problem, Solution, SolveOptions, SolveOutcome, Variable,
};
use rustc_hash::{FxHashMap, FxHashSet};

use super::{Hideable, Is, Page, Relation, View};

/// Counts change by at most so much in the worlds for which more is hidden.
const FARTHEST: f64 = 64.0;
/// So many hidden cells around one may change in a world, and so many when these are not enough.
const NEAR: [usize; 2] = [150, 1_000];
/// What is hidden for a cell is chosen from so many around it, and from so many when these are
/// not enough.
const WITHIN_REACH: [usize; 2] = [600, 4_000];
/// A search for whole numbers is given up after so many programs.
const MOST_PROGRAMS: u64 = 20;
/// Less is nothing, in the numbers of the solver.
const NOTHING: f64 = 1e-6;

/// The worlds that a page could be about.
pub(super) struct Worlds<'a> {
    page: &'a Page,
    /// By cell.
    relations: Vec<Vec<usize>>,
}

/// The least and the greatest value of each cell in the worlds that were found.
#[derive(Clone)]
pub(super) struct Seen(Vec<(u64, u64)>);

/// A linear program: by how much cells differ from the true world.
struct Program {
    problem: Problem,
    /// By cell: what its change is the sum of, with signs.
    changes: FxHashMap<usize, Vec<(Variable, f64)>>,
    in_whole_numbers: bool,
}

/// The values that differ from the true ones.
type World = Vec<(usize, u64)>;

/// What to hide, and a world that looks the same then, when the solver found one.
#[derive(Default)]
pub(super) struct Way {
    loss: f64,
    pub(super) hidden: Vec<Hideable>,
    pub(super) world: World,
}

/// What is demanded of a cell in another world.
#[derive(Clone, Copy)]
enum Demand {
    AtLeast(u64),
    AtMost(u64),
}

impl Seen {
    pub(super) fn new(page: &Page) -> Self {
        Self(page.cells.iter().map(|count| (count.value, count.value)).collect())
    }

    pub(super) fn add(&mut self, world: &[(usize, u64)]) {
        for (cell, value) in world {
            let (least, most) = &mut self.0[*cell];
            (*least, *most) = ((*least).min(*value), (*most).max(*value));
        }
    }

    fn is_wide(&self, cell: usize, spread: u64) -> bool {
        let (least, most) = self.0[cell];
        spread <= most - least
    }
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

    /// Whether there are two worlds that look the same as the true one, and in which the values of
    /// `cell` are so far apart; those that are found are added to `seen`.
    pub(super) fn leave_open(
        &self,
        view: &View,
        cell: usize,
        spread: u64,
        seen: &mut Seen,
    ) -> bool {
        for n_cells in NEAR {
            let near = self.around(cell, n_cells, |member| !view.visible[member]);
            for direction in [OptimizationDirection::Maximize, OptimizationDirection::Minimize] {
                if seen.is_wide(cell, spread) {
                    return true;
                }
                if let Some(world) = self.extreme(view, &near, spread, direction) {
                    seen.add(&world);
                }
            }
            if near.len() < n_cells {
                break;
            }
        }
        seen.is_wide(cell, spread)
    }

    /// Of the ways to leave `cell` open, the one with which the page loses least; `None` when the
    /// solver finds none.
    pub(super) fn cheapest_to_hide(
        &self,
        view: &View,
        cell: usize,
        spread: u64,
        seen: &Seen,
    ) -> Option<Way> {
        let (least, most) = seen.0[cell];
        let less = most.checked_sub(spread).map(Demand::AtMost);
        let demands = [Some(Demand::AtLeast(least + spread)), less];
        let demands: Vec<Demand> = demands.into_iter().flatten().collect();
        WITHIN_REACH.into_iter().find_map(|n_cells| {
            let reach = self.around(cell, n_cells, |_| true);
            let ways = demands.iter().filter_map(|demand| self.way_to_hide(view, &reach, *demand));
            ways.min_by(|one, other| one.loss.total_cmp(&other.loss))
        })
    }

    /// The visible counts and zeros that hang together with `cell` by hidden ones.
    pub(super) fn in_the_way(&self, view: &View, cell: usize) -> Vec<Hideable> {
        let near = self.around(cell, NEAR[1], |member| !view.visible[member]);
        let relations = near.iter().flat_map(|member| &self.relations[*member]);
        relations
            .flat_map(|relation| self.page.relations[*relation].members())
            .filter_map(|member| self.page.hideable(member, view))
            .collect()
    }

    /// `cell` and those that hang together with it by relations and `wanted` cells, the nearest
    /// first.
    fn around(&self, cell: usize, most: usize, wanted: impl Fn(usize) -> bool) -> Vec<usize> {
        let mut is_found: FxHashSet<usize> = [cell].into_iter().collect();
        let mut found = vec![cell];
        let mut place = 0;
        while let Some(cell) = found.get(place).copied() {
            place += 1;
            for relation in &self.relations[cell] {
                for member in self.page.relations[*relation].members() {
                    if found.len() < most && wanted(member) && is_found.insert(member) {
                        found.push(member);
                    }
                }
            }
        }
        found
    }

    /// A world that looks the same, in which the first of `cells` is as great or small as it can
    /// be, but not farther away than `spread`; only `cells` change.
    fn extreme(
        &self,
        view: &View,
        cells: &[usize],
        spread: u64,
        direction: OptimizationDirection,
    ) -> Option<World> {
        let spread = spread as f64;
        let find = |in_whole_numbers: bool| {
            let mut program = Program::new(direction, in_whole_numbers);
            for cell in cells {
                let value = self.page.cells[*cell].value;
                let is_first = Some(cell) == cells.first();
                let (weight, reach) = if is_first { (1.0, spread) } else { (0.0, 2.0 * spread) };
                let below = value.saturating_sub(view.least(self.page, *cell)) as f64;
                program.add(*cell, weight, (-below.min(reach), reach));
            }
            self.relate(&mut program, cells);
            self.world(&program, &program.solve()?, cells)
        };
        // Half a person would be no proof, but programs with whole numbers take long.
        find(false).or_else(|| find(true))
    }

    /// Whether all relations hold with these values.
    fn is_possible(&self, world: &[(usize, u64)]) -> bool {
        let changed: FxHashMap<usize, u64> = world.iter().copied().collect();
        let value =
            |cell: usize| changed.get(&cell).copied().unwrap_or(self.page.cells[cell].value);
        let mut relations = world.iter().flat_map(|(cell, _)| &self.relations[*cell]);
        relations.all(|relation| self.page.relations[*relation].holds(value))
    }

    /// What the page loses when the first of `cells` shall be as demanded, and the visible things
    /// that change then.
    fn way_to_hide(&self, view: &View, cells: &[usize], demand: Demand) -> Option<Way> {
        let mut program = Program::new(OptimizationDirection::Minimize, false);
        let mut losses: Vec<(Variable, Hideable)> = Vec::new();
        for cell in cells {
            let value = self.page.cells[*cell].value as f64;
            if !view.visible[*cell] {
                let least = view.least(self.page, *cell) as f64;
                program.add(*cell, 0.0, (least - value, FARTHEST));
            }
            let Some(hideable) = self.page.hideable(*cell, view) else { continue };
            let loss = self.page.loss(hideable);
            let (more, less) = match hideable {
                Hideable::Count(_) => (FARTHEST, value - 1.0),
                Hideable::Zeros(_) if view.visible[*cell] => (FARTHEST, 0.0),
                // Could be zero.
                Hideable::Zeros(_) => (0.0, 1.0),
            };
            losses.push((program.add(*cell, loss, (0.0, more)), hideable));
            losses.push((program.add_less(*cell, loss, less), hideable));
        }
        self.relate(&mut program, cells);
        program.demand(*cells.first()?, demand, self.page);
        let solution = program.solve()?;
        let changes = losses.iter().filter(|(variable, _)| NOTHING < solution[*variable]);
        let hidden: BTreeSet<Hideable> = changes.map(|(_, hideable)| *hideable).collect();
        Some(Way {
            loss: hidden.iter().map(|hideable| self.page.loss(*hideable)).sum(),
            hidden: hidden.into_iter().collect(),
            world: self.world(&program, &solution, cells).unwrap_or_default(),
        })
    }

    /// The world that a program found, in whole numbers, unless it is none then.
    fn world(&self, program: &Program, solution: &Solution, cells: &[usize]) -> Option<World> {
        let changed =
            cells.iter().map(|cell| (*cell, program.change(solution, *cell).round() as i64));
        let changed = changed.filter(|(_, change)| *change != 0);
        let value = |(cell, change): (usize, i64)| {
            Some((cell, self.page.cells[cell].value.checked_add_signed(change)?))
        };
        let world: World = changed.map(value).collect::<Option<_>>()?;
        self.is_possible(&world).then_some(world)
    }

    /// Adds all relations of `cells`; others stay as they are.
    fn relate(&self, program: &mut Program, cells: &[usize]) {
        let relations: BTreeSet<usize> =
            cells.iter().flat_map(|cell| &self.relations[*cell]).copied().collect();
        for relation in relations {
            program.relate(&self.page.relations[relation], self.page);
        }
    }
}

impl Program {
    fn new(direction: OptimizationDirection, in_whole_numbers: bool) -> Self {
        Self { problem: Problem::new(direction), changes: FxHashMap::default(), in_whole_numbers }
    }

    /// Lets a cell change within bounds.
    fn add(&mut self, cell: usize, weight: f64, (least, most): (f64, f64)) -> Variable {
        let variable = if self.in_whole_numbers {
            self.problem.add_integer_var(weight, (least as i32, most as i32))
        } else {
            self.problem.add_var(weight, (least, most))
        };
        self.changes.entry(cell).or_default().push((variable, 1.0));
        variable
    }

    /// Lets a cell be less by up to `most`.
    fn add_less(&mut self, cell: usize, weight: f64, most: f64) -> Variable {
        let variable = self.problem.add_var(weight, (0.0, most));
        self.changes.entry(cell).or_default().push((variable, -1.0));
        variable
    }

    /// The change of a cell, so many times.
    fn terms(&self, cell: usize, times: f64) -> impl Iterator<Item = (Variable, f64)> {
        let changes = self.changes.get(&cell).into_iter().flatten();
        changes.map(move |(variable, sign)| (*variable, sign * times))
    }

    fn relate(&mut self, relation: &Relation, page: &Page) {
        let parts = relation.parts.iter().map(|(part, weight)| (*part, *weight as f64));
        let members = parts.chain([(relation.whole, -1.0)]);
        let terms: Vec<_> = members.flat_map(|(cell, times)| self.terms(cell, times)).collect();
        let sum: u64 =
            relation.parts.iter().map(|(part, weight)| page.cells[*part].value * weight).sum();
        let room = page.cells[relation.whole].value as f64 - sum as f64;
        let operator = match relation.sum_is {
            Is::Equal => ComparisonOp::Eq,
            Is::AtMost => ComparisonOp::Le,
            Is::AtLeast => ComparisonOp::Ge,
        };
        self.problem.add_constraint(terms, operator, room);
    }

    fn demand(&mut self, cell: usize, demand: Demand, page: &Page) {
        let (operator, demanded) = match demand {
            Demand::AtLeast(demanded) => (ComparisonOp::Ge, demanded),
            Demand::AtMost(demanded) => (ComparisonOp::Le, demanded),
        };
        let terms: Vec<_> = self.terms(cell, 1.0).collect();
        self.problem.add_constraint(
            terms,
            operator,
            demanded as f64 - page.cells[cell].value as f64,
        );
    }

    fn solve(&self) -> Option<Solution> {
        let mut options = SolveOptions::default();
        options.node_limit = Some(MOST_PROGRAMS);
        match self.problem.solve_with(options).ok()? {
            SolveOutcome::Solution(solution) => Some(solution),
            SolveOutcome::Interrupted(_) => None,
        }
    }

    /// By how much a cell differs from the true world.
    fn change(&self, solution: &Solution, cell: usize) -> f64 {
        self.terms(cell, 1.0).map(|(variable, sign)| solution[variable] * sign).sum()
    }
}
