//! Buckets: the local ones, and Cloud Storage on bad lines.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use google_services::storage::{
    CloudStorage, GsUrl, LocalStorage, ObjectStorage, StorageError, UploadOptions, Uploaded,
};
use google_services::{ApiClient, Authorization, Credentials, RetryPolicy};
use serde_json::{Value as Json, json};

use crate::server::{Reply, Request, Server};

const MIB: usize = 1024 * 1024;

#[test]
fn local_buckets_are_directories() {
    let directory = tempfile::tempdir().unwrap();
    check_storage(&LocalStorage::new(directory.path()));
    let object = directory.path().join("buckets/bucket/dir/a b.txt");
    assert_eq!(std::fs::read(&object).unwrap(), b"second");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(&object).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[test]
fn cloud_buckets_do_the_same() {
    let server = Bucket::default().serve();
    check_storage(&storage(&server));
}

#[test]
fn a_cloud_storage_emulator_does_the_same() {
    let Ok(host) = std::env::var("STORAGE_EMULATOR_HOST") else {
        let _ = writeln!(
            std::io::stderr().lock(),
            "SKIPPED: no Cloud Storage emulator (STORAGE_EMULATOR_HOST is not set)"
        );
        return;
    };
    let host = if host.contains("://") { host } else { format!("http://{host}") };
    let retries = RetryPolicy::default();
    let api = ApiClient::new("emulator", &host, Authorization::Emulator, retries).unwrap();
    let _ = api.post(&api.url(["storage", "v1", "b"]), &json!({"name": "bucket"}));
    let storage = CloudStorage::new(&host, Authorization::Emulator, retries).unwrap();
    check_storage(&storage);
    let (_directory, file, bytes) = file(40 * MIB);
    let big = url("gs://bucket/big");
    storage.upload(&big, &file, UploadOptions::default()).unwrap();
    assert!(storage.read(&big).unwrap() == bytes);
}

fn check_storage(storage: &dyn ObjectStorage) {
    let directory = tempfile::tempdir().unwrap();
    let url = url("gs://bucket/dir/a b.txt");
    assert_eq!(storage.metadata(&url).unwrap(), None);
    assert!(matches!(storage.read(&url), Err(StorageError::Missing { .. })));
    storage.write(&url, b"first").unwrap();
    storage.write(&url, b"second").unwrap();
    assert_eq!(storage.read_text(&url).unwrap(), "second");
    assert_eq!(storage.metadata(&url).unwrap().unwrap().size_bytes, 6);

    let file = directory.path().join("file");
    std::fs::write(&file, b"third").unwrap();
    let third = self::url("gs://bucket/dir/third");
    let upload = || storage.upload(&third, &file, UploadOptions::default()).unwrap();
    assert_eq!(upload(), Uploaded::Written);
    assert_eq!(upload(), Uploaded::WasThere);
    std::fs::write(&file, b"THIRD").unwrap();
    assert_eq!(upload(), Uploaded::Written);
    assert_eq!(storage.read(&third).unwrap(), b"THIRD");
    std::fs::write(&file, b"").unwrap();
    assert_eq!(upload(), Uploaded::Written);
    assert_eq!(storage.read(&third).unwrap(), b"");

    storage.write(&self::url("gs://bucket/other"), b"").unwrap();
    let names = |prefix: &str| -> Vec<String> {
        let listed = storage.list(&GsUrl::new("bucket", prefix).unwrap()).unwrap();
        listed.iter().map(|object| object.url.object().to_owned()).collect()
    };
    assert_eq!(names(""), ["dir/a b.txt", "dir/third", "other"]);
    assert_eq!(names("dir/a"), ["dir/a b.txt"]);
    assert_eq!(names("none"), [""; 0]);
}

#[test]
fn local_names_do_not_leave_their_bucket() {
    let directory = tempfile::tempdir().unwrap();
    let storage = LocalStorage::new(directory.path());
    for object in ["../a", "a/../../b", "/etc/passwd", "dir/"] {
        let url = GsUrl::new("bucket", object).unwrap();
        assert!(matches!(storage.read(&url), Err(StorageError::BadName { .. })), "{object}");
    }
}

#[test]
fn credentials_from_a_bucket_are_relative_to_the_root_they_came_from() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path().join("outer");
    let text = json!({"type": "local", "root": root}).to_string();
    let outer = Credentials::parse("outer", &text, None).unwrap();
    let url = url("gs://bucket/inner.json");
    let inner = json!({"type": "local", "root": "inner"}).to_string();
    LocalStorage::new(&root).write(&url, inner.as_bytes()).unwrap();
    match outer.read_from_bucket(&url).unwrap() {
        Credentials::Local(local) => assert_eq!(local.root, root.join("inner")),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_download_goes_on_where_it_broke() {
    let bytes = pattern(3 * MIB);
    let bucket = Bucket::with("big", &bytes);
    bucket.trouble(&["GET big"; 4], Trouble::CutAnswer);
    let server = bucket.serve();
    assert!(storage(&server).read(&url("gs://bucket/big")).unwrap() == bytes);
}

#[test]
fn a_damaged_download_is_noticed() {
    let bucket = Bucket::with("a", b"right");
    bucket.trouble(&["GET a"], Trouble::Damage);
    let server = bucket.serve();
    let error = storage(&server).read(&url("gs://bucket/a")).unwrap_err();
    assert!(matches!(error, StorageError::Damaged { .. }), "{error}");
}

#[test]
fn an_upload_on_a_bad_line_arrives() {
    let bucket = Bucket::default();
    let troubles = [Trouble::Busy, Trouble::HangUp, Trouble::TakeHalf, Trouble::HangUp];
    for trouble in troubles {
        bucket.trouble(&["PUT"], trouble);
    }
    let arrived = bucket.objects();
    let server = bucket.serve();
    let (_directory, file, bytes) = file(40 * MIB);
    let reported = std::cell::Cell::new(0);
    let progress = |n_bytes| reported.set(n_bytes);
    let options = UploadOptions { progress: Some(&progress), ..UploadOptions::default() };
    storage(&server).upload(&url("gs://bucket/big"), &file, options).unwrap();
    assert!(arrived.lock().unwrap()["big"] == bytes);
    let largest = server.requests().iter().map(|request| request.body.len()).max();
    assert_eq!(largest, Some(16 * MIB));
    assert!(16 * MIB as u64 <= reported.get());
}

#[test]
fn another_process_goes_on_where_an_upload_stopped() {
    let bucket = Bucket::default();
    let arrived = bucket.objects();
    // The first piece arrives, then the line is dead.
    bucket.trouble(&["PUT"], Trouble::None);
    bucket.trouble(&["PUT"; 6], Trouble::HangUp);
    let server = bucket.serve();
    let (directory, file, bytes) = file(40 * MIB);
    let session_file = directory.path().join("session");
    let options = UploadOptions { session_file: Some(&session_file), ..UploadOptions::default() };
    let url = url("gs://bucket/big");
    let error = storage(&server).upload(&url, &file, options).unwrap_err();
    assert!(error.is_retryable(), "{error}");
    assert!(session_file.exists());

    let n_before = server.requests().len();
    storage(&server).upload(&url, &file, options).unwrap();
    assert!(arrived.lock().unwrap()["big"] == bytes);
    assert!(!session_file.exists());
    let sent: usize = server.requests()[n_before..].iter().map(|request| request.body.len()).sum();
    assert_eq!(sent, 24 * MIB, "what had arrived is not sent again");
}

#[test]
fn an_expired_session_begins_again() {
    let bucket = Bucket::default();
    let arrived = bucket.objects();
    bucket.trouble(&["PUT"], Trouble::None);
    bucket.trouble(&["PUT"], Trouble::Gone);
    let server = bucket.serve();
    let (_directory, file, bytes) = file(20 * MIB);
    storage(&server).upload(&url("gs://bucket/big"), &file, UploadOptions::default()).unwrap();
    assert!(arrived.lock().unwrap()["big"] == bytes);
}

#[test]
fn a_missing_role_names_the_bucket() {
    let server = Server::new(|_| {
        Reply::json(403, &json!({"error": {"status": "PERMISSION_DENIED", "message": "no"}}))
    });
    let error = storage(&server).write(&url("gs://bucket/a"), b"").unwrap_err();
    let hint = error.hint().unwrap();
    assert!(hint.contains("`bucket`") && hint.contains("Storage Object User"), "{hint}");
}

fn storage(server: &Server) -> CloudStorage {
    CloudStorage::new(&server.url, Authorization::Emulator, RetryPolicy::WITHOUT_PAUSES).unwrap()
}

fn url(text: &str) -> GsUrl {
    text.parse().unwrap()
}

/// Bytes that are nowhere the same.
fn pattern(n_bytes: usize) -> Vec<u8> {
    (0..n_bytes as u32).flat_map(|number| number.to_le_bytes()).take(n_bytes).collect()
}

fn file(n_bytes: usize) -> (tempfile::TempDir, std::path::PathBuf, Vec<u8>) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("file");
    let bytes = pattern(n_bytes);
    std::fs::write(&path, &bytes).unwrap();
    (directory, path, bytes)
}

/// What goes wrong with a request.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Trouble {
    None,
    Busy,
    HangUp,
    TakeHalf,
    Gone,
    CutAnswer,
    Damage,
}

