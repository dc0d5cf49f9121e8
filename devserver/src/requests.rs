//! The latest requests, and their size in bytes.

use std::collections::VecDeque;

use crate::record::RequestRecord;

/// Requests in the order of their numbers, without gaps.
#[derive(Debug, Default)]
pub(crate) struct Requests {
    list: VecDeque<RequestRecord>,
    bytes: u64,
}

impl Requests {
    /// Keeps a request, and forgets old ones so that at most `most` remain.
    pub(crate) fn keep(&mut self, record: RequestRecord, most: usize) {
        while self.list.len() >= most && self.forget_oldest() {}
        self.bytes += record.size();
        self.list.push_back(record);
    }

    /// Changes the record of a request if it is still kept.
    pub(crate) fn update(&mut self, seq: u64, update: impl FnOnce(&mut RequestRecord)) {
        let first = self.list.front().map_or(seq, |record| record.seq);
        let index = seq.checked_sub(first).and_then(|i| usize::try_from(i).ok());
        if let Some(record) = index.and_then(|index| self.list.get_mut(index)) {
            self.bytes -= record.size();
            update(record);
            self.bytes += record.size();
        }
    }

    /// Forgets the oldest request. Returns false if there is none.
    pub(crate) fn forget_oldest(&mut self) -> bool {
        let oldest = self.list.pop_front();
        self.bytes -= oldest.as_ref().map_or(0, RequestRecord::size);
        oldest.is_some()
    }

    /// Returns the requests after number `since`, at most `limit`.
    pub(crate) fn after(&self, since: u64, limit: usize) -> Vec<RequestRecord> {
        let after = self.list.iter().filter(|record| record.seq > since);
        after.take(limit).cloned().collect()
    }

    /// Their size in bytes.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }
}
