//! A Drive that is a directory: `<root>/drive/<shared folder>/…`.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use data_root::{FileError, Operation, WholeFile};

use super::upload::md5_of;
use crate::drive::{Drive, DriveError, Item, ItemId, ItemKind};

/// A Drive on this machine, where every folder is shared with everybody.
#[derive(Debug, Clone)]
pub struct LocalDrive {
    directory: PathBuf,
}

impl LocalDrive {
    /// The Drive of the local services in `root`.
    pub fn new(root: &Path) -> Self {
        Self { directory: root.join("drive") }
    }

    /// An id is a path below the directory.
    fn path(&self, id: &ItemId) -> PathBuf {
        self.directory.join(&id.0)
    }
}

impl Drive for LocalDrive {
    fn shared_folders(&self, name: &str) -> Result<Vec<ItemId>, DriveError> {
        let id = ItemId(name.to_owned());
        data_root::create_directory(&self.path(&id))?;
        Ok(vec![id])
    }

    fn children(&self, folder: &ItemId) -> Result<Vec<Item>, DriveError> {
        let mut children = Vec::new();
        for path in data_root::list(&self.path(folder))? {
            // Nobody can ask for a name that is not UTF-8.
            let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
            let kind = match path.is_dir() {
                true => ItemKind::Folder,
                false => ItemKind::File { md5: Some(md5_of(&path)?) },
            };
            let id = ItemId(format!("{}/{name}", folder.0));
            children.push(Item { id, name: name.to_owned(), kind });
        }
        Ok(children)
    }

    fn create_folder(&self, parent: &ItemId, name: &str) -> Result<ItemId, DriveError> {
        let id = ItemId(format!("{}/{name}", parent.0));
        data_root::create_directory(&self.path(&id))?;
        Ok(id)
    }

    fn create_file(&self, parent: &ItemId, name: &str, source: &Path) -> Result<(), DriveError> {
        self.update_file(&ItemId(format!("{}/{name}", parent.0)), source)
    }

    fn update_file(&self, file: &ItemId, source: &Path) -> Result<(), DriveError> {
        let failed = |error| FileError::new(Operation::Read, source, error);
        let mut bytes: File = data_root::open(source)?;
        let mut whole = WholeFile::create(&self.path(file))?;
        io::copy(&mut bytes, &mut whole).map_err(|error| match FileError::of(&error) {
            Some(_) => FileError::new(Operation::Write, &self.path(file), error),
            None => failed(error),
        })?;
        Ok(whole.commit()?)
    }

    fn account(&self) -> Option<&str> {
        None
    }
}