/// The name of an object, and the bytes that have arrived.
type Session = (String, Vec<u8>);

/// A bucket that behaves as Cloud Storage's documentation says, but for planned troubles.
#[derive(Default, Clone)]
struct Bucket {
    objects: Arc<Mutex<BTreeMap<String, Vec<u8>>>>,
    sessions: Arc<Mutex<Vec<Session>>>,
    /// For the next requests that begin so, in order.
    troubles: Arc<Mutex<Vec<(String, Trouble)>>>,
}

impl Bucket {
    fn with(name: &str, bytes: &[u8]) -> Self {
        let bucket = Self::default();
        bucket.objects.lock().unwrap().insert(name.to_owned(), bytes.to_vec());
        bucket
    }

    fn objects(&self) -> Arc<Mutex<BTreeMap<String, Vec<u8>>>> {
        Arc::clone(&self.objects)
    }

    fn trouble(&self, requests: &[&str], trouble: Trouble) {
        let planned = requests.iter().map(|request| ((*request).to_owned(), trouble));
        self.troubles.lock().unwrap().extend(planned);
    }

    fn next_trouble(&self, request: &str) -> Trouble {
        let mut troubles = self.troubles.lock().unwrap();
        match troubles.iter().position(|(planned, _)| planned == request) {
            Some(place) => troubles.remove(place).1,
            None => Trouble::None,
        }
    }

