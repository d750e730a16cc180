//! A RapidPro server in this process, with faults that real servers and networks have.
//!
//! It keeps the paging of the real one: 250 rows a page (or fewer, for tests), ordered by
//! `modified_on`, with a cursor of a position and an offset into the rows that share it.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard};

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::{Value, json};

pub const TOKEN: &str = "0123456789abcdef0123456789abcdef01234567";

/// A running server. It stops listening when the test's process ends.
#[derive(Clone)]
pub struct Server {
    pub address: String,
    state: Arc<Mutex<State>>,
}

/// What the server knows.
#[derive(Default)]
pub struct State {
    pub flows: Vec<Value>,
    pub runs: Vec<Value>,
    pub contacts: Vec<Value>,
    pub deleted_contacts: Vec<Value>,
    pub archives: Vec<Value>,
    /// Bodies by path, e.g. `/archives/1`.
    pub files: BTreeMap<String, Vec<u8>>,
    /// What is wrong with the nth answer from now, counted from 1.
    pub faults: BTreeMap<usize, Fault>,
    /// From this answer on, the server refuses: as if our process had been killed there.
    pub dead_from: Option<usize>,
    /// After each page of runs, a run that was not on it changes.
    pub touches: bool,
    pub page_size: usize,
    pub anon: bool,
    /// Answers of a real server, given instead of our own.
    pub recordings: Vec<Recording>,
    /// Answers of a real server that are given first, whatever is asked.
    pub recorded_errors: Vec<RecordedError>,
    /// The body of what is answered with 400 to every request, when there is one.
    pub refusal: Option<Value>,
    /// All requests so far, with their parameters.
    pub requests: Vec<String>,
    n_touched: usize,
}

/// What a real server answered when it did not give what was asked for.
pub struct RecordedError {
    pub status: u16,
    pub content_type: String,
    pub retry_after: Option<String>,
    pub body: String,
}

/// What a real server answered.
pub struct Recording {
    pub url: String,
    pub body: String,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fault {
    RateLimit {
        retry_after_secs: u64,
    },
    Status(u16),
    CutBody,
    Html,
    /// The link to the next page leads to this page.
    RepeatNext,
}

struct Request {
    path: String,
    parameters: BTreeMap<String, String>,
    token: Option<String>,
}

struct Answer {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
    n_bytes_sent: Option<usize>,
}

impl Server {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::new(Mutex::new(State { page_size: 250, ..State::default() }));
        let server = Self { address, state };
        let listening = server.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let server = listening.clone();
                std::thread::spawn(move || server.serve(&stream.unwrap()));
            }
        });
        server
    }

    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// Forgets the requests so far; faults are counted from here.
    pub fn heal(&self) {
        let mut state = self.state();
        state.faults.clear();
        state.dead_from = None;
        state.requests.clear();
    }

    fn serve(&self, stream: &TcpStream) {
        let mut reader = BufReader::new(stream);
        while let Some(request) = read_request(&mut reader) {
            let answer = self.answer(&request);
            let closes = answer.n_bytes_sent.is_some();
            if write_answer(stream, answer).is_err() || closes {
                return;
            }
        }
    }

    fn answer(&self, request: &Request) -> Answer {
        let mut state = self.state();
        let parameters: Vec<String> =
            request.parameters.iter().map(|(key, value)| format!("{key}={value}")).collect();
        state.requests.push(format!("{}?{}", request.path, parameters.join("&")));
        let n = state.requests.len();
        if state.dead_from.is_some_and(|dead_from| dead_from <= n) {
            return Answer::json(403, &json!({"detail": "Invalid token"}));
        }
        if !state.recorded_errors.is_empty() {
            return state.recorded_errors.remove(0).into();
        }
        let fault = state.faults.get(&n).copied();
        match fault {
            Some(Fault::RateLimit { retry_after_secs }) => {
                let body = json!({"detail": "Request was throttled."});
                let mut answer = Answer::json(429, &body);
                answer.headers.push(("Retry-After", retry_after_secs.to_string()));
                return answer;
            }
            Some(Fault::Status(status)) => {
                return Answer::text(status, "Server Error. Site administrators were told.");
            }
            Some(Fault::Html) => return Answer::text(200, "<html>Back soon</html>"),
            Some(Fault::CutBody | Fault::RepeatNext) | None => {}
        }
        if let Some(file) = state.files.get(&request.path) {
            assert!(request.token.is_none(), "links of archives must not get the token");
            return Answer { status: 200, headers: vec![], body: file.clone(), n_bytes_sent: None };
        }
        if request.token.as_deref() != Some(&*format!("Token {TOKEN}")) {
            return Answer::json(403, &json!({"detail": "Invalid token"}));
        }
        let mut answer = state.api(request, &self.address, fault);
        if fault == Some(Fault::CutBody) {
            answer.n_bytes_sent = Some(answer.body.len() / 2);
        }
        answer
    }
}

