//! Archives that only the owner of a secret key can read, in the format of
//! [age](https://age-encryption.org/v1).
//!
//! Whoever makes backups needs the public key only, so a machine that is stolen gives away no
//! backup that was made on it before.

use std::fs::File;
use std::io::{self, BufReader, Read, Write};
use std::path::Path;
use std::str::FromStr;

use age::stream::StreamWriter;
use age::x25519::{Identity, Recipient};
use age::{DecryptError, Decryptor, EncryptError, Encryptor};
use data_root::{FileError, Operation};

use crate::{ArchiveError, BadPublicKey, KeyFileError};

/// What archives are encrypted to: `age1…`, as `age-keygen` prints it.
#[derive(Clone)]
pub struct PublicKey(Recipient);

/// Secret keys that open archives. `Debug` does not show them.
#[derive(Default)]
pub struct SecretKeys(Vec<Identity>);

/// A file that is encrypted as it is written.
pub(crate) struct Sealed(StreamWriter<File>);

impl FromStr for PublicKey {
    type Err = BadPublicKey;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // The text is in no error: it can be a secret key.
        if text.trim().to_ascii_uppercase().starts_with(SECRET_KEY_START) {
            return Err(BadPublicKey::Secret);
        }
        text.trim().parse().map(Self).map_err(|_| BadPublicKey::NoKey)
    }
}

const SECRET_KEY_START: &str = "AGE-SECRET-KEY-";

impl SecretKeys {
    /// No keys: only archives that are not encrypted can be read.
    pub fn none() -> Self {
        Self::default()
    }

    /// Adds the keys in the file at `path`, as `age-keygen` writes it.
    ///
    /// # Errors
    ///
    /// [`KeyFileError`]; it never shows what the file says.
    pub fn add_file(&mut self, path: &Path) -> Result<(), KeyFileError> {
        let bytes = data_root::read(path)?;
        let path = || path.to_path_buf();
        if bytes.starts_with(MAGIC) {
            return Err(KeyFileError::Encrypted { path: path() });
        }
        let text = std::str::from_utf8(&bytes)
            .map_err(|_| KeyFileError::NoKey { path: path(), line: 1 })?;
        let n_before = self.0.len();
        for (number, line) in text.lines().map(str::trim).enumerate() {
            if !line.is_empty() && !line.starts_with('#') {
                let no_key = |_| KeyFileError::NoKey { path: path(), line: number + 1 };
                self.0.push(line.parse().map_err(no_key)?);
            }
        }
        match self.0.len() == n_before {
            true => Err(KeyFileError::Empty { path: path() }),
            false => Ok(()),
        }
    }
}

/// Begins an encrypted file, and gives a key of its own to read it back, which exists for as long
/// as this process needs it.
///
/// # Errors
///
/// When the beginning of the file cannot be written, or a key cannot be encrypted to.
pub(crate) fn seal(file: File, keys: &[PublicKey]) -> io::Result<(Sealed, SecretKeys)> {
    let to_read_back = Identity::generate();
    let own = to_read_back.to_public();
    let recipients = keys.iter().map(|key| &key.0).chain([&own]);
    let encryptor = Encryptor::with_recipients(recipients.map(|key| key as &dyn age::Recipient))
        .map_err(|error| match error {
            EncryptError::Io(error) => error,
            _ => io::Error::other("one of the public keys cannot be encrypted to"),
        })?;
    Ok((Sealed(encryptor.wrap_output(file)?), SecretKeys(vec![to_read_back])))
}

impl Sealed {
    /// Writes the end, without which nothing can be decrypted.
    pub(crate) fn finish(self) -> io::Result<File> {
        self.0.finish()
    }
}

impl Write for Sealed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// What encrypted files begin with.
pub(crate) const MAGIC: &[u8] = b"age-encryption.org/v1\n";

/// What is in the encrypted file `input`, which errors call `archive`.
///
/// The bytes are checked as they are read: damage is an error of the kind
/// [`io::ErrorKind::InvalidData`], a missing end one of it or [`io::ErrorKind::UnexpectedEof`].
pub(crate) fn unseal(
    input: BufReader<File>,
    keys: &SecretKeys,
    archive: &Path,
) -> Result<Box<dyn Read + Send>, ArchiveError> {
    let path = || archive.to_path_buf();
    let damaged = || ArchiveError::DamagedEncryption { archive: path(), n_bytes: 0, file: None };
    let decryptor = Decryptor::new_buffered(input).map_err(|error| match error {
        DecryptError::Io(source) if source.kind() != io::ErrorKind::UnexpectedEof => {
            ArchiveError::from(FileError::new(Operation::Read, archive, source))
        }
        _ => damaged(),
    })?;
    if decryptor.is_scrypt() {
        return Err(ArchiveError::Passphrase { archive: path() });
    }
    if keys.0.is_empty() {
        return Err(ArchiveError::Encrypted { archive: path() });
    }
    match decryptor.decrypt(keys.0.iter().map(|key| key as &dyn age::Identity)) {
        Ok(decrypted) => Ok(Box::new(decrypted)),
        Err(DecryptError::NoMatchingKeys) => Err(ArchiveError::WrongKey { archive: path() }),
        Err(_) => Err(damaged()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made for this test.
    const PUBLIC: &str = "age17uapp3m9xh73uf2wffya0swn5x7a8cmerksst00m6nvmud43q4vqfyd988";

    #[test]
    fn reads_public_keys() {
        assert!(PUBLIC.parse::<PublicKey>().is_ok());
        assert!(format!(" {PUBLIC}\n").parse::<PublicKey>().is_ok());
        for text in ["", "age1", &PUBLIC[..50], &PUBLIC.replace('q', "p"), "ssh-ed25519 AAAA"] {
            assert!(matches!(text.parse::<PublicKey>(), Err(BadPublicKey::NoKey)), "{text}");
        }
    }

    #[test]
    fn a_secret_key_in_the_place_of_a_public_one_is_not_shown() {
        for text in ["AGE-SECRET-KEY-1MADEUP", "age-secret-key-1madeup"] {
            let Err(error) = text.parse::<PublicKey>() else { panic!("it was taken") };
            assert!(matches!(error, BadPublicKey::Secret));
            assert!(!format!("{error:?} {error}").to_lowercase().contains("madeup"));
        }
    }
}
