//! How the messages of each radio show came about, as far as it was coded.

use super::csv_file::CsvFile;
use crate::design::{Design, Standing};
use crate::objects::Objects;

/// The first plan for how people took part belongs to the first radio show, and so on.
pub(super) fn to_csv(design: &Design, messages: &Objects) -> Vec<u8> {
    let header =
        ["Episode", "Estimated Engagement Type", "Messages with Opt-Ins", "Relevant Messages"];
    let mut file = CsvFile::new(header);
    for (plan, show) in design.engagement.iter().zip(&design.episodes) {
        for engagement in &plan.codings {
            for (position, code) in design.coding(*engagement).non_stop_codes() {
                let count = |standing| {
                    let has_code = |message: &usize| {
                        messages.codes(*message, *engagement).contains(&position)
                            && messages.reached(design, *message, &show.codings, standing)
                    };
                    (0..messages.len()).filter(has_code).count().to_string()
                };
                file.row([
                    plan.dataset_name.clone(),
                    code.string_value.clone(),
                    count(Standing::Answered),
                    count(Standing::Relevant),
                ]);
            }
        }
    }
    file.finish()
}
