//! The ledger file: one JSON object per line, appended before a request is answered.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::record::{Attempt, DeliveryState, EventRecord};

/// A change that must survive the process.
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

/// Returns the message for a part of the ledger that has reached its limit.
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
    /// The limit of the file in bytes.
    limit: u64,
}

impl Journal {
    /// Opens or creates the file and reads its changes.
    ///
    /// A process may be killed while it writes. An incomplete last line was never answered to a client, so it is
    /// removed. A broken line anywhere else is an error. Only the owner can read a new file.
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

    /// Writes a line to the operating system: it survives the process, but not a power cut.
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
