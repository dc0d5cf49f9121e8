//! When somebody who sleeps until there is something to do has to be woken up.
//!
//! Whoever is woken up wants the lock, so it is let go before; and a call is left out where one is on its
//! way already. No wake-up is lost by that, as what a call is for is in the locked before it is noted, and
//! whoever has heard one takes the note back and looks at the locked in one go, under the lock. What is then
//! left for others, they are called for.

#[cfg(test)]
mod tests;

/// Who sleeps. Kept under the producer's lock.
#[derive(Debug, Default)]
pub struct Sleepers {
    asleep: usize,
    /// A call is on its way to them.
    called: bool,
}

impl Sleepers {
    /// How many sleep, or have been woken up and did not have the lock yet.
    pub fn asleep(&self) -> usize {
        self.asleep
    }

    /// Somebody has found nothing to do and goes to sleep.
    pub fn sleep(&mut self) {
        self.asleep += 1;
    }

    /// Somebody is awake, is about to look for something to do, and may have `heard` a call.
    pub fn wake(&mut self, heard: bool) {
        self.asleep -= 1;
        self.called &= !heard;
    }

    /// Whether whoever lets go of the lock now must call, given whether there is something to do.
    pub fn must_be_called(&mut self, something_to_do: bool) -> bool {
        let must = something_to_do && self.asleep > 0 && !self.called;
        self.called |= must;
        must
    }
}
