//! Paths in what is shared with an account.

use std::fmt;
use std::str::FromStr;

/// Where a file is: a shared folder, folders below it, and a name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DrivePath {
    folders: Vec<String>,
    name: String,
}

/// A text that is no path of a file in a shared folder.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{found}` is no path in Drive: {reason}")]
pub struct BadDrivePath {
    /// The text.
    pub found: String,
    /// Why not.
    pub reason: &'static str,
}

impl DrivePath {
    /// The folders from the shared one to that of the file; at least one.
    pub fn folders(&self) -> &[String] {
        &self.folders
    }

    /// The name of the file.
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl FromStr for DrivePath {
    type Err = BadDrivePath;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bad = |reason| BadDrivePath { found: text.to_owned(), reason };
        let mut folders: Vec<String> =
            text.split('/').filter(|part| !part.is_empty()).map(str::to_owned).collect();
        if folders.iter().any(|part| matches!(part.as_str(), "." | "..")) {
            return Err(bad("`.` and `..` mean nothing there"));
        }
        match folders.pop() {
            Some(name) if !folders.is_empty() => Ok(Self { folders, name }),
            Some(_) => Err(bad("it must begin with a folder that is shared with the account")),
            None => Err(bad("it is empty")),
        }
    }
}

impl fmt::Display for DrivePath {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}/{}", self.folders.join("/"), self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slashes_too_many_do_not_matter() {
        for text in ["Shared/a b/c.csv", "/Shared//a b/c.csv", "Shared/a b/c.csv/"] {
            let path: DrivePath = text.parse().unwrap();
            assert_eq!(path.folders(), ["Shared", "a b"], "{text}");
            assert_eq!(path.name(), "c.csv");
            assert_eq!(path.to_string(), "Shared/a b/c.csv");
        }
    }

    #[test]
    fn a_file_is_in_a_shared_folder() {
        for text in ["", "/", "c.csv", "/c.csv", "../c.csv", "Shared/../c.csv", "Shared/./c.csv"] {
            assert!(text.parse::<DrivePath>().is_err(), "{text}");
        }
    }
}
