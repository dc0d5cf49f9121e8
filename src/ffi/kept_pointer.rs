//! `hookrail_pointer_keep` and its kin: numbers in place of handles.

use std::collections::BTreeMap;
use std::ffi::c_void;
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::guard::guard_value;

/// The pointers of this process by their numbers. A forked child goes on with a copy, as it does with handles.
static KEPT: Mutex<Kept> = Mutex::new(Kept {
    last: 0,
    pointers: BTreeMap::new(),
});

struct Kept {
    last: u64,
    pointers: BTreeMap<u64, (i32, AtomicPtr<c_void>)>,
}

fn kept() -> MutexGuard<'static, Kept> {
    KEPT.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Keeps a pointer, for hosts whose scripts must not get hold of one, and returns a number for it. A script
/// that changes a number gets no more than another of its own handles of the same kind, where a pointer
/// would give it the whole memory. PHP is such a host.
///
/// `kind`: the caller's number for the type of what it points to. `pointer`: is not looked at; NULL is kept
/// like any other.
///
/// Ownership: what it points to stays the caller's.
/// Thread-safety: any thread; a process in which several threads call this and its kin must not fork.
/// Returns 1 or more, never the same number twice in a process; 0 only where another function would return
/// HOOKRAIL_INTERNAL.
#[unsafe(no_mangle)]
pub extern "C" fn hookrail_pointer_keep(kind: i32, pointer: *mut c_void) -> u64 {
    guard_value(0, || {
        let mut kept = kept();
        kept.last += 1;
        let number = kept.last;
        kept.pointers
            .insert(number, (kind, AtomicPtr::new(pointer)));
        number
    })
}

/// Returns the pointer that has this number and was kept as this kind; NULL when there is none.
///
/// Thread-safety: as hookrail_pointer_keep().
#[unsafe(no_mangle)]
pub extern "C" fn hookrail_pointer_get(kind: i32, number: u64) -> *mut c_void {
    guard_value(ptr::null_mut(), || match kept().pointers.get(&number) {
        Some((its_kind, pointer)) if *its_kind == kind => pointer.load(Ordering::Relaxed),
        _ => ptr::null_mut(),
    })
}

/// Returns the pointer that has this number and was kept as this kind, and forgets it; NULL when there is
/// none.
///
/// Thread-safety: as hookrail_pointer_keep().
#[unsafe(no_mangle)]
pub extern "C" fn hookrail_pointer_take(kind: i32, number: u64) -> *mut c_void {
    guard_value(ptr::null_mut(), || {
        let mut kept = kept();
        match kept.pointers.get(&number) {
            Some((its_kind, _)) if *its_kind == kind => kept
                .pointers
                .remove(&number)
                .map_or(ptr::null_mut(), |(_, pointer)| pointer.into_inner()),
            _ => ptr::null_mut(),
        }
    })
}
