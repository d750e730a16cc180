//! What holds for any data: stage 3 on generated projects of any seed.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use pipeline_config::load_project;
use pipeline_tests::scenario::run_info;
use pipeline_tests::workspace;
use processing::{CodedFiles, Mode, Outputs, RawData, generate_outputs};
use proptest::prelude::*;
use sample_data::{Cases, Options, generate};

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_lost_and_threads_change_nothing(
        seed in any::<u64>(), n_messages in 1_u64..150, n_people in 1_u64..60, labelled in 0_u32..=100
    ) {
        let configuration = workspace().join("pipeline_configs/demo/pipeline_config.json");
        let project = load_project(&configuration).unwrap();
        let directory = tempfile::tempdir().unwrap();
        let data_root = data_root::DataRoot::create(directory.path()).unwrap();
        let options = Options {
            n_messages,
            n_people: n_people.min(n_messages),
            seed,
            labelled_percent: labelled,
            cases: Cases::all(),
        };
        generate(&project, &options, &data_root).unwrap();
        let run = |n_threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads).build().unwrap();
            pool.install(|| {
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
                generate_outputs(&project, &run_info(), raw, &coded, Mode::AllStages).unwrap()
            })
        };
        let (one, many) = (run(1), run(4));
        prop_assert!(one.counts.adds_up(), "{:?}", one.counts);
        let analysis = one.analysis.as_ref().unwrap();
        prop_assert_eq!(analysis.messages.len() as u64, one.counts.n_messages);
        prop_assert_eq!(analysis.individuals.len() as u64, one.counts.n_people);
        prop_assert!(bytes(&one) == bytes(&many), "four threads gave other bytes than one");
    }
}

/// Everything that a run would write.
fn bytes(outputs: &Outputs) -> Vec<Vec<u8>> {
    let analysis = outputs.analysis.as_ref().unwrap();
    let mut all = vec![
        outputs.production_csv.clone(),
        analysis.messages_csv.clone(),
        analysis.individuals_csv.clone(),
    ];
    all.extend(outputs.icr.iter().map(|(_, csv)| csv.clone()));
    for (_, messages) in &outputs.coda_files {
        let mut json = Vec::new();
        code_schemes::write_messages(messages, &mut json).unwrap();
        all.push(json);
    }
    for objects in [&analysis.messages, &analysis.individuals] {
        let mut lines = Vec::new();
        traced_data::write_jsonl(objects, &mut lines).unwrap();
        all.push(lines);
    }
    all
}
