//! The background calls that are done and whose ends the host has not collected yet. One descriptor tells of all of them.

use std::collections::BTreeMap;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::OnceLock;

use crate::reactor::notices::Notice;
use crate::sys::eventfd::EventFd;
use crate::sys::lock::Lock;

/// The reports of one process, in the order of the calls' ends.
#[derive(Debug, Default)]
pub struct FinishedCalls {
    reports: Lock<Reports>,
    /// Readable while there are reports. Made when it is first asked for.
    event: OnceLock<EventFd>,
}

#[derive(Debug, Default)]
struct Reports {
    /// The tags by the number of the report.
    tags: BTreeMap<u64, u64>,
    last: u64,
    /// Whether the descriptor is readable.
    is_signalled: bool,
}

impl FinishedCalls {
    /// Adds a report and returns its number. The host has to get [notice](Notice) of it, when no lock is held that it
    /// needs then.
    pub fn add(&self, tag: u64) -> u64 {
        let mut reports = self.reports.lock();
        reports.last += 1;
        let number = reports.last;
        reports.tags.insert(number, tag);
        number
    }

    /// Removes a report, unless it was collected.
    pub fn remove(&self, number: u64) {
        let mut reports = self.reports.lock();
        if reports.tags.remove(&number).is_some() {
            self.clear_if_empty(&mut reports);
        }
    }

    /// Returns the tags of the oldest reports, at most `max`.
    pub fn collect(&self, max: usize) -> Vec<u64> {
        let mut reports = self.reports.lock();
        if reports.tags.is_empty() {
            return Vec::new();
        }
        let collected = if reports.tags.len() <= max {
            std::mem::take(&mut reports.tags).into_values().collect()
        } else {
            let oldest = std::iter::from_fn(|| reports.tags.pop_first());
            oldest.take(max).map(|(_, tag)| tag).collect()
        };
        self.clear_if_empty(&mut reports);
        collected
    }

    /// Returns the descriptor that is readable while there are reports.
    pub fn fd(&self) -> io::Result<BorrowedFd<'_>> {
        // Under the lock: either this sees the reports, or the next one sees the descriptor.
        let mut reports = self.reports.lock();
        if self.event.get().is_none() {
            let event = EventFd::new()?;
            if !reports.tags.is_empty() {
                event.signal();
                reports.is_signalled = true;
            }
            let _ = self.event.set(event);
        }
        drop(reports);
        self.event
            .get()
            .map(AsFd::as_fd)
            .ok_or_else(|| io::ErrorKind::Other.into())
    }

    fn clear_if_empty(&self, reports: &mut Reports) {
        if reports.tags.is_empty()
            && reports.is_signalled
            && let Some(event) = self.event.get()
        {
            event.clear();
            reports.is_signalled = false;
        }
    }
}

impl Notice for FinishedCalls {
    /// Makes the descriptor readable if there are reports.
    fn give(&self) {
        let mut reports = self.reports.lock();
        if !reports.tags.is_empty()
            && !reports.is_signalled
            && let Some(event) = self.event.get()
        {
            event.signal();
            reports.is_signalled = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::sys::poll::{Interest, Slot, poll};

    fn is_readable(calls: &FinishedCalls) -> bool {
        let mut slots = [Slot::new(calls.fd().unwrap(), Interest::READ)];
        poll(&mut slots, Some(Duration::ZERO)).unwrap();
        slots[0].is_readable()
    }

    #[test]
    fn reports_are_collected_once_and_in_order() {
        let calls = FinishedCalls::default();
        for tag in [7, 5, 7, 6] {
            calls.add(tag);
        }
        assert_eq!(calls.collect(3), [7, 5, 7]);
        assert_eq!(calls.collect(3), [6]);
        assert!(calls.collect(3).is_empty());
    }

    #[test]
    fn the_descriptor_is_readable_while_there_are_reports() {
        let calls = FinishedCalls::default();
        let first = calls.add(1);
        assert!(is_readable(&calls));
        let second = calls.add(2);
        calls.give();
        calls.remove(first);
        assert!(is_readable(&calls));
        calls.remove(second);
        assert!(!is_readable(&calls));
        calls.remove(second);
        calls.add(3);
        calls.give();
        assert!(is_readable(&calls));
        calls.collect(1);
        assert!(!is_readable(&calls));
        // A report may be collected before its notice is given.
        calls.add(4);
        calls.collect(1);
        calls.give();
        assert!(!is_readable(&calls));
    }
}
