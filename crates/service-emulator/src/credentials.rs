//! The files that a configuration's URLs lead to, with what the emulator lets in.

use std::io;
use std::path::Path;

use pipeline_config::{Project, RawDataSource};
use serde_json::json;

use crate::synthetic::token_of;

/// Writes, below the `root` of local credentials, the token files and credentials files of a
/// configuration: tokens that the emulator takes, and credentials for services in `root` itself.
///
/// # Errors
///
/// When a file cannot be written.
pub fn write_credentials(project: &Project, root: &Path) -> io::Result<()> {
    let configuration = &project.configuration;
    for source in &configuration.raw_data_sources {
        let url = match source {
            RawDataSource::RapidPro(source) => &source.token_file_url,
            RawDataSource::Facebook(source) => &source.token_file_url,
            RawDataSource::GCloudBucket(_) | RawDataSource::RecoveryCsv(_) => continue,
        };
        write(root, url, &format!("{}\n", token_of(url)))?;
    }
    let dashboard = configuration.operations_dashboard.as_ref();
    let drive = configuration.drive_upload.as_ref();
    let urls = [
        Some(&configuration.uuid_table.firebase_credentials_file_url),
        dashboard.map(|dashboard| &dashboard.firebase_credentials_file_url),
        drive.map(|drive| &drive.drive_credentials_file_url),
    ];
    let local = json!({"type": "local", "root": "."}).to_string();
    urls.into_iter().flatten().try_for_each(|url| write(root, url, &local))
}

/// Writes the object at a `gs://` URL.
fn write(root: &Path, url: &str, text: &str) -> io::Result<()> {
    let path = root.join("buckets").join(url.trim_start_matches("gs://"));
    let directory = path.parent().unwrap_or(root);
    std::fs::create_dir_all(directory)?;
    std::fs::write(path, text)
}
