//! The datasets of a project, in the order of its coding plans.

use std::sync::Arc;

use code_schemes::CodeScheme;
use google_services::documents::BadDocumentId;
use pipeline_config::{CodingMode, CodingPlan, Project};

use crate::Dataset;
use crate::add::ProjectScheme;

/// A dataset of a project, with the schemes that it is labelled with.
#[derive(Debug, Clone)]
pub struct ProjectDataset {
    /// The dataset.
    pub dataset: Dataset,
    /// Each scheme once.
    pub schemes: Vec<ProjectScheme>,
}

impl ProjectDataset {
    /// The datasets of `project`; a scheme of which a message can have several codes gets
    /// `n_scheme_copies` copies.
    ///
    /// # Errors
    ///
    /// [`BadDocumentId`] when a plan names a dataset as Coda cannot call one.
    pub fn all(project: &Project, n_scheme_copies: usize) -> Result<Vec<Self>, BadDocumentId> {
        let mut datasets: Vec<Self> = Vec::new();
        for plan in project.plans.all() {
            let Some(name) = &plan.coda_dataset else { continue };
            let known = datasets.iter().position(|known| known.dataset.name() == name);
            let place = match known {
                Some(place) => place,
                None => {
                    datasets.push(Self { dataset: Dataset::new(name)?, schemes: Vec::new() });
                    datasets.len() - 1
                }
            };
            datasets[place].add_plan(plan, n_scheme_copies);
        }
        if let Some(scheme) = &project.plans.ws_correct_dataset {
            datasets.iter_mut().for_each(|dataset| dataset.add_scheme(scheme, 0));
        }
        Ok(datasets)
    }

    /// The schemes, without how many copies there are.
    pub fn code_schemes(&self) -> Vec<&CodeScheme> {
        self.schemes.iter().map(|scheme| &*scheme.scheme).collect()
    }

    fn add_plan(&mut self, plan: &CodingPlan, n_scheme_copies: usize) {
        for coding in &plan.coding_configurations {
            let n_copies = match coding.coding_mode {
                CodingMode::Single => 0,
                CodingMode::Multiple => n_scheme_copies,
            };
            self.add_scheme(&coding.code_scheme, n_copies);
        }
    }

    fn add_scheme(&mut self, scheme: &Arc<CodeScheme>, n_copies: usize) {
        let known = self.schemes.iter_mut().find(|it| it.scheme.scheme_id == scheme.scheme_id);
        match known {
            Some(known) => known.n_copies = known.n_copies.max(n_copies),
            None => self.schemes.push(ProjectScheme { scheme: Arc::clone(scheme), n_copies }),
        }
    }
}
