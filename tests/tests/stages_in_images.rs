//! With `PCVE_IMAGE_PREFIX` set, run scripts run each stage in its image: the same arguments, and
//! what they name is mounted. The engine in these tests prints what it is told to do.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Command, Output};

use pipeline_tests::workspace;
use tempfile::TempDir;

const LOCAL: &str = "{\n  \"type\": \"local\",\n  \"root\": \"services\"\n}";
const SERVICE_ACCOUNT: &str = "{\"type\": \"service_account\", \"project_id\": \"root\"}";

#[test]
fn a_stage_gets_the_arguments_that_it_would_get_here() {
    let project = Project::new(SERVICE_ACCOUNT);
    let run = project.run("3_generate_outputs.sh", &["--auto-code-only"], &project.arguments());
    let [data_root, configuration, credentials] =
        ["data", "config/pipeline_config.json", "keys/key.json"].map(|name| project.path(name));
    let arguments = [
        "registry/pcve-generate-outputs:latest",
        "--auto-code-only",
        "--",
        "me@example.org",
        &credentials,
        &configuration,
        &data_root,
    ];
    assert!(run.ends_with(&arguments.map(str::to_owned)), "{run:?}");
    assert_eq!(
        mounts(&run),
        [
            format!("type=bind,source={credentials},target={credentials},readonly"),
            format!("type=bind,source={0},target={0},readonly", project.path("config")),
            format!("type=bind,source={data_root},target={data_root}"),
        ]
    );
}

#[test]
fn only_what_must_reach_others_has_a_network() {
    let project = Project::new(SERVICE_ACCOUNT);
    let arguments = project.arguments();
    let coda = [arguments[1], "unused", arguments[3]];
    check_network(&project, "1_coda_get.sh", &coda, "bridge");
    check_network(&project, "3_generate_outputs.sh", &arguments, "none");
    check_network(&project, "4_coda_add.sh", &coda, "bridge");
    check_network(&project, "5_generate_analysis_graphs.sh", &arguments, "none");
    check_network(&project, "6_backup_data_root.sh", &["data", "backups"], "none");
    let uploads = "{\"DriveUpload\": {\"AutomatedAnalysisDir\": \"a\"}}";
    fs::write(project.path("config/pipeline_config.json"), uploads).unwrap();
    check_network(&project, "3_generate_outputs.sh", &arguments, "bridge");
    check_network(&project, "5_generate_analysis_graphs.sh", &arguments, "bridge");
    check_network(&project, "6_backup_data_root.sh", &["data", "backups"], "none");
}

#[test]
fn local_credentials_bring_the_directory_that_they_name() {
    let project = Project::new(LOCAL);
    let run = project.run("1_coda_get.sh", &[], &["keys/key.json", "unused", "data"]);
    let services = project.path("keys/services");
    assert!(mounts(&run).contains(&format!("type=bind,source={services},target={services}")));
    let mode = fs::metadata(services).unwrap().permissions().mode();
    assert_eq!(mode & 0o077, 0, "others can look into the services");
}

#[test]
fn a_stage_that_makes_its_data_root_finds_a_place_for_it() {
    let project = Project::new(SERVICE_ACCOUNT);
    let run = project.run("1_coda_get.sh", &[], &["keys/key.json", "unused", "new data"]);
    let data_root = project.path("new data");
    assert!(mounts(&run).contains(&format!("type=bind,source={data_root},target={data_root}")));
    assert_eq!(run.last(), Some(&data_root));
}

#[test]
fn profiles_and_archives_are_where_the_options_say() {
    let project = Project::new(SERVICE_ACCOUNT);
    let options = ["--profile-memory", "profiles/stage3.profile"];
    let run = project.run("3_generate_outputs.sh", &options, &project.arguments());
    let profiles = project.path("profiles");
    assert!(run.contains(&format!("{profiles}/stage3.profile")), "{run:?}");
    assert!(mounts(&run).contains(&format!("type=bind,source={profiles},target={profiles}")));

    fs::write(project.path("a.tar.gzip"), "").unwrap();
    let run = project.run("6_backup_data_root.sh", &["--restore", "a.tar.gzip", "back"], &[]);
    let archive = project.path("a.tar.gzip");
    assert_eq!(run[run.len() - 4..], ["--restore", &archive, &project.path("back"), "--"]);
    let root = project.path("");
    assert_eq!(
        mounts(&run),
        [
            format!("type=bind,source={archive},target={archive},readonly"),
            format!("type=bind,source={0},target={0}", root.trim_end_matches('/')),
        ]
    );
}

#[test]
fn what_is_not_there_is_left_for_the_program_to_complain_about() {
    let project = Project::new(SERVICE_ACCOUNT);
    let missing = ["me@example.org", "no/key.json", "no/config.json", "no/data"];
    let run = project.run("3_generate_outputs.sh", &[], &missing);
    assert_eq!(mounts(&run), [""; 0]);
    assert!(run.ends_with(&missing.map(str::to_owned)), "{run:?}");
}

