//! Decides when a sleeping thread must be woken.
//!
//! A woken thread needs the lock, so it is notified after unlocking, and not again while a notification is on its way.
//! No wake-up is lost by that. The work is in the queue before the notification is recorded. A woken thread clears the
//! record and looks at the queue under one lock. If work is left then, it notifies another thread.

#[cfg(test)]
mod tests;

/// The sleeping threads of one kind. It is kept under the producer's lock.
#[derive(Debug, Default)]
pub struct SleepingThreads {
    asleep: usize,
    /// Whether a notification is on its way to them.
    notified: bool,
}

impl SleepingThreads {
    /// Notes that a thread found nothing to do and goes to sleep.
    pub fn sleep(&mut self) {
        self.asleep += 1;
    }

    /// Notes that a thread is awake and about to look for work. It may have got a notification.
    pub fn wake(&mut self, was_notified: bool) {
        self.asleep -= 1;
        self.notified &= !was_notified;
    }

    /// Returns whether the caller must notify a sleeping thread once it has unlocked.
    pub fn must_notify(&mut self, something_to_do: bool) -> bool {
        let must = something_to_do && self.asleep > 0 && !self.notified;
        self.notified |= must;
        must
    }
}
