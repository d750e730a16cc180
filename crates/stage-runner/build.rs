//! Tells the binaries which commit they were built from, in `PCVE_GIT_HASH`.
//!
//! The environment variable of the same name wins, for builds without a checkout such as those of
//! images. Without either, the version of the pipeline stands in for the hash.

use std::path::{Path, PathBuf};
use std::process::Command;

fn main() {
    println!("cargo:rerun-if-env-changed=PCVE_GIT_HASH");
    let given = std::env::var("PCVE_GIT_HASH").ok().filter(|hash| !hash.trim().is_empty());
    let hash = given.or_else(hash_of_head).unwrap_or_else(|| env!("CARGO_PKG_VERSION").to_owned());
    println!("cargo:rustc-env=PCVE_GIT_HASH={}", hash.trim());
}

/// The commit that is checked out, when the workspace itself is a git checkout.
fn hash_of_head() -> Option<String> {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().ok()?;
    let top_level = PathBuf::from(git(&workspace, &["rev-parse", "--show-toplevel"])?);
    if top_level.canonicalize().ok()? != workspace {
        return None;
    }
    watch_head(&workspace);
    git(&workspace, &["rev-parse", "--verify", "--quiet", "HEAD"])
}

/// Asks Cargo to run this again when another commit is checked out.
fn watch_head(workspace: &Path) {
    let branch = git(workspace, &["symbolic-ref", "--quiet", "HEAD"]);
    let names = ["HEAD", "packed-refs", branch.as_deref().unwrap_or("HEAD"), "refs/heads"];
    let paths = names.iter().filter_map(|name| git(workspace, &["rev-parse", "--git-path", name]));
    // A path that does not exist would make Cargo build again every time.
    for path in paths.map(|path| workspace.join(path)).filter(|path| path.exists()) {
        println!("cargo:rerun-if-changed={}", path.display());
    }
}

fn git(workspace: &Path, arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").arg("-C").arg(workspace).args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?.trim().to_owned();
    (output.status.success() && !text.is_empty()).then_some(text)
}