    fn serve(self) -> Server {
        let own_url = Arc::new(Mutex::new(String::new()));
        let known = Arc::clone(&own_url);
        let server = Server::new(move |request| self.reply(request, &known.lock().unwrap()));
        own_url.lock().unwrap().clone_from(&server.url);
        server
    }

    fn reply(&self, request: &Request, own_url: &str) -> Reply {
        let (method, link) = request.line.split_once(' ').unwrap();
        let link: reqwest::Url = format!("http://host{link}").parse().unwrap();
        let query: BTreeMap<String, String> =
            link.query_pairs().map(|(key, value)| (key.into(), value.into())).collect();
        let segments: Vec<&str> = link.path_segments().unwrap().collect();
        match (method, segments.as_slice()) {
            ("PUT", ["session", number]) => self.take(request, number.parse().unwrap()),
            ("POST", ["upload", ..]) if query["uploadType"] == "media" => {
                let (name, bytes) = (query["name"].clone(), request.body.clone());
                self.objects.lock().unwrap().insert(name.clone(), bytes);
                Reply::json(200, &self.metadata(&name).unwrap())
            }
            ("POST", ["upload", ..]) => {
                let mut sessions = self.sessions.lock().unwrap();
                sessions.push((query["name"].clone(), Vec::new()));
                let location = format!("{own_url}/session/{}", sessions.len() - 1);
                Reply::Answer(200, vec![("location", location)], Vec::new())
            }
            ("GET", ["storage", "v1", "b", "bucket", "o"]) => {
                let names: Vec<String> = self.objects.lock().unwrap().keys().cloned().collect();
                let names = names.iter().filter(|name| name.starts_with(&query["prefix"]));
                // Pages of one, with an empty one in between.
                let index: usize = query["pageToken"].parse().unwrap_or(0);
                let names: Vec<&String> = names.collect();
                let items: Vec<Json> = match index % 2 {
                    0 => names.get(index / 2).iter().filter_map(|it| self.metadata(it)).collect(),
                    _ => Vec::new(),
                };
                match index < 2 * names.len() {
                    true => Reply::json(
                        200,
                        &json!({"items": items, "nextPageToken": (index + 1).to_string()}),
                    ),
                    false => Reply::json(200, &json!({ "items": items })),
                }
            }
            ("GET", ["storage", "v1", "b", "bucket", "o", name]) => {
                let name = name.replace("%2F", "/").replace("%20", " ");
                match (self.metadata(&name), query.contains_key("alt")) {
                    (None, _) => Reply::json(404, &json!({"error": {"status": "NOT_FOUND"}})),
                    (Some(metadata), false) => Reply::json(200, &metadata),
                    (Some(_), true) => self.give(request, &name),
                }
            }
            other => panic!("{other:?}"),
        }
    }

