//! The generated reference of the configuration, and the projects of this repository.

use std::fs;
use std::path::{Path, PathBuf};

use pipeline_config::{load_project, reference_files};

#[test]
fn reference_is_up_to_date() {
    let directory = repository().join("docs/reference");
    for file in reference_files() {
        let path = directory.join(file.name);
        if std::env::var_os("UPDATE_REFERENCE").is_some() {
            fs::create_dir_all(&directory).unwrap();
            fs::write(&path, &file.text).unwrap();
        }
        let written = fs::read_to_string(&path).unwrap_or_default();
        assert!(
            written == file.text,
            "`docs/reference/{}` is stale: \
             write it again with `UPDATE_REFERENCE=1 cargo test -p pipeline-config reference`",
            file.name
        );
    }
}

#[test]
fn projects_of_this_repository_can_be_used() {
    let mut n_projects = 0;
    for entry in fs::read_dir(repository().join("pipeline_configs")).unwrap() {
        let configuration_file = entry.unwrap().path().join("pipeline_config.json");
        if configuration_file.exists() {
            load_project(&configuration_file).unwrap_or_else(|error| panic!("{error}"));
            n_projects += 1;
        }
    }
    assert!(0 < n_projects);
}

#[test]
fn plans_of_eu_pcve_name_no_codes() {
    let project =
        load_project(&repository().join("pipeline_configs/eu_pcve/pipeline_config.json")).unwrap();
    let plans = project.plans.all();
    let with_ws_code = plans.filter(|plan| plan.ws_code.is_some()).count();
    assert_eq!(with_ws_code, 12, "all plans but that of the operator");
    let text = fs::read_to_string(repository().join("pipeline_configs/eu_pcve/coding_plans.json"));
    assert!(!text.unwrap().contains("code-"));
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}
