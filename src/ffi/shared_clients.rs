//! The rule that decides which clients are kept beyond their handles.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The most clients that are kept. Each may hold connections: a host that makes up a key for every request would
/// otherwise run out of descriptors.
pub const MOST_CLIENTS: usize = 32;

/// The time after which an unused client is given up. The service closes a connection after a minute without a
/// request, so such a client has no connection left to reuse.
pub const LONGEST_IDLE: Duration = Duration::from_secs(300);

/// Identifies a client: the caller's key, and a digest of settings that the key may not show, such as the contents of
/// the files that the options name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Identity {
    pub key: Box<[u8]>,
    pub settings: [u8; 32],
}

/// Clients by their identities.
pub struct SharedClients<T> {
    clients: HashMap<Identity, Kept<T>>,
}

struct Kept<T> {
    client: Arc<T>,
    asked_for: Instant,
}

impl<T> Default for SharedClients<T> {
    fn default() -> Self {
        SharedClients {
            clients: HashMap::new(),
        }
    }
}

impl<T> SharedClients<T> {
    /// Returns the client with this identity.
    pub fn get(&mut self, identity: &Identity, now: Instant) -> Option<Arc<T>> {
        let kept = self.clients.get_mut(identity)?;
        kept.asked_for = now;
        Some(kept.client.clone())
    }

    /// Keeps a client. Returns the client that had this identity, for the caller to drop after unlocking.
    pub fn insert(&mut self, identity: Identity, client: Arc<T>, now: Instant) -> Option<Arc<T>> {
        let kept = Kept {
            client,
            asked_for: now,
        };
        let replaced = self.clients.insert(identity, kept);
        replaced.map(|kept| kept.client)
    }

    /// Removes the clients that have been idle for too long and, if there are still too many, those that were
    /// not asked for the longest. Clients that have a handle, or for which `has_work` returns true, always
    /// stay, so there may be more than the limit for a while.
    ///
    /// Returns the clients, for the caller to drop after unlocking: dropping them may take long.
    pub fn give_up(&mut self, now: Instant, has_work: impl Fn(&T) -> bool) -> Vec<Arc<T>> {
        let mut unused: Vec<(Instant, Identity)> = self
            .clients
            .iter()
            .filter(|(_, kept)| Arc::strong_count(&kept.client) == 1 && !has_work(&kept.client))
            .map(|(identity, kept)| (kept.asked_for, identity.clone()))
            .collect();
        unused.sort_by_key(|(asked_for, _)| *asked_for);
        let mut excess = self.clients.len().saturating_sub(MOST_CLIENTS);
        let mut given_up = Vec::new();
        for (asked_for, identity) in unused {
            if excess == 0 && now.saturating_duration_since(asked_for) < LONGEST_IDLE {
                break;
            }
            excess = excess.saturating_sub(1);
            given_up.extend(self.clients.remove(&identity).map(|kept| kept.client));
        }
        given_up
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn identity(number: u32) -> Identity {
        Identity {
            key: Box::from(number.to_be_bytes()),
            settings: [0; 32],
        }
    }

    fn has_no_work(_: &u32) -> bool {
        false
    }

    /// Returns clients that are numbers, asked for at intervals of one second.
    fn clients(count: u32, start: Instant) -> SharedClients<u32> {
        let mut clients = SharedClients::default();
        for number in 0..count {
            clients.insert(identity(number), Arc::new(number), start + number * SECOND);
        }
        clients
    }

    fn numbers(given_up: &[Arc<u32>]) -> Vec<u32> {
        given_up.iter().map(|client| **client).collect()
    }

    #[test]
    fn a_client_is_found_by_its_key_and_its_settings() {
        let now = Instant::now();
        let mut clients = clients(2, now);
        let mut other_settings = identity(1);
        other_settings.settings[31] = 1;
        assert_eq!(clients.get(&identity(1), now).as_deref(), Some(&1));
        assert_eq!(clients.get(&identity(2), now), None);
        assert_eq!(clients.get(&other_settings, now), None);
    }

    #[test]
    fn a_client_can_be_replaced() {
        let now = Instant::now();
        let mut clients = clients(2, now);
        let replaced = clients.insert(identity(1), Arc::new(7), now);
        assert_eq!(replaced.as_deref(), Some(&1));
        assert_eq!(clients.get(&identity(1), now).as_deref(), Some(&7));
        assert_eq!(clients.get(&identity(0), now).as_deref(), Some(&0));
    }

    #[test]
    fn beyond_the_bound_the_least_recently_asked_for_goes_first() {
        let start = Instant::now();
        let most = MOST_CLIENTS as u32;
        let mut clients = clients(most, start);
        let now = start + most * SECOND;
        assert!(clients.give_up(now, has_no_work).is_empty());

        assert!(clients.get(&identity(0), now).is_some());
        clients.insert(identity(most), Arc::new(most), now);
        clients.insert(identity(most + 1), Arc::new(most + 1), now);
        assert_eq!(numbers(&clients.give_up(now, has_no_work)), [1, 2]);
        assert!(clients.get(&identity(0), now).is_some());
        assert!(clients.get(&identity(most + 1), now).is_some());
    }

    #[test]
    fn a_client_that_was_idle_for_too_long_goes() {
        let start = Instant::now();
        let mut clients = clients(3, start);
        let late = start + LONGEST_IDLE + SECOND;
        assert!(clients.give_up(late - 2 * SECOND, has_no_work).is_empty());
        assert_eq!(numbers(&clients.give_up(late, has_no_work)), [0, 1]);
        assert!(clients.get(&identity(2), late).is_some());
        let later = late + LONGEST_IDLE - SECOND;
        assert!(clients.give_up(later, has_no_work).is_empty());
    }

    #[test]
    fn a_client_in_use_stays() {
        let start = Instant::now();
        let mut clients = clients(MOST_CLIENTS as u32 + 3, start);
        let handle = clients.get(&identity(0), start);
        let given_up = clients.give_up(start + 40 * SECOND, |client| *client == 1);
        assert_eq!(numbers(&given_up), [2, 3, 4]);

        let much_later = start + 10 * LONGEST_IDLE;
        drop(clients.give_up(much_later, |client| *client == 1));
        assert!(clients.get(&identity(0), much_later).is_some());
        assert!(clients.get(&identity(1), much_later).is_some());
        assert_eq!(clients.get(&identity(5), much_later), None);
        drop(handle);
        assert_eq!(
            numbers(&clients.give_up(much_later + LONGEST_IDLE, |client| *client == 1)),
            [0]
        );
    }
}
