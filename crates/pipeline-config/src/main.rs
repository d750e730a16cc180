//! `check-config FILE`: reads and checks a project, and says what was found.

fn main() {}
