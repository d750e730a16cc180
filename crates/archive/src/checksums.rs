//! The list of checksums in an archive, in the form that `sha256sum --check` reads.

use std::collections::BTreeMap;
use std::path::Path;

/// The name of the list in the archive.
pub(crate) const CHECKSUM_LIST: &str = "SHA256SUMS";

/// SHA-256 by path in the archive.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Checksums(BTreeMap<Name, String>);

/// A path as the list spells it: with escapes for the characters that would break a line.
type Name = Vec<u8>;

/// A file on which two lists do not agree.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Difference {
    pub(crate) file: String,
    pub(crate) reason: &'static str,
}

impl Checksums {
    /// Adds a file; `None` when it is there already.
    pub(crate) fn add(&mut self, path: &Path, digest: &[u8]) -> Option<()> {
        self.insert(name(path), hex(digest))
    }

    /// The bytes of the list, sorted by path.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for (name, digest) in &self.0 {
            // sha256sum marks lines with escapes by a backslash at their start.
            if name.contains(&b'\\') {
                bytes.push(b'\\');
            }
            bytes.extend_from_slice(digest.as_bytes());
            bytes.extend_from_slice(b"  ");
            bytes.extend_from_slice(name);
            bytes.push(b'\n');
        }
        bytes
    }

    /// The list that has these bytes; `None` when they are not such a list.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut checksums = Self::default();
        for line in bytes.split_inclusive(|byte| *byte == b'\n') {
            let line = line.strip_suffix(b"\n")?;
            let line = line.strip_prefix(b"\\").unwrap_or(line);
            let (digest, name) = line.split_at_checked(64)?;
            let digest = std::str::from_utf8(digest).ok()?;
            checksums.insert(name.strip_prefix(b"  ")?.to_vec(), digest.to_owned())?;
        }
        Some(checksums)
    }

    /// The first file of which `found` says something else than this list.
    pub(crate) fn first_difference(&self, found: &Self) -> Option<Difference> {
        let difference = |name: &Name, reason| {
            Some(Difference { file: String::from_utf8_lossy(name).into_owned(), reason })
        };
        for (name, digest) in &self.0 {
            match found.0.get(name) {
                None => return difference(name, "is in the checksum list, but missing"),
                Some(other) if other != digest => {
                    return difference(name, "differs from its checksum");
                }
                Some(_) => {}
            }
        }
        let extra = found.0.keys().find(|name| !self.0.contains_key(*name))?;
        difference(extra, "is not in the checksum list")
    }

    fn insert(&mut self, name: Name, digest: String) -> Option<()> {
        match self.0.insert(name, digest) {
            None => Some(()),
            Some(_) => None,
        }
    }
}

fn name(path: &Path) -> Name {
    let mut name = Vec::new();
    for byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'\\' => name.extend_from_slice(b"\\\\"),
            b'\n' => name.extend_from_slice(b"\\n"),
            b'\r' => name.extend_from_slice(b"\\r"),
            byte => name.push(*byte),
        }
    }
    name
}

fn hex(digest: &[u8]) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_comes_back() {
        let checksums = checksums(&["data/a.csv", "data/Raw Data/é\n\\ b.jsonl"]);
        assert_eq!(Checksums::from_bytes(&checksums.to_bytes()), Some(checksums));
    }

    #[test]
    fn is_written_as_sha256sum_does() {
        let text = String::from_utf8(checksums(&["a", "b\n"]).to_bytes()).unwrap();
        let digest = "07".repeat(32);
        assert_eq!(text, format!("{digest}  a\n\\{digest}  b\\n\n"));
    }

    #[test]
    fn other_texts_are_no_lists() {
        let digest = "07".repeat(32);
        for text in ["x", &digest, &format!("{digest}  a"), &format!("{digest}  a\n{digest}  a\n")]
        {
            assert_eq!(Checksums::from_bytes(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn differences_are_told() {
        let mut other = Checksums::default();
        other.add(Path::new("a"), &[8; 32]).unwrap();
        let of = |left: &Checksums, right: &Checksums| {
            left.first_difference(right).map(|difference| difference.reason)
        };
        assert_eq!(of(&checksums(&["a"]), &checksums(&["a"])), None);
        assert_eq!(of(&checksums(&["a"]), &other), Some("differs from its checksum"));
        let missing = of(&checksums(&["a", "b"]), &checksums(&["b"]));
        assert_eq!(missing, Some("is in the checksum list, but missing"));
        let extra = of(&checksums(&["a"]), &checksums(&["a", "b"]));
        assert_eq!(extra, Some("is not in the checksum list"));
    }

    fn checksums(paths: &[&str]) -> Checksums {
        let mut checksums = Checksums::default();
        for path in paths {
            checksums.add(Path::new(path), &[7; 32]).unwrap();
        }
        checksums
    }
}
