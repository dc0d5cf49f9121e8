//! The ledger: requests, events and counts of the server. Callers can wait for a change.

use std::io;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use crate::config::Config;
use crate::dead_letter_error::NotDead;
use crate::events::{Events, Recorded};
use crate::ids::unix_ms;
use crate::journal::{Entry, Journal, full};
use crate::record::{Attempt, DeliveryState, EventRecord, RequestRecord, Summary};
use crate::recording::{NewEvent, NotRecorded, Receipt, content_digest};
use crate::requests::Requests;

/// The ledger of one server, shared by its tasks and its watchers.
#[derive(Debug)]
pub(crate) struct Ledger {
    inner: Mutex<Inner>,
    kept_requests: usize,
    key_retention: Duration,
    condvar: Condvar,
    notify: Notify,
}

#[derive(Debug, Default)]
struct Inner {
    requests: Requests,
    // The limit in bytes of requests and events.
    limit: u64,
    events: Events,
    journal: Option<Journal>,
    // The counts that single occurrences change. The others are derived on demand.
    counts: Summary,
    // Numbers continue after a reset, so that each request has one number.
    last_seq: u64,
    // Requests up to this number were under way at the last reset and do not count.
    reset_seq: u64,
    // Increases with every change.
    version: u64,
}

impl Ledger {
    /// Makes the ledger of a configuration, and reloads its file if there is one.
    pub(crate) fn open(config: &Config) -> io::Result<Self> {
        let mut inner = Inner {
            limit: config.ledger_bytes,
            ..Inner::default()
        };
        if let Some(path) = &config.ledger_file {
            let (journal, entries) = Journal::open(path, config.ledger_bytes).map_err(|error| {
                io::Error::new(
                    error.kind(),
                    format!("cannot use ledger file {}: {error}", path.display()),
                )
            })?;
            for entry in entries {
                inner.reload(entry);
            }
            inner.journal = Some(journal);
        }
        Ok(Self {
            inner: Mutex::new(inner),
            kept_requests: config.ledger_requests,
            key_retention: config.idempotency_retention,
            condvar: Condvar::new(),
            notify: Notify::new(),
        })
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change<T>(&self, change: impl FnOnce(&mut Inner) -> T) -> T {
        let result = {
            let mut inner = self.lock();
            inner.version += 1;
            change(&mut inner)
        };
        self.condvar.notify_all();
        self.notify.notify_waiters();
        result
    }

    /// Returns whether requests are recorded, and not only counted.
    pub(crate) fn keeps_requests(&self) -> bool {
        self.kept_requests > 0
    }

    /// Counts a request, keeps the record that `record` makes for its number, and returns the number.
    pub(crate) fn begin_request(&self, record: impl FnOnce(u64) -> RequestRecord) -> u64 {
        self.change(|inner| {
            inner.counts.requests += 1;
            inner.last_seq += 1;
            let seq = inner.last_seq;
            if self.kept_requests > 0 {
                inner.requests.keep(record(seq), self.kept_requests);
                inner.make_room(0);
            }
            seq
        })
    }

    /// Changes the record of a request if it is still kept.
    pub(crate) fn update_request(&self, seq: u64, update: impl FnOnce(&mut RequestRecord)) {
        self.change(|inner| {
            inner.requests.update(seq, update);
            inner.make_room(0);
        });
    }

    /// Like [`Ledger::update_request`], for the last change.
    pub(crate) fn finish_request(&self, seq: u64, update: impl FnOnce(&mut RequestRecord)) {
        self.change(|inner| {
            if seq > inner.reset_seq {
                inner.counts.finished += 1;
            }
            inner.requests.update(seq, update);
            inner.make_room(0);
        });
    }

    /// Records an event, or finds the event of its idempotency key.
    pub(crate) fn record(&self, event: NewEvent) -> Result<Receipt, NotRecorded> {
        let digest = content_digest(&event.topic, &event.payload, event.ordering_key.as_deref());
        let since = self.keys_since(&event.event_id);
        self.change(|inner| inner.record(event, digest, since))
    }

    /// Returns whether an event with this idempotency key was recorded before.
    pub(crate) fn knows_key(&self, event: &NewEvent) -> bool {
        let since = self.keys_since(&event.event_id);
        let inner = self.lock();
        event
            .key()
            .is_some_and(|key| inner.events.look_up(&key, &[0; 32], since) != Recorded::New)
    }

    /// Returns the time, in Unix milliseconds, from which on keys are known.
    fn keys_since(&self, event_id: &str) -> u64 {
        let retention = u64::try_from(self.key_retention.as_millis()).unwrap_or(u64::MAX);
        unix_ms(event_id).saturating_sub(retention)
    }

    /// Changes the state of a dead letter, as an operator does.
    pub(crate) fn resolve(&self, delivery_id: &str, to: DeliveryState) -> Result<(), NotDead> {
        self.change(|inner| {
            let delivery = inner.events.delivery(delivery_id);
            match delivery.map(|delivery| delivery.state) {
                None => return Err(NotDead::Unknown(delivery_id.to_owned())),
                Some(DeliveryState::DeadLettered) => {}
                Some(other) => return Err(NotDead::State(delivery_id.to_owned(), other)),
            }
            inner.update_delivery(delivery_id, to, None);
            Ok(())
        })
    }

    /// Changes the state of a delivery. Returns false if the ledger has forgotten it.
    pub(crate) fn update_delivery(
        &self,
        delivery_id: &str,
        state: DeliveryState,
        attempt: Option<Attempt>,
    ) -> bool {
        self.change(|inner| inner.update_delivery(delivery_id, state, attempt))
    }

    /// Returns the state of a delivery.
    pub(crate) fn delivery_state(&self, delivery_id: &str) -> Option<DeliveryState> {
        self.progress(delivery_id).map(|(state, _)| state)
    }

    /// Returns the state of a delivery and its number of attempts.
    pub(crate) fn progress(&self, delivery_id: &str) -> Option<(DeliveryState, u32)> {
        let inner = self.lock();
        let delivery = inner.events.delivery(delivery_id)?;
        let attempts = u32::try_from(delivery.attempts.len()).unwrap_or(u32::MAX);
        Some((delivery.state, attempts))
    }

    pub(crate) fn event_of_delivery(&self, delivery_id: &str) -> Option<EventRecord> {
        self.lock().events.of_delivery(delivery_id).cloned()
    }

    pub(crate) fn count(&self, count: impl FnOnce(&mut Summary)) {
        self.change(|inner| count(&mut inner.counts));
    }

    /// Returns the requests after number `since`, at most `limit`.
    pub(crate) fn requests(&self, since: u64, limit: usize) -> Vec<RequestRecord> {
        self.lock().requests.after(since, limit)
    }

    /// Returns the events after place `since` in the order, at most `limit`.
    pub(crate) fn events(&self, since: u64, limit: usize) -> Vec<EventRecord> {
        let inner = self.lock();
        let skipped = usize::try_from(since).unwrap_or(usize::MAX);
        let after = inner.events.list().iter().skip(skipped);
        after.take(limit).cloned().collect()
    }

    pub(crate) fn event(&self, event_id: &str) -> Option<EventRecord> {
        self.lock().events.get(event_id).cloned()
    }

    pub(crate) fn summary(&self) -> Summary {
        self.lock().summary()
    }

    /// Forgets requests, events, idempotency keys and counts, also in the file.
    pub(crate) fn reset(&self) -> io::Result<()> {
        self.change(|inner| {
            if let Some(journal) = &mut inner.journal {
                journal.clear()?;
            }
            let open_connections = inner.counts.open_connections;
            inner.reset_seq = inner.last_seq;
            inner.requests = Requests::default();
            inner.events = Events::default();
            inner.counts = Summary {
                open_connections,
                ..Summary::default()
            };
            Ok(())
        })
    }

    /// Blocks until the counts satisfy `condition`. Returns the last counts, also after the timeout.
    pub(crate) fn wait(
        &self,
        timeout: Duration,
        condition: impl Fn(&Summary) -> bool,
    ) -> Result<Summary, Summary> {
        let deadline = Instant::now() + timeout;
        loop {
            let (summary, version) = {
                let inner = self.lock();
                (inner.summary(), inner.version)
            };
            // This happens without the lock, because the condition may read the ledger.
            if condition(&summary) {
                return Ok(summary);
            }
            let left = deadline.saturating_duration_since(Instant::now());
            let unchanged = |inner: &mut Inner| inner.version == version;
            let waited = self
                .condvar
                .wait_timeout_while(self.lock(), left, unchanged)
                .unwrap_or_else(PoisonError::into_inner);
            if waited.1.timed_out() {
                return Err(summary);
            }
        }
    }

    /// Like [`Ledger::wait`], for a task of the server.
    pub(crate) async fn wait_async(
        &self,
        timeout: Duration,
        condition: impl Fn(&Summary) -> bool,
    ) -> Result<Summary, Summary> {
        let reached = async {
            loop {
                let changed = self.notify.notified();
                let mut changed = std::pin::pin!(changed);
                // Registers before it reads the counts, so that it misses no change.
                changed.as_mut().enable();
                let summary = self.summary();
                if condition(&summary) {
                    return summary;
                }
                changed.await;
            }
        };
        tokio::time::timeout(timeout, reached)
            .await
            .map_err(|_| self.summary())
    }
}

impl Inner {
    fn reload(&mut self, entry: Entry) {
        match entry {
            Entry::Event(event) => {
                let key = event.ordering_key.as_deref();
                let digest = content_digest(&event.topic, &event.payload, key);
                self.events.insert(event, digest);
            }
            Entry::Replay { event_id } => {
                self.counts.replays += 1;
                self.events.replayed(&event_id);
            }
            Entry::Delivery {
                delivery_id,
                state,
                attempt,
            } => {
                self.events
                    .update_delivery(&delivery_id, state, attempt.as_ref());
            }
        }
    }