#[test]
fn the_container_is_locked_and_belongs_to_the_caller() {
    let project = Project::new(SERVICE_ACCOUNT);
    let run = project.run("6_backup_data_root.sh", &[], &["data", "backups"]);
    let options = "run --rm --read-only --cap-drop ALL --security-opt no-new-privileges";
    assert!(run.join(" ").starts_with(options), "{run:?}");
    let user = Command::new("id").arg("-u").output().unwrap();
    let user = String::from_utf8(user.stdout).unwrap();
    assert!(run.join(" ").contains(&format!(" --user {}:", user.trim())), "{run:?}");
    assert!(run.join(" ").contains(" --env PCVE_RUN_ID "), "{run:?}");
    assert!(!run.iter().any(|word| word.starts_with("PCVE_BIN_DIR")), "{run:?}");
}

#[test]
fn without_an_engine_somebody_is_told_what_to_do() {
    let project = Project::new(SERVICE_ACCOUNT);
    let mut command = project.command("6_backup_data_root.sh");
    let output = command.env("PCVE_CONTAINER_ENGINE", "no-such-engine").args(["data", "backups"]);
    let output = output.output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(message.contains("`no-such-engine`") && message.contains("hint: "), "{message}");
}

#[test]
fn every_image_has_a_target_and_runs_from_the_scripts() {
    let list = workspace().join("docker/build_images.sh");
    let output = Command::new(list).arg("--list").output().unwrap();
    let mut images = lines(&output);
    assert_eq!(images.pop().as_deref(), Some("pipeline"), "it comes last, and no stage has it");
    let dockerfile = fs::read_to_string(workspace().join("docker/Dockerfile")).unwrap();
    for image in &images {
        let target = format!("FROM stage AS {image}\n");
        let entry_point = format!("ENTRYPOINT [\"/{image}\"]\n");
        assert!(dockerfile.contains(&target) && dockerfile.contains(&entry_point), "{image}");
    }
    let links = fs::read_dir(workspace().join("run_scripts/lib/in_image")).unwrap();
    let mut links: Vec<String> =
        links.map(|link| link.unwrap().file_name().into_string().unwrap()).collect();
    links.sort();
    images.sort();
    assert_eq!(links, images);
}

#[track_caller]
fn check_network(project: &Project, script: &str, arguments: &[&str], expected: &str) {
    let run = project.run(script, &[], arguments);
    let option = run.iter().position(|word| word == "--network").unwrap();
    assert_eq!(run[option + 1], expected, "{script}");
}

/// What `--mount` says, in the order in which it is said.
fn mounts(run: &[String]) -> Vec<String> {
    let options = run.iter().zip(run.iter().skip(1));
    options.filter(|(option, _)| *option == "--mount").map(|(_, value)| value.clone()).collect()
}

fn lines(output: &Output) -> Vec<String> {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    text.lines().map(str::to_owned).collect()
}

/// A directory with a configuration, credentials, a data root, and an engine.
struct Project {
    directory: TempDir,
}

impl Project {
    fn new(credentials: &str) -> Self {
        let project = Self { directory: TempDir::new().unwrap() };
        for name in ["config", "keys", "data"] {
            fs::create_dir(project.path(name)).unwrap();
        }
        fs::write(project.path("config/pipeline_config.json"), "{}").unwrap();
        fs::write(project.path("keys/key.json"), credentials).unwrap();
        let engine = project.path("engine");
        fs::write(&engine, "#!/bin/sh\nprintf '%s\\n' \"$@\"\n").unwrap();
        fs::set_permissions(&engine, fs::Permissions::from_mode(0o755)).unwrap();
        project
    }

    /// Without links, as the scripts write it.
    fn path(&self, name: &str) -> String {
        let root: PathBuf = self.directory.path().canonicalize().unwrap();
        root.join(name).into_os_string().into_string().unwrap()
    }

    /// Those of stages 3 and 5.
    fn arguments(&self) -> [&'static str; 4] {
        ["me@example.org", "keys/key.json", "config/pipeline_config.json", "data"]
    }

    fn command(&self, script: &str) -> Command {
        let mut command = Command::new(workspace().join("run_scripts").join(script));
        command
            .current_dir(self.directory.path())
            .env("PCVE_IMAGE_PREFIX", "registry/pcve-")
            .env("PCVE_CONTAINER_ENGINE", self.path("engine"))
            .env("PCVE_BIN_DIR", "/nowhere")
            .env("PCVE_RUN_ID", "test");
        for variable in ["PCVE_IMAGE_TAG", "PCVE_CONTAINER_NETWORK", "PCVE_CONTAINER_OPTIONS"] {
            command.env_remove(variable);
        }
        command
    }

    /// What the engine is told, word by word.
    #[track_caller]
    fn run(&self, script: &str, options: &[&str], arguments: &[&str]) -> Vec<String> {
        let output = self.command(script).args(options).args(arguments).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        lines(&output)
    }
}
