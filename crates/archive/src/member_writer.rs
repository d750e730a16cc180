//! Compresses with all processors, in the order of writing.

use std::fs::File;
use std::io::{self, Write};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::JoinHandle;

use rayon::prelude::*;
use sha2::{Digest as _, Sha256};

use crate::encryption::Sealed;
use crate::members::{self, BLOCK_BYTES};

/// Writes an archive's bytes to a file, compressed in the background.
///
/// What comes out depends on the bytes alone: not on the number of threads, nor on how many calls
/// the bytes came in.
pub(crate) struct MemberWriter {
    block: Vec<u8>,
    batch: Vec<Vec<u8>>,
    n_blocks_per_batch: usize,
    worker: Option<Worker>,
}

/// Where the bytes go.
pub(crate) enum Sink {
    /// To a file as they are.
    Plain(File),
    /// To a file, encrypted.
    Sealed(Sealed),
}

struct Worker {
    batches: SyncSender<Vec<Vec<u8>>>,
    thread: JoinHandle<io::Result<File>>,
}

impl MemberWriter {
    pub(crate) fn new(sink: Sink) -> io::Result<Self> {
        // One batch is compressed, one waits, one is being filled.
        let (batches, receiver) = sync_channel::<Vec<Vec<u8>>>(1);
        let thread = std::thread::Builder::new()
            .name("compress".to_owned())
            .spawn(move || compress_batches(sink, receiver.into_iter()))?;
        Ok(Self {
            block: Vec::with_capacity(BLOCK_BYTES),
            batch: Vec::new(),
            n_blocks_per_batch: 2 * rayon::current_num_threads(),
            worker: Some(Worker { batches, thread }),
        })
    }

    /// Writes what is left, then the checksum of the whole.
    ///
    /// # Errors
    ///
    /// Also the error that made an earlier write fail.
    pub(crate) fn finish(mut self) -> io::Result<File> {
        if !self.block.is_empty() {
            self.end_block();
        }
        // A worker that failed takes nothing more; it says why when it is joined.
        let _ = self.send_batch();
        self.join()
    }

    fn end_block(&mut self) {
        let block = std::mem::replace(&mut self.block, Vec::with_capacity(BLOCK_BYTES));
        self.batch.push(block);
    }

    fn send_batch(&mut self) -> io::Result<()> {
        let batch = std::mem::take(&mut self.batch);
        let sent = self.worker.as_ref().map(|worker| worker.batches.send(batch));
        match sent {
            Some(Ok(())) => Ok(()),
            Some(Err(_)) | None => Err(self.failure()),
        }
    }

    /// Why the worker ended early.
    fn failure(&mut self) -> io::Error {
        match self.join() {
            Err(error) => error,
            Ok(_) => io::Error::other("the compressing thread ended early"),
        }
    }

    fn join(&mut self) -> io::Result<File> {
        let Some(Worker { batches, thread }) = self.worker.take() else {
            return Err(io::Error::other("an earlier write failed"));
        };
        drop(batches);
        thread.join().unwrap_or_else(|_| Err(io::Error::other("the compressing thread panicked")))
    }
}

impl Write for MemberWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let n_bytes = bytes.len().min(BLOCK_BYTES - self.block.len());
        self.block.extend_from_slice(&bytes[..n_bytes]);
        if self.block.len() == BLOCK_BYTES {
            self.end_block();
            if self.n_blocks_per_batch <= self.batch.len() {
                self.send_batch()?;
            }
        }
        Ok(n_bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Sink {
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::Plain(file) => file.write_all(bytes),
            Self::Sealed(sealed) => sealed.write_all(bytes),
        }
    }

    fn finish(self) -> io::Result<File> {
        match self {
            Self::Plain(file) => Ok(file),
            Self::Sealed(sealed) => sealed.finish(),
        }
    }
}

fn compress_batches(
    mut sink: Sink,
    batches: impl Iterator<Item = Vec<Vec<u8>>>,
) -> io::Result<File> {
    let mut hash = Sha256::new();
    for batch in batches {
        let compressed: Vec<Vec<u8>> =
            batch.par_iter().map(|block| members::compress(block)).collect();
        for member in compressed {
            hash.update(&member);
            sink.write_all(&member)?;
        }
    }
    sink.write_all(&members::trailer(hash))?;
    sink.finish()
}
