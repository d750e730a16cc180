//! A page, a table of ids and a data root, and what a fetch makes of them.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use data_root::DataRoot;
use fetching::{Clock, RunIdentity, Time};
use google_services::documents::{
    Change, CollectionPath, DocumentDatabase as _, Fields, LocalDatabase, NewFields, Value, Write,
};
use pipeline_config::FacebookSource;
use serde_json::json;
use service_emulator::graph::{Attachment, Comment, Page, Post, SharedPage};
use service_emulator::{Emulator, Services};
use sources_facebook::{FacebookError, Fetch, Fetched, Graph, RawComment, Token};
use traced_data::{TracedData, read_jsonl};
use uuid_table::UuidTable;

pub const TOKEN: &str = "EAAGs3cr3tTOKEN0123456789";
pub const PAGE: &str = "1000";
pub const POSTS: [&str; 2] = ["1000_1", "1000_2"];
pub const DATASET: &str = "facebook_e01";
pub const FLOW: &str = "facebook_e01_1000";

pub struct World {
    pub emulator: Emulator,
    pub page: SharedPage,
    pub clock: Arc<TestClock>,
    pub directory: tempfile::TempDir,
    pub source: FacebookSource,
    /// When the next fetch begins.
    pub now: DateTime<Utc>,
}

/// A clock that waits in no time and remembers how long it should have.
#[derive(Default)]
pub struct TestClock(Mutex<Duration>);

impl Clock for TestClock {
    fn now(&self) -> Duration {
        *self.0.lock().unwrap()
    }

    fn sleep(&self, duration: Duration) {
        *self.0.lock().unwrap() += duration;
    }
}

impl World {
    /// A page with two posts, each with so many comments: one a minute, by seven people.
    pub fn new(n_comments: usize) -> Self {
        let mut page = Page::new(PAGE, TOKEN);
        page.posts = POSTS.map(|id| post(id, n_comments)).to_vec();
        page.posts[0].attachments.push(Attachment::new("photo", "70001"));
        let services = Services::default();
        let page = services.graph.add(page);
        let emulator = Emulator::start(services).unwrap();
        let source = source(&json!([{"Name": DATASET, "PostIDs": POSTS}]));
        let directory = tempfile::tempdir().unwrap();
        let now = at(10_000);
        Self { emulator, page, clock: Arc::default(), directory, source, now }
    }

    /// Puts an id under a key of the table, as the original would.
    pub fn map(&self, key: &str, uuid: &str) {
        let table = CollectionPath::top("tables").document("demo").unwrap();
        let fields = Fields::from([("uuid".to_owned(), Value::from(uuid))]);
        let write = Write {
            path: table.collection("mappings").document(key).unwrap(),
            change: Change::Create(NewFields::from(fields)),
        };
        self.database().transact(&mut |_| Ok(vec![write.clone()])).unwrap();
    }

    fn database(&self) -> LocalDatabase {
        LocalDatabase::open(&self.directory.path().join("services/uuid_table.sqlite")).unwrap()
    }

    pub fn fetch(&self) -> Fetched {
        let table = UuidTable::new(Box::new(self.database()), "demo", "demo-uuid-").unwrap();
        let data_root = DataRoot::create(&self.data_root()).unwrap();
        let fetch = Fetch {
            graph: &self.graph(),
            source: &self.source,
            table: &table,
            data_root: &data_root,
            run: &RunIdentity {
                user: "test@example.org".to_owned(),
                started_at: "2021-07-01T00:00:00+00:00".to_owned(),
            },
            started_at: Time(self.now.fixed_offset()),
            on_progress: &|_| {},
        };
        fetch.run()
    }

    /// A fetch that nothing goes wrong in.
    #[track_caller]
    pub fn fetch_all(&self) -> Fetched {
        let fetched = self.fetch();
        assert!(fetched.failures.is_empty(), "{:?}", fetched.failures);
        fetched
    }

    /// A fetch of the one dataset that fails.
    #[track_caller]
    pub fn fetch_fails(&self) -> FacebookError {
        let mut fetched = self.fetch();
        assert_eq!(fetched.failures.len(), 1, "{:?}", fetched.failures);
        fetched.failures.remove(0).source
    }

    pub fn graph(&self) -> Graph {
        let token = Token::parse(TOKEN, "gs://demo/token.txt").unwrap();
        Graph::new(&self.source, Some(self.emulator.url()), token, self.clock.clone()).unwrap()
    }

    pub fn heal(&self) {
        self.emulator.services.traffic.heal();
        self.emulator.services.graph.heal();
    }

    /// How many requests there were whose path and query contain `part`.
    pub fn n_requests(&self, part: &str) -> usize {
        let requests = self.emulator.services.traffic.requests();
        requests.iter().filter(|url| url.contains(part)).count()
    }

    pub fn data_root(&self) -> PathBuf {
        self.directory.path().join("data")
    }

    pub fn objects(&self) -> Vec<TracedData> {
        let path = self.data_root().join(format!("Raw Data/{FLOW}.jsonl"));
        read_jsonl(&path).unwrap().into_iter().map(TracedData::from).collect()
    }

    pub fn raw(&self) -> Vec<RawComment> {
        let path = self.data_root().join(format!("Raw Data/{FLOW}_raw.json"));
        serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
    }

    /// All files of raw data.
    pub fn files(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let mut files = files_below(&self.data_root().join("Raw Data"));
        files.iter_mut().for_each(|(path, _)| *path = path.file_name().unwrap().into());
        files
    }
}

/// All files below a directory, by path; none when it is not there.
pub fn files_below(directory: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    if !directory.is_dir() {
        return Vec::new();
    }
    let files = pipeline_tests::files_below(directory).unwrap();
    files.into_iter().map(|(path, bytes)| (directory.join(path), bytes)).collect()
}

pub fn source(datasets: &serde_json::Value) -> FacebookSource {
    let source = json!({
        "PageID": PAGE,
        "TokenFileURL": "gs://demo/token.txt",
        "Datasets": datasets,
    });
    serde_json::from_value(source).unwrap()
}

pub fn post(id: &str, n_comments: usize) -> Post {
    let mut post = Post::new(id, at(0), "What do you think? #gardens");
    post.comments = (0..n_comments).map(|n| comment(id, n)).collect();
    post.metrics.insert("post_media_view".to_owned(), 900);
    post.metrics.insert("post_total_media_view_unique".to_owned(), 600);
    post.reactions.insert("like".to_owned(), 12);
    post.reactions.insert("love".to_owned(), 3);
    post
}

/// Comment `n` on a post, in minute `n + 1`.
pub fn comment(post: &str, n: usize) -> Comment {
    let person = n % 7;
    let from = (format!("61555000{person}"), format!("Sentinel Person {person}"));
    let id = format!("{}_7770007770{n:03}", post.rsplit('_').next().unwrap());
    Comment::new(&id, (&from.0, &from.1), at(n + 1), &format!("answer {n} on {post}"))
}

/// Minute `n` of the test's time.
pub fn at(n: usize) -> DateTime<Utc> {
    let start: DateTime<Utc> = "2021-06-01T08:00:00Z".parse().unwrap();
    start + TimeDelta::minutes(i64::try_from(n).unwrap())
}