    fn metadata(&self, name: &str) -> Option<Json> {
        let objects = self.objects.lock().unwrap();
        let bytes = objects.get(name)?;
        let crc32c = STANDARD.encode(crc32c::crc32c(bytes).to_be_bytes());
        Some(json!({"bucket": "bucket", "name": name, "size": bytes.len().to_string(),
                    "crc32c": crc32c, "updated": "2021-06-01T08:00:00.000Z"}))
    }

    fn give(&self, request: &Request, name: &str) -> Reply {
        let mut bytes = self.objects.lock().unwrap()[name].clone();
        let range = request.header("range").unwrap();
        let from: usize = range.trim_start_matches("bytes=").trim_end_matches('-').parse().unwrap();
        bytes.drain(..from);
        match self.next_trouble(&format!("GET {name}")) {
            // Always from the start, as servers do that know no ranges.
            Trouble::CutAnswer if from == 0 => {
                Reply::CutAnswer(vec![], bytes[..bytes.len() / 2].to_vec(), bytes.len())
            }
            Trouble::Damage => {
                bytes[0] ^= 1;
                Reply::Answer(206, vec![], bytes)
            }
            _ => Reply::Answer(206, vec![], bytes),
        }
    }

    fn take(&self, request: &Request, number: usize) -> Reply {
        let trouble = self.next_trouble("PUT");
        let mut sessions = self.sessions.lock().unwrap();
        let (name, bytes) = &mut sessions[number];
        let range = request.header("content-range").unwrap().trim_start_matches("bytes ");
        let (range, total) = range.split_once('/').unwrap();
        if let Some((from, _)) = range.split_once('-') {
            assert_eq!(from.parse::<usize>().unwrap(), bytes.len(), "pieces come in order");
            match trouble {
                Trouble::None => bytes.extend(&request.body),
                Trouble::TakeHalf => bytes.extend(&request.body[..request.body.len() / 2]),
                _ => {}
            }
        }
        match trouble {
            Trouble::Busy => return Reply::json(503, &json!({"error": {"status": "UNAVAILABLE"}})),
            Trouble::HangUp => return Reply::HangUp,
            Trouble::Gone => return Reply::json(410, &json!({})),
            _ => {}
        }
        if bytes.len() == total.parse::<usize>().unwrap() {
            self.objects.lock().unwrap().insert(name.clone(), bytes.clone());
            return Reply::json(200, &self.metadata(name).unwrap());
        }
        let range = match bytes.len() {
            0 => vec![],
            n_bytes => vec![("range", format!("bytes=0-{}", n_bytes - 1))],
        };
        Reply::Answer(308, range, Vec::new())
    }
}
