//! What runs become.

use sources_rapidpro::{RapidProError, Skip};
use traced_data::{Key, TracedData};

use crate::world::{ACTIVATION, SURVEY, TEST_CONTACT, World, contact, contact_uuid, flow, run};

#[test]
fn runs_have_the_keys_of_the_original() {
    let world = World::with_runs(1);
    let fetched = world.fetch_all();
    assert_eq!((fetched.n_new_runs, fetched.n_runs), (2, 2));
    let object = &world.objects(ACTIVATION)[0];
    let keys: Vec<&str> = object.sorted_items().iter().map(|(key, _)| key.as_str()).collect();
    let expected = [
        "Q (Category) - show_s01e01_activation",
        "Q (Name) - show_s01e01_activation",
        "Q (Run ID) - show_s01e01_activation",
        "Q (Text) - show_s01e01_activation",
        "Q (Time) - show_s01e01_activation",
        "Q (Value) - show_s01e01_activation",
        "avf_phone_id",
        "operator_coded",
        "operator_raw",
        "run_created_on - show_s01e01_activation",
        "run_exit_type - show_s01e01_activation",
        "run_exited_on - show_s01e01_activation",
        "run_id - show_s01e01_activation",
        "run_modified_on - show_s01e01_activation",
        "run_text_source - show_s01e01_activation",
        "urn_type",
    ];
    assert_eq!(keys, expected);
    assert_eq!(
        text(object, "Q (Time) - show_s01e01_activation"),
        "2021-06-01T00:00:00.123456+00:00"
    );
    assert_eq!(text(object, "operator_raw"), "25261");
    assert_eq!(text(object, "run_text_source - show_s01e01_activation"), "value");
}

#[test]
fn only_radio_shows_get_operators() {
    let world = World::with_runs(1);
    world.fetch_all();
    assert!(!world.objects(SURVEY)[0].contains(Key::new("operator_coded")));
}

#[test]
fn a_person_has_one_id_in_all_flows_and_distinct_urns_have_distinct_ids() {
    let world = World::new();
    {
        let mut workspace = world.workspace.lock();
        workspace.contacts = vec![
            contact(1, &["tel:+252610000001"]),
            contact(2, &["telegram:252610000001"]),
            contact(3, &["whatsapp:252610000003", "tel:+252610000001"]),
            contact(4, &["tel:00252610000001"]),
        ];
        workspace.runs = (1..=4).map(|n| run(ACTIVATION, n, n)).collect();
        workspace.runs.push(run(SURVEY, 5, 1));
    }
    world.fetch_all();
    let ids: Vec<String> =
        world.objects(ACTIVATION).iter().map(|object| text(object, "avf_phone_id")).collect();
    assert_eq!((&ids[0], &ids[0]), (&ids[2], &ids[3]));
    assert_ne!(ids[0], ids[1]);
    assert_eq!(text(&world.objects(SURVEY)[0], "avf_phone_id"), ids[0]);
    let schemes: Vec<String> =
        world.objects(ACTIVATION).iter().map(|object| text(object, "urn_type")).collect();
    assert_eq!(schemes, ["tel", "telegram", "tel", "tel"]);
}

#[test]
fn what_nobody_can_be_said_to_have_sent_is_skipped_and_counted() {
    let world = World::new();
    {
        let mut workspace = world.workspace.lock();
        workspace.contacts = vec![
            contact(1, &["tel:+252610000001"]),
            contact(2, &["tel:********"]),
            contact(3, &[]),
            contact(4, &["tel:"]),
        ];
        workspace.runs = (1..=5).map(|n| run(ACTIVATION, n, n)).collect();
    }
    let fetched = world.fetch_all();
    assert_eq!(fetched.n_runs, 1);
    let skipped = [(Skip::UnknownContact, 1), (Skip::NoUrn, 2), (Skip::HiddenUrn, 1)];
    assert_eq!(fetched.skipped.into_iter().collect::<Vec<_>>(), skipped);
}

#[test]
fn test_contacts_are_marked() {
    let world = World::with_runs(1);
    {
        let mut workspace = world.workspace.lock();
        let mut tester = contact(7, &["tel:+252610000007"]);
        tester.uuid = TEST_CONTACT.to_owned();
        workspace.contacts.push(tester);
        let mut test_run = run(ACTIVATION, 7, 7);
        test_run.contact = TEST_CONTACT.to_owned();
        workspace.runs.push(test_run);
    }
    world.fetch_all();
    let is_test: Vec<bool> = world
        .objects(ACTIVATION)
        .iter()
        .map(|object| object.contains(Key::new("test_run")))
        .collect();
    assert_eq!(is_test, [false, true]);
}

