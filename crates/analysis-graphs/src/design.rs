//! What stage 5 counts: the codings of a project, in the order of its plans.

use std::sync::Arc;

use code_schemes::{Code, CodeScheme, ControlCode};
use pipeline_config::{CodingConfiguration, CodingMode, CodingPlan, Project};
use rustc_hash::FxHashMap;
use traced_data::Key;

/// The codings of a project; everything else refers to them by their position.
pub struct Design {
    codings: Vec<Coding>,
    /// The radio show codings that are counted.
    pub shows: Vec<usize>,
    /// The demographic codings that are counted.
    pub demographics: Vec<usize>,
    /// The codings of all survey questions that are counted, demographics first.
    pub surveys: Vec<usize>,
    /// The radio show plans.
    pub episodes: Vec<Plan>,
    /// The plans for how people took part; the first belongs to the first radio show, and so on.
    pub engagement: Vec<Plan>,
}

/// A coding plan, reduced to its codings.
pub struct Plan {
    /// The name of its dataset.
    pub dataset_name: String,
    /// Its codings that are counted; of engagement plans, all.
    pub codings: Vec<usize>,
}

/// How answers are coded with one scheme.
pub struct Coding {
    /// Its name in tables, the analysis file key.
    pub name: String,
    /// The field with what people wrote.
    pub raw_field: Key,
    /// The field with the labels.
    pub coded_field: Key,
    /// The scheme of the labels.
    pub scheme: Arc<CodeScheme>,
    /// The name of the scheme's file, without `.json`.
    pub scheme_name: String,
    /// Whether an answer can have several codes.
    pub mode: CodingMode,
    positions: FxHashMap<Arc<str>, u16>,
}

impl Design {
    /// What is counted in `project`.
    pub fn new(project: &Project) -> Self {
        let mut codings = Codings(Vec::new());
        let plans = &project.plans;
        let episodes: Vec<Plan> =
            plans.radio_show.iter().map(|plan| codings.counted(plan)).collect();
        let demographic: Vec<Plan> =
            plans.demographic.iter().map(|plan| codings.counted(plan)).collect();
        let follow_up: Vec<Plan> =
            plans.follow_up.iter().map(|plan| codings.counted(plan)).collect();
        let first_engagement = codings.0.len();
        let engagement: Vec<Plan> = plans.engagement.iter().map(|plan| codings.all(plan)).collect();
        let included = plans
            .engagement
            .iter()
            .flat_map(|plan| &plan.coding_configurations)
            .enumerate()
            .filter(|(_, configuration)| configuration.include_in_theme_distribution)
            .map(|(position, _)| first_engagement + position);

        let flat = |plans: &[Plan]| plans.iter().flat_map(|plan| plan.codings.clone()).collect();
        let demographics: Vec<usize> = flat(&demographic);
        let mut surveys = demographics.clone();
        surveys.extend(follow_up.iter().flat_map(|plan| plan.codings.iter().copied()));
        surveys.extend(included);
        Self {
            shows: flat(&episodes),
            demographics,
            surveys,
            episodes,
            engagement,
            codings: codings.0,
        }
    }

    /// All codings, counted or not, radio shows first.
    pub fn codings(&self) -> &[Coding] {
        &self.codings
    }

    /// The coding at `position`.
    pub fn coding(&self, position: usize) -> &Coding {
        &self.codings[position]
    }

    /// The position of the first coding, counted or not, of which `is_wanted` holds.
    pub fn find(&self, is_wanted: impl Fn(&Coding) -> bool) -> Option<usize> {
        self.codings.iter().position(is_wanted)
    }
}

impl Coding {
    fn new(plan: &CodingPlan, configuration: &CodingConfiguration) -> Self {
        let scheme = Arc::clone(&configuration.code_scheme);
        let positions = (0..)
            .zip(scheme.codes())
            .map(|(position, code)| (code.code_id.clone().into(), position));
        let coded_field = &configuration.coded_field;
        let name = configuration.analysis_file_key.clone();
        Self {
            name: name.unwrap_or_else(|| coded_field.trim_end_matches("_coded").to_owned()),
            raw_field: Key::new(configuration.raw_field.as_ref().unwrap_or(&plan.raw_field)),
            coded_field: Key::new(coded_field),
            scheme_name: configuration.code_scheme_name.clone(),
            mode: configuration.coding_mode,
            positions: positions.collect(),
            scheme,
        }
    }

    /// The position of a code in its scheme.
    pub fn position_of(&self, code_id: &str) -> Option<u16> {
        self.positions.get(code_id).copied()
    }

    /// The codes of the scheme, with their positions.
    pub fn codes(&self) -> impl Iterator<Item = (u16, &Code)> {
        (0..).zip(self.scheme.codes())
    }

    /// The code at a position.
    pub fn code(&self, position: u16) -> &Code {
        &self.scheme.codes()[usize::from(position)]
    }

    /// The codes that say something about the world, with their positions.
    pub fn normal_codes(&self) -> impl Iterator<Item = (u16, &Code)> {
        self.codes().filter(|(_, code)| code.is_normal())
    }

    /// The codes that a person who did not withdraw consent can have, with their positions.
    pub fn non_stop_codes(&self) -> impl Iterator<Item = (u16, &Code)> {
        self.codes().filter(|(_, code)| code.control_code() != Some(ControlCode::Stop))
    }

    /// How far an answer with these codes got.
    pub fn standing(&self, codes: &[u16]) -> Standing {
        let control = |code: &u16| self.code(*code).control_code();
        if let [only] = codes
            && matches!(control(only), Some(ControlCode::TrueMissing | ControlCode::Skipped))
        {
            return Standing::NoAnswer;
        }
        if codes.is_empty() {
            Standing::NoAnswer
        } else if codes.iter().any(|code| control(code) == Some(ControlCode::NotReviewed)) {
            Standing::Answered
        } else if codes.iter().any(|code| self.code(*code).is_normal()) {
            Standing::Relevant
        } else {
            Standing::Labelled
        }
    }
}

/// How far an answer got; each includes those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// There is none.
    NoAnswer,
    /// There is one.
    Answered,
    /// It is labelled, and no label says that nobody looked at it.
    Labelled,
    /// One of its labels is a normal code.
    Relevant,
}

struct Codings(Vec<Coding>);

impl Codings {
    /// Adds all codings of a plan; the positions are of those that are counted.
    fn counted(&mut self, plan: &CodingPlan) -> Plan {
        let all = self.all(plan);
        let configurations = plan.coding_configurations.iter();
        let counted = all
            .codings
            .into_iter()
            .zip(configurations)
            .filter(|(_, configuration)| configuration.include_in_theme_distribution)
            .map(|(position, _)| position);
        Plan { dataset_name: all.dataset_name, codings: counted.collect() }
    }

    fn all(&mut self, plan: &CodingPlan) -> Plan {
        let first = self.0.len();
        let configurations = plan.coding_configurations.iter();
        self.0.extend(configurations.map(|configuration| Coding::new(plan, configuration)));
        Plan { dataset_name: plan.dataset_name.clone(), codings: (first..self.0.len()).collect() }
    }
}
