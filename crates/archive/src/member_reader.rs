//! Decompresses with all processors, in the order of the archive, and checks every byte.

use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use data_root::{FileError, Operation};
use rayon::prelude::*;
use sha2::{Digest as _, Sha256};

use crate::ArchiveError;
use crate::members::{self, START_BYTES, Start, TRAILER_BYTES};

/// The tar file inside an archive.
///
/// It ends only after the last member was met and agreed with all bytes before it. Errors of
/// reading are [`ArchiveError`]s, which [`MemberReader::failure`] gives.
pub(crate) struct MemberReader {
    blocks: Receiver<Result<Vec<u8>, ArchiveError>>,
    block: Vec<u8>,
    n_bytes_taken: usize,
    failure: Option<ArchiveError>,
}

/// The archive as a list of members.
struct Members {
    input: Box<dyn Read + Send>,
    archive: PathBuf,
    offset_bytes: u64,
    hash: Sha256,
}

struct Member {
    offset_bytes: u64,
    bytes: Vec<u8>,
}

impl MemberReader {
    /// Reads `input`, which errors call `archive`.
    pub(crate) fn new(input: Box<dyn Read + Send>, archive: &Path) -> io::Result<Self> {
        let n_members_per_batch = 2 * rayon::current_num_threads();
        let (sender, blocks) = sync_channel(2 * n_members_per_batch);
        let members =
            Members { input, archive: archive.to_path_buf(), offset_bytes: 0, hash: Sha256::new() };
        std::thread::Builder::new()
            .name("decompress".to_owned())
            .spawn(move || members.send_blocks(n_members_per_batch, &sender))?;
        Ok(Self { blocks, block: Vec::new(), n_bytes_taken: 0, failure: None })
    }

    /// Why reading failed.
    pub(crate) fn failure(&mut self) -> Option<ArchiveError> {
        self.failure.take()
    }
}

impl Read for MemberReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.n_bytes_taken == self.block.len() {
            match self.blocks.recv() {
                Ok(Ok(block)) => (self.block, self.n_bytes_taken) = (block, 0),
                Ok(Err(error)) => {
                    self.failure = Some(error);
                    return Err(io::Error::other("the archive is not whole"));
                }
                Err(_) => return Ok(0),
            }
        }
        let rest = &self.block[self.n_bytes_taken..];
        let n_bytes = rest.len().min(buffer.len());
        buffer[..n_bytes].copy_from_slice(&rest[..n_bytes]);
        self.n_bytes_taken += n_bytes;
        Ok(n_bytes)
    }
}

impl Members {
    fn send_blocks(
        mut self,
        n_members_per_batch: usize,
        blocks: &SyncSender<Result<Vec<u8>, ArchiveError>>,
    ) {
        let archive = self.archive.clone();
        loop {
            let mut batch = Vec::new();
            let mut end = None;
            while batch.len() < n_members_per_batch && end.is_none() {
                match self.next() {
                    Ok(Some(member)) => batch.push(member),
                    Ok(None) => end = Some(Ok(())),
                    Err(error) => end = Some(Err(error)),
                }
            }
            let decompressed: Vec<Result<Vec<u8>, ArchiveError>> =
                batch.par_iter().map(|member| decompress(member, &archive)).collect();
            for block in decompressed {
                let is_last = block.is_err();
                // Whoever reads may have seen enough.
                if blocks.send(block).is_err() || is_last {
                    return;
                }
            }
            match end {
                Some(Err(error)) => {
                    let _ = blocks.send(Err(error));
                    return;
                }
                Some(Ok(())) => return,
                None => {}
            }
        }
    }

    /// The next member, or nothing after the last, which is checked.
    fn next(&mut self) -> Result<Option<Member>, ArchiveError> {
        let offset_bytes = self.offset_bytes;
        let mut bytes = self.take(START_BYTES)?;
        let begin: &[u8; START_BYTES] = bytes[..].try_into().expect("so many were taken");
        match members::start(begin) {
            Start::Block { n_bytes } => {
                bytes.extend(self.take(n_bytes - START_BYTES)?);
                self.hash.update(&bytes);
                Ok(Some(Member { offset_bytes, bytes }))
            }
            Start::Trailer => {
                bytes.extend(self.take(TRAILER_BYTES - START_BYTES)?);
                if bytes != members::trailer(self.hash.clone()) {
                    let reason = "the checksum of the whole archive is wrong";
                    return Err(self.damaged(offset_bytes, reason));
                }
                let mut after = [0];
                match self.input.read(&mut after).map_err(|error| self.unreadable(error))? {
                    0 => Ok(None),
                    _ => Err(self.damaged(self.offset_bytes, "there is something after its end")),
                }
            }
            Start::Unknown if offset_bytes == 0 => {
                Err(ArchiveError::NotAnArchive { archive: self.archive.clone() })
            }
            Start::Unknown => Err(self.damaged(offset_bytes, "expected a block or the end")),
        }
    }

    fn take(&mut self, n_bytes: usize) -> Result<Vec<u8>, ArchiveError> {
        let mut bytes = Vec::with_capacity(n_bytes);
        (&mut self.input)
            .take(n_bytes as u64)
            .read_to_end(&mut bytes)
            .map_err(|error| self.unreadable(error))?;
        self.offset_bytes += bytes.len() as u64;
        match bytes.len() == n_bytes {
            true => Ok(bytes),
            false => Err(ArchiveError::Cut {
                archive: self.archive.clone(),
                n_bytes: self.offset_bytes,
                file: None,
            }),
        }
    }

    fn damaged(&self, offset_bytes: u64, reason: &'static str) -> ArchiveError {
        damaged(&self.archive, offset_bytes, reason)
    }

    fn unreadable(&self, error: io::Error) -> ArchiveError {
        match error.kind() {
            // Only what decrypts says so; the end of a file is no error here.
            ErrorKind::InvalidData | ErrorKind::UnexpectedEof => ArchiveError::DamagedEncryption {
                archive: self.archive.clone(),
                n_bytes: self.offset_bytes,
                file: None,
            },
            _ => FileError::new(Operation::Read, &self.archive, error).into(),
        }
    }
}

fn decompress(member: &Member, archive: &Path) -> Result<Vec<u8>, ArchiveError> {
    members::decompress(&member.bytes)
        .map_err(|reason| damaged(archive, member.offset_bytes, reason))
}

fn damaged(archive: &Path, offset_bytes: u64, reason: &'static str) -> ArchiveError {
    ArchiveError::Damaged { archive: archive.to_path_buf(), offset_bytes, reason, file: None }
}
