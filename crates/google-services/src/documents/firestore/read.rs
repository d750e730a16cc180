//! Reading from Firestore, at one moment.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde_json::{Value as Json, json};

use super::{Firestore, bad_answer, text, time, timestamp_json};
use crate::documents::value::fields_from_typed_json;
use crate::documents::{
    CollectionPath, DatabaseError, Document, DocumentPath, Reads, Selection, Value,
};

/// How many documents one answer of a query has at most.
const PAGE_SIZE: usize = 1000;

/// How many documents are asked for by path in one request.
const N_PATHS_AT_ONCE: usize = 500;

/// Up to so many counted documents cost one read.
const N_COUNTED_PER_READ: u64 = 1000;

/// Reads at one moment.
pub(super) struct FirestoreReads<'a> {
    database: &'a Firestore,
    read_at: Cell<Option<DateTime<Utc>>>,
    seen: RefCell<BTreeMap<DocumentPath, Seen>>,
}

/// How a document was when it was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Seen {
    /// There was none.
    Missing,
    /// It was as it was last written then.
    UpdatedAt(DateTime<Utc>),
}

impl<'a> FirestoreReads<'a> {
    /// Reads at the moment of the first of them.
    pub(super) fn at_first_read(database: &'a Firestore) -> Self {
        Self { database, read_at: Cell::new(None), seen: RefCell::default() }
    }

    /// How a document was, if it was read.
    pub(super) fn seen(&self, path: &DocumentPath) -> Option<Seen> {
        self.seen.borrow().get(path).copied()
    }

    /// Adds to a request which moment it is for.
    fn at_moment(&self, mut request: Json) -> Json {
        if let Some(read_at) = self.read_at.get() {
            request["readTime"] = timestamp_json(&read_at);
        }
        request
    }

    fn note_moment(&self, read_at: &Json) -> Result<(), DatabaseError> {
        if self.read_at.get().is_none() && !read_at.is_null() {
            self.read_at.set(Some(time(read_at)?));
        }
        Ok(())
    }

    /// Runs a query and gives the answer's items.
    fn query(
        &self,
        collection: &CollectionPath,
        method: &str,
        request: Json,
    ) -> Result<Vec<Json>, DatabaseError> {
        let url = self.database.url(collection.split().0, method);
        let answer = self.database.api.post(&url, &self.at_moment(request))?;
        let Json::Array(items) = answer else { return Err(bad_answer("no list")) };
        for item in &items {
            self.note_moment(&item["readTime"])?;
        }
        Ok(items)
    }

    /// All pages of a query that is ordered by `order`; the last page is the one that is not full.
    fn pages(
        &self,
        collection: &CollectionPath,
        structured: &Json,
        order: &Order<'_>,
    ) -> Result<Vec<Document>, DatabaseError> {
        let mut documents: Vec<Document> = Vec::new();
        loop {
            let mut page = structured.clone();
            page["from"] = json!([{ "collectionId": collection.name() }]);
            page["orderBy"] = order.to_json();
            page["limit"] = json!(PAGE_SIZE);
            if let Some(last) = documents.last() {
                page["startAt"] =
                    json!({ "values": order.cursor(self.database, last), "before": false });
            }
            let items = self.query(collection, "runQuery", json!({ "structuredQuery": page }))?;
            let n_before = documents.len();
            for item in items.iter().filter_map(|item| item.get("document")) {
                documents.push(self.document(item)?);
            }
            let n_new = documents.len() - n_before;
            // A query that finds nothing costs a read all the same.
            self.database.count_reads(n_new.max(1) as u64);
            if n_new < PAGE_SIZE {
                return Ok(documents);
            }
        }
    }

    fn document(&self, json: &Json) -> Result<Document, DatabaseError> {
        let path = self.path(&text(&json["name"], "a document without name")?)?;
        let fields = fields_from_typed_json(&json["fields"]).map_err(|source| {
            DatabaseError::BadDocument { path: path.as_str().to_owned(), source }
        })?;
        let updated_at = time(&json["updateTime"])?;
        self.seen.borrow_mut().insert(path.clone(), Seen::UpdatedAt(updated_at));
        Ok(Document { path, fields, updated_at })
    }

