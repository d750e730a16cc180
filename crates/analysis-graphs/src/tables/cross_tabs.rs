//! Who raised which theme: people by theme and by what they told of themselves.

use super::csv_file::{CsvFile, percentage};
use super::distributions::Distribution;
use crate::design::Design;

const HEADER: [&str; 7] = [
    "Dataset",
    "Theme",
    "Demographic",
    "Answer",
    "Participants",
    "% of Participants with Theme",
    "% of Relevant Participants with Answer",
];

/// The name of the row with everybody who gave a relevant answer, as in the other tables.
const ALL_THEMES: &str = "Total Relevant Participants";

/// One row for each radio show, theme, demographic question and answer.
///
/// The breakdowns of `themes` begin with the demographic questions.
pub(super) fn to_csv(design: &Design, themes: &[Distribution]) -> Vec<u8> {
    let mut file = CsvFile::new(HEADER);
    for distribution in themes {
        let show = design.coding(distribution.coding);
        let whole = &distribution.relevant;
        let all = (ALL_THEMES, whole);
        let of_themes = show.normal_codes().map(|(position, code)| {
            (code.string_value.as_str(), &distribution.codes[usize::from(position)])
        });
        for (theme, breakdown) in [all].into_iter().chain(of_themes) {
            for (place, demographic) in design.demographics.iter().enumerate() {
                let demographic = design.coding(*demographic);
                for (position, answer) in demographic.normal_codes() {
                    let count = breakdown.by_code[place][usize::from(position)];
                    let of_answer = whole.by_code[place][usize::from(position)];
                    file.row([
                        show.name.as_str(),
                        theme,
                        &demographic.name,
                        &answer.string_value,
                        &count.to_string(),
                        &percentage(count, breakdown.n_people),
                        &percentage(count, of_answer),
                    ]);
                }
            }
        }
    }
    file.finish()
}
