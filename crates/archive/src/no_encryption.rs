//! In the place of `encryption` in a program that was built without it: there are no keys, and
//! encrypted archives are known as such.

use std::convert::Infallible;
use std::fs::File;
use std::io::{self, BufReader, Read, Write};
use std::path::Path;
use std::str::FromStr;

use crate::{ArchiveError, BadPublicKey, KeyFileError};

/// There is none.
#[derive(Clone)]
pub struct PublicKey(Infallible);

/// There are none.
#[derive(Default)]
pub struct SecretKeys(());

pub(crate) struct Sealed(Infallible);

impl FromStr for PublicKey {
    type Err = BadPublicKey;

    fn from_str(_text: &str) -> Result<Self, Self::Err> {
        Err(BadPublicKey::NotBuilt)
    }
}

impl SecretKeys {
    /// No keys: only archives that are not encrypted can be read.
    pub fn none() -> Self {
        Self::default()
    }

    /// Adds nothing.
    ///
    /// # Errors
    ///
    /// [`KeyFileError::NotBuilt`].
    pub fn add_file(&mut self, _path: &Path) -> Result<(), KeyFileError> {
        Err(KeyFileError::NotBuilt)
    }
}

pub(crate) fn seal(_file: File, keys: &[PublicKey]) -> io::Result<(Sealed, SecretKeys)> {
    match keys.first() {
        Some(key) => match key.0 {},
        None => Err(io::Error::other("there is no key to encrypt to")),
    }
}

impl Sealed {
    pub(crate) fn finish(self) -> io::Result<File> {
        match self.0 {}
    }
}

impl Write for Sealed {
    fn write(&mut self, _bytes: &[u8]) -> io::Result<usize> {
        match self.0 {}
    }

    fn flush(&mut self) -> io::Result<()> {
        match self.0 {}
    }
}

/// What encrypted files begin with.
pub(crate) const MAGIC: &[u8] = b"age-encryption.org/v1\n";

pub(crate) fn unseal(
    _input: BufReader<File>,
    _keys: &SecretKeys,
    archive: &Path,
) -> Result<Box<dyn Read + Send>, ArchiveError> {
    Err(ArchiveError::Encrypted { archive: archive.to_path_buf() })
}
