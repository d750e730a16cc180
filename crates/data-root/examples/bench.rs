//! x
use std::io::Write;
use std::time::{Duration, Instant};
fn main() {
    let dir = std::path::PathBuf::from(std::env::args().nth(1).unwrap());
    let n: usize = std::env::args().nth(2).unwrap().parse().unwrap();
    let spin: u64 = std::env::args().nth(3).unwrap().parse().unwrap();
    let chunk: Vec<u8> = (0..1024 * 1024u32).map(|i| (i.wrapping_mul(2654435761) >> 13) as u8).collect();
    let work = |w: &mut dyn Write| {
        for _ in 0..n {
            let t = Instant::now();
            while t.elapsed() < Duration::from_micros(spin) {}
            for c in chunk.chunks(4096) { w.write_all(c).unwrap(); }
        }
        w.flush().unwrap();
    };
    for round in 0..6 {
        let p = dir.join(format!("plain{round}"));
        let t = Instant::now();
        let mut f = std::io::BufWriter::with_capacity(256 * 1024, std::fs::File::create(&p).unwrap());
        work(&mut f);
        let a = t.elapsed();
        f.get_ref().sync_all().unwrap();
        println!("plain  write {a:?} total {:?}", t.elapsed());
        std::fs::remove_file(&p).unwrap();
        let t = Instant::now();
        let mut f = data_root::WholeFile::create(&p).unwrap();
        work(&mut f);
        let a = t.elapsed();
        f.commit().unwrap();
        println!("whole  write {a:?} total {:?}", t.elapsed());
        std::fs::remove_file(&p).unwrap();
    }
}
