//! Credentials: JSON files that say by their `type` where the services are.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use data_root::FileError;
use ring::signature::RsaKeyPair;
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::pki_types::pem::PemObject;
use serde_json::{Map, Value};

const GOOGLE_TOKEN_URI: &str = "https://oauth2.googleapis.com/token";

/// Where the services are, and who uses them.
#[derive(Debug, Clone)]
pub enum Credentials {
    /// `"type": "service_account"`: at Google.
    ServiceAccount(ServiceAccountKey),
    /// `"type": "local"`: on this machine.
    Local(LocalServices),
}

/// The key of a service account, as the Google Cloud console gives it out.
///
/// Cheap to clone. `Debug` does not show the key.
#[derive(Clone)]
pub struct ServiceAccountKey {
    /// The project that the account belongs to.
    pub project_id: String,
    /// The name of the account.
    pub client_email: String,
    pub(crate) private_key_id: Option<String>,
    pub(crate) key_pair: Arc<RsaKeyPair>,
    pub(crate) token_uri: String,
}

/// Services on this machine: everything is below one directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalServices {
    /// The directory. It need not exist yet.
    pub root: PathBuf,
}

/// Credentials cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CredentialsError {
    /// The file cannot be read.
    #[error("could not read the credentials")]
    File(#[from] FileError),
    /// The text is not JSON.
    #[error("credentials `{name}`, line {line}, column {column}: not JSON")]
    NotJson {
        /// File or URL.
        name: String,
        /// Where it stops being JSON.
        line: usize,
        /// Where in the line.
        column: usize,
    },
    /// The JSON is not an object with a known `type`.
    #[error(
        "credentials `{name}` are of the type `{found}`, expected `service_account` or `local`"
    )]
    WrongType {
        /// File or URL.
        name: String,
        /// The type, or `none`.
        found: String,
    },
    /// A key is missing or no text.
    #[error("credentials `{name}`: no text under the key `{key}`")]
    MissingKey {
        /// File or URL.
        name: String,
        /// The key.
        key: &'static str,
    },
    /// The private key is not an RSA key in the form that Google gives out.
    #[error("credentials `{name}`: `private_key` is not an RSA key in PEM (PKCS #8)")]
    BadPrivateKey {
        /// File or URL.
        name: String,
    },
    /// The `root` is relative, and there is nothing that it is relative to.
    #[error("credentials `{name}`: `root` is relative, but they do not come from this machine")]
    RelativeRoot {
        /// File or URL.
        name: String,
    },
    /// The `root` is in the data root, whose files are backed up and passed on.
    #[error("the local services in `{}` are inside the data root `{}`", .root.display(), .data_root.display())]
    RootInDataRoot {
        /// The root of the local services.
        root: PathBuf,
        /// The data root.
        data_root: PathBuf,
    },
}

impl Credentials {
    /// Reads the credentials in the file at `path`.
    ///
    /// # Errors
    ///
    /// [`CredentialsError`]; it never shows what the file says under a key.
    pub fn read(path: &Path) -> Result<Self, CredentialsError> {
        let text = data_root::read_to_string(path)?;
        let base = match path.parent() {
            Some(parent) if parent.as_os_str().is_empty() => Some(Path::new(".")),
            parent => parent,
        };
        Self::parse(&path.display().to_string(), &text, base)
    }

    /// Reads credentials that came from somewhere else, e.g. a bucket.
    ///
    /// `name` is how errors call them; a relative `root` is relative to `base`: the root of the
    /// local services that they came from.
    ///
    /// # Errors
    ///
    /// As [`Credentials::read`].
    pub fn parse(name: &str, text: &str, base: Option<&Path>) -> Result<Self, CredentialsError> {
        let json: Value =
            serde_json::from_str(text).map_err(|error| CredentialsError::NotJson {
                name: name.to_owned(),
                line: error.line(),
                column: error.column(),
            })?;
        let wrong_type =
            |found: &str| CredentialsError::WrongType { name: name.into(), found: found.into() };
        let object = json.as_object().ok_or_else(|| wrong_type("none"))?;
        match object.get("type").and_then(Value::as_str) {
            Some("service_account") => Self::service_account(name, object),
            Some("local") => Self::local(name, object, base),
            Some(other) => Err(wrong_type(other)),
            None => Err(wrong_type("none")),
        }
    }

    /// Refuses local services inside `data_root`.
    ///
    /// # Errors
    ///
    /// [`CredentialsError::RootInDataRoot`].
    pub fn check_outside(&self, data_root: &Path) -> Result<(), CredentialsError> {
        let Self::Local(LocalServices { root }) = self else { return Ok(()) };
        if real_path(root).starts_with(real_path(data_root)) {
            return Err(CredentialsError::RootInDataRoot {
                root: root.clone(),
                data_root: data_root.to_path_buf(),
            });
        }
        Ok(())
    }

