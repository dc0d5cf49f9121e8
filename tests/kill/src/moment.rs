//! When a sender is killed. Moments hang on what the sender has got done and on how long a start takes
//! here, so that they hit the same places on any machine.

use std::time::Duration;

use fastrand::Rng;

/// More marks than this a sender does not make before it is killed.
pub const MOST_MARKS: usize = 30;
/// After a mark, the kill comes within this time, in which the next events are sent.
const AFTER_MARK: Duration = Duration::from_millis(3);
/// After the last mark that is to be made, it comes within this time, in which new lines are taken in.
const WHILE_TAKING: Duration = Duration::from_micros(200);

/// The moment of a kill.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// So long after the process was started.
    AfterStart(Duration),
    /// So long after the sender has marked so many events.
    AfterMarks(usize, Duration),
}

impl Moment {
    /// A random moment: around the start, which takes about `start` until the first event is marked;
    /// while it sends; or while it takes in lines, after the `unmarked` events that it begins with.
    pub fn random(random: &mut Rng, start: Duration, unmarked: usize) -> Self {
        let part = random.f64();
        match random.u8(..5) {
            0 | 1 => Self::AfterStart(start.mul_f64(2.0 * part)),
            2 if unmarked > 0 => Self::AfterMarks(unmarked, WHILE_TAKING.mul_f64(part)),
            _ => Self::AfterMarks(random.usize(1..=MOST_MARKS), AFTER_MARK.mul_f64(part)),
        }
    }
}