impl State {
    fn api(&mut self, request: &Request, address: &str, fault: Option<Fault>) -> Answer {
        let name = request.path.strip_prefix("/api/v2/").unwrap_or_default();
        if let Some(body) = &self.refusal {
            return Answer::json(400, body);
        }
        if let Some(recording) = self.recordings.iter().find(|recording| recording.is_of(request)) {
            let headers = vec![("Content-Type", "application/json".to_owned())];
            let body = recording.body.clone().into();
            return Answer { status: 200, headers, body, n_bytes_sent: None };
        }
        let rows = match name {
            "workspace.json" => {
                let uuid = "da039ef3-653b-4aa3-b3cc-964b7e0770f7";
                let body = json!({"uuid": uuid, "name": "Test Workspace", "anon": self.anon});
                return Answer::json(200, &body);
            }
            "flows.json" => return Answer::json(200, &page(&self.flows)),
            "archives.json" => return Answer::json(200, &page(&self.archives)),
            "runs.json" => {
                let flow = &request.parameters["flow"];
                self.runs.iter().filter(|run| run["flow"]["uuid"] == flow.as_str()).collect()
            }
            "contacts.json" if request.parameters.contains_key("deleted") => {
                self.deleted_contacts.iter().collect()
            }
            "contacts.json" => self.contacts.iter().collect(),
            _ => return Answer::text(404, "<html>Not Found</html>"),
        };
        let (rows, next) = self.page_of(rows, request);
        let link = next.map(|cursor| match (fault, request.parameters.get("cursor")) {
            (Some(Fault::RepeatNext), Some(cursor)) => format!("?cursor={cursor}"),
            (Some(Fault::RepeatNext), None) => String::new(),
            _ => format!("?cursor={cursor}"),
        });
        let link = link.map(|query| format!("{address}/api/v2/{name}{query}"));
        let body = json!({"next": link, "previous": null, "results": rows});
        if name == "runs.json" && self.touches {
            self.touch(&rows);
        }
        Answer::json(200, &body)
    }

    /// The rows of a page and the cursor of the next one.
    fn page_of(&self, rows: Vec<&Value>, request: &Request) -> (Vec<Value>, Option<String>) {
        assert!(request.parameters.contains_key("reverse"), "{:?}", request.parameters);
        let after = request.parameters.get("after").map(|after| time(after));
        let (position, offset) = match request.parameters.get("cursor") {
            Some(cursor) => {
                let (position, offset) = cursor.split_once('_').unwrap();
                let micros = position.parse().unwrap();
                (DateTime::from_timestamp_micros(micros), offset.parse().unwrap())
            }
            None => (None, 0),
        };
        let mut rows: Vec<(DateTime<Utc>, &Value)> =
            rows.into_iter().map(|row| (modified_on(row), row)).collect();
        rows.sort_by_key(|(modified_on, row)| (*modified_on, row["id"].as_i64()));
        rows.retain(|(at, _)| after.is_none_or(|after| after <= *at));
        rows.retain(|(at, _)| position.is_none_or(|position| position <= *at));
        let start = offset.min(rows.len());
        let end = (start + self.page_size).min(rows.len());
        let next = rows.get(end).map(|(at, _)| {
            let n_before = rows[..end].iter().rev().take_while(|(before, _)| before == at).count();
            format!("{}_{n_before}", at.timestamp_micros())
        });
        (rows[start..end].iter().map(|(_, row)| (*row).clone()).collect(), next)
    }

