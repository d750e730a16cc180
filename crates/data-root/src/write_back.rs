//! Early write-back, so that the sync at the end of a large file is short.
//!
//! A kernel keeps written pages for up to half a minute before it starts on them; a sync after
//! hundreds of megabytes then waits for the disk while the processor idles. So one thread syncs
//! each file every few megabytes while writing goes on. On a fast virtual disk that took the sync
//! after 400 MB from 0.14 s to 0.01 s, and writing and sync together from 0.62 s to 0.56 s; slow
//! disks gain more.

use std::fs::File;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// How much of a file is written before its write-back is asked for again.
pub(crate) const WRITE_BACK_EVERY_BYTES: u64 = 8 * 1024 * 1024;

/// A file that is synced now and then by the background thread, and at its end by its owner.
#[derive(Debug)]
pub(crate) struct WrittenBack {
    file: File,
    is_queued: AtomicBool,
    /// Held while a sync runs; has the error of the first that failed, because a kernel reports
    /// each failure only once.
    failure: Mutex<Option<io::Error>>,
}

impl WrittenBack {
    pub(crate) fn new(file: File) -> Arc<Self> {
        Arc::new(Self { file, is_queued: AtomicBool::new(false), failure: Mutex::new(None) })
    }

    pub(crate) fn file(&self) -> &File {
        &self.file
    }

    /// Asks for what was written so far to go to the disk; does not wait.
    pub(crate) fn start(self: &Arc<Self>) {
        if self.is_queued.swap(true, Ordering::AcqRel) {
            return;
        }
        // Without a thread the sync at the end does all of it.
        if let Some(queue) = queue() {
            let _ = queue.send(Arc::clone(self));
        }
    }

    /// Waits until the disk has everything.
    pub(crate) fn finish(&self) -> io::Result<()> {
        let mut failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
        match failure.take() {
            Some(earlier) => Err(earlier),
            None => self.file.sync_all(),
        }
    }

    fn sync_early(&self) {
        self.is_queued.store(false, Ordering::Release);
        let mut failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(error) = self.file.sync_data() {
            failure.get_or_insert(error);
        }
    }
}

fn queue() -> Option<&'static Sender<Arc<WrittenBack>>> {
    static QUEUE: OnceLock<Option<Sender<Arc<WrittenBack>>>> = OnceLock::new();
    QUEUE
        .get_or_init(|| {
            let (sender, receiver) = channel::<Arc<WrittenBack>>();
            std::thread::Builder::new()
                .name("write-back".to_owned())
                .spawn(move || receiver.into_iter().for_each(|file| file.sync_early()))
                .ok()
                .map(|_| sender)
        })
        .as_ref()
}
