//! A resolver that the test controls: it replaces the C library's `getaddrinfo` in the whole process. It
//! answers for names below `.test` and passes all other names on.
#![allow(unsafe_code)]

use std::collections::HashMap;
use std::ffi::{CStr, c_char, c_int, c_void};
use std::mem;
use std::net::IpAddr;
use std::ptr;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use libc::{addrinfo, sockaddr, sockaddr_storage};
use socket2::SockAddr;

use super::PATIENCE;

/// The answers for one name.
#[derive(Default)]
struct Name {
    addresses: Vec<IpAddr>,
    /// The code of a failure, in place of the addresses.
    failure: Option<c_int>,
    /// Look-ups wait while this is true.
    held: bool,
    asked: usize,
}

static NAMES: Mutex<Option<HashMap<String, Name>>> = Mutex::new(None);
static CHANGED: Condvar = Condvar::new();

fn names() -> MutexGuard<'static, Option<HashMap<String, Name>>> {
    NAMES.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Changes or reads the answers for a name.
fn with<T>(name: &str, change: impl FnOnce(&mut Name) -> T) -> T {
    let result = change(
        names()
            .get_or_insert_default()
            .entry(name.to_owned())
            .or_default(),
    );
    CHANGED.notify_all();
    result
}

/// Gives a name these addresses.
pub fn set(name: &str, addresses: &[&str]) {
    let addresses = addresses.iter().map(|a| a.parse().expect("an address"));
    let addresses = addresses.collect();
    with(name, |known| {
        known.addresses = addresses;
        known.failure = None;
    });
}

/// Lets look-ups of a name fail with this code of `getaddrinfo`.
pub fn fail(name: &str, code: c_int) {
    with(name, |known| known.failure = Some(code));
}

/// Lets look-ups of a name wait until [`release`].
pub fn hold(name: &str) {
    with(name, |known| known.held = true);
}

/// Lets held look-ups of a name continue.
pub fn release(name: &str) {
    with(name, |known| known.held = false);
}

/// How often a name was looked up.
pub fn asked(name: &str) -> usize {
    with(name, |known| known.asked)
}

/// Waits until this number of look-ups of a name have begun.
#[track_caller]
pub fn wait_until_asked(name: &str, times: usize) {
    wait(name, |known| known.asked >= times);
}

#[track_caller]
fn wait(name: &str, condition: impl Fn(&Name) -> bool) {
    let pending = |names: &mut Option<HashMap<String, Name>>| {
        let known = names.as_ref().and_then(|names| names.get(name));
        !known.is_some_and(&condition)
    };
    let (_names, timeout) = CHANGED
        .wait_timeout_while(names(), PATIENCE, pending)
        .unwrap_or_else(PoisonError::into_inner);
    assert!(!timeout.timed_out(), "{name} should have been looked up");
}

/// Answers in place of the C library's resolver.
fn look_up(name: &str) -> Result<Vec<IpAddr>, c_int> {
    with(name, |known| known.asked += 1);
    wait(name, |known| !known.held);
    with(name, |known| match known.failure {
        Some(code) => Err(code),
        None => Ok(known.addresses.clone()),
    })
}

/// Marks the lists that were made here: their first element has this as its canonical name.
static MADE_HERE: c_char = 0;

/// One element of an answer, with the address that it points to.
#[repr(C)]
struct Element {
    info: addrinfo,
    address: sockaddr_storage,
}

/// Makes a list of addresses as `getaddrinfo` does.
fn list_of(addresses: Vec<IpAddr>) -> *mut addrinfo {
    let mut next = ptr::null_mut();
    for address in addresses.into_iter().rev() {
        let address = SockAddr::from(std::net::SocketAddr::new(address, 0));
        // SAFETY: both are C structures for which all zeroes are a value.
        let mut element: Box<Element> = Box::new(unsafe { std::mem::zeroed() });
        element.info.ai_family = c_int::from(address.family());
        element.info.ai_socktype = libc::SOCK_STREAM;
        element.info.ai_addrlen = address.len();
        element.info.ai_canonname = (&raw const MADE_HERE).cast_mut();
        // SAFETY: `SockAddr` holds an address of that length, and the storage has room for any.
        unsafe {
            ptr::copy_nonoverlapping(
                address.as_ptr().cast::<u8>(),
                (&raw mut element.address).cast::<u8>(),
                address.len() as usize,
            );
        }
        element.info.ai_next = next;
        let element = Box::into_raw(element);
        // SAFETY: the element was made just above and has no other reference.
        unsafe { (*element).info.ai_addr = (&raw mut (*element).address).cast::<sockaddr>() };
        next = element.cast::<addrinfo>();
    }
    next
}

/// The C library's own function of this name.
fn real(name: &CStr) -> *mut c_void {
    // SAFETY: the name ends in NUL, and the handle is one of the C library's constants.
    let function = unsafe { libc::dlsym(libc::RTLD_NEXT, name.as_ptr()) };
    assert!(!function.is_null(), "the C library has no {name:?}");
    function
}

type GetAddrInfo = unsafe extern "C" fn(
    *const c_char,
    *const c_char,
    *const addrinfo,
    *mut *mut addrinfo,
) -> c_int;
type FreeAddrInfo = unsafe extern "C" fn(*mut addrinfo);

/// # Safety
/// As `getaddrinfo(3)`.
#[unsafe(no_mangle)]
unsafe extern "C" fn getaddrinfo(
    node: *const c_char,
    service: *const c_char,
    hints: *const addrinfo,
    result: *mut *mut addrinfo,
) -> c_int {
    // SAFETY: the caller passes a string that ends in NUL; Rust's standard library always does.
    let name = unsafe { CStr::from_ptr(node) }.to_string_lossy();
    let answer = look_up(&name);
    if !name.ends_with(".test") {
        // SAFETY: this is the type of the function of that name, and the arguments are passed on.
        return unsafe {
            mem::transmute::<*mut c_void, GetAddrInfo>(real(c"getaddrinfo"))(
                node, service, hints, result,
            )
        };
    }
    match answer {
        Ok(addresses) => {
            // SAFETY: the caller passes a place for the list.
            unsafe { *result = list_of(addresses) };
            0
        }
        Err(code) => code,
    }
}

/// # Safety
/// As `freeaddrinfo(3)`; the argument comes from the function above.
#[unsafe(no_mangle)]
unsafe extern "C" fn freeaddrinfo(mut list: *mut addrinfo) {
    // SAFETY: a list that is not empty begins with a live element.
    if !list.is_null() && unsafe { (*list).ai_canonname } != (&raw const MADE_HERE).cast_mut() {
        // SAFETY: this is the type of the function of that name, and the list is one of the C library's.
        return unsafe { mem::transmute::<*mut c_void, FreeAddrInfo>(real(c"freeaddrinfo"))(list) };
    }
    while !list.is_null() {
        // SAFETY: every element is the beginning of a boxed `Element` that is freed only here.
        let element = unsafe { Box::from_raw(list.cast::<Element>()) };
        list = element.info.ai_next;
    }
}