    /// The path below the database of a resource name.
    fn path(&self, name: &str) -> Result<DocumentPath, DatabaseError> {
        let path = name.strip_prefix(&self.database.resource(""));
        path.and_then(DocumentPath::from_database)
            .ok_or_else(|| bad_answer("a document of another database"))
    }
}

impl Reads for FirestoreReads<'_> {
    fn read_at(&self) -> Option<DateTime<Utc>> {
        self.read_at.get()
    }

    fn documents(
        &self,
        paths: &[DocumentPath],
        selection: Selection<'_>,
    ) -> Result<Vec<Option<Document>>, DatabaseError> {
        let mut found: BTreeMap<DocumentPath, Document> = BTreeMap::new();
        for paths in paths.chunks(N_PATHS_AT_ONCE) {
            let names: Vec<String> =
                paths.iter().map(|path| self.database.resource(path.as_str())).collect();
            let mut request = json!({ "documents": names });
            if let Some(fields) = fields_json(selection) {
                request["mask"] = json!({ "fieldPaths": fields });
            }
            let url = self.database.url(None, "batchGet");
            let answer = self.database.api.post(&url, &self.at_moment(request))?;
            self.database.count_reads(paths.len() as u64);
            for item in answer.as_array().ok_or_else(|| bad_answer("no list"))? {
                self.note_moment(&item["readTime"])?;
                if let Some(document) = item.get("found") {
                    let document = self.document(document)?;
                    found.insert(document.path.clone(), document);
                }
            }
        }
        let missing = paths.iter().filter(|path| !found.contains_key(*path)).cloned();
        self.seen.borrow_mut().extend(missing.map(|path| (path, Seen::Missing)));
        Ok(paths.iter().map(|path| found.get(path).cloned()).collect())
    }

    fn all(
        &self,
        collection: &CollectionPath,
        selection: Selection<'_>,
    ) -> Result<Vec<Document>, DatabaseError> {
        let structured = match fields_json(selection) {
            Some(fields) => {
                let fields = fields.iter().map(|field| json!({ "fieldPath": field }));
                json!({ "select": { "fields": fields.collect::<Json>() } })
            }
            None => json!({}),
        };
        self.pages(collection, &structured, &Order { field: None })
    }

    fn at_least(
        &self,
        collection: &CollectionPath,
        field: &str,
        bound: &Value,
    ) -> Result<Vec<Document>, DatabaseError> {
        let structured = json!({ "where": at_least_json(field, bound) });
        self.pages(collection, &structured, &Order { field: Some(field) })
    }

    fn highest(
        &self,
        collection: &CollectionPath,
        field: &str,
    ) -> Result<Option<i64>, DatabaseError> {
        let structured = json!({
            "from": [{ "collectionId": collection.name() }],
            "select": { "fields": [{ "fieldPath": field }] },
            // Texts and the like sort above numbers.
            "where": at_least_json(field, &Value::Integer(i64::MIN)),
            "orderBy": [{ "field": { "fieldPath": field }, "direction": "DESCENDING" }],
            "limit": 1,
        });
        let items = self.query(collection, "runQuery", json!({ "structuredQuery": structured }))?;
        self.database.count_reads(1);
        let Some(item) = items.iter().find_map(|item| item.get("document")) else {
            return Ok(None);
        };
        Ok(match self.document(item)?.fields.get(field) {
            Some(Value::Integer(number)) => Some(*number),
            #[expect(clippy::cast_possible_truncation, reason = "a cast of a double saturates")]
            Some(Value::Double(number)) => Some(number.ceil() as i64),
            _ => None,
        })
    }

    fn count(&self, collection: &CollectionPath) -> Result<u64, DatabaseError> {
        let structured = json!({ "from": [{ "collectionId": collection.name() }] });
        let request = json!({ "structuredAggregationQuery": {
            "structuredQuery": structured,
            "aggregations": [{ "alias": "n", "count": {} }],
        }});
        let items = self.query(collection, "runAggregationQuery", request)?;
        let count = items.iter().find_map(|item| {
            item.pointer("/result/aggregateFields/n/integerValue")?.as_str()?.parse::<u64>().ok()
        });
        let count = count.ok_or_else(|| bad_answer("no count"))?;
        self.database.count_reads(count.div_ceil(N_COUNTED_PER_READ).max(1));
        Ok(count)
    }

    fn ids(&self, collection: &CollectionPath) -> Result<Vec<String>, DatabaseError> {
        let mut ids = Vec::new();
        let mut page_token = String::new();
        loop {
            let mut url = self.database.url(Some(collection.as_str()), "");
            // No moment: the emulator cannot read one from a URL.
            url.query_pairs_mut()
                .append_pair("showMissing", "true")
                .append_pair("mask.fieldPaths", "__name__")
                .append_pair("pageSize", &PAGE_SIZE.to_string())
                .append_pair("pageToken", &page_token);
            let answer = self.database.api.get(&url)?;
            let documents = answer["documents"].as_array().map_or(&[][..], Vec::as_slice);
            self.database.count_reads(documents.len().max(1) as u64);
            for document in documents {
                let path = self.path(&text(&document["name"], "a document without name")?)?;
                ids.push(path.id().to_owned());
            }
            match answer["nextPageToken"].as_str() {
                Some(token) if !token.is_empty() => page_token = token.to_owned(),
                _ => break,
            }
        }
        ids.sort();
        Ok(ids)
    }

    fn collections_below(
        &self,
        document: &DocumentPath,
    ) -> Result<Vec<CollectionPath>, DatabaseError> {
        let url = self.database.url(Some(document.as_str()), "listCollectionIds");
        let mut names = Vec::new();
        let mut page_token = Json::Null;
        loop {
            let mut request = json!({ "pageToken": page_token });
            if let Some(read_at) = self.read_at.get() {
                request["readTime"] = timestamp_json(&read_at);
            }
            let answer = self.database.api.post(&url, &request)?;
            let page = answer["collectionIds"].as_array().into_iter().flatten();
            names.extend(page.filter_map(Json::as_str).map(str::to_owned));
            page_token = answer["nextPageToken"].clone();
            if page_token.as_str().is_none_or(str::is_empty) {
                break;
            }
        }
        names.sort();
        Ok(names.iter().map(|name| document.collection(name)).collect())
    }
}

/// The order of a query: by a field, if there is one, then by path.
struct Order<'a> {
    field: Option<&'a str>,
}

impl Order<'_> {
    fn to_json(&self) -> Json {
        let fields = self.field.into_iter().chain(["__name__"]);
        fields.map(|field| json!({ "field": { "fieldPath": field } })).collect()
    }

    /// Where the query goes on after `last`.
    fn cursor(&self, database: &Firestore, last: &Document) -> Json {
        let field = self.field.and_then(|field| last.fields.get(field)).map(Value::to_typed_json);
        let name = json!({ "referenceValue": database.resource(last.path.as_str()) });
        field.into_iter().chain([name]).collect()
    }
}

/// The fields that are asked for; `None` for all.
fn fields_json<'a>(selection: Selection<'a>) -> Option<&'a [&'a str]> {
    match selection {
        Selection::AllFields => None,
        Selection::Fields(fields) => Some(fields),
        Selection::NoFields => Some(&["__name__"]),
    }
}

fn at_least_json(field: &str, bound: &Value) -> Json {
    json!({ "fieldFilter": {
        "field": { "fieldPath": field },
        "op": "GREATER_THAN_OR_EQUAL",
        "value": bound.to_typed_json(),
    }})
}
