//! A line to a server on which connections break.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Passes on what is said, and cuts most connections at some place.
pub struct BadLine {
    url: String,
    n_cut: Arc<AtomicUsize>,
}

/// What a direction of a connection may still carry.
const PLACES_BYTES: [usize; 7] = [0, 90, 400, 1_500, 20_000, 70_000, 150_000];

impl BadLine {
    /// A line to `server_url`, whose first `n_bad` connections break.
    pub fn to(server_url: &str, n_bad: usize) -> Self {
        let server: SocketAddr = server_url.trim_start_matches("http://").parse().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let n_cut = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&n_cut);
        std::thread::spawn(move || {
            for (number, client) in listener.incoming().enumerate() {
                let (Ok(client), Ok(server)) = (client, TcpStream::connect(server)) else { return };
                // Requests break at other places than answers.
                let (up, down) = match number < n_bad {
                    true => (PLACES_BYTES[number * 3 % 7], PLACES_BYTES[number * 5 % 7]),
                    false => (usize::MAX, usize::MAX),
                };
                let both = || (client.try_clone().unwrap(), server.try_clone().unwrap());
                let ((client_up, server_up), (client_down, server_down)) = (both(), both());
                let (count_up, count_down) = (Arc::clone(&counter), Arc::clone(&counter));
                std::thread::spawn(move || carry(client_up, server_up, up, &count_up));
                std::thread::spawn(move || carry(server_down, client_down, down, &count_down));
            }
        });
        Self { url, n_cut }
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    /// How many connections were cut.
    pub fn n_cut(&self) -> usize {
        self.n_cut.load(Ordering::Relaxed)
    }
}

fn carry(mut from: TcpStream, mut to: TcpStream, mut n_left: usize, n_cut: &AtomicUsize) {
    let mut piece = [0; 4096];
    while let Ok(n_bytes @ 1..) = from.read(&mut piece) {
        let n_carried = n_bytes.min(n_left);
        if to.write_all(&piece[..n_carried]).is_err() {
            break;
        }
        n_left -= n_carried;
        if n_carried < n_bytes {
            n_cut.fetch_add(1, Ordering::Relaxed);
            let _ = from.shutdown(Shutdown::Both);
            let _ = to.shutdown(Shutdown::Both);
            return;
        }
    }
    let _ = to.shutdown(Shutdown::Write);
}
