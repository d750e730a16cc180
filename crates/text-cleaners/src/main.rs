//! quick
use std::io::{self, BufRead, Write};
fn main() {
    let name = std::env::args().nth(1).unwrap();
    let c: text_cleaners::Cleaner = name.parse().unwrap();
    let mut o = io::stdout().lock();
    for l in io::stdin().lock().lines() {
        let l: String = serde_json::from_str(&l.unwrap()).unwrap();
        writeln!(o, "{}", c.clean(&l).as_deref().unwrap_or("NC")).unwrap();
    }
}
