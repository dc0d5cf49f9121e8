//! Threads that leave signals to the host.

use std::io;
use std::mem::MaybeUninit;
use std::ptr;
use std::thread::{Builder, JoinHandle};

/// The fault signals stay unblocked: the host's crash handler must see them in every thread.
const FAULTS: [libc::c_int; 6] = [
    libc::SIGSEGV,
    libc::SIGBUS,
    libc::SIGFPE,
    libc::SIGILL,
    libc::SIGABRT,
    libc::SIGTRAP,
];

/// Spawns a named thread in which every signal but the fault signals is blocked.
///
/// The mask is set before the thread exists, so that no signal can reach it in its first moments.
pub fn spawn_masked<F>(name: &str, body: F) -> io::Result<JoinHandle<()>>
where
    F: FnOnce() + Send + 'static,
{
    let _mask = Masked::new();
    Builder::new().name(name.to_owned()).spawn(body)
}

/// A changed signal mask. Restores the caller's mask when it is dropped.
struct Masked(libc::sigset_t);

impl Masked {
    fn new() -> Self {
        let mut blocked = MaybeUninit::<libc::sigset_t>::uninit();
        let mut previous = MaybeUninit::<libc::sigset_t>::uninit();
        // SAFETY: sigfillset initialises the set it is given; the signal numbers are valid;
        // pthread_sigmask reads the first set and initialises the second. None can fail with these
        // arguments.
        unsafe {
            libc::sigfillset(blocked.as_mut_ptr());
            for signal in FAULTS {
                libc::sigdelset(blocked.as_mut_ptr(), signal);
            }
            libc::pthread_sigmask(libc::SIG_SETMASK, blocked.as_ptr(), previous.as_mut_ptr());
            Masked(previous.assume_init())
        }
    }
}

impl Drop for Masked {
    fn drop(&mut self) {
        // SAFETY: the set was filled in by pthread_sigmask in `new`.
        unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, &raw const self.0, ptr::null_mut()) };
    }
}
