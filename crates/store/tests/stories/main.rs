//! The stories of the store: what anybody may rely on, told against its public seam on a real file.
//!
//! Each story is one function that gets a world of its own; the list below is what a second database will
//! be told as well.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod backups;
mod commits;
mod freshness;
mod identities;
mod listings;
mod opening;
mod pages;
mod trail;
mod world;

/// Makes a test of each story.
macro_rules! stories {
    ($($room:ident: $($name:ident),+ $(,)?;)+) => {
        $(mod $room {
            mod on_the_embedded_database {
                $(#[test]
                fn $name() {
                    crate::world::World::tell(crate::$room::$name);
                })+
            }
        })+
    };
}

mod told {
    stories! {
        listings:
            users_come_back_in_the_order_of_names,
            a_context_shows_only_its_users,
            direct_users_are_only_in_the_whole_listing,
            what_is_out_of_reach_is_the_same_nothing,
            a_reseller_that_is_unrelated_or_deleted_is_told_apart_from_a_missing_customer,
            a_deleted_user_is_hidden_and_a_restored_one_is_back,
            counts_and_versions_belong_to_their_scope,
            two_deletions_at_once_count_once,
            an_email_is_unique_within_its_owner_and_context,
            an_id_is_never_used_twice,
            a_listing_above_its_limits_is_left_to_the_stream,
            a_stream_stops_when_it_is_told_to;
        pages:
            pages_cut_the_same_listing,
            a_walk_shows_everybody_who_stayed_exactly_once;
        freshness:
            a_write_changes_the_generation_of_its_customer,
            what_is_refused_or_only_read_changes_no_generation,
            nothing_acknowledged_is_ever_missing_from_what_counts_as_fresh;
        identities:
            a_person_and_a_subject_are_bound_once_only,
            the_same_subject_may_be_somebody_else_in_another_tenant,
            of_many_who_claim_one_person_one_wins,
            of_many_persons_whom_one_subject_claims_one_is_bound,
            a_bound_person_dies_with_its_owner;
        commits:
            a_thousand_at_once_are_all_acknowledged_and_all_there,
            what_is_refused_leaves_neither_row_nor_record,
            records_of_reads_survive_a_clean_close,
            bulk_work_that_ends_in_nothing_leaves_nothing,
            work_that_panics_costs_its_answer_and_not_the_writer,
            nothing_is_taken_after_the_close;
        trail:
            a_whole_trail_has_no_findings_and_goes_on_after_a_restart,
            checkpoints_are_passed_on_the_way,
            a_changed_record_is_found,
            removed_records_are_found_wherever_they_were,
            a_trail_that_was_cut_off_is_found,
            an_older_end_that_is_put_back_is_found,
            a_forged_end_is_found_even_after_more_was_written,
            a_missing_end_is_found_even_after_more_was_written,
            a_cut_behind_a_forged_end_is_found_even_after_more_was_written,
            a_forged_checkpoint_is_found,
            a_chain_made_anew_without_the_key_is_found,
            an_added_record_is_found_and_does_not_stop_the_writer,
            records_of_a_stranger_are_found;
        opening:
            a_changed_migration_is_refused,
            a_newer_schema_is_refused,
            the_file_of_another_program_is_refused_and_left_alone,
            a_second_opening_is_refused_and_names_the_holder,
            another_version_of_the_order_makes_the_keys_anew,
            the_files_are_for_their_owner_alone;
        backups:
            a_backup_holds_one_moment_while_others_write,
            a_backup_never_overwrites,
            what_is_restored_is_what_was_backed_up_with_new_secrets,
            a_damaged_backup_is_refused_and_harms_nothing,
            a_database_in_use_is_not_restored_over;
    }
}
