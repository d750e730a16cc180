//! Coding plans with their schemes and codes.

use std::sync::Arc;

use text_cleaners::Country;

use crate::checks::Schemes;
use crate::plans_file::{CodingConfigurationForm, PlanForm, PlansForm};
use crate::{CodingConfiguration, CodingPlan, CodingPlans};

/// The plans with their schemes and cleaners; `None` when one of these does not exist, which the
/// checks report.
pub(crate) fn resolve_plans(
    form: PlansForm,
    schemes: &Schemes,
    country: Country,
) -> Option<CodingPlans> {
    let ws_correct_dataset = match &form.ws_correct_dataset_scheme {
        Some(name) => Some(Arc::clone(schemes.get(name)?)),
        None => None,
    };
    let resolve_all = |forms: Vec<PlanForm>| -> Option<Vec<CodingPlan>> {
        forms.into_iter().map(|form| resolve_plan(form, schemes, &country)).collect()
    };
    let mut plans = CodingPlans {
        radio_show: resolve_all(form.radio_show_plans)?,
        demographic: resolve_all(form.demographic_plans)?,
        follow_up: resolve_all(form.follow_up_plans)?,
        engagement: resolve_all(form.engagement_plans)?,
        ws_correct_dataset,
        country: Arc::new(country),
    };
    let CodingPlans { radio_show, demographic, follow_up, engagement, ws_correct_dataset, .. } =
        &mut plans;
    for plan in [radio_show, demographic, follow_up, engagement].into_iter().flatten() {
        if let Some(match_value) = &plan.ws_match_value {
            let code = ws_correct_dataset.as_ref()?.matching(match_value)?;
            plan.ws_code = Some(code.code_id.clone());
        }
    }
    Some(plans)
}

fn resolve_plan(form: PlanForm, schemes: &Schemes, country: &Country) -> Option<CodingPlan> {
    let (dataset_name, id_field) = (form.dataset_name().to_string(), form.id_field());
    let configurations = form.coding_configurations.into_iter();
    Some(CodingPlan {
        dataset_name,
        raw_field: form.raw_field,
        time_field: form.time_field,
        run_id_field: form.run_id_field,
        id_field,
        coda_dataset: form.coda_dataset,
        icr_file: form.icr_file,
        ws_match_value: form.ws_match_value,
        ws_code: None,
        coding_configurations: configurations
            .map(|form| resolve_configuration(form, schemes, country))
            .collect::<Option<_>>()?,
        code_imputation_function: form.code_imputation_function,
        raw_field_fold_strategy: form.raw_field_fold_strategy,
    })
}

fn resolve_configuration(
    form: CodingConfigurationForm,
    schemes: &Schemes,
    country: &Country,
) -> Option<CodingConfiguration> {
    let cleaner = match &form.cleaner {
        Some(name) => Some(country.cleaner(name)?.clone()),
        None => None,
    };
    Some(CodingConfiguration {
        coding_mode: form.coding_mode,
        code_scheme: Arc::clone(schemes.get(&form.code_scheme)?),
        cleaner,
        code_scheme_name: form.code_scheme,
        coded_field: form.coded_field,
        raw_field: form.raw_field,
        analysis_file_key: form.analysis_file_key,
        fold_strategy: form.fold_strategy,
        requires_manual_verification: form.requires_manual_verification,
        include_in_theme_distribution: form.include_in_theme_distribution,
        include_in_individuals_file: form.include_in_individuals_file,
    })
}
