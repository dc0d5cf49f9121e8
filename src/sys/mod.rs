//! The system calls that the standard library has no safe form of. Together with `src/ffi` the only
//! place that may say `unsafe`.
#![allow(unsafe_code)]

pub mod cancel;
pub mod clock;
pub mod eventfd;
pub mod fork;
pub mod poll;
pub mod privileges;
pub mod random;
pub mod shortage;
pub mod signals;
