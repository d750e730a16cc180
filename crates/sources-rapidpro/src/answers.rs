//! What the server answers, as far as it is read.
//!
//! Types that can hold a URN have no `Debug`, and are turned into [`crate::records`] before
//! anything else happens to them.

use fetching::{Misread, Time, read_json};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use uuid_table::{NoIdentity, Urn};

use crate::records::{RawRun, Reference};

/// A page of a list.
#[derive(Deserialize)]
pub(crate) struct Page<T> {
    pub(crate) next: Option<String>,
    pub(crate) results: Vec<T>,
}

/// `workspace.json`
#[derive(Debug, Clone, Deserialize)]
pub struct Workspace {
    /// UUID of the workspace.
    pub uuid: String,
    /// What people call it.
    pub name: String,
    /// Whether it hides how contacts are reached.
    #[serde(default)]
    pub anon: bool,
}

/// An item of `flows.json`
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Flow {
    pub(crate) uuid: String,
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) archived: bool,
}

/// An item of `contacts.json`. No `Debug`: it holds URNs.
#[derive(Deserialize)]
pub(crate) struct ServerContact {
    pub(crate) uuid: String,
    pub(crate) modified_on: Time,
    urns: Vec<String>,
}

/// An item of `archives.json`. No `Debug`: its link needs no other authorization.
#[derive(Clone, Deserialize)]
pub(crate) struct Archive {
    #[serde(rename = "type")]
    kind: Option<String>,
    archive_type: Option<String>,
    pub(crate) start_date: String,
    pub(crate) period: String,
    #[serde(default)]
    pub(crate) record_count: u64,
    #[serde(default)]
    pub(crate) hash: Option<String>,
    #[serde(default)]
    pub(crate) download_url: Option<String>,
}

/// The part of an archived run that says whether it is wanted.
#[derive(Deserialize)]
pub(crate) struct ArchivedFlow {
    pub(crate) flow: Reference,
}

impl ServerContact {
    /// The URNs that say who the contact is, and whether there are others that are hidden.
    pub(crate) fn urns(&self) -> (Vec<Urn>, bool) {
        let mut is_hidden = false;
        let mut urns = Vec::new();
        for text in &self.urns {
            match Urn::parse(text) {
                Ok(urn) => urns.push(urn),
                Err(NoIdentity::Hidden) => is_hidden = true,
                Err(NoIdentity::Empty) => {}
            }
        }
        (urns, is_hidden)
    }
}

impl Archive {
    /// Whether it holds runs, and any at all. Older servers do not filter by type.
    pub(crate) fn has_runs(&self) -> bool {
        let kinds = [&self.kind, &self.archive_type];
        let is_of_runs = kinds.into_iter().flatten().all(|kind| kind == "run");
        let has_file = |text: &Option<String>| text.as_ref().is_some_and(|text| !text.is_empty());
        is_of_runs && 0 < self.record_count && has_file(&self.download_url)
    }
}

/// Reads a page; when one item is odd, the error says which.
pub(crate) fn read_page<T: DeserializeOwned>(bytes: &[u8]) -> Result<Page<T>, Misread> {
    read_json(bytes).map_err(|misread| match misread {
        Misread::OtherShape { .. } => odd_item::<T>(bytes).unwrap_or(misread),
        _ => misread,
    })
}

/// Whether a text could be a UUID, and not a name or number that stands in its place.
pub(crate) fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.split('-').map(str::len).eq([8, 4, 4, 4, 12])
        && text.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit())
}

fn odd_item<T: DeserializeOwned>(bytes: &[u8]) -> Option<Misread> {
    let page: Page<serde_json::Value> = serde_json::from_slice(bytes).ok()?;
    fetching::odd_item::<T>(&page.results, |item| {
        item["uuid"].as_str().filter(|uuid| is_uuid(uuid)).map(str::to_owned)
    })
}

/// Checks that a run belongs to the flow that was asked for: a server that does not know the
/// parameter gives all runs.
pub(crate) fn check_flow(runs: &[RawRun], flow_uuid: &str) -> bool {
    runs.iter().all(|run| &*run.flow.uuid == flow_uuid)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SENTINEL: &str = "+252610000099";

    #[test]
    fn an_odd_answer_is_named_and_not_quoted() {
        check(&format!("<html>{SENTINEL}"), "the answer is not JSON (line 1, column 1)");
        check(r#"{"next": null, "results": [{"uu"#, "the answer is cut short");
        check(
            &format!(r#"{{"next": null, "results": "{SENTINEL}"}}"#),
            "the answer is not of the form that was expected (line 1, column 41)",
        );
        let uuid = "f8dca309-b5b3-4023-bd09-e37c7f9c1321";
        check(
            &format!(
                r#"{{"next": null, "results": [{{"uuid": "{uuid}", "modified_on": "{SENTINEL}"}}]}}"#
            ),
            &format!("item 1 of the page (`{uuid}`) is not of the form that was expected"),
        );
        check(
            &format!(r#"{{"next": null, "results": [{{"uuid": "{SENTINEL}"}}]}}"#),
            "item 1 of the page is not of the form that was expected",
        );
    }

    #[test]
    fn archives_of_messages_and_empty_ones_have_no_runs() {
        let archive = |changes: &str| -> Archive {
            let json = format!(r#"{{"start_date": "2021-06-03", "period": "daily"{changes}}}"#);
            serde_json::from_str(&json).unwrap()
        };
        let full = r#", "record_count": 3, "download_url": "http://127.0.0.1/a""#;
        assert!(archive(&format!(r#"{full}, "type": "run", "archive_type": "run""#)).has_runs());
        assert!(archive(&format!(r#"{full}, "archive_type": "run""#)).has_runs());
        assert!(!archive(&format!(r#"{full}, "archive_type": "message""#)).has_runs());
        let empty = r#", "type": "run", "record_count": 0, "hash": null, "download_url": null"#;
        assert!(!archive(empty).has_runs());
        let empty = r#", "archive_type": "run", "record_count": 0, "hash": "", "download_url": """#;
        assert!(!archive(empty).has_runs());
    }

    #[track_caller]
    fn check(body: &str, expected: &str) {
        let misread = read_page::<ServerContact>(body.as_bytes()).err().expect("it is odd");
        assert_eq!(misread.to_string(), expected);
        assert!(!format!("{misread:?}").contains("25261"), "{misread:?}");
    }
}
