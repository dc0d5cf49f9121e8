//! Reads the two files that examples/c/journal.c writes, and the events in them, by their documented formats.
//! It shares no code with the writer.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use crate::Failure;

/// The length in front of each event.
const PREFIX: usize = 4;
/// The length of the part before the idempotency key in a prepared event, see docs/prepared-events.md.
const HEAD: usize = 36;

/// A stored event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// The idempotency key.
    pub key: String,
    /// The body of the request.
    pub body: Vec<u8>,
}

/// A sender's journal. It is read again as it grows.
#[derive(Debug)]
pub struct Journal {
    folder: PathBuf,
    events: Vec<Stored>,
    // The position of each event's end in the file.
    ends: Vec<u64>,
    torn: u64,
}

impl Journal {
    pub fn new(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
            events: Vec::new(),
            ends: Vec::new(),
            torn: 0,
        }
    }

    fn file(&self) -> PathBuf {
        self.folder.join("events")
    }

    /// Returns the end of the last event.
    fn end(&self) -> u64 {
        self.ends.last().copied().unwrap_or_default()
    }

    /// Reads the new events.
    pub fn refresh(&mut self) -> Result<(), Failure> {
        let mut file = match File::open(self.file()) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error.into()),
        };
        let mut added = Vec::new();
        file.seek(SeekFrom::Start(self.end()))?;
        file.read_to_end(&mut added)?;
        let mut rest = added.as_slice();
        while let Some((event, behind)) = split(rest) {
            self.events.push(parse(event)?);
            self.ends.push(self.end() + (PREFIX + event.len()) as u64);
            rest = behind;
        }
        self.torn = rest.len() as u64;
        Ok(())
    }

    /// Returns the complete events.
    pub fn events(&self) -> &[Stored] {
        &self.events
    }

    /// Returns the number of bytes of an incomplete event behind them.
    pub fn torn(&self) -> u64 {
        self.torn
    }

    /// Returns the number of events that are marked as done.
    pub fn marks(&self) -> Result<usize, Failure> {
        match fs::metadata(self.folder.join("marks")) {
            Ok(metadata) => Ok(usize::try_from(metadata.len())?),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
            Err(error) => Err(error.into()),
        }
    }

    /// Removes all unmarked events.
    pub fn forget_unmarked(&mut self) -> Result<(), Failure> {
        let marks = self.marks()?;
        self.events.truncate(marks);
        self.ends.truncate(marks);
        if self.file().exists() {
            let file = OpenOptions::new().write(true).open(self.file())?;
            file.set_len(self.end())?;
        }
        Ok(())
    }
}

/// Returns the first event and the bytes behind it, or nothing if it is incomplete.
fn split(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (prefix, rest) = bytes.split_first_chunk::<PREFIX>()?;
    let length = u32::from_be_bytes(*prefix) as usize;
    (length > 0 && length <= rest.len()).then(|| rest.split_at(length))
}

fn parse(event: &[u8]) -> Result<Stored, Failure> {
    let length_at = |at: usize| -> Option<usize> {
        let bytes = event.get(at..at + 8)?.try_into().ok()?;
        usize::try_from(u64::from_be_bytes(bytes)).ok()
    };
    let slices = || {
        let (key, ordering, body) = (length_at(12)?, length_at(20)?, length_at(28)?);
        let body_at = HEAD.checked_add(key)?.checked_add(ordering)?;
        Some(Stored {
            key: String::from_utf8(event.get(HEAD..HEAD.checked_add(key)?)?.to_vec()).ok()?,
            body: event.get(body_at..body_at.checked_add(body)?)?.to_vec(),
        })
    };
    slices()
        .ok_or_else(|| format!("{} bytes in a journal are no prepared event", event.len()).into())
}
