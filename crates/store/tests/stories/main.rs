//! The stories of the store: what anybody may rely on, told against its public seam on a real file.
//!
//! Each story is one function that gets a world of its own; the list below is told to both databases, but for what
//! only one of them has.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod accesses;
mod administrators;
mod backups;
mod behind;
mod catalogue;
mod collisions;
mod commits;
mod companies;
mod company_lists;
mod crossings;
mod deletions;
mod freshness;
mod groups;
mod home;
mod identities;
mod listings;
mod lists;
mod nodes;
mod opening;
mod pages;
mod purges;
mod races;
mod reaches;
mod relations;
mod repeats;
mod segments;
mod server;
mod trail;
mod users;
mod wall;
mod witness;
mod world;

/// Makes tests of each story, told to both databases.
macro_rules! both {
    ($($room:ident: $($name:ident),+ $(,)?;)+) => {
        $(mod $room {
            mod on_the_embedded_database {
                $(#[test]
                fn $name() {
                    crate::world::World::tell(crate::home::Kind::Embedded, crate::$room::$name);
                })+
            }

            mod on_postgresql {
                $(#[test]
                fn $name() {
                    crate::world::World::tell(crate::home::Kind::Server, crate::$room::$name);
                })+
            }
        })+
    };
}

/// Makes a test of each story that one database alone is told.
macro_rules! only {
    ($kind:ident $($room:ident: $($name:ident),+ $(,)?;)+) => {
        $(mod $room {
            $(#[test]
            fn $name() {
                crate::world::World::tell(crate::home::Kind::$kind, crate::$room::$name);
            })+
        })+
    };
}

/// What is about the files of the embedded database.
mod told_of_files {
    only! { Embedded
        opening:
            the_file_of_another_program_is_refused_and_left_alone,
            a_second_opening_is_refused_and_names_the_holder,
            an_older_database_becomes_what_a_new_one_would_be,
            the_files_are_for_their_owner_alone;
        purges:
            of_who_is_forgotten_no_byte_is_left_in_the_files;
        backups:
            a_backup_holds_one_moment_while_others_write,
            a_backup_never_overwrites,
            what_is_restored_is_what_was_backed_up_with_new_secrets,
            a_damaged_backup_is_refused_and_harms_nothing,
            a_database_in_use_is_not_restored_over;
    }
}

/// What is about roles, nodes and the catalogue of PostgreSQL.
mod told_of_servers {
    only! { Server
        catalogue:
            every_table_with_a_tenant_stands_behind_the_wall,
            every_policy_holds_for_what_is_read_and_for_what_is_written,
            every_key_begins_with_the_tenant,
            nothing_counts_or_acts_by_itself,
            every_text_compares_by_its_bytes,
            the_application_may_read_and_write_rows_and_nothing_else;
        wall:
            a_role_that_could_see_past_the_tenants_is_refused,
            a_wall_with_a_gap_is_refused,
            a_policy_that_was_dropped_or_opened_is_refused,
            an_older_schema_is_refused_until_it_is_migrated,
            a_newer_schema_is_not_migrated_either,
            the_tables_of_another_program_are_left_alone,
            a_role_that_is_not_there_is_not_let_in,
            rows_are_seen_and_written_in_their_tenant_alone;
        nodes:
            what_one_node_acknowledges_every_other_sees,
            nothing_that_another_node_acknowledged_is_missing_from_what_counts_as_fresh,
            the_chain_that_nodes_write_together_is_whole,
            a_node_that_starts_while_others_write_leaves_no_gap,
            an_email_that_two_nodes_give_at_once_is_given_once,
            of_two_administrators_whom_two_nodes_remove_at_once_one_stays,
            a_key_that_two_nodes_get_at_once_does_the_work_once,
            an_import_on_one_node_holds_up_no_other_tenant_on_another,
            whatever_nodes_do_at_once_is_done_or_refused_in_words;
        collisions:
            a_group_that_collides_before_it_begins_is_tried_again,
            a_group_that_collides_in_its_midst_is_tried_again;
        crossings:
            no_reader_sees_the_rows_of_the_one_before;
    }
}

