//! The report in a real browser: no request, no finding of an accessibility checker, phone and
//! desktop, light and dark, keyboard, print.
//!
//! Needs node, Chromium, and the packages of `tests/browser/` (`npm ci --prefix tests/browser`).
//! Without them the test says SKIPPED; `PCVE_REQUIRE_BROWSER=1` makes that a failure.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use pipeline_tests::{binary, copy_directory, succeed, workspace};

#[test]
fn the_report_is_fine_in_a_browser() {
    if let Some(missing) = missing() {
        let is_required = std::env::var_os("PCVE_REQUIRE_BROWSER").is_some_and(|it| it == "1");
        assert!(!is_required, "{missing}");
        eprintln!("SKIPPED: {missing}");
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    copy_directory(&workspace().join("pipeline_configs/demo"), directory.path()).unwrap();
    let path = |name: &str| directory.path().join(name);
    // With sample messages, and with every count shown there is most to look at.
    let configuration = std::fs::read_to_string(path("pipeline_config.json")).unwrap();
    let settings = "\"AutomatedAnalysis\": {\n    \"IncludeSampleMessages\": true,";
    let configuration = configuration.replacen("\"AutomatedAnalysis\": {", settings, 1);
    std::fs::write(path("pipeline_config.json"), configuration).unwrap();
    let arguments: [PathBuf; 3] =
        ["credentials.json", "pipeline_config.json", "data_root"].map(path);
    for (package, program) in
        [("processing", "generate-outputs"), ("analysis-graphs", "generate-analysis-graphs")]
    {
        let mut command = Command::new(binary(package, program).unwrap());
        succeed(command.arg("ci@example.org").args(&arguments)).unwrap();
    }
    let report = path("data_root/Outputs/Automated Analysis/report.html");
    let check = workspace().join("tests/browser/check_report.mjs");
    succeed(Command::new("node").arg(check).arg(report)).unwrap();
}

/// What the check needs and this machine has not.
fn missing() -> Option<String> {
    let runs = |program: &str| {
        let mut command = Command::new(program);
        command.arg("--version").stdout(Stdio::null()).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    };
    let known = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
    let has_browser = std::env::var_os("CHROMIUM").is_some_and(|path| Path::new(&path).exists())
        || known.iter().any(|path| Path::new(path).exists());
    if !runs("node") {
        Some("there is no program `node`".to_owned())
    } else if !has_browser {
        Some("there is no Chromium; `CHROMIUM` can name one".to_owned())
    } else if !workspace().join("tests/browser/node_modules/axe-core").exists() {
        Some("run `npm ci --prefix tests/browser` first".to_owned())
    } else {
        None
    }
}
