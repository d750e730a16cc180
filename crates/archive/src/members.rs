//! The form of the gzip members that an archive consists of.
//!
//! Each block of the tar file is a gzip member of its own, so that all processors can work on an
//! archive. A member says its length in an extra field, as in the BGZF format, so a reader finds
//! the next without decompressing. The last member is empty and has the SHA-256 of all bytes before
//! it in an extra field; gzip does not care.

use std::io::Write as _;

use flate2::{Compression, Crc, Decompress, FlushDecompress, Status};
use sha2::{Digest as _, Sha256};

/// How many bytes of the tar file are in one member.
///
/// Larger blocks compress no better (deflate looks back 32 KiB); smaller ones need more headers.
pub(crate) const BLOCK_BYTES: usize = 1024 * 1024;

/// The part of a member's header that is the same in all: magic, deflate, extra field; no time, and
/// system 255 (unknown); an extra field of 8 bytes with the subfield `PL` of 4 bytes.
const HEADER: [u8; 16] = [
    0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 255, // gzip
    8, 0, b'P', b'L', 4, 0, // extra field
];

/// As [`HEADER`], for the last member, with the subfield `PS` of 32 bytes.
const TRAILER_HEADER: [u8; 16] = [0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 255, 36, 0, b'P', b'S', 32, 0];

/// An empty deflate stream, its CRC and its length.
const TRAILER_END: [u8; 10] = [3, 0, 0, 0, 0, 0, 0, 0, 0, 0];

/// What all members begin with: the constant header and four bytes more.
pub(crate) const START_BYTES: usize = HEADER.len() + 4;

/// The length of the last member.
pub(crate) const TRAILER_BYTES: usize = TRAILER_HEADER.len() + 32 + TRAILER_END.len();

/// CRC and length at the end of a member.
const END_BYTES: usize = 8;

/// zlib's own choice between speed and size.
const LEVEL: u32 = 6;

/// What a member turns out to be by its first bytes.
pub(crate) enum Start {
    /// A block; the member has this many bytes.
    Block { n_bytes: usize },
    /// The last member.
    Trailer,
    /// Nothing that belongs into an archive.
    Unknown,
}

/// The member with the bytes of `block`.
pub(crate) fn compress(block: &[u8]) -> Vec<u8> {
    let mut member = Vec::with_capacity(block.len() / 4);
    member.extend_from_slice(&HEADER);
    member.extend_from_slice(&[0; 4]);
    let mut encoder = flate2::write::DeflateEncoder::new(member, Compression::new(LEVEL));
    let mut member = encoder
        .write_all(block)
        .and_then(|()| encoder.finish())
        .expect("writing to memory does not fail");
    let mut crc = Crc::new();
    crc.update(block);
    member.extend_from_slice(&crc.sum().to_le_bytes());
    member.extend_from_slice(&crc.amount().to_le_bytes());
    let n_bytes = u32::try_from(member.len()).expect("a block stays below 4 GiB");
    member[HEADER.len()..START_BYTES].copy_from_slice(&n_bytes.to_le_bytes());
    member
}

/// The block in a member, or what is wrong with it.
pub(crate) fn decompress(member: &[u8]) -> Result<Vec<u8>, &'static str> {
    let (start, end) = member.split_at(member.len() - END_BYTES);
    let deflated = &start[START_BYTES..];
    let (crc, n_bytes) = (word(&end[..4]), word(&end[4..]) as usize);
    if BLOCK_BYTES < n_bytes {
        return Err("a block says that it is larger than blocks are");
    }
    // Some spare room, so that the decoder sees the end of the stream before that of the output.
    let mut block = Vec::with_capacity(n_bytes + 64);
    let mut decoder = Decompress::new(false);
    let status = decoder.decompress_vec(deflated, &mut block, FlushDecompress::Finish);
    if !matches!(status, Ok(Status::StreamEnd)) || decoder.total_in() != deflated.len() as u64 {
        return Err("a block cannot be decompressed");
    }
    let mut found = Crc::new();
    found.update(&block);
    match found.sum() == crc && block.len() == n_bytes {
        true => Ok(block),
        false => Err("the checksum of a block is wrong"),
    }
}

/// What the member with these first [`START_BYTES`] is.
pub(crate) fn start(bytes: &[u8; START_BYTES]) -> Start {
    let (constant, rest) = bytes.split_at(HEADER.len());
    if constant == TRAILER_HEADER {
        return Start::Trailer;
    }
    let n_bytes = word(rest) as usize;
    // Blocks that cannot be compressed grow by less than one byte in a thousand.
    match constant == HEADER && (START_BYTES + END_BYTES..2 * BLOCK_BYTES).contains(&n_bytes) {
        true => Start::Block { n_bytes },
        false => Start::Unknown,
    }
}

/// The last member of an archive whose bytes so far went into `hash`.
pub(crate) fn trailer(hash: Sha256) -> [u8; TRAILER_BYTES] {
    let mut member = [0; TRAILER_BYTES];
    let (header, rest) = member.split_at_mut(TRAILER_HEADER.len());
    let (digest, end) = rest.split_at_mut(32);
    header.copy_from_slice(&TRAILER_HEADER);
    digest.copy_from_slice(&hash.finalize());
    end.copy_from_slice(&TRAILER_END);
    member
}

fn word(bytes: &[u8]) -> u32 {
    bytes.iter().rev().fold(0, |word, byte| word << 8 | u32::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_comes_back() {
        for block in [&b""[..], b"x", &[b'a'; BLOCK_BYTES], &random_bytes(BLOCK_BYTES)] {
            let member = compress(block);
            let bytes: [u8; START_BYTES] = member[..START_BYTES].try_into().unwrap();
            assert!(matches!(start(&bytes), Start::Block { n_bytes } if n_bytes == member.len()));
            assert!(decompress(&member).unwrap() == block);
        }
    }

    #[test]
    fn a_block_that_was_tampered_with_never_comes_back_as_another() {
        let block = b"consent, consent, withdrawn";
        let member = compress(block);
        for bit in START_BYTES * 8..member.len() * 8 {
            let mut flipped = member.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            // Spare bits at the end of the stream mean nothing; the last member notices those.
            assert!(
                decompress(&flipped).is_err_and(|_| true) || decompress(&flipped).unwrap() == block
            );
        }
    }

    #[test]
    fn gzip_reads_what_is_written() {
        let mut archive = compress(b"one ");
        archive.extend(compress(b"two"));
        archive.extend(trailer(Sha256::new()));
        let mut text = String::new();
        let mut decoder = flate2::read::MultiGzDecoder::new(&archive[..]);
        std::io::Read::read_to_string(&mut decoder, &mut text).unwrap();
        assert_eq!(text, "one two");
    }

    fn random_bytes(n_bytes: usize) -> Vec<u8> {
        let mut random = rand_mt::Mt64::new(7);
        (0..n_bytes).map(|_| random.next_u64() as u8).collect()
    }
}
