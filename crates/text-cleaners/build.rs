//! Makes one table of the files below `data/countries` and `data/words`, so that a binary needs no
//! files beside it and no code names any of them.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let data = Path::new(&variable("CARGO_MANIFEST_DIR")).join("data");
    let mut files = Vec::new();
    for directory in ["countries", "words"] {
        collect(&data.join(directory), &mut files);
    }
    files.sort();
    let mut table = "&[\n".to_owned();
    for file in &files {
        let name = file.strip_prefix(&data).expect("the files were found below `data`");
        let name = name.display().to_string().replace('\\', "/");
        let _ = writeln!(table, "    ({name:?}, include_str!({:?})),", file.display().to_string());
    }
    table.push_str("]\n");
    let target = Path::new(&variable("OUT_DIR")).join("built_in.rs");
    fs::write(target, table).expect("cargo gives a directory for what is generated");
}

fn collect(directory: &Path, files: &mut Vec<PathBuf>) {
    println!("cargo::rerun-if-changed={}", directory.display());
    let entries = fs::read_dir(directory).expect("`data` is part of the crate");
    for entry in entries {
        let path = entry.expect("`data` is part of the crate").path();
        if path.is_dir() { collect(&path, files) } else { files.push(path) }
    }
}

fn variable(name: &str) -> String {
    std::env::var(name).expect("cargo sets the variables of build scripts")
}
