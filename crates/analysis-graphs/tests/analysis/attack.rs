//! An attack on the report: everything visible becomes linear constraints, and a solver looks for
//! what the hidden counts can be.
//!
//! The attacker reads the page and knows what its tables mean; nothing here comes from the code
//! that hides counts.

mod knowledge;

use std::collections::BTreeMap;

use microlp::{ComparisonOp, OptimizationDirection, Problem, SolveOutcome, Variable};
use serde_json::json;

use crate::fixture::{Fixture, Person};
use crate::page::Page;
use knowledge::{Knowledge, Op};

const MINIMUM: u64 = 5;
/// Nobody believes in more people.
const MOST_PEOPLE: f64 = 10_000.0;

/// Districts with their regions, states and zones.
const PLACES: [[&str; 4]; 9] = [
    ["baidoa", "bay", "south west state", "scz"],
    ["buur hakaba", "bay", "south west state", "scz"],
    ["diinsoor", "bay", "south west state", "scz"],
    ["mogadishu", "banadir", "banadir", "scz"],
    ["luuq", "gedo", "jubbaland", "scz"],
    ["kismayo", "lower juba", "jubbaland", "scz"],
    ["garowe", "nugaal", "puntland", "nez"],
    ["eyl", "nugaal", "puntland", "nez"],
    ["hargeysa", "woqooyi galbeed", "somaliland", "nwz"],
];
/// Themes of both radio shows.
const THEMES: [[&str; 5]; 2] = [
    [
        "vegetables_for_school_meals",
        "fruit_trees_for_shade",
        "plants_that_need_little_water",
        "harvest_sold_at_the_market",
        "something_else",
    ],
    [
        "rainwater_from_the_roof",
        "a_well_at_the_school",
        "parents_take_turns",
        "help_from_the_district",
        "something_else",
    ],
];
const AGES: [&str; 4] = ["10_to_14", "15_to_17", "18_to_35", "36_to_54"];

/// Numbers that look random and are the same on every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) % end as u64) as usize
    }

    /// One of `choices`, the first ones far more often.
    fn skewed<T: Copy>(&mut self, choices: &[T]) -> T {
        let place = (0..3).map(|_| self.below(choices.len())).min().unwrap_or(0);
        choices[place]
    }
}

/// String values by coded field.
type Codes = Vec<(&'static str, Vec<&'static str>)>;

/// What someone tells of themselves.
fn about_person(numbers: &mut Numbers) -> Codes {
    let [district, region, state, zone] = numbers.skewed(&PLACES);
    let mut codes = vec![
        ("gender_coded", vec![numbers.skewed(&["woman", "man"])]),
        ("age_category_coded", vec![numbers.skewed(&AGES)]),
        ("recently_displaced_coded", vec![numbers.skewed(&["no", "yes"])]),
    ];
    if 0 < numbers.below(12) {
        codes.extend([
            ("state_coded", vec![state]),
            ("zone_coded", vec![zone]),
            ("region_coded", vec![region]),
        ]);
        if 0 < numbers.below(6) {
            codes.push(("district_coded", vec![district]));
        }
    }
    codes
}

/// One message to a radio show: its codes, and when it was sent.
fn message(numbers: &mut Numbers, show: usize) -> (Codes, String) {
    let mut themes = vec![numbers.skewed(&THEMES[show - 1])];
    if numbers.below(4) == 0 {
        themes.push(numbers.skewed(&THEMES[show - 1]));
        themes.dedup();
    }
    if numbers.below(15) == 0 {
        themes = vec!["NC"];
    }
    let day = 7 * show - 3 + numbers.below(7);
    let field = ["", "rqa_s01e01_coded", "rqa_s01e02_coded"][show];
    (vec![(field, themes)], format!("2024-02-{day:02}T10:00:00+03:00"))
}

/// The report of a season with two radio shows, and people of all kinds.
fn season(minimum: u64, seed: u64, n_people: usize) -> String {
    let mut fixture = Fixture::new(&json!({"MinimumCellSize": minimum}));
    let mut numbers = Numbers(seed);
    for number in 0..n_people {
        let uid = format!("p{number}");
        let about = about_person(&mut numbers);
        let shows: &[usize] = [&[1][..], &[2], &[1, 2], &[1]][numbers.below(4)];
        let messages: Vec<(Codes, String)> =
            shows.iter().map(|show| message(&mut numbers, *show)).collect();
        let with = |codes: Codes| -> Codes { about.iter().cloned().chain(codes).collect() };
        let of_person = with(messages.iter().flat_map(|(codes, _)| codes.clone()).collect());
        let of_messages: Vec<(Codes, String)> =
            messages.into_iter().map(|(codes, sent_on)| (with(codes), sent_on)).collect();
        let slices = slices_of(&of_person);
        let person = Person { uid: &uid, codes: &slices, ..Person::default() };
        let slices: Vec<_> = of_messages.iter().map(|(codes, _)| slices_of(codes)).collect();
        let messages: Vec<Person<'_>> = slices
            .iter()
            .zip(&of_messages)
            .map(|(codes, (_, sent_on))| Person { uid: &uid, codes, sent_on, ..Person::default() })
            .collect();
        fixture.add_with_messages(&person, &messages.iter().collect::<Vec<_>>());
    }
    fixture.analyze().report()
}

