//! What the transport must know of the call it serves.
//!
//! The HTTP library hands its transports neither a deadline of ours nor a cancel token, and pooled
//! connections outlive calls. It does run in the caller's thread, so the call leaves its context in
//! that thread for as long as an attempt takes.

use std::cell::RefCell;
use std::mem::ManuallyDrop;
use std::os::fd::BorrowedFd;
use std::time::{Duration, Instant};

use super::connection::Connection;
use super::failure::{Failure, Phase};
use super::tls::words::TlsFailure;
use crate::config::limits::PhaseTimeouts;
use crate::sys::cancel::Cancel;
use crate::sys::poll::{Interest, Slot, poll};
use crate::sys::shortage::Shortage;

/// How long after the end of the budget input that is there is still read: an answer that came in time
/// should not be lost because this thread was late. Not longer, as a peer may never stop sending.
const GRACE: Duration = Duration::from_millis(100);

/// The bounds within which an attempt may wait.
#[derive(Clone, Debug)]
pub struct Bounds {
    /// The end of the whole call's budget.
    pub deadline: Instant,
    /// The limits of the phases.
    pub timeouts: PhaseTimeouts,
    /// What may end the call early.
    pub cancel: Option<Cancel>,
}

/// What an attempt did on the wire.
#[derive(Clone, Copy, Debug, Default)]
pub struct Trace {
    /// Connections that were opened for the attempt; 0 when it ran on a pooled one.
    pub opened: u32,
    /// Whether the last byte that was to be sent may have left.
    pub request_complete: bool,
    /// Whether the same may be true of a pooled connection that ended without an answer and was
    /// replaced.
    pub request_lost: bool,
    /// Whether a byte of the answer came.
    pub answered: bool,
    /// Whether it ran on a pooled connection that gave no sign of life until the time was over.
    pub went_silent: bool,
    /// Bytes handed to the socket's write, TLS overhead excluded.
    pub bytes_sent: u64,
    /// Bytes read, TLS overhead excluded.
    pub bytes_received: u64,
}

struct Context {
    bounds: Bounds,
    /// What the HTTP library is to use instead of a new connection.
    connection: Option<Box<Connection>>,
    /// Why a server's certificate was refused.
    distrust: Option<String>,
    /// Whether a server asked for a certificate of this client.
    certificate_wanted: bool,
    trace: Trace,
}

thread_local! {
    /// Empty between attempts, so that it needs no destructor; with one, a thread could not send any more once
    /// its destructors have run, as in a handler of `atexit`.
    static CURRENT: ManuallyDrop<RefCell<Option<Context>>> =
        const { ManuallyDrop::new(RefCell::new(None)) };
}

fn with_current<T>(body: impl FnOnce(&mut Option<Context>) -> T) -> T {
    CURRENT.with(|current| body(&mut current.borrow_mut()))
}

/// Runs one attempt within `bounds` and tells what it did on the wire.
pub fn run_attempt<T>(bounds: &Bounds, attempt: impl FnOnce() -> T) -> (T, Trace) {
    struct Leave;
    impl Drop for Leave {
        fn drop(&mut self) {
            with_current(|current| *current = None);
        }
    }
    with_current(|current| {
        *current = Some(Context {
            bounds: bounds.clone(),
            connection: None,
            distrust: None,
            certificate_wanted: false,
            trace: Trace::default(),
        });
    });
    let _leave = Leave;
    let result = attempt();
    let trace = with_current(|current| current.as_ref().map(|c| c.trace));
    (result, trace.unwrap_or_default())
}

/// The bounds of the attempt that this thread is making.
pub fn bounds() -> Result<Bounds, Failure> {
    with_current(|current| {
        current
            .as_ref()
            .map(|context| context.bounds.clone())
            .ok_or_else(|| Failure::Io(std::io::Error::other("transport used outside a call")))
    })
}

/// Notes what happened on the wire.
pub fn note(change: impl FnOnce(&mut Trace)) {
    with_current(|current| {
        if let Some(context) = current {
            change(&mut context.trace);
        }
    });
}

/// Leaves a connection for the HTTP library, which is about to ask for one.
pub fn hand_over(connection: Box<Connection>) {
    with_current(|current| {
        if let Some(context) = current {
            context.connection = Some(connection);
        }
    });
}

/// The connection that was left for the HTTP library.
pub fn handed_over() -> Option<Box<Connection>> {
    with_current(|current| current.as_mut()?.connection.take())
}

/// Notes why the certificate of the server of this attempt was refused.
pub fn note_distrust(reason: String) {
    with_current(|current| {
        if let Some(context) = current {
            context.distrust = Some(reason);
        }
    });
}

