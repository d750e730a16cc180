//! Raw data that are taken as they are.

use std::sync::atomic::Ordering;

use crate::world::{World, raw_data, shown, url};

const ONE: &str = "demo-phone-uuid-2e21d2a3-0f6d-4f3e-9a55-0d9f6c1b7e01";
const TWO: &str = "avf-phone-uuid-00000000-0f6d-4f3e-9a55-0d9f6c1b7e02";

#[test]
fn raw_data_are_taken_byte_by_byte_whatever_the_prefix() {
    let world = World::new();
    let bytes = raw_data(&[ONE, TWO]);
    world.put("csap_demog.v2.jsonl", &bytes);
    let fetched = world.fetch_raw_data(&["csap_demog.v2.jsonl"]);
    assert!(fetched.failures.is_empty(), "{:?}", fetched.failures);
    assert_eq!((fetched.n_files, fetched.n_objects), (1, 2));
    assert_eq!(std::fs::read(world.raw_data("csap_demog.jsonl")).unwrap(), bytes);
}

#[test]
fn a_file_is_fetched_again_only_when_it_changed() {
    for knows_checksums in [true, false] {
        let world = World::new();
        world.bucket.knows_checksums.store(knows_checksums, Ordering::Relaxed);
        world.put("a.jsonl", raw_data(&[ONE]));
        world.fetch_raw_data(&["a.jsonl"]);
        let before = world.files();
        assert_eq!(world.fetch_raw_data(&["a.jsonl"]).n_unchanged, 1);
        assert_eq!(world.bucket.n_downloads.load(Ordering::Relaxed), 1);
        assert_eq!(world.files(), before);
        world.put("a.jsonl", raw_data(&[ONE, TWO]));
        assert_eq!(world.fetch_raw_data(&["a.jsonl"]).n_files, 1);
        assert_eq!(world.objects("a").len(), 2);
    }
}

#[test]
fn the_same_bytes_put_there_again_are_no_change() {
    let world = World::new();
    world.put("a.jsonl", raw_data(&[ONE]));
    world.fetch_raw_data(&["a.jsonl"]);
    world.put("a.jsonl", raw_data(&[ONE]));
    assert_eq!(world.fetch_raw_data(&["a.jsonl"]).n_unchanged, 1);
}

#[test]
fn raw_data_that_went_missing_or_were_cut_here_are_fetched_again() {
    let world = World::new();
    let bytes = raw_data(&[ONE, TWO]);
    world.put("a.jsonl", &bytes);
    world.fetch_raw_data(&["a.jsonl"]);
    std::fs::remove_file(world.raw_data("a.jsonl")).unwrap();
    assert_eq!(world.fetch_raw_data(&["a.jsonl"]).n_files, 1);
    std::fs::write(world.raw_data("a.jsonl"), &bytes[..100]).unwrap();
    assert_eq!(world.fetch_raw_data(&["a.jsonl"]).n_files, 1);
    assert_eq!(std::fs::read(world.raw_data("a.jsonl")).unwrap(), bytes);
}

#[test]
fn a_file_that_cannot_be_used_keeps_the_old_one_and_does_not_stop_the_others() {
    let world = World::new();
    world.put("a.jsonl", raw_data(&[ONE]));
    world.fetch_raw_data(&["a.jsonl"]);
    let before = std::fs::read(world.raw_data("a.jsonl")).unwrap();
    for (bytes, expected) in [
        (raw_data(&[ONE, "+252615550001"]), "line 2 says in `avf_phone_id`, now or earlier"),
        (b"Sender,Message\n+252615550001,hi\n".to_vec(), "line 1 is not TracedData"),
        (raw_data(&[ONE, TWO])[..400].to_vec(), "line 1 is not TracedData"),
    ] {
        world.put("a.jsonl", bytes);
        world.put("b.jsonl", raw_data(&[TWO]));
        let fetched = world.fetch_raw_data(&["a.jsonl", "missing.jsonl", "b.jsonl"]);
        let errors = shown(&fetched);
        assert_eq!(errors.len(), 2, "{errors:#?}");
        assert!(errors[0].contains(&url("a.jsonl")) && errors[0].contains("line "), "{errors:#?}");
        assert!(errors[0].contains(&expected[6..]), "{expected}: {errors:#?}");
        assert!(errors[1].contains("there is no `gs://messages/2021/missing.jsonl`"));
        assert!(errors.iter().all(|error| !error.contains("5550001")), "{errors:#?}");
        assert_eq!(std::fs::read(world.raw_data("a.jsonl")).unwrap(), before);
        assert_eq!(world.objects("b").len(), 1);
        assert!(world.files().iter().all(|(_, bytes)| !contains(bytes, b"5550001")));
    }
}

#[test]
fn a_download_that_breaks_off_is_not_taken_for_a_bad_file() {
    let world = World::new();
    world.put("a.jsonl", raw_data(&[ONE, TWO]));
    world.bucket.breaks_off.store(true, Ordering::Relaxed);
    let errors = shown(&world.fetch_raw_data(&["a.jsonl"]));
    assert!(errors[0].contains("was damaged on the way"), "{errors:#?}");
    assert!(world.files().is_empty(), "{:?}", world.files());
    world.bucket.breaks_off.store(false, Ordering::Relaxed);
    assert_eq!(world.fetch_raw_data(&["a.jsonl"]).n_objects, 2);
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}
