//! Buckets that are directories: `gs://bucket/a/b` is `<root>/buckets/bucket/a/b`.

use std::io::{Read as _, Write};
use std::path::{Component, Path, PathBuf};

use data_root::{FileError, Operation, WholeFile};

use super::error::Doing;
use crate::storage::{
    Existing, GsUrl, ObjectMetadata, ObjectStorage, StorageError, UploadOptions, Uploaded,
};

const PIECE_BYTES: usize = 1024 * 1024;

/// Buckets on this machine.
#[derive(Debug, Clone)]
pub struct LocalStorage {
    buckets: PathBuf,
}

impl LocalStorage {
    /// The buckets of the local services in `root`.
    pub fn new(root: &Path) -> Self {
        Self { buckets: root.join("buckets") }
    }

    fn path(&self, url: &GsUrl) -> Result<PathBuf, StorageError> {
        let object = Path::new(url.object());
        let is_inside = object.components().all(|part| matches!(part, Component::Normal(_)));
        if url.object().is_empty() || !is_inside || url.object().ends_with('/') {
            return Err(StorageError::BadName { url: url.clone() });
        }
        Ok(self.buckets.join(url.bucket()).join(object))
    }

    /// All files below `directory`, which has the objects that begin with `name`.
    fn collect(
        &self,
        bucket: &GsUrl,
        directory: &Path,
        name: &str,
        found: &mut Vec<ObjectMetadata>,
    ) -> Result<(), StorageError> {
        for path in data_root::list(directory).map_err(Doing::Listing.file(bucket))? {
            let Some(file_name) = path.file_name().and_then(|name| name.to_str()) else { continue };
            let name = format!("{name}{file_name}");
            if path.is_dir() {
                self.collect(bucket, &path, &format!("{name}/"), found)?;
            } else if name.starts_with(bucket.object()) {
                found.extend(self.metadata(&GsUrl::new(bucket.bucket(), &name)?)?);
            }
        }
        Ok(())
    }
}

impl ObjectStorage for LocalStorage {
    fn metadata(&self, url: &GsUrl) -> Result<Option<ObjectMetadata>, StorageError> {
        let path = self.path(url)?;
        let read = || {
            let metadata = std::fs::metadata(&path)?;
            let updated_at = metadata.modified()?.into();
            Ok((metadata, updated_at))
        };
        match read().map_err(|source| FileError::new(Operation::Read, &path, source)) {
            Ok((metadata, updated_at)) => Ok(metadata.is_file().then(|| ObjectMetadata {
                url: url.clone(),
                size_bytes: metadata.len(),
                crc32c: None,
                updated_at,
            })),
            Err(FileError::Missing { .. } | FileError::NotADirectory { .. }) => Ok(None),
            Err(error) => Err(Doing::Reading.file(url)(error)),
        }
    }

    fn download(&self, url: &GsUrl, out: &mut dyn Write) -> Result<(), StorageError> {
        let path = self.path(url)?;
        let mut file = data_root::open(&path).map_err(Doing::Reading.file(url))?;
        let mut piece = vec![0; PIECE_BYTES];
        loop {
            let n_bytes = file.read(&mut piece).map_err(|source| {
                Doing::Reading.file(url)(FileError::new(Operation::Read, &path, source))
            })?;
            if n_bytes == 0 {
                return Ok(());
            }
            out.write_all(&piece[..n_bytes])
                .map_err(|source| StorageError::Out { url: url.clone(), source })?;
        }
    }

    fn list(&self, prefix: &GsUrl) -> Result<Vec<ObjectMetadata>, StorageError> {
        let mut found = Vec::new();
        self.collect(prefix, &self.buckets.join(prefix.bucket()), "", &mut found)?;
        found.sort_by(|one, other| one.url.cmp(&other.url));
        Ok(found)
    }

    fn upload(
        &self,
        url: &GsUrl,
        file: &Path,
        options: UploadOptions<'_>,
    ) -> Result<Uploaded, StorageError> {
        let target = self.path(url)?;
        let here = Doing::Writing.file(url);
        let failed = |source| here(FileError::new(Operation::Read, file, source));
        let mut source = data_root::open(file).map_err(here)?;
        if is_same(file, &target).map_err(failed)? {
            return Ok(Uploaded::WasThere);
        }
        if options.existing == Existing::Keep && std::fs::symlink_metadata(&target).is_ok() {
            return Err(StorageError::OtherBytes { url: url.clone() });
        }
        let mut whole = WholeFile::create(&target).map_err(here)?;
        let mut piece = vec![0; PIECE_BYTES];
        let mut n_done = 0;
        loop {
            let n_bytes = source.read(&mut piece).map_err(failed)?;
            if n_bytes == 0 {
                break;
            }
            let written = whole.write_all(&piece[..n_bytes]);
            written.map_err(|error| here(FileError::new(Operation::Write, &target, error)))?;
            n_done += n_bytes as u64;
            if let Some(progress) = options.progress {
                progress(n_done);
            }
        }
        let is_written = match options.existing {
            Existing::Replace => whole.commit().map(|()| true),
            // Somebody else may have been faster.
            Existing::Keep => whole.commit_new(),
        };
        if is_written.map_err(here)? {
            Ok(Uploaded::Written)
        } else if is_same(file, &target).map_err(failed)? {
            Ok(Uploaded::WasThere)
        } else {
            Err(StorageError::OtherBytes { url: url.clone() })
        }
    }

    fn write(&self, url: &GsUrl, bytes: &[u8]) -> Result<(), StorageError> {
        data_root::write(&self.path(url)?, bytes).map_err(Doing::Writing.file(url))
    }
}

/// Whether two files have the same bytes; not when the second does not exist.
fn is_same(file: &Path, other: &Path) -> std::io::Result<bool> {
    let Ok(other_metadata) = std::fs::metadata(other) else { return Ok(false) };
    if !other_metadata.is_file() || other_metadata.len() != std::fs::metadata(file)?.len() {
        return Ok(false);
    }
    Ok(super::upload::crc32c_of(file)? == super::upload::crc32c_of(other)?)
}
