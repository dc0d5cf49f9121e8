//! Which events wait for which: those of an ordering key are sent one after the other.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

/// For each ordering key with an event that is ready, delayed or in flight: the tokens of those behind it.
#[derive(Debug, Default)]
pub struct Ordering(HashMap<Arc<str>, VecDeque<u64>>);

impl Ordering {
    /// Lines an event up; tells whether another is before it.
    pub fn enter(&mut self, key: &Arc<str>, token: u64) -> bool {
        match self.0.get_mut(key) {
            Some(behind) => {
                behind.push_back(token);
                true
            }
            None => {
                self.0.insert(key.clone(), VecDeque::new());
                false
            }
        }
    }

    /// The event behind the one that is over, which becomes the first. Where there is none, the key is
    /// forgotten.
    pub fn advance(&mut self, key: &str) -> Option<u64> {
        let next = self.0.get_mut(key)?.pop_front();
        if next.is_none() {
            self.0.remove(key);
        }
        next
    }

    /// Whether there is an event behind the first one.
    pub fn has_followers(&self, key: &str) -> bool {
        self.0.get(key).is_some_and(|behind| !behind.is_empty())
    }

    /// Keeps, of those that are behind another, the ones for which `stays` is true.
    pub fn retain(&mut self, mut stays: impl FnMut(&u64) -> bool) {
        for behind in self.0.values_mut() {
            behind.retain(&mut stays);
        }
    }

    /// How many events are behind another.
    #[cfg(test)]
    pub fn behind(&self) -> usize {
        self.0.values().map(VecDeque::len).sum()
    }

    /// Whether there is no key.
    #[cfg(test)]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
