//! A bucket that behaves as Cloud Storage's documentation says, but for planned troubles.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value as Json, json};

use crate::server::{Reply, Request, Server};

/// What goes wrong with a request.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Trouble {
    None,
    Busy,
    HangUp,
    TakeHalf,
    TakeAndHangUp,
    /// Somebody else makes the object first.
    Overtake,
    Gone,
    /// As when the account has lost its role.
    #[allow(dead_code, reason = "not every test that shares this file refuses")]
    Refuse,
    CutAnswer,
    Damage,
}

/// An upload, and the bytes that have arrived.
struct Session {
    name: String,
    bytes: Vec<u8>,
    /// Whether an object that is there is kept.
    keeps: bool,
    /// The checksum that was announced.
    crc32c: Option<String>,
}

/// A bucket that behaves as Cloud Storage's documentation says, but for planned troubles.
#[derive(Default, Clone)]
pub struct Bucket {
    objects: Arc<Mutex<BTreeMap<String, Vec<u8>>>>,
    sessions: Arc<Mutex<Vec<Session>>>,
    /// For the next requests that begin so, in order.
    troubles: Arc<Mutex<Vec<(String, Trouble)>>>,
}

impl Bucket {
    pub fn with(name: &str, bytes: &[u8]) -> Self {
        let bucket = Self::default();
        bucket.objects.lock().unwrap().insert(name.to_owned(), bytes.to_vec());
        bucket
    }

    pub fn objects(&self) -> Arc<Mutex<BTreeMap<String, Vec<u8>>>> {
        Arc::clone(&self.objects)
    }

    pub fn trouble(&self, requests: &[&str], trouble: Trouble) {
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

    pub fn serve(self) -> Server {
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
                let (name, keeps) = (&query["name"], query.contains_key("ifGenerationMatch"));
                if keeps && self.objects.lock().unwrap().contains_key(name) {
                    return Reply::json(412, &json!({"error": {"message": "it exists"}}));
                }
                let announced: Json = serde_json::from_slice(&request.body).unwrap();
                let crc32c = announced["crc32c"].as_str().map(str::to_owned);
                let mut sessions = self.sessions.lock().unwrap();
                sessions.push(Session { name: name.clone(), bytes: Vec::new(), keeps, crc32c });
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

    fn insert(&self, name: &str, bytes: &[u8]) -> Option<Vec<u8>> {
        self.objects.lock().unwrap().insert(name.to_owned(), bytes.to_vec())
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
        let Session { name, bytes, keeps, crc32c } = &mut sessions[number];
        let range = request.header("content-range").unwrap().trim_start_matches("bytes ");
        let (range, total) = range.split_once('/').unwrap();
        if let Some((from, _)) = range.split_once('-') {
            assert_eq!(from.parse::<usize>().unwrap(), bytes.len(), "pieces come in order");
            match trouble {
                Trouble::TakeHalf => bytes.extend(&request.body[..request.body.len() / 2]),
                Trouble::Damage => bytes.extend(request.body.iter().map(|byte| byte ^ 1)),
                Trouble::None | Trouble::TakeAndHangUp | Trouble::Overtake => {
                    bytes.extend(&request.body);
                }
                _ => {}
            }
        }
        let is_whole = bytes.len() == total.parse::<usize>().unwrap();
        match trouble {
            Trouble::Busy => return Reply::json(503, &json!({"error": {"status": "UNAVAILABLE"}})),
            Trouble::HangUp => return Reply::HangUp,
            Trouble::Gone => return Reply::json(410, &json!({})),
            Trouble::Refuse => {
                return Reply::json(403, &json!({"error": {"status": "PERMISSION_DENIED"}}));
            }
            Trouble::Overtake => drop(self.insert(name, b"theirs")),
            Trouble::TakeAndHangUp => {
                if is_whole {
                    self.insert(name, bytes);
                }
                return Reply::HangUp;
            }
            _ => {}
        }
        if is_whole {
            let found = STANDARD.encode(crc32c::crc32c(bytes).to_be_bytes());
            if crc32c.as_ref().is_some_and(|announced| *announced != found) {
                return Reply::json(400, &json!({"error": {"message": "checksum"}}));
            }
            if *keeps && self.objects.lock().unwrap().contains_key(name) {
                return Reply::json(412, &json!({"error": {"message": "it exists"}}));
            }
            self.insert(name, bytes);
            return Reply::json(200, &self.metadata(name).unwrap());
        }
        let range = match bytes.len() {
            0 => vec![],
            n_bytes => vec![("range", format!("bytes=0-{}", n_bytes - 1))],
        };
        Reply::Answer(308, range, Vec::new())
    }
}
