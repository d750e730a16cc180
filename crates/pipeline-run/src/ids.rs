//! Which id a run has, and which one the memory profile that belongs to it.

use data_root::DataRoot;

use crate::ManifestError;
use crate::manifest::Manifest;

/// The first stage that works with the outputs of stage 3.
const FIRST_STAGE_AFTER_OUTPUTS: u8 = 4;

/// The stage that uploads what stage 6 made.
const UPLOAD_STAGE: u8 = 7;

/// The ids of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ids {
    /// The id of the run itself.
    pub run_id: String,
    /// The id in the name of the memory profile: that of the run which made the outputs.
    pub profile_run_id: String,
}

/// The ids of a run that begins with the stage `from_stage`, when a new run would be `new_run_id`.
///
/// A run that begins after stage 3 goes on with the run that made the outputs, and keeps its id, as
/// long as that one has no backup: a backup has its own id, and never replaces another. A run that
/// only uploads has the id of the backup that it uploads.
///
/// # Errors
///
/// [`ManifestError`].
pub fn ids(data_root: &DataRoot, from_stage: u8, new_run_id: &str) -> Result<Ids, ManifestError> {
    let manifest = Manifest::read(data_root)?;
    let of = |stage| manifest.latest_done(stage).map(|entry| entry.run_id.clone());
    let made_outputs = of("generate_outputs").filter(|_| FIRST_STAGE_AFTER_OUTPUTS <= from_stage);
    let has_backup = |run_id: &String| {
        let mut of_run = manifest.history.iter().filter(|entry| entry.run_id == *run_id);
        of_run.any(|entry| entry.stage == "backup_data_root" && entry.is_done())
    };
    let run_id = match from_stage {
        UPLOAD_STAGE => of("backup_data_root"),
        _ => made_outputs.clone().filter(|run_id| !has_backup(run_id)),
    };
    let run_id = run_id.unwrap_or_else(|| new_run_id.to_owned());
    let profile_run_id = made_outputs.unwrap_or_else(|| run_id.clone());
    Ok(Ids { run_id, profile_run_id })
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: &str = "2021-10-20T15:28:18Z-abc";
    const NEW: &str = "2021-10-21T15:28:18Z-abc";

    #[test]
    fn a_run_of_all_stages_is_new() {
        let done = [("generate_outputs", FIRST, "done"), ("backup_data_root", FIRST, "done")];
        check(&done, 1, NEW, NEW);
        check(&done, 3, NEW, NEW);
    }

    #[test]
    fn a_run_that_goes_on_after_the_outputs_keeps_their_id() {
        let failed = [("generate_outputs", FIRST, "done"), ("coda_add", FIRST, "failed")];
        for from_stage in 4..=6 {
            check(&failed, from_stage, FIRST, FIRST);
        }
    }

    #[test]
    fn a_second_backup_of_the_same_outputs_has_an_id_of_its_own() {
        let done = [("generate_outputs", FIRST, "done"), ("backup_data_root", FIRST, "done")];
        check(&done, 4, NEW, FIRST);
    }

    #[test]
    fn an_upload_has_the_id_of_the_backup() {
        let second = "2021-10-20T16:28:18Z-abc";
        let done = [
            ("generate_outputs", FIRST, "done"),
            ("backup_data_root", second, "done"),
            ("backup_data_root", NEW, "failed"),
        ];
        check(&done, 7, second, FIRST);
    }

    #[test]
    fn a_data_root_without_outputs_has_nothing_to_go_on_with() {
        check(&[], 4, NEW, NEW);
        check(&[("generate_outputs", FIRST, "failed")], 7, NEW, NEW);
    }

    #[track_caller]
    fn check(history: &[(&str, &str, &str)], from_stage: u8, run_id: &str, profile_run_id: &str) {
        let directory = tempfile::tempdir().unwrap();
        let history: Vec<_> = history
            .iter()
            .map(|(stage, id, status)| {
                serde_json::json!({"Stage": stage, "RunId": id, "Status": status})
            })
            .collect();
        let manifest = serde_json::json!({"FormatVersion": 1, "Stages": {}, "History": history});
        std::fs::write(directory.path().join("run_manifest.json"), manifest.to_string()).unwrap();
        let data_root = DataRoot::open_to_read(directory.path()).unwrap();
        let expected = Ids { run_id: run_id.to_owned(), profile_run_id: profile_run_id.to_owned() };
        assert_eq!(ids(&data_root, from_stage, NEW).unwrap(), expected);
    }
}