    fn update_delivery(
        &mut self,
        delivery_id: &str,
        state: DeliveryState,
        attempt: Option<Attempt>,
    ) -> bool {
        let known = self
            .events
            .update_delivery(delivery_id, state, attempt.as_ref());
        // If the process ends, a lost state only causes one more attempt after the restart.
        if known && let Some(journal) = &mut self.journal {
            let _ = journal.append(&Entry::Delivery {
                delivery_id: delivery_id.to_owned(),
                state,
                attempt,
            });
        }
        known
    }

    /// Forgets the oldest requests until there is room for this number of bytes. Returns false without room.
    fn make_room(&mut self, bytes: u64) -> bool {
        let wanted = self.events.bytes().saturating_add(bytes);
        while wanted.saturating_add(self.requests.bytes()) > self.limit {
            if !self.requests.forget_oldest() {
                return false;
            }
        }
        true
    }

    fn record(
        &mut self,
        event: NewEvent,
        digest: [u8; 32],
        keys_since: u64,
    ) -> Result<Receipt, NotRecorded> {
        let recorded = match event.key() {
            None => Recorded::New,
            Some(key) => self.events.look_up(&key, &digest, keys_since),
        };
        match recorded {
            Recorded::Conflict => {
                self.counts.conflicts += 1;
                Err(NotRecorded::Conflict)
            }
            Recorded::Replay(index) => {
                let receipt = Receipt::of(self.events.at(index), true);
                self.append(&Entry::Replay {
                    event_id: receipt.event_id.clone(),
                })?;
                self.events.replayed(&receipt.event_id);
                self.counts.replays += 1;
                Ok(receipt)
            }
            Recorded::New => {
                let event = event.numbered(self.events.list().len() as u64 + 1);
                if !self.make_room(event.size()) {
                    return Err(NotRecorded::Io(full("ledger", self.limit)));
                }
                let receipt = Receipt::of(&event, false);
                let entry = Entry::Event(event);
                self.append(&entry)?;
                if let Entry::Event(event) = entry {
                    self.events.insert(event, digest);
                }
                Ok(receipt)
            }
        }
    }

    fn append(&mut self, entry: &Entry) -> Result<(), NotRecorded> {
        match &mut self.journal {
            Some(journal) => journal.append(entry).map_err(NotRecorded::Io),
            None => Ok(()),
        }
    }

    fn summary(&self) -> Summary {
        let deliveries = self.events.delivery_counts();
        Summary {
            events: self.events.list().len() as u64,
            distinct_keys: self.events.keys() as u64,
            deliveries: deliveries.all,
            attempts: deliveries.attempts,
            succeeded: deliveries.succeeded,
            dead_lettered: deliveries.dead_lettered,
            skipped: deliveries.skipped,
            ..self.counts.clone()
        }
    }
}
