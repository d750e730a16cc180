//! Whether the country has the cleaners that plans name.

use text_cleaners::{Cleaner, Country};

use super::{Findings, did_you_mean, quoted};
use crate::plans_file::PlansForm;

pub(super) fn check(plans: &PlansForm, country: &Country, findings: &mut Findings<'_>) {
    let names = country.cleaners().iter().map(Cleaner::name);
    for (path, plan, _) in plans.plans() {
        for (path, configuration) in plan.configurations(&path) {
            let Some(name) = &configuration.cleaner else { continue };
            if country.cleaner(name).is_some() {
                continue;
            }
            let path = path.key("Cleaner");
            let message = format!("there is no cleaner `{name}`");
            if plans.country.is_some() {
                findings.error_with_hint(&path, message, did_you_mean(name, names.clone()));
            } else {
                findings.error_with_hint(&path, message, hint_without_country());
            }
        }
    }
}

/// What to try when plans need a country and name none.
pub(super) fn hint_without_country() -> String {
    format!(
        "name a `Country` in the plans: one that comes with the program ({}), or a directory such \
         as `./country`",
        quoted(Country::built_in_names())
    )
}
