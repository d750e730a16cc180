//! One contract for every source of raw data: everything once, whatever happens on the way, and
//! nothing that says who somebody is, anywhere.
//!
//! The programs themselves run, against the service emulator. What holds for all sources is in
//! `contract.rs`; a source says in a file of its own how it is configured and how messages get into
//! its service ([`source::Source`]), and is added below. Files in buckets are read as a whole: what is
//! said of pages and of faults of a server does not concern them.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod bucket;
mod contract;
mod facebook;
mod rapidpro;
mod recovery;
mod sentinels;
mod source;
mod world;

/// The contract, as tests of one source.
macro_rules! holds_for {
    ($module:ident, $source:expr) => {
        mod $module {
            use super::*;

            #[test]
            fn a_second_fetch_changes_nothing_and_asks_little() {
                contract::a_second_fetch_changes_nothing_and_asks_little(&$source);
            }

            #[test]
            fn what_came_late_or_at_the_same_time_is_not_missed() {
                contract::what_came_late_or_at_the_same_time_is_not_missed(&$source);
            }

            #[test]
            fn killed_at_any_page_and_resumed_it_ends_as_if_never_killed() {
                contract::killed_at_any_page_and_resumed_it_ends_as_if_never_killed(&$source);
            }

            #[test]
            fn passing_faults_leave_no_trace() {
                contract::passing_faults_leave_no_trace(&$source);
            }

            #[test]
            fn a_failure_keeps_the_old_files() {
                contract::a_failure_keeps_the_old_files(&$source);
            }

            #[test]
            fn nobody_is_named_in_any_file_log_or_error() {
                contract::nobody_is_named_in_any_file_log_or_error(&$source);
            }

            #[test]
            fn two_fetches_at_once_give_a_person_one_id() {
                contract::two_fetches_at_once_give_a_person_one_id(&$source);
            }
        }
    };
}

holds_for!(of_rapidpro, rapidpro::RapidPro);
holds_for!(of_facebook, facebook::Facebook);
holds_for!(of_recovered_messages, recovery::RecoveredMessages);
holds_for!(of_earlier_raw_data, bucket::EarlierRawData);
