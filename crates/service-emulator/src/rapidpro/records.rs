//! What a workspace holds.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

/// A flow.
#[derive(Debug, Clone)]
pub struct Flow {
    /// Its UUID.
    pub uuid: String,
    /// What people call it.
    pub name: String,
    /// Whether it was put aside.
    pub is_archived: bool,
    /// When it was made.
    pub created_on: DateTime<Utc>,
    /// When it was last changed.
    pub modified_on: DateTime<Utc>,
}

/// Somebody who writes.
#[derive(Debug, Clone)]
pub struct Contact {
    /// RapidPro's UUID.
    pub uuid: String,
    /// What they are called.
    pub name: Option<String>,
    /// How they are reached, the preferred way first.
    pub urns: Vec<String>,
    /// Groups that they are in.
    pub groups: Vec<String>,
    /// Notes on them.
    pub notes: Vec<String>,
    /// What is known of them.
    pub fields: BTreeMap<String, Option<String>>,
    /// When they came, and when they changed after that: at least one time, the oldest first.
    pub changes: Vec<DateTime<Utc>>,
    /// Whether they were deleted, at the last of the changes.
    pub is_deleted: bool,
}

/// A person's way through a flow.
#[derive(Debug, Clone)]
pub struct Run {
    /// Its number.
    pub id: i64,
    /// Its UUID.
    pub uuid: String,
    /// The UUID of the flow.
    pub flow: String,
    /// The UUID of the contact.
    pub contact: String,
    /// The UUID of the start that it belongs to.
    pub start: Option<String>,
    /// The answers by key of the result, in the order of the server.
    pub values: Vec<(String, Value)>,
    /// When it began.
    pub created_on: DateTime<Utc>,
    /// When it last changed.
    pub modified_on: DateTime<Utc>,
    /// When it ended.
    pub exited_on: Option<DateTime<Utc>>,
    /// How it ended.
    pub exit_type: Option<String>,
    /// From when on it is shown, by the [`crate::Timeline`].
    pub shown_from: DateTime<Utc>,
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Value {
    /// What the result is called.
    pub name: Option<String>,
    /// What RapidPro made of the text.
    pub value: Option<String>,
    /// What was typed.
    pub input: Option<String>,
    /// The category that RapidPro put it in.
    pub category: Option<String>,
    /// The node of the flow that took it.
    pub node: String,
    /// When it came.
    pub time: DateTime<Utc>,
}

impl Contact {
    /// A contact who came at this time and is reached so.
    pub fn new(uuid: &str, urns: &[&str], came_on: DateTime<Utc>) -> Self {
        Self {
            uuid: uuid.to_owned(),
            name: None,
            urns: urns.iter().map(|urn| (*urn).to_owned()).collect(),
            groups: Vec::new(),
            notes: Vec::new(),
            fields: BTreeMap::new(),
            changes: vec![came_on],
            is_deleted: false,
        }
    }
}

impl Value {
    /// An answer to an open question: RapidPro makes nothing of it.
    pub fn open(name: &str, text: &str, time: DateTime<Utc>) -> Self {
        Self {
            name: Some(name.to_owned()),
            value: Some(text.to_owned()),
            input: Some(text.to_owned()),
            category: Some("All Responses".to_owned()),
            node: crate::synthetic::uuid("node", name),
            time,
        }
    }
}