fn slices_of(codes: &Codes) -> Vec<(&str, &[&str])> {
    codes.iter().map(|(field, codes)| (*field, codes.as_slice())).collect()
}

/// The least and the greatest value that each hidden count can have, as far as solutions show it.
struct Bounds(BTreeMap<usize, (f64, f64)>);

/// The small counts that the attacker narrows down to less than the range of all small counts.
fn narrowed(knowledge: &Knowledge, truth: &Knowledge) -> Vec<String> {
    let hidden: Vec<&String> = knowledge.hidden();
    let mut bounds = Bounds(BTreeMap::new());
    let mut narrowed = Vec::new();
    let is_wide = |bounds: &Bounds, place: usize| {
        bounds
            .0
            .get(&place)
            .is_some_and(|(least, most)| (MINIMUM - 2) as f64 <= most - least + 1e-6)
    };
    for (place, name) in hidden.iter().enumerate() {
        let value = truth.value(name).unwrap_or(0);
        if !(1..MINIMUM).contains(&value) {
            continue;
        }
        for direction in [OptimizationDirection::Maximize, OptimizationDirection::Minimize] {
            if !is_wide(&bounds, place) {
                solve(knowledge, &hidden, place, direction, &mut bounds);
            }
        }
        if !is_wide(&bounds, place) {
            narrowed.push(format!("{name} is {value}: {:?}", bounds.0.get(&place)));
        }
    }
    narrowed
}

fn solve(
    knowledge: &Knowledge,
    hidden: &[&String],
    objective: usize,
    direction: OptimizationDirection,
    bounds: &mut Bounds,
) {
    let mut problem = Problem::new(direction);
    let variables: Vec<Variable> = hidden
        .iter()
        .enumerate()
        .map(|(place, name)| {
            let weight = if place == objective { 1.0 } else { 0.0 };
            problem.add_var(weight, (knowledge.least(name), MOST_PEOPLE))
        })
        .collect();
    let places: BTreeMap<&str, usize> =
        hidden.iter().enumerate().map(|(place, name)| (name.as_str(), place)).collect();
    for constraint in &knowledge.constraints {
        let (mut terms, mut bound) = (Vec::new(), 0.0);
        for (name, weight) in &constraint.terms {
            match knowledge.value(name) {
                Some(value) => bound -= weight * value as f64,
                None => terms.push((variables[places[name.as_str()]], *weight)),
            }
        }
        let op = match constraint.op {
            Op::Equal => ComparisonOp::Eq,
            Op::AtMost => ComparisonOp::Le,
        };
        if !terms.is_empty() {
            problem.add_constraint(terms, op, bound);
        }
    }
    // The true counts are a solution, unless the attacker believes something wrong.
    let SolveOutcome::Solution(solution) = problem.solve().unwrap() else {
        panic!("the solver found no end");
    };
    for (place, variable) in variables.iter().enumerate() {
        let value = solution[*variable];
        let (least, most) = bounds.0.entry(place).or_insert((value, value));
        (*least, *most) = (least.min(value), most.max(value));
    }
}

#[test]
fn no_small_count_can_be_worked_out() {
    for (seed, n_people) in [(1, 40), (2, 150), (3, 400)] {
        let truth = Knowledge::of(&Page::read(&season(0, seed, n_people)));
        let knowledge = Knowledge::of(&Page::read(&season(MINIMUM, seed, n_people)));
        truth.check();
        knowledge.check_against(&truth);
        assert!(20 < knowledge.hidden().len() && 50 < knowledge.constraints.len());
        let narrowed = narrowed(&knowledge, &truth);
        assert!(narrowed.is_empty(), "{n_people} people: {narrowed:#?}");
    }
}

/// The attack succeeds where only the small counts themselves are hidden, so it can succeed.
#[test]
fn hiding_only_small_counts_would_not_be_enough() {
    let truth = Knowledge::of(&Page::read(&season(0, 2, 150)));
    let naive = truth.without(|value| (1..MINIMUM).contains(&value));
    assert!(5 < narrowed(&naive, &truth).len());
}
