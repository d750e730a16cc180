//! A server that says what it is told to say, and remembers what it was asked.

use std::collections::VecDeque;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// A request as it arrived.
#[derive(Debug, Clone)]
pub struct Request {
    /// Method and path with query.
    pub line: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

/// What the server does with a request.
pub enum Reply {
    /// Answers with a status, header lines and a body.
    Answer(u16, Vec<(&'static str, String)>, Vec<u8>),
    /// Answers with less than it promised, then hangs up.
    CutAnswer(Vec<(&'static str, String)>, Vec<u8>, usize),
    /// Hangs up without a word.
    HangUp,
}

/// A server on loopback.
pub struct Server {
    pub url: String,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Server {
    /// A server whose replies come from `reply`.
    pub fn new(reply: impl FnMut(&Request) -> Reply + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&requests);
        let mut reply = reply;
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(mut stream) = stream else { continue };
                // One request per connection, one connection at a time.
                if let Some(request) = read_request(&stream) {
                    seen.lock().unwrap().push(request.clone());
                    let _ = send(&mut stream, reply(&request));
                }
            }
        });
        Self { url, requests }
    }

    /// A server that gives these replies, one after the other.
    pub fn with_replies(replies: Vec<Reply>) -> Self {
        let mut replies = VecDeque::from(replies);
        Self::new(move |_| replies.pop_front().unwrap_or(Reply::HangUp))
    }

    pub fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }
}

impl Request {
    pub fn header(&self, name: &str) -> Option<&str> {
        let header = self.headers.iter().find(|(found, _)| found == name);
        header.map(|(_, value)| value.as_str())
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

impl Reply {
    pub fn json(status: u16, body: &serde_json::Value) -> Self {
        let content_type = ("content-type", "application/json".to_owned());
        Self::Answer(status, vec![content_type], body.to_string().into_bytes())
    }
}

fn read_request(stream: &TcpStream) -> Option<Request> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let line = line.trim_end().rsplit_once(' ')?.0.to_owned();
    let mut headers = Vec::new();
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        let Some((name, value)) = header.trim_end().split_once(": ") else { break };
        headers.push((name.to_lowercase(), value.to_owned()));
    }
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let mut body = vec![0; length.map_or(0, |(_, length)| length.parse().unwrap())];
    reader.read_exact(&mut body).ok()?;
    Some(Request { line, headers, body })
}

fn send(stream: &mut TcpStream, reply: Reply) -> std::io::Result<()> {
    let (status, headers, body, length) = match reply {
        Reply::HangUp => return Ok(()),
        Reply::CutAnswer(headers, body, length) => (200, headers, body, length),
        Reply::Answer(status, headers, body) => {
            let length = body.len();
            (status, headers, body, length)
        }
    };
    write!(stream, "HTTP/1.1 {status} X\r\nconnection: close\r\ncontent-length: {length}\r\n")?;
    for (name, value) in headers {
        write!(stream, "{name}: {value}\r\n")?;
    }
    stream.write_all(b"\r\n")?;
    stream.write_all(&body)
}
