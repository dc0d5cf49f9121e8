//! Forked processes, which continue with a copy of their parent's memory.
#![allow(unsafe_code)]

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::PATIENCE;

/// A process forked from this one.
pub struct Child(libc::pid_t);

impl Child {
    /// Forks. The child runs `body`; its exit status says whether `body` panicked.
    pub fn fork(body: impl FnOnce()) -> Self {
        // SAFETY: the child runs only `body`, which uses this process's memory and none of its other
        // threads, and leaves by `_exit`.
        let pid = unsafe { libc::fork() };
        assert!(pid >= 0, "the process should fork");
        if pid == 0 {
            // SAFETY: alarm takes a number; a child that hangs is ended by its signal.
            unsafe { libc::alarm(5 * PATIENCE.as_secs() as libc::c_uint) };
            let panicked = catch_unwind(AssertUnwindSafe(body)).is_err();
            // SAFETY: ends the child without the test harness's part of leaving.
            unsafe { libc::_exit(libc::c_int::from(panicked)) };
        }
        Child(pid)
    }

    /// Waits for the child. Fails if it panicked or was killed.
    #[track_caller]
    pub fn join(self) {
        let mut status = 0;
        // SAFETY: the pointer is to a live integer; a signal may interrupt the wait.
        while unsafe { libc::waitpid(self.0, &raw mut status, 0) } < 0 {}
        assert!(
            libc::WIFEXITED(status),
            "the child was ended by signal {}",
            libc::WTERMSIG(status)
        );
        assert_eq!(libc::WEXITSTATUS(status), 0, "the child panicked");
    }
}