    fn service_account(name: &str, object: &Map<String, Value>) -> Result<Self, CredentialsError> {
        let text = |key| text(name, object, key);
        let key_pair = PrivatePkcs8KeyDer::from_pem_slice(text("private_key")?.as_bytes())
            .ok()
            .and_then(|der| RsaKeyPair::from_pkcs8(der.secret_pkcs8_der()).ok())
            .ok_or_else(|| CredentialsError::BadPrivateKey { name: name.to_owned() })?;
        Ok(Self::ServiceAccount(ServiceAccountKey {
            project_id: text("project_id")?.to_owned(),
            client_email: text("client_email")?.to_owned(),
            private_key_id: text("private_key_id").ok().map(str::to_owned),
            key_pair: Arc::new(key_pair),
            token_uri: text("token_uri").unwrap_or(GOOGLE_TOKEN_URI).to_owned(),
        }))
    }

    fn local(
        name: &str,
        object: &Map<String, Value>,
        base: Option<&Path>,
    ) -> Result<Self, CredentialsError> {
        let root = Path::new(text(name, object, "root")?);
        let root = match base {
            Some(base) => base.join(root),
            None if root.is_absolute() => root.to_path_buf(),
            None => return Err(CredentialsError::RelativeRoot { name: name.to_owned() }),
        };
        Ok(Self::Local(LocalServices { root }))
    }
}

impl CredentialsError {
    /// What the operator can try; the binary prints it once, after the error chain.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::File(error) => return error.hint(),
            Self::NotJson { .. } => "give the file as it was downloaded",
            Self::WrongType { .. } | Self::MissingKey { .. } | Self::BadPrivateKey { .. } => {
                "make a JSON key of a service account in the Google Cloud console (IAM & Admin, \
                 Service Accounts, Keys), or write `{\"type\": \"local\", \"root\": \
                 \"<directory>\"}` to work without Google"
            }
            Self::RelativeRoot { .. } => "write the whole path",
            Self::RootInDataRoot { .. } => {
                "choose a directory outside: the data root is backed up and passed on, and must \
                 not hold what leads back to people"
            }
        };
        Some(hint.to_owned())
    }
}

impl fmt::Debug for ServiceAccountKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { project_id, client_email, .. } = self;
        write!(out, "ServiceAccountKey({client_email} of {project_id})")
    }
}

fn text<'a>(
    name: &str,
    object: &'a Map<String, Value>,
    key: &'static str,
) -> Result<&'a str, CredentialsError> {
    let text = object.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
    text.ok_or_else(|| CredentialsError::MissingKey { name: name.to_owned(), key })
}

/// The path without links; parts at its end that do not exist are taken as they are.
fn real_path(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    for ancestor in path.ancestors() {
        if let (Ok(real), Ok(rest)) = (ancestor.canonicalize(), path.strip_prefix(ancestor)) {
            return real.join(rest);
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_local_root_is_relative_to_its_file() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("local.json");
        std::fs::write(&path, r#"{"type": "local", "root": "services"}"#).unwrap();
        match Credentials::read(&path).unwrap() {
            Credentials::Local(local) => assert_eq!(local.root, directory.path().join("services")),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_root_from_elsewhere_needs_a_base() {
        let text = r#"{"type": "local", "root": "inner"}"#;
        let error = Credentials::parse("gs://b/c.json", text, None).unwrap_err();
        assert!(matches!(error, CredentialsError::RelativeRoot { .. }), "{error}");
        let inner = Credentials::parse("gs://b/c.json", text, Some(Path::new("/outer"))).unwrap();
        assert!(
            matches!(inner, Credentials::Local(local) if local.root == Path::new("/outer/inner"))
        );
    }

    #[test]
    fn refuses_a_root_inside_the_data_root() {
        let directory = tempfile::tempdir().unwrap();
        let data_root = directory.path().join("data");
        std::fs::create_dir(&data_root).unwrap();
        let check =
            |root: PathBuf| Credentials::Local(LocalServices { root }).check_outside(&data_root);
        check(directory.path().join("services")).unwrap();
        check(directory.path().join("data2")).unwrap();
        check(data_root.join("../services")).unwrap();
        assert!(check(data_root.join("services")).is_err());
        assert!(check(data_root.clone()).is_err());
    }

    #[test]
    fn says_what_is_wrong_and_shows_no_value() {
        let secret = "s3cr3t";
        for (text, expected) in [
            ("{\"type\": \"local\",\n s3cr3t", "credentials `c`, line 2, column 2: not JSON"),
            (
                r#"["s3cr3t"]"#,
                "credentials `c` are of the type `none`, expected `service_account` or `local`",
            ),
            (
                r#"{"type": "authorized_user", "refresh_token": "s3cr3t"}"#,
                "credentials `c` are of the type `authorized_user`, expected `service_account` or `local`",
            ),
            (
                r#"{"type": "service_account"}"#,
                "credentials `c`: no text under the key `private_key`",
            ),
            (
                r#"{"type": "service_account", "private_key": "s3cr3t"}"#,
                "credentials `c`: `private_key` is not an RSA key in PEM (PKCS #8)",
            ),
            (r#"{"type": "local"}"#, "credentials `c`: no text under the key `root`"),
        ] {
            let error = Credentials::parse("c", text, None).unwrap_err();
            assert_eq!(error.to_string(), expected);
            assert!(!format!("{error:?}{:?}", error.hint()).contains(secret), "{error:?}");
        }
    }
}
