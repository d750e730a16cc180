//! What holds for any data: stage 3 on generated projects of any seed.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::path::{Path, PathBuf};
use std::process::Command;

use pipeline_config::load_project;
use pipeline_tests::scenario::run_info;
use pipeline_tests::{binary, files_below, succeed, workspace};
use processing::{CodedFiles, InMemory, Mode, OutputFile, RawData, generate_outputs};
use proptest::prelude::*;
use sample_data::{Cases, Options, generate};

/// How many people are taken through the steps at once when all are.
const ALL: usize = 1000;

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_lost_and_neither_threads_nor_groups_change_anything(
        options in options(), group_size in 1_usize..20
    ) {
        let sample = Sample::new(options);
        let one = sample.run_in_memory(1, ALL);
        prop_assert!(one.counts.adds_up(), "{:?}", one.counts);
        let n_lines = |file| one.files[&file].split_inclusive(|byte| *byte == b'\n').count() as u64;
        prop_assert_eq!(n_lines(OutputFile::MessagesTracedData), one.counts.n_messages);
        prop_assert_eq!(n_lines(OutputFile::IndividualsTracedData), one.counts.n_people);
        let many = sample.run_in_memory(4, ALL);
        prop_assert!(one.files == many.files, "four threads gave other bytes than one");
        let in_groups = sample.run_in_memory(4, group_size);
        prop_assert!(one.files == in_groups.files, "groups of {group_size} gave other bytes");
        prop_assert_eq!(one.counts, in_groups.counts);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4, ..ProptestConfig::default() })]

    #[test]
    fn the_memory_limit_and_the_number_of_threads_change_nothing(
        options in options(), n_threads in 1_usize..5, limit_bytes in 1_u64..60_000_000
    ) {
        let sample = Sample::new(options);
        let expected = sample.run_binary(&["--threads", "1"]);
        let limit = ["--memory-limit".to_owned(), limit_bytes.to_string()];
        let threads = ["--threads".to_owned(), n_threads.to_string()];
        let found = sample.run_binary(&[limit, threads].concat());
        prop_assert!(expected == found, "a limit of {limit_bytes} bytes gave other bytes");
    }
}

fn options() -> impl Strategy<Value = Options> {
    (any::<u64>(), 1_u64..150, 1_u64..60, 0_u32..=100).prop_map(
        |(seed, n_messages, n_people, labelled_percent)| Options {
            n_messages,
            n_people: n_people.min(n_messages),
            seed,
            labelled_percent,
            cases: Cases::all(),
        },
    )
}

/// Generated data for the demo project.
struct Sample(tempfile::TempDir);

impl Sample {
    fn new(options: Options) -> Self {
        let sample = Self(tempfile::tempdir().unwrap());
        let project = load_project(&configuration()).unwrap();
        let data_root = data_root::DataRoot::create(sample.path()).unwrap();
        generate(&project, &options, &data_root).unwrap();
        sample
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn run_in_memory(&self, n_threads: usize, group_size: usize) -> InMemory {
        let project = load_project(&configuration()).unwrap();
        let data_root = data_root::DataRoot::open(self.path()).unwrap();
        let load = |flows: Vec<String>| {
            let read = |flow: String| {
                let path = data_root.raw_data_file(&flow).unwrap();
                (flow, traced_data::read_jsonl(&path).unwrap())
            };
            flows.into_iter().map(read).collect()
        };
        let raw = RawData {
            activation: load(project.configuration.activation_flow_names()),
            survey: load(project.configuration.survey_flow_names()),
        };
        let datasets = project.plans.all().filter_map(|plan| plan.coda_dataset.clone());
        let coded: CodedFiles = datasets
            .map(|dataset| {
                let path = data_root.coded_coda_file(&dataset).unwrap();
                (dataset, code_schemes::read_messages(&path).unwrap())
            })
            .collect();
        let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads).build().unwrap();
        let run =
            || generate_outputs(&project, &run_info(), &raw, &coded, Mode::AllStages, group_size);
        pool.install(run).unwrap()
    }

    /// All files that the binary writes with these options.
    fn run_binary<S: AsRef<str>>(&self, options: &[S]) -> Vec<(PathBuf, Vec<u8>)> {
        let mut command = Command::new(binary("processing", "generate-outputs").unwrap());
        command.env("SOURCE_DATE_EPOCH", "1709251200").args(options.iter().map(AsRef::as_ref));
        let arguments = ["tests@example.org".into(), "unused.json".into(), configuration()];
        succeed(command.args(arguments).arg(self.path())).unwrap();
        assert!(!self.path().join(".tmp").exists(), "what was put aside is still there");
        files_below(&self.path().join("Outputs")).unwrap()
    }
}

fn configuration() -> PathBuf {
    workspace().join("pipeline_configs/demo/pipeline_config.json")
}
