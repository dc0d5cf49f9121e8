//! Chooses the moment of a kill. It depends on the sender's progress and on the time that a start takes here,
//! so that kills hit the same places on every machine.

use std::time::Duration;

use fastrand::Rng;

/// A sender sets at most this number of marks before a kill.
pub const MOST_MARKS: usize = 30;
/// The longest time from a mark to the kill. The next events are sent in it.
const AFTER_MARK: Duration = Duration::from_millis(3);
/// The longest time from the last mark to the kill. New lines are taken in during it.
const WHILE_TAKING: Duration = Duration::from_micros(200);

/// The moment of a kill.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// This long after the start of the process.
    AfterStart(Duration),
    /// This long after the sender has marked this number of events.
    AfterMarks(usize, Duration),
}

impl Moment {
    /// Returns a random moment: around the start (about `start` until the first mark), while the sender
    /// sends, or while it takes in lines, after the `unmarked` events that it begins with.
    pub fn random(random: &mut Rng, start: Duration, unmarked: usize) -> Self {
        let part = random.f64();
        match random.u8(..5) {
            0 | 1 => Self::AfterStart(start.mul_f64(2.0 * part)),
            2 if unmarked > 0 => Self::AfterMarks(unmarked, WHILE_TAKING.mul_f64(part)),
            _ => Self::AfterMarks(random.usize(1..=MOST_MARKS), AFTER_MARK.mul_f64(part)),
        }
    }
}
