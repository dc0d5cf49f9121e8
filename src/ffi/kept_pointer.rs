//! `hookrail_pointer_keep`, `_get` and `_take`: numbers in place of handles.

use std::collections::BTreeMap;
use std::ffi::c_void;
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};

use super::guard::guard_value;
use crate::sys::lock::Lock;

/// The pointers of this process by their numbers. A forked child has a copy, as it has of the handles.
static KEPT: Lock<KeptPointer> = Lock::new(KeptPointer {
    last: 0,
    pointers: BTreeMap::new(),
});

struct KeptPointer {
    last: u64,
    pointers: BTreeMap<u64, (i32, AtomicPtr<c_void>)>,
}

/// Keeps a pointer and returns a number for it.
///
/// This is for hosts that must not show pointers to their scripts, such as PHP. A script that changes a number
/// reaches at most another of its own handles of the same kind; with a pointer it would reach the whole memory.
///
/// @param kind The caller's number for the type of the handle.
/// @param pointer The pointer. The library does not follow it; NULL is kept like any other.
///
/// Ownership: the object behind the pointer stays the caller's.
///
/// Thread-safety: any thread; a process in which several threads call this function, hookrail_pointer_get() or
/// hookrail_pointer_take() must not fork.
///
/// Returns 1 or more, and never the same number twice in a process; 0 only where another function would return
/// HOOKRAIL_INTERNAL.
#[unsafe(no_mangle)]
pub extern "C" fn hookrail_pointer_keep(kind: i32, pointer: *mut c_void) -> u64 {
    guard_value(0, || {
        let mut kept = KEPT.lock();
        kept.last += 1;
        let number = kept.last;
        kept.pointers
            .insert(number, (kind, AtomicPtr::new(pointer)));
        number
    })
}

/// Returns the pointer that has this number and this kind; NULL if there is none.
///
/// @param kind The kind that was passed to hookrail_pointer_keep().
/// @param number The number.
///
/// Thread-safety: as hookrail_pointer_keep().
#[unsafe(no_mangle)]
pub extern "C" fn hookrail_pointer_get(kind: i32, number: u64) -> *mut c_void {
    guard_value(ptr::null_mut(), || {
        match KEPT.lock().pointers.get(&number) {
            Some((its_kind, pointer)) if *its_kind == kind => pointer.load(Ordering::Relaxed),
            _ => ptr::null_mut(),
        }
    })
}

/// Returns the pointer that has this number and this kind, and forgets it; NULL if there is none.
///
/// @param kind The kind that was passed to hookrail_pointer_keep().
/// @param number The number.
///
/// Thread-safety: as hookrail_pointer_keep().
#[unsafe(no_mangle)]
pub extern "C" fn hookrail_pointer_take(kind: i32, number: u64) -> *mut c_void {
    guard_value(ptr::null_mut(), || {
        let mut kept = KEPT.lock();
        match kept.pointers.get(&number) {
            Some((its_kind, _)) if *its_kind == kind => kept
                .pointers
                .remove(&number)
                .map_or(ptr::null_mut(), |(_, pointer)| pointer.into_inner()),
            _ => ptr::null_mut(),
        }
    })
}
