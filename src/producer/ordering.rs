//! The order within ordering keys: events with the same key are sent one after the other.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

/// For each ordering key with an event that is ready, delayed or in flight: the tokens of the events behind it.
#[derive(Debug, Default)]
pub struct Ordering(HashMap<Arc<str>, VecDeque<u64>>);

impl Ordering {
    /// Adds an event. Returns whether another one is before it.
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

    /// Removes the first event of a key, which is completed. Returns the next one, or forgets the key if there is
    /// none.
    pub fn advance(&mut self, key: &str) -> Option<u64> {
        let next = self.0.get_mut(key)?.pop_front();
        if next.is_none() {
            self.0.remove(key);
        }
        next
    }

    /// Returns whether there is an event behind the first one.
    pub fn has_followers(&self, key: &str) -> bool {
        self.0.get(key).is_some_and(|behind| !behind.is_empty())
    }

    /// Keeps, of the events behind another one, those for which `stays` is true.
    pub fn retain(&mut self, mut stays: impl FnMut(&u64) -> bool) {
        for behind in self.0.values_mut() {
            behind.retain(&mut stays);
        }
    }

    /// Returns how many events are behind another one.
    #[cfg(test)]
    pub fn behind(&self) -> usize {
        self.0.values().map(VecDeque::len).sum()
    }

    /// Returns whether there is no key.
    #[cfg(test)]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