#[test]
fn runs_of_deleted_contacts_leave_raw_data() {
    let world = World::with_runs(3);
    world.fetch_all();
    world.workspace.lock().delete_contact(&contact_uuid(1), crate::world::at(90));
    let fetched = world.fetch_all();
    assert_eq!(fetched.n_runs, 4);
    assert_eq!(fetched.skipped[&Skip::DeletedContact], 2);
    let raw = std::fs::read_to_string(world.raw_data(&format!("{ACTIVATION}_raw.json"))).unwrap();
    assert!(!raw.contains(&contact_uuid(1)), "{raw}");
    assert_eq!(world.fetch_all().n_runs, 4);
}

#[test]
fn runs_of_deleted_contacts_are_not_new_each_time() {
    let world = World::with_runs(3);
    world.fetch_all();
    world.workspace.lock().delete_contact(&contact_uuid(1), crate::world::at(90));
    for _ in 0..3 {
        let fetched = world.fetch_all();
        assert_eq!((fetched.n_new_runs, fetched.n_runs), (0, 4));
    }
    // Nor are those that come when the contact is deleted already.
    world.workspace.lock().runs.extend([run(ACTIVATION, 20, 1), run(ACTIVATION, 21, 2)]);
    assert_eq!(world.fetch_all().n_new_runs, 1);
    assert_eq!(world.fetch_all().n_new_runs, 0);
}

#[test]
fn a_run_without_an_id_is_called_by_its_uuid() {
    let world = World::with_runs(1);
    world.workspace.lock().gives_run_ids = false;
    world.fetch_all();
    let object = &world.objects(ACTIVATION)[0];
    let uuid = "d0000000-0000-4000-8000-000000000000";
    assert_eq!(text(object, "run_id - show_s01e01_activation"), uuid);
    assert_eq!(text(object, "Q (Run ID) - show_s01e01_activation"), uuid);
}

#[test]
fn what_people_typed_is_the_text_where_the_server_says_it() {
    let world = World::with_runs(2);
    // One run is in an archive, which says what was typed.
    world.workspace.lock().runs.remove(0);
    crate::archives::add_archive(&world, "2021-06-01", "daily", &[crate::archives::archived(0)]);
    world.fetch_all();
    let objects = world.objects(ACTIVATION);
    let texts = objects.iter().map(|object| {
        let source = text(object, "run_text_source - show_s01e01_activation");
        (text(object, "Q (Text) - show_s01e01_activation"), source)
    });
    let expected = [("typed 0", "input"), ("answer 1", "value")];
    assert!(texts.eq(expected.map(|(text, source)| (text.to_owned(), source.to_owned()))));
}

#[test]
fn a_server_that_still_says_what_was_typed_is_believed() {
    let world = World::with_runs(1);
    {
        let mut workspace = world.workspace.lock();
        workspace.gives_input = true;
        let answer = &mut workspace.runs[0].values[0].1;
        (answer.input, answer.value) = (Some("I am 24".to_owned()), Some("24".to_owned()));
    }
    world.fetch_all();
    let object = &world.objects(ACTIVATION)[0];
    assert_eq!(text(object, "Q (Text) - show_s01e01_activation"), "I am 24");
    assert_eq!(text(object, "Q (Value) - show_s01e01_activation"), "24");
    assert_eq!(text(object, "run_text_source - show_s01e01_activation"), "input");
    // The server is updated, and no longer says it.
    world.workspace.lock().gives_input = false;
    world.fetch_all();
    let object = &world.objects(ACTIVATION)[0];
    assert_eq!(text(object, "Q (Text) - show_s01e01_activation"), "I am 24");
}

#[test]
fn an_unknown_flow_does_not_keep_the_others_from_being_fetched() {
    let world = World::with_runs(1);
    world.workspace.lock().flows[1] = flow("show_demographics");
    let fetched = world.fetch().unwrap();
    assert_eq!(fetched.failures.len(), 1);
    assert!(matches!(fetched.failures[0].source, RapidProError::UnknownFlow { .. }));
    assert_eq!(
        fetched.failures[0].source.to_string(),
        "workspace `Test Workspace` has no flow `show_demog`; like it are: `show_demographics`"
    );
    assert_eq!(world.objects(ACTIVATION).len(), 1);
    assert!(!world.raw_data(&format!("{SURVEY}.jsonl")).exists());
}

fn text(object: &TracedData, key: &str) -> String {
    object.get(Key::new(key)).unwrap().to_cell().into_owned()
}