    /// Changes a run that was not on the page, as somebody who answers does.
    fn touch(&mut self, page: &[Value]) {
        let newest = self.runs.iter().map(modified_on).max().unwrap();
        let last = page.last().map(modified_on);
        let later = self.runs.iter_mut().filter(|run| last < Some(modified_on(run)));
        self.n_touched += 1;
        if let Some(run) = later.min_by_key(|run| modified_on(run)).filter(|_| self.n_touched < 50)
        {
            let touched_at = newest + TimeDelta::seconds(1);
            run["modified_on"] = touched_at.to_rfc3339_opts(SecondsFormat::AutoSi, true).into();
        }
    }
}

impl Recording {
    /// Whether this was asked, but for the paths that we leave out.
    fn is_of(&self, request: &Request) -> bool {
        let cursor = request.parameters.get("cursor").map_or("", |cursor| cursor);
        if !self.url.contains(cursor) && !cursor.ends_with('=') {
            return false;
        }
        let url = reqwest::Url::parse("http://localhost/api/v2/").unwrap().join(&self.url).unwrap();
        let recorded: BTreeMap<String, String> =
            url.query_pairs().map(|(key, value)| (key.into(), value.into())).collect();
        let mut asked = request.parameters.clone();
        asked.remove("paths");
        url.path() == request.path && recorded == asked
    }
}

impl From<RecordedError> for Answer {
    fn from(recorded: RecordedError) -> Self {
        let mut headers = vec![("Content-Type", recorded.content_type)];
        headers.extend(recorded.retry_after.map(|secs| ("Retry-After", secs)));
        let body = recorded.body.into();
        Self { status: recorded.status, headers, body, n_bytes_sent: None }
    }
}

impl Answer {
    fn json(status: u16, body: &Value) -> Self {
        let headers = vec![("Content-Type", "application/json".to_owned())];
        Self { status, headers, body: body.to_string().into(), n_bytes_sent: None }
    }

    fn text(status: u16, body: &str) -> Self {
        let headers = vec![("Content-Type", "text/html".to_owned())];
        Self { status, headers, body: body.into(), n_bytes_sent: None }
    }
}

fn page(rows: &[Value]) -> Value {
    json!({"next": null, "previous": null, "results": rows})
}

fn modified_on(row: &Value) -> DateTime<Utc> {
    time(row["modified_on"].as_str().unwrap())
}

fn time(text: &str) -> DateTime<Utc> {
    assert!(text.ends_with('Z'), "a `+` is taken for a space: {text}");
    text.parse().unwrap()
}

fn read_request(reader: &mut impl BufRead) -> Option<Request> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|n_bytes| 0 < *n_bytes)?;
    let target = line.split(' ').nth(1)?.to_owned();
    let mut token = None;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        match line.trim_end().split_once(": ") {
            Some((name, value)) if name.eq_ignore_ascii_case("authorization") => {
                token = Some(value.to_owned());
            }
            Some(_) => {}
            None => break,
        }
    }
    let url = reqwest::Url::parse(&format!("http://localhost{target}")).unwrap();
    let parameters = url.query_pairs().map(|(key, value)| (key.into(), value.into())).collect();
    Some(Request { path: url.path().to_owned(), parameters, token })
}

fn write_answer(mut stream: &TcpStream, answer: Answer) -> std::io::Result<()> {
    let Answer { status, headers, body, n_bytes_sent } = answer;
    let mut head = format!("HTTP/1.1 {status} x\r\nContent-Length: {}\r\n", body.len());
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str("\r\n");
    let mut bytes = head.into_bytes();
    bytes.extend_from_slice(&body[..n_bytes_sent.unwrap_or(body.len())]);
    stream.write_all(&bytes)
}
