//! Up to 100 messages for each code of each radio show.

use super::csv_file::CsvFile;
use crate::design::Design;
use crate::samples::Samples;

pub(super) fn to_csv(design: &Design, samples: &Samples) -> Vec<u8> {
    let mut file = CsvFile::new(["Episode", "Code Scheme", "Code", "Message"]);
    for (place, show) in design.shows.iter().enumerate() {
        let coding = design.coding(*show);
        for (position, code) in coding.codes() {
            for message in samples.of(place, position) {
                file.row([&coding.name, &coding.scheme.name, &code.string_value, message]);
            }
        }
    }
    file.finish()
}
