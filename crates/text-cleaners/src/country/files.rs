//! Where the files of a country are: a directory, or inside the program.

use std::io;
use std::path::{Path, PathBuf};

use checked_json::{Problem, nearest};

/// A file that a country was read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CountryFile {
    /// As the country names it.
    pub name: String,
    /// Its content.
    pub text: String,
}

/// Where the files of a country are looked for.
pub(super) enum Source {
    /// Those of a country that comes with the program.
    BuiltIn(String),
    Directory(PathBuf),
}

/// The files of `data/countries` and `data/words` with their paths below `data`.
static BUILT_IN: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/built_in.rs"));

/// The countries that come with the program.
pub(super) fn built_in_countries() -> impl Iterator<Item = &'static str> + Clone {
    let suffix = "/country.json";
    BUILT_IN.iter().filter_map(move |(path, _)| {
        path.strip_prefix("countries/").and_then(|path| path.strip_suffix(suffix))
    })
}

impl Source {
    /// The path of a file for messages.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        match self {
            Self::BuiltIn(country) => Path::new(country).join(name),
            Self::Directory(directory) => directory.join(name),
        }
    }

    /// The text of a file of the country itself.
    pub(super) fn read(&self, name: &str) -> Result<String, Problem> {
        match self {
            Self::BuiltIn(country) => {
                let text = built_in(&format!("countries/{country}/{name}"));
                text.map(str::to_owned).ok_or_else(|| no_country(country))
            }
            Self::Directory(directory) => {
                let path = directory.join(name);
                std::fs::read_to_string(&path).map_err(|error| could_not_read(&path, &error))
            }
        }
    }

    /// The text of a file that `country.json` names: of the country, or of the lists of languages.
    pub(super) fn read_named(&self, name: &str) -> Result<String, String> {
        let own = match self {
            Self::BuiltIn(country) => {
                Ok(built_in(&format!("countries/{country}/{name}")).map(str::to_owned))
            }
            Self::Directory(directory) => match std::fs::read_to_string(directory.join(name)) {
                Ok(text) => Ok(Some(text)),
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
                Err(error) => Err(format!("`{name}` could not be read: {error}")),
            },
        };
        let list = || built_in(&format!("words/{name}")).map(str::to_owned);
        own?.or_else(list).ok_or_else(|| format!("there is no file `{name}`"))
    }
}

/// What to try when a file is nowhere.
pub(super) fn hint_for(name: &str) -> String {
    let lists = BUILT_IN.iter().filter_map(|(path, _)| path.strip_prefix("words/"));
    match nearest(name, lists.clone()) {
        Some((list, true)) => format!("did you mean `{list}`, which comes with the program?"),
        _ => {
            let lists: Vec<&str> = lists.collect();
            format!(
                "files are beside `country.json`; with the program come `{}`",
                lists.join("`, `")
            )
        }
    }
}

fn built_in(path: &str) -> Option<&'static str> {
    BUILT_IN.iter().find(|(known, _)| *known == path).map(|(_, text)| *text)
}

fn no_country(name: &str) -> Problem {
    let names: Vec<&str> = built_in_countries().collect();
    Problem::error(name, "no such country comes with the program").hint(format!(
        "`{}` does; `./{name}` would be a directory beside the coding plans",
        names.join("`, `")
    ))
}

fn could_not_read(path: &Path, error: &io::Error) -> Problem {
    match error.kind() {
        io::ErrorKind::NotFound => Problem::error(path, "there is no such file")
            .hint("`Country` of the coding plans names the directory with this file"),
        _ => Problem::error(path, format!("could not be read: {error}")),
    }
}
