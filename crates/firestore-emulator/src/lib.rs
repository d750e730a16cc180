//! Starts Google's Firestore emulator, for tests.

use std::io::Write as _;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// Where the package `google-cloud-cli-firestore-emulator` puts it.
const JAR: &str = "platform/cloud-firestore-emulator/cloud-firestore-emulator.jar";
const SDK_DIRECTORIES: [&str; 3] =
    ["/usr/lib/google-cloud-sdk", "/usr/share/google-cloud-sdk", "/opt/google-cloud-sdk"];

/// A JVM on a busy machine can take a while.
const START_TIMEOUT: Duration = Duration::from_secs(120);

/// An emulator that runs until this process ends.
#[derive(Debug, Clone)]
pub struct FirestoreEmulator {
    /// Host and port, as in `FIRESTORE_EMULATOR_HOST`.
    pub host: String,
}

impl FirestoreEmulator {
    /// The emulator of this process: that of `FIRESTORE_EMULATOR_HOST`, or one that is started
    /// now. `None`, with a line on standard error that no test harness swallows, when there is
    /// none on this machine; the caller skips its test.
    ///
    /// With `PCVE_REQUIRE_FIRESTORE_EMULATOR` set, a missing emulator fails the test.
    pub fn get() -> Option<&'static Self> {
        static EMULATOR: OnceLock<Result<FirestoreEmulator, String>> = OnceLock::new();
        match EMULATOR.get_or_init(start) {
            Ok(emulator) => Some(emulator),
            Err(reason) => {
                let required = std::env::var_os("PCVE_REQUIRE_FIRESTORE_EMULATOR").is_some();
                assert!(!required, "no Firestore emulator: {reason}");
                let test = std::thread::current().name().unwrap_or_default().to_owned();
                let _ = writeln!(
                    std::io::stderr().lock(),
                    "SKIPPED {test}: no Firestore emulator ({reason}); \
                     install google-cloud-cli-firestore-emulator and Java, or set \
                     FIRESTORE_EMULATOR_HOST"
                );
                None
            }
        }
    }

    /// The name of a project that nobody else uses: an empty database.
    pub fn new_project() -> String {
        static N_PROJECTS: AtomicU32 = AtomicU32::new(0);
        let n_projects = N_PROJECTS.fetch_add(1, Ordering::Relaxed);
        format!("test-{}-{n_projects}", std::process::id())
    }
}

fn start() -> Result<FirestoreEmulator, String> {
    if let Some(host) = std::env::var("FIRESTORE_EMULATOR_HOST").ok().filter(|it| !it.is_empty()) {
        return Ok(FirestoreEmulator { host });
    }
    let jar = find_jar().ok_or("its JAR is not installed")?;
    let port = TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .map_err(|error| format!("no free port: {error}"))?
        .port();
    // The shell ends the emulator when its standard input closes, which is when this process ends,
    // however that happens.
    let mut shell = Command::new("sh")
        .args([
            "-c",
            "java -Xmx512m -Duser.language=en -cp \"$1\" \
               com.google.cloud.datastore.emulator.firestore.CloudFirestore start \
               --host=127.0.0.1 --port=\"$2\" <&- & emulator=$!; cat; kill $emulator",
        ])
        .args(["sh".as_ref(), jar.as_os_str(), port.to_string().as_ref()])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| format!("no shell: {error}"))?;
    // Kept open until the process ends.
    std::mem::forget(shell.stdin.take());
    if !Command::new("java").arg("-version").output().is_ok_and(|java| java.status.success()) {
        return Err("there is no Java".to_owned());
    }
    let began = Instant::now();
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        if START_TIMEOUT < began.elapsed() {
            return Err("it does not start".to_owned());
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    Ok(FirestoreEmulator { host: format!("127.0.0.1:{port}") })
}

fn find_jar() -> Option<PathBuf> {
    let home = std::env::var_os("HOME").map(|home| Path::new(&home).join("google-cloud-sdk"));
    let directories = SDK_DIRECTORIES.iter().map(PathBuf::from).chain(home);
    directories.map(|directory| directory.join(JAR)).find(|jar| jar.is_file())
}
