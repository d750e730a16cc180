//! What holds for Coda on every database: a local one, and Firestore's emulator.
//!
//! Each test is a function of a [`Coda`] and runs once per database. Without the emulator, its
//! half says that it was skipped.

#![allow(clippy::unwrap_used, reason = "helpers of tests may panic as tests may")]

mod add;
mod backup;
mod get;
mod losses;
mod support;

use support::Coda;

/// Makes a test per database of each named function.
macro_rules! contract {
    ($($module:ident { $($name:ident),* $(,)? })*) => {
        mod local {
            $(mod $module {
                $(#[test]
                fn $name() {
                    crate::$module::$name(&crate::Coda::local());
                })*
            })*
        }

        mod firestore {
            $(mod $module {
                $(#[test]
                fn $name() {
                    if let Some(coda) = crate::Coda::firestore() {
                        crate::$module::$name(&coda);
                    }
                })*
            })*
        }
    };
}

contract! {
    get {
        a_dataset_that_does_not_exist_yet_is_no_error,
        writes_what_the_original_wrote,
        an_unchanged_dataset_costs_next_to_nothing,
        a_damaged_file_is_replaced_and_kept,
        the_file_of_another_dataset_is_replaced,
        reads_everything_now_and_then,
        reads_what_the_originals_tools_wrote,
        reports_labels_that_fit_no_scheme,
        a_dataset_that_is_gone_leaves_its_file,
    }
    add {
        round_trip_of_6000_messages_in_three_segments,
        a_new_dataset_is_whole,
        two_at_once_add_each_message_once,
        an_existing_message_is_never_touched,
        a_second_run_adds_nothing,
        a_ghost_becomes_a_dataset,
        a_begun_segment_is_completed,
        numbers_in_the_file_are_kept_where_they_are_free,
        metrics_that_do_not_fit_are_counted_again,
        schemes_that_differ_are_reported_then_written,
        an_update_never_takes_codes_away,
        large_messages_are_split_over_transactions,
    }
    losses {
        loss_1_a_label_made_while_segments_are_read,
        loss_2_adding_with_a_foreign_file,
        loss_3_messages_without_a_time,
        loss_4_a_message_in_two_segments,
        loss_5_times_that_are_texts,
        loss_6_deleted_messages_stay,
        loss_7_a_count_of_one_segment,
        loss_8_two_adds_at_once,
        loss_9_a_restore_behind_our_back,
        loss_10_a_stale_tab_overwrites_a_label,
    }
    backup {
        a_restored_dataset_is_the_same_in_every_type,
        restoring_over_a_different_dataset_is_refused,
        a_stopped_restore_is_finished_by_the_next,
        a_backup_of_the_original_gets_its_timestamps_back,
        lists_datasets_with_their_progress,
        labels_are_only_ever_added,
    }
}
