//! The input of a sender: lines of JSON in a growing file.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use fastrand::Rng;

/// One line in this number is longer than a page of memory: a kill can cut a write at the end of a page.
const LONG_ONE_IN: usize = 24;
const LONG: usize = 20_000;
const SHORT: usize = 200;

/// The input of one sender. All lines differ, also those of different senders.
#[derive(Debug)]
pub struct Source {
    file: PathBuf,
    sender: usize,
    lines: Vec<String>,
}

impl Source {
    /// Makes an input without lines.
    pub fn new(folder: &Path, sender: usize) -> io::Result<Self> {
        let file = folder.join("input");
        fs::write(&file, "")?;
        Ok(Self {
            file,
            sender,
            lines: Vec::new(),
        })
    }

    pub fn lines(&self) -> &[String] {
        &self.lines
    }

    /// Adds lines until there are `count`.
    pub fn grow(&mut self, count: usize, random: &mut Rng) -> io::Result<()> {
        let mut added = String::new();
        while self.lines.len() < count {
            let longest = if random.usize(..LONG_ONE_IN) == 0 {
                LONG
            } else {
                SHORT
            };
            let text = "x".repeat(random.usize(..longest));
            let (sender, line) = (self.sender, self.lines.len() + 1);
            let payload = format!(r#"{{"sender":{sender},"line":{line},"text":"{text}"}}"#);
            added.push_str(&payload);
            added.push('\n');
            self.lines.push(payload);
        }
        let mut file = OpenOptions::new().append(true).open(&self.file)?;
        file.write_all(added.as_bytes())
    }
}
