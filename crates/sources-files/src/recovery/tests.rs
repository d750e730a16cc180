//! Recovery CSVs: rows that are read, and rows that are named.

use super::{RowFormat, is_participant_id, recovered_messages};
use crate::FilesError;

const PREFIX: &str = "avf-phone-uuid-";
const ONE: &str = "avf-phone-uuid-2e21d2a3-0f6d-4f3e-9a55-0d9f6c1b7e01";

#[test]
fn a_row_is_a_message() {
    let csv =
        format!("Sender,Message,ReceivedOn\n{ONE},\"Haa, waan \u{2019}ka\",01/06/2021 10:00\n");
    let messages = recovered_messages(&csv, format()).unwrap();
    assert_eq!(messages.len(), 1);
    let message = &messages[0];
    assert_eq!((message.sender.as_str(), &*message.message), (ONE, "Haa, waan \u{2019}ka"));
    assert_eq!(iso_time::format(&message.received_on), "2021-06-01T10:00:00+03:00");
    // Python 3.11: sha256(json.dumps(row, sort_keys=True)).
    assert_eq!(message.run_id, "8896a645938ebbd1dc88cff5de122043475a29bfa13ce7630c2d4f35218f4bae");
}

#[test]
fn the_hash_is_over_all_columns_and_missing_cells_are_null() {
    let csv = format!(
        "\u{feff}Sender,Message,ReceivedOn,Note\r\n{ONE},\"Haa, waan \u{2019}ka\",01/06/2021 10:00\r\n\r\n"
    );
    let messages = recovered_messages(&csv, format()).unwrap();
    assert_eq!(
        messages[0].run_id,
        "f2ea23248dc5d40ca26414f3322207f2ea8a52dbea58d2ea58bbafcd8ac50f9d"
    );
}

#[test]
fn equal_rows_are_kept_and_messages_can_have_lines() {
    let row = format!("{ONE},\"one\ntwo\",01/06/2021 10:00\n");
    let csv = format!("Sender,Message,ReceivedOn\n{row}{row}");
    let messages = recovered_messages(&csv, format()).unwrap();
    assert_eq!(messages.len(), 2);
    assert_eq!(messages[0], messages[1]);
    assert_eq!(messages[0].message, "one\ntwo");
}

#[test]
fn rows_that_cannot_be_used_are_named_by_their_lines() {
    let row = format!("{ONE},\"one\ntwo\",01/06/2021 10:00\n");
    let number = "+252615550001,hi,01/06/2021 10:00\n";
    check(
        &format!("{row}{number}{row}{number}"),
        "lines 4 and 7: `Sender` is not a participant id",
    );
    check(
        &format!("{row}{ONE},hi,june 252615550001\n"),
        "line 4: `ReceivedOn` is no time that can be read, it looks like `xxxx 999999999999`",
    );
    check(&format!("{row}{ONE}\n"), "line 4: a column is missing");
    check(&format!("{ONE},hi,when\n{number}"), "line 3: `Sender` is not a participant id");
}

#[test]
fn a_missing_column_is_named() {
    let error = recovered_messages("Sender,Text,ReceivedOn\n", format()).unwrap_err();
    assert!(matches!(error, FilesError::MissingColumn { column: "Message" }));
    let error = recovered_messages("Sender;Message;ReceivedOn\n", format()).unwrap_err();
    assert!(matches!(error, FilesError::MissingColumn { column: "Sender" }));
    assert!(recovered_messages("", format()).is_err());
}

#[test]
fn an_id_is_the_prefix_and_a_uuid() {
    assert!(is_participant_id(ONE, PREFIX));
    for sender in [
        "",
        "avf-phone-uuid-",
        "avf-phone-uuid-252615550001",
        "2e21d2a3-0f6d-4f3e-9a55-0d9f6c1b7e01",
        "demo-phone-uuid-2e21d2a3-0f6d-4f3e-9a55-0d9f6c1b7e01",
    ] {
        assert!(!is_participant_id(sender, PREFIX), "{sender}");
    }
}

fn format() -> RowFormat<'static> {
    let time_zone = iso_time::time_zone("Africa/Mogadishu").unwrap();
    RowFormat { uuid_prefix: PREFIX, time_zone }
}

#[track_caller]
fn check(rows: &str, expected: &str) {
    let csv = format!("Sender,Message,ReceivedOn\n{rows}");
    let error = recovered_messages(&csv, format()).unwrap_err();
    let shown = format!("{error} {error:?} {:?}", error.hint());
    assert!(shown.starts_with(expected), "{shown}");
    assert!(!shown.contains("5550001"), "{shown}");
}
