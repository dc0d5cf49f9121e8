//! A page of memory that a forked child finds empty.

use std::ptr;
use std::sync::atomic::AtomicU32;

/// The size of the mapping. The kernel rounds it up to a page.
const SIZE: usize = size_of::<AtomicU32>();

/// A mapped page that holds a zero at first, and again in each forked child.
#[derive(Debug)]
pub struct WipedPage(*mut AtomicU32);

impl WipedPage {
    /// Maps a page. Returns `None` if the system cannot empty memory in a child, or has none.
    pub fn new() -> Option<Self> {
        // SAFETY: a mapping of fresh memory anywhere touches nothing that exists.
        let page = unsafe {
            libc::mmap(
                ptr::null_mut(),
                SIZE,
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_PRIVATE | libc::MAP_ANON,
                -1,
                0,
            )
        };
        if page == libc::MAP_FAILED {
            return None;
        }
        let page = WipedPage(page.cast());
        page.becomes_empty_in_children().then_some(page)
    }

    /// Returns the address of the integer. It is good until the page is dropped.
    pub fn address(&self) -> *mut AtomicU32 {
        self.0
    }

    #[cfg(target_os = "linux")]
    fn becomes_empty_in_children(&self) -> bool {
        // SAFETY: the page is mapped and belongs to this value.
        unsafe { libc::madvise(self.0.cast(), SIZE, libc::MADV_WIPEONFORK) == 0 }
    }

    #[cfg(target_os = "freebsd")]
    fn becomes_empty_in_children(&self) -> bool {
        // SAFETY: the page is mapped and belongs to this value.
        unsafe { libc::minherit(self.0.cast(), SIZE, libc::INHERIT_ZERO) == 0 }
    }

    #[cfg(not(any(target_os = "linux", target_os = "freebsd")))]
    fn becomes_empty_in_children(&self) -> bool {
        false
    }
}

impl Drop for WipedPage {
    fn drop(&mut self) {
        // SAFETY: `new` has mapped the page, and no code uses its address any more.
        unsafe { libc::munmap(self.0.cast(), SIZE) };
    }
}
