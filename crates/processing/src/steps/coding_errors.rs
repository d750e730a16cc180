//! Marks answers whose labels contradict each other.

use code_schemes::ControlCode;
use pipeline_config::CodingMode;
use traced_data::TracedData;

use super::draft::Draft;
use super::ws_correction::asks_for_move;
use crate::context::Context;
use crate::labels::list;

/// Marks answers `CE` of which only one of two labels says that they are misplaced: the `WS` code
/// of their own scheme, or a dataset named under the correct-dataset scheme.
///
/// Gives the number of answers marked.
pub(crate) fn apply(context: &Context<'_>, object: &mut TracedData) -> u64 {
    let Some(correct_dataset) = &context.plans.correct_dataset else { return 0 };
    let mut draft = Draft::new(object);
    let mut n_errors = 0;
    for plan in context.plans.all() {
        let has_ws_code = plan.fields.iter().any(|field| {
            field
                .codes_in(object.get(field.coded))
                .any(|code| code.control_code() == Some(ControlCode::WrongScheme))
        });
        let names_dataset = object
            .get(plan.correct_dataset)
            .is_some_and(|label| asks_for_move(correct_dataset, label));
        if has_ws_code == names_dataset {
            continue;
        }
        n_errors += 1;
        draft.set(plan.correct_dataset, correct_dataset.coding_error.only());
        for field in &plan.fields {
            let label = field.labels.coding_error.only();
            draft.set(
                field.coded,
                match field.mode {
                    CodingMode::Single => label,
                    CodingMode::Multiple => list([label]),
                },
            );
        }
    }
    object
        .append(draft.into_changes(), &context.by.coding_errors)
        .expect("changes without nested objects cannot conflict");
    n_errors
}
