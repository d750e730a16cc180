//! Coda messages files, written message by message.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use code_schemes::{CodaMessage, write_messages};

use crate::SampleDataError;

/// A messages file of one dataset while it is being written.
pub(crate) struct CodaFile<W: Write> {
    out: W,
    path: PathBuf,
    n_messages: u64,
    n_labelled: u64,
    /// Which texts of the dataset's pool were dealt with.
    seen: Vec<bool>,
}

impl<W: Write> CodaFile<W> {
    /// Starts the file `path`, for a dataset whose pool has `pool_size` texts.
    pub(crate) fn new(out: W, path: PathBuf, pool_size: usize) -> Self {
        Self { out, path, n_messages: 0, n_labelled: 0, seen: vec![false; pool_size] }
    }

    /// Whether a text comes for the first time; `pool_position` is `None` for texts that come once.
    pub(crate) fn is_new(&mut self, pool_position: Option<usize>) -> bool {
        pool_position.is_none_or(|position| !std::mem::replace(&mut self.seen[position], true))
    }

    pub(crate) fn n_messages(&self) -> u64 {
        self.n_messages
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn n_labelled(&self) -> u64 {
        self.n_labelled
    }

    /// Appends one message.
    pub(crate) fn push(&mut self, message: &CodaMessage) -> Result<(), SampleDataError> {
        self.append(message).map_err(|source| self.error(source))?;
        self.n_messages += 1;
        self.n_labelled += u64::from(!message.labels.is_empty());
        Ok(())
    }

    /// Ends the list and gives the file back.
    pub(crate) fn finish(mut self) -> Result<W, SampleDataError> {
        let end: &[u8] = if self.n_messages == 0 { b"[]" } else { b"\n]" };
        self.out.write_all(end).map_err(|source| self.error(source))?;
        Ok(self.out)
    }

    /// Writes the one-message list and takes its brackets off.
    fn append(&mut self, message: &CodaMessage) -> io::Result<()> {
        let mut list = Vec::with_capacity(1024);
        write_messages(std::slice::from_ref(message), &mut list)?;
        let item = list.strip_prefix(b"[").and_then(|rest| rest.strip_suffix(b"\n]"));
        let item = item.expect("a list of one message stands between brackets");
        self.out.write_all(if self.n_messages == 0 { b"[" } else { b", " })?;
        self.out.write_all(item)
    }

    fn error(&self, source: io::Error) -> SampleDataError {
        SampleDataError::Write { path: self.path.clone(), source }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_the_same_bytes_as_all_at_once() {
        for n_messages in 0..4 {
            let messages: Vec<CodaMessage> = (0..n_messages).map(message).collect();
            let mut expected = Vec::new();
            write_messages(&messages, &mut expected).unwrap();

            let mut file = CodaFile::new(Vec::new(), PathBuf::new(), 0);
            messages.iter().for_each(|message| file.push(message).unwrap());
            assert_eq!(file.finish().unwrap(), expected);
        }
    }

    #[test]
    fn a_text_of_the_pool_is_new_once() {
        let mut file = CodaFile::new(io::sink(), PathBuf::new(), 3);
        assert!(file.is_new(Some(2)));
        assert!(!file.is_new(Some(2)));
        assert!(file.is_new(None));
        assert!(file.is_new(None));
    }

    fn message(number: i64) -> CodaMessage {
        CodaMessage {
            message_id: format!("id-{number}").into(),
            text: "rain \"water\"".to_owned(),
            creation_date_time_utc: "2024-02-05T09:15:00+00:00".to_owned(),
            labels: Vec::new(),
            sequence_number: Some(number),
            last_updated: None,
        }
    }
}
