//! Reads files of Coda messages, writes them again, and says whether the bytes are the same and
//! how long it took: `cargo run --release -p code-schemes --example round_trip -- FILE…`.

use std::error::Error;
use std::path::PathBuf;
use std::time::Instant;

use code_schemes::{read_messages, write_messages};

#[expect(clippy::print_stdout, reason = "the result is for a person to read")]
fn main() -> Result<(), Box<dyn Error>> {
    for path in std::env::args_os().skip(1).map(PathBuf::from) {
        let started = Instant::now();
        let messages = read_messages(&path)?;
        let read = started.elapsed();
        let mut bytes = Vec::new();
        write_messages(&messages, &mut bytes)?;
        let written = started.elapsed() - read;
        let is_same = std::fs::read(&path)? == bytes;
        let (file, n_messages) = (path.display(), messages.len());
        println!("{file}: {n_messages} messages, read {read:?}, written {written:?}, {is_same}");
    }
    Ok(())
}
