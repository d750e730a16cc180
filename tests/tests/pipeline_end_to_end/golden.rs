//! Comparison with golden files, in which people have numbers: their ids are drawn at random.

use std::collections::HashMap;
use std::path::Path;

use pipeline_tests::workspace;

/// What ids of the demo begin with, and how long what follows is.
const PREFIX: &str = "demo-phone-uuid-";
const N_UUID_BYTES: usize = 36;

/// Numbers for participant ids, in the order in which they are met.
#[derive(Default)]
pub struct People(HashMap<String, usize>);

impl People {
    /// The text with `person-1` and so on in the place of ids.
    pub fn numbered(&mut self, text: &str) -> String {
        let mut numbered = String::new();
        let mut rest = text;
        while let Some(start) = rest.find(PREFIX) {
            let end = start + PREFIX.len() + N_UUID_BYTES;
            let next = self.0.len() + 1;
            let number = *self.0.entry(rest[start..end].to_owned()).or_insert(next);
            numbered += &format!("{}person-{number}", &rest[..start]);
            rest = &rest[end..];
        }
        numbered + rest
    }
}

/// The CSV files of a directory with outputs, with people numbered by the order in `production.csv`.
pub fn csv_files(outputs: &Path) -> Vec<(String, String)> {
    let mut people = People::default();
    ["production.csv", "messages.csv", "individuals.csv"]
        .into_iter()
        .map(|name| {
            let text = std::fs::read_to_string(outputs.join(name)).unwrap();
            (name.to_owned(), people.numbered(&text))
        })
        .collect()
}

/// The rows of a CSV file, with the times of messages in UTC: RapidPro says them so.
pub fn rows_in_utc(file: &str) -> Vec<Vec<String>> {
    let mut reader = csv::Reader::from_reader(file.as_bytes());
    let names = reader.headers().unwrap().clone();
    let place = names.iter().position(|name| name == "sent_on");
    let in_utc = |(index, cell): (usize, &str)| match place == Some(index) {
        true => {
            iso_time::parse(cell).map_or_else(|_| cell.to_owned(), |it| it.to_utc().to_string())
        }
        false => cell.to_owned(),
    };
    let row = |row: &csv::StringRecord| row.iter().enumerate().map(in_utc).collect();
    std::iter::once(row(&names)).chain(reader.records().map(|it| row(&it.unwrap()))).collect()
}

/// Fails unless the files are as in `tests/golden/<directory>`; with `UPDATE_GOLDEN` set, they are
/// written there.
#[track_caller]
pub fn check(directory: &str, files: &[(String, String)]) {
    let directory = workspace().join("tests/golden").join(directory);
    for (name, found) in files {
        let path = directory.join(name);
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            std::fs::create_dir_all(&directory).unwrap();
            std::fs::write(path, found).unwrap();
            continue;
        }
        let expected = std::fs::read_to_string(&path).unwrap();
        assert!(expected == *found, "`{}` is different:\n{found}", path.display());
    }
}
