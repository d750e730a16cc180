//! The same options give the same bytes, and what is made can be read.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::made::{files, make, project};
use data_root::DataRoot;
use sample_data::{Options, generate};

#[test]
fn the_same_options_give_the_same_bytes_on_any_number_of_threads() {
    let one = made_with(3, 1);
    assert_eq!(made_with(3, 1), one);
    assert_eq!(made_with(3, 4), one);
}

#[test]
fn another_seed_gives_other_data() {
    assert_ne!(made_with(3, 1), made_with(4, 1));
}

#[test]
fn every_file_of_the_configuration_is_made_and_read_without_complaint() {
    for name in ["demo", "eu_pcve"] {
        // Reading checks the chain of SHAs of every row, and every field of the Coda files.
        let made =
            make(project(name), &Options { n_messages: 300, n_people: 60, ..Options::default() });
        assert_eq!(made.summary.n_messages, 300);
        let n_coda_messages = made.coda.values().map(Vec::len).sum::<usize>();
        assert_eq!(usize::try_from(made.summary.n_coda_messages).unwrap(), n_coda_messages);
        assert!(made.coda.values().all(|messages| !messages.is_empty()));
    }
}

#[test]
fn the_demo_configuration_has_nothing_to_complain_about() {
    assert!(project("demo").warnings.is_empty());
}

#[test]
fn every_text_is_once_in_its_coda_file() {
    let made = make(project("demo"), &Options::default());
    for messages in made.coda.values() {
        let mut ids: Vec<&str> =
            messages.iter().map(|message| message.message_id.as_str()).collect();
        let n_messages = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), n_messages);
    }
}

#[test]
fn the_labelled_share_is_as_asked() {
    for (labelled_percent, share) in [(0, 0.0..0.01), (50, 0.5..0.8), (100, 0.99..1.01)] {
        let options = Options { labelled_percent, ..Options::default() };
        let summary = make(project("demo"), &options).summary;
        let labelled = summary.n_labelled as f64 / summary.n_coda_messages as f64;
        assert!(share.contains(&labelled), "{labelled_percent}: {labelled}");
    }
}

#[test]
fn nobody_cannot_send_messages() {
    let directory = tempfile::tempdir().unwrap();
    let data_root = DataRoot::create(directory.path()).unwrap();
    let options = Options { n_messages: 1, n_people: 0, ..Options::default() };
    let error = generate(&project("demo"), &options, &data_root).unwrap_err();
    assert_eq!(error.to_string(), "1 messages need at least one person");
    assert!(error.hint().is_some());
}

fn made_with(seed: u64, n_threads: usize) -> BTreeMap<PathBuf, Vec<u8>> {
    let directory = tempfile::tempdir().unwrap();
    let data_root = DataRoot::create(directory.path()).unwrap();
    let options = Options { n_messages: 3_000, n_people: 600, seed, ..Options::default() };
    let threads = rayon::ThreadPoolBuilder::new().num_threads(n_threads).build().unwrap();
    threads.install(|| generate(&project("demo"), &options, &data_root)).unwrap();
    let relative = |path: PathBuf| path.strip_prefix(directory.path()).unwrap().to_owned();
    files(directory.path()).into_iter().map(|(path, bytes)| (relative(path), bytes)).collect()
}
