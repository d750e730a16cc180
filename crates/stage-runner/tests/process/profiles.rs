//! Both profiles, as other programs read them.

use std::fs;

use crate::support::Workplace;

#[test]
fn a_memory_profile_has_the_lines_that_mprof_reads() {
    let workplace = Workplace::new();
    workplace.run(&["--profile-memory", "profiles/memory.profile"], 0);
    let profile = fs::read_to_string(workplace.path("profiles/memory.profile")).unwrap();
    assert!(profile.starts_with("CMDLINE ") && profile.ends_with('\n'), "{profile}");

    let mut steps = Vec::new();
    let mut n_samples = 0;
    for line in profile.lines().skip(1) {
        let fields: Vec<&str> = line.split(' ').collect();
        match fields[..] {
            ["MEM", mib, time] => {
                n_samples += 1;
                assert!(0.0 < number(mib) && 1.6e9 < number(time), "{line}");
            }
            ["FUNC", step, began_mib, began, ended_mib, ended, "0"] => {
                steps.push(step);
                assert!(0.0 < number(began_mib) && 0.0 < number(ended_mib), "{line}");
                assert!(number(began) <= number(ended), "{line}");
            }
            _ => panic!("not a line of a memory profile: {line:?}"),
        }
    }
    assert_eq!(steps, ["read_raw_data", "count_primes", "write_outputs"]);
    assert!(2 <= n_samples, "{profile}");
}

#[test]
fn a_failed_run_leaves_its_memory_profile() {
    let workplace = Workplace::new();
    workplace.run(&["--profile-memory", "memory.profile", "--mishap", "panic"], 1);
    let profile = fs::read_to_string(workplace.path("memory.profile")).unwrap();
    assert!(profile.contains("\nFUNC have_a_mishap "), "{profile}");
}

#[test]
fn a_cpu_profile_is_a_page_with_our_functions() {
    let workplace = Workplace::new();
    workplace.run(&["--profile-cpu", "profiles/cpu.html", "--primes-up-to", "20000"], 0);
    let page = fs::read_to_string(workplace.path("profiles/cpu.html")).unwrap();
    assert!(page.starts_with("<!DOCTYPE html>"), "{page}");
    assert!(page.contains("<svg ") && page.contains("count_primes_slowly"), "{page}");
    assert!(!page.contains("stage_runner::stage::run_stage"), "{page}");
    assert!(!page.contains("src=\"") && !page.contains("<link"), "the page needs other files");
}

#[test]
fn a_profile_that_cannot_be_written_is_found_out_before_the_work() {
    let workplace = Workplace::new();
    for option in ["--profile-cpu", "--profile-memory"] {
        let run = workplace.run(&[option, "data/Raw Data/flow.jsonl/profile"], 1);
        assert!(run.messages.contains("flow.jsonl` is not a directory"), "{}", run.messages);
    }
    assert!(!workplace.path("data/Outputs").exists());
}

#[track_caller]
fn number(text: &str) -> f64 {
    text.parse().unwrap_or_else(|_| panic!("{text:?} is not a number"))
}
