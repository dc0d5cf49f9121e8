//! Locks that stay usable after a panic.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// A mutex without poisoning.
///
/// The guard at the C ABI turns a panic into an error of the call in which it happens. The other calls go on, so a lock
/// must not stay closed to them. The code that holds a lock leaves valid state behind at each point where it can panic.
#[derive(Debug, Default)]
pub struct Lock<T>(Mutex<T>);

impl<T> Lock<T> {
    pub const fn new(value: T) -> Self {
        Lock(Mutex::new(value))
    }

    /// Waits for the lock and takes it.
    pub fn lock(&self) -> MutexGuard<'_, T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Waits for a notification of `condition`, also if signals come. Returns the lock.
pub fn wait<'a, T>(condition: &Condvar, guard: MutexGuard<'a, T>) -> MutexGuard<'a, T> {
    condition
        .wait(guard)
        .unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_stays_usable_after_a_panic() {
        let lock = Lock::new(1);
        std::thread::scope(|scope| {
            let panicking = scope.spawn(|| {
                let _held = lock.lock();
                panic!("deliberate");
            });
            assert!(panicking.join().is_err());
        });
        *lock.lock() += 1;
        assert_eq!(*lock.lock(), 2);
    }
}
