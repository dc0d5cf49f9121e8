//! The ledger file: one JSON object per line, appended before a request is answered.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::record::{Attempt, DeliveryState, EventRecord};

/// A change that has to outlive the process.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Entry {
    Event(EventRecord),
    Replay {
        event_id: String,
    },
    Delivery {
        delivery_id: String,
        state: DeliveryState,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        attempt: Option<Attempt>,
    },
}

/// What is said where a part of the ledger has all the bytes that it may have.
pub(crate) fn full(what: &str, limit: u64) -> io::Error {
    io::Error::new(
        io::ErrorKind::StorageFull,
        format!(
            "the {what} may have {limit} bytes, and there is no room for more: DELETE /_control/ledger, or start the server with a larger --ledger-bytes"
        ),
    )
}

/// An open ledger file.
#[derive(Debug)]
pub(crate) struct Journal {
    file: File,
    length: u64,
    /// How long the file may become.
    limit: u64,
}

impl Journal {
    /// Opens or creates the file and reads what is in it.
    ///
    /// The process may have been killed while it wrote: a last line without its end was never
    /// answered to any client and is cut off. A broken line anywhere else is an error. A new file is for its owner
    /// alone.
    pub(crate) fn open(path: &Path, limit: u64) -> io::Result<(Self, Vec<Entry>)> {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(path)?;
        let mut entries = Vec::new();
        let mut length = 0;
        let mut reader = BufReader::new(&file);
        let mut line = Vec::new();
        loop {
            line.clear();
            let read = reader.read_until(b'\n', &mut line)?;
            if read == 0 || line.last() != Some(&b'\n') {
                break;
            }
            let entry = serde_json::from_slice(&line).map_err(|error| {
                io::Error::new(
                    io::ErrorKind::InvalidData,
                    format!(
                        "line {} of ledger file {} is not an entry of a ledger: {error}",
                        entries.len() + 1,
                        path.display()
                    ),
                )
            })?;
            entries.push(entry);
            length += read as u64;
        }
        let mut journal = Self {
            file,
            length,
            limit,
        };
        journal.cut()?;
        Ok((journal, entries))
    }

    /// Hands the line to the operating system: it survives the process, not a power cut.
    pub(crate) fn append(&mut self, entry: &Entry) -> io::Result<()> {
        let mut line = serde_json::to_vec(entry)?;
        line.push(b'\n');
        if self.length + line.len() as u64 > self.limit {
            return Err(full("ledger file", self.limit));
        }
        if let Err(error) = self.file.write_all(&line) {
            // Half a line in the middle of the file would make it unreadable.
            self.cut()?;
            return Err(error);
        }
        self.length += line.len() as u64;
        Ok(())
    }

    pub(crate) fn clear(&mut self) -> io::Result<()> {
        self.length = 0;
        self.cut()
    }

    fn cut(&mut self) -> io::Result<()> {
        self.file.set_len(self.length)?;
        self.file.seek(SeekFrom::Start(self.length))?;
        Ok(())
    }
}