mod told {
    both! {
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
            records_of_a_stranger_are_found,
            each_tenant_has_a_chain_of_its_own;
        segments:
            a_packed_record_is_found_as_a_loose_one_is,
            a_record_of_before_is_found_as_one_of_now_is,
            a_chain_without_segments_loses_its_oldest_rows,
            a_segment_that_says_what_its_records_do_not_is_found,
            a_record_that_was_changed_in_its_segment_is_found,
            old_records_go_by_whole_segments_and_leave_a_signed_beginning;
        opening:
            a_changed_migration_is_refused,
            a_newer_schema_is_refused,
            another_version_of_the_order_makes_the_keys_anew;
        users:
            a_user_is_kept_and_shown_as_it_was_given,
            a_user_goes_where_its_place_says,
            nobody_is_added_in_a_context_that_the_customer_has_no_more,
            all_that_is_wrong_with_what_a_user_names_is_told_at_once,
            a_deleted_user_is_revived_by_adding_it_again,
            nobody_is_revived_under_another_id_elsewhere_or_too_late,
            a_change_leaves_alone_what_it_does_not_name,
            what_was_changed_since_it_was_seen_is_left_alone;
        deletions:
            a_deleted_user_is_gone_from_everywhere_and_back_when_it_is_restored,
            a_restored_user_shows_its_groups_as_they_are_by_then,
            restoring_who_is_live_changes_nothing,
            nobody_is_restored_beside_a_live_namesake,
            a_user_is_restored_within_its_time_and_not_after,
            nobody_comes_back_to_a_customer_that_is_gone;
        reaches:
            each_role_sees_and_changes_its_own_people_alone,
            a_deleted_user_is_restored_by_those_alone_who_reach_it,
            an_email_of_several_names_nobody_unless_a_context_tells_them_apart,
            a_reseller_that_is_none_is_told_before_the_user_is_looked_for;
        administrators:
            the_last_administrator_of_the_distributor_stays,
            only_the_distributors_own_administrators_are_kept,
            a_program_that_can_log_in_is_an_administrator_too,
            the_last_program_that_administers_stays_as_well,
            of_two_administrators_who_remove_each_other_at_once_one_stays,
            a_former_administrator_can_be_forgotten_though_nobody_administers;
        lists:
            users_are_sorted_by_name_or_by_email_both_ways,
            a_search_finds_beginnings_of_words_whatever_their_case_and_accents,
            users_are_found_by_the_ids_and_the_names_of_groups,
            people_of_the_dead_and_the_deleted_are_in_no_list,
            a_list_is_what_looking_at_every_user_would_give;
        groups:
            a_renamed_group_shows_in_every_member_at_once,
            a_deleted_group_leaves_its_members,
            built_in_groups_stay_as_they_are,
            no_two_groups_have_one_name_whatever_its_case,
            the_id_of_a_group_is_taken_once,
            groups_are_listed_by_name_a_page_at_a_time,
            a_group_that_was_renamed_since_it_was_seen_is_left_alone;
        companies:
            a_customer_comes_with_the_relation_of_who_adds_it,
            a_customer_changes_for_all_who_see_it,
            an_identifier_belongs_to_its_relation,
            what_was_changed_of_a_company_since_it_was_seen_is_left_alone,
            a_reseller_comes_and_changes_with_its_domain,
            a_tenant_comes_with_its_groups_and_its_domains;
        company_lists:
            each_caller_finds_its_own_customers_by_name,
            a_text_is_looked_for_anywhere_in_a_name_and_taken_as_it_is,
            an_identifier_is_looked_for_in_the_books_of_who_asks,
            resellers_are_listed_by_name_and_found_as_customers_are,
            api_accesses_are_listed_by_name_a_page_at_a_time;
        relations:
            a_relation_is_made_once_and_opens_the_customer_to_the_reseller,
            the_end_of_a_relation_leaves_its_users_with_the_distributor,
            a_relation_does_not_end_where_two_would_share_an_email,
            a_relation_that_comes_back_has_no_version_that_it_had_before,
            a_deleted_customer_takes_everything_with_it,
            users_of_a_large_deleted_customer_are_hidden_in_steps_and_dead_at_once;
        accesses:
            an_api_access_comes_changes_and_goes,
            an_api_access_is_of_somebody_who_lives_and_of_a_trusted_issuer,
            a_client_has_two_secrets_at_most_so_that_they_can_be_rotated,
            of_two_who_add_a_secret_at_once_nobody_adds_a_third,
            an_api_access_that_was_changed_since_it_was_seen_is_left_alone;
        repeats:
            a_request_that_comes_again_is_answered_as_before_and_not_done,
            a_key_is_good_for_one_request,
            an_outcome_is_kept_for_a_day_and_then_forgotten,
            what_was_refused_may_be_sent_again_with_its_key,
            a_thousand_at_once_with_one_key_do_the_work_once,
            a_thousand_at_once_who_add_one_email_make_one_user;
        purges:
            who_was_deleted_long_enough_ago_is_due,
            a_purged_user_leaves_its_id_and_what_the_trail_says,
            not_even_an_import_gives_the_id_of_a_purged_user_again,
            who_asks_to_be_forgotten_is_gone_at_once_wherever_it_was,
            nobody_is_bound_who_went_meanwhile,
            members_who_are_purged_are_out_of_their_groups;
        races:
            whatever_happens_at_once_everything_still_agrees;
    }
}