/// Notes that the server of this attempt asked for a certificate of the client.
pub fn note_certificate_wanted() {
    with_current(|current| {
        if let Some(context) = current {
            context.certificate_wanted = true;
        }
    });
}

/// Puts an error of the TLS library of this attempt into words.
pub fn tls_failure(error: &rustls::Error) -> TlsFailure {
    let (distrust, wanted) = with_current(|current| match current {
        Some(context) => (context.distrust.take(), context.certificate_wanted),
        None => (None, false),
    });
    TlsFailure::new(error, distrust, wanted)
}

/// When a wait of a phase ends, and which limit that is.
#[derive(Clone, Copy, Debug)]
pub struct Until {
    phase: Phase,
    end: Instant,
    limit: Option<Duration>,
}

impl Bounds {
    /// Whether the token was fired.
    pub fn is_cancelled(&self) -> bool {
        self.cancel.as_ref().is_some_and(Cancel::is_fired)
    }

    /// The end of a phase that starts now.
    pub fn until(&self, phase: Phase) -> Until {
        let limit = match phase {
            Phase::Connect => self.timeouts.connect,
            Phase::Read => self.timeouts.read,
            Phase::Write => self.timeouts.write,
        };
        match Instant::now().checked_add(limit) {
            Some(end) if end < self.deadline => Until {
                phase,
                end,
                limit: Some(limit),
            },
            _ => Until {
                phase,
                end: self.deadline,
                limit: None,
            },
        }
    }

    /// Waits for a descriptor, until the phase ends or the token is fired; tells whether it is
    /// readable and whether it is writable.
    pub fn wait(
        &self,
        fd: BorrowedFd<'_>,
        interest: Interest,
        until: Until,
    ) -> Result<(bool, bool), Failure> {
        if Instant::now().saturating_duration_since(self.deadline) > GRACE {
            return Err(until.timed_out());
        }
        let mut slots = [Slot::new(fd, interest), self.cancel_slot()?];
        if self.wait_slots(&mut slots, 1, until.end)? {
            Ok((slots[0].is_readable(), slots[0].is_writable()))
        } else {
            Err(until.timed_out())
        }
    }

    /// Waits until one of the descriptors is ready, and returns which are; none when `end` came
    /// first.
    pub fn wait_any<'fd>(
        &'fd self,
        fds: impl Iterator<Item = (BorrowedFd<'fd>, Interest)>,
        end: Instant,
    ) -> Result<Vec<bool>, Failure> {
        let mut slots: Vec<Slot<'_>> = fds.map(|(fd, interest)| Slot::new(fd, interest)).collect();
        let watched = slots.len();
        if let Some(cancel) = &self.cancel {
            let wake_up = cancel.wake_up().map_err(no_wake_up)?;
            slots.push(Slot::new(wake_up, Interest::READ));
        }
        self.wait_slots(&mut slots, watched, end)?;
        Ok(slots[..watched].iter().map(Slot::is_ready).collect())
    }

    /// Waits for nothing but the end of the time or the token.
    pub fn sleep_until(&self, end: Instant) -> Result<(), Failure> {
        self.wait_any(std::iter::empty(), end).map(drop)
    }

    /// The token's slot; where there is no token, one that never becomes ready.
    fn cancel_slot(&self) -> Result<Slot<'_>, Failure> {
        match &self.cancel {
            Some(cancel) => {
                let wake_up = cancel.wake_up().map_err(no_wake_up)?;
                Ok(Slot::new(wake_up, Interest::READ))
            }
            None => Ok(Slot::disabled()),
        }
    }

    /// A signal does not end the wait: its handler may have fired the token, which does.
    fn wait_slots(
        &self,
        slots: &mut [Slot<'_>],
        watched: usize,
        end: Instant,
    ) -> Result<bool, Failure> {
        loop {
            if self.is_cancelled() {
                return Err(Failure::Cancelled);
            }
            let left = end.saturating_duration_since(Instant::now());
            match poll(slots, Some(left)) {
                Ok(_) if slots[..watched].iter().any(Slot::is_ready) => return Ok(true),
                Ok(0) if left.is_zero() => return Ok(false),
                Ok(_) => {}
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(Shortage::wait(error).into()),
            }
        }
    }
}

/// A token needs a descriptor of its own in a forked child.
fn no_wake_up(error: std::io::Error) -> Failure {
    Shortage::descriptor("for the cancel token", error).into()
}

impl Until {
    /// The instant at which the phase ends.
    pub fn end(&self) -> Instant {
        self.end
    }

    /// The failure of a phase that did not end in time.
    pub fn timed_out(&self) -> Failure {
        Failure::Timeout {
            phase: self.phase,
            limit: self.limit,
        }
    }
}
