//! System calls for which the standard library has no safe function. Only this folder and `src/ffi` may use
//! `unsafe`.
#![allow(unsafe_code)]

pub mod cancel;
pub mod clock;
pub mod errno;
pub mod eventfd;
pub mod fork;
pub mod lock;
pub mod out_of_resources;
pub mod poll;
pub mod poller;
pub mod privileges;
pub mod random;
pub mod signals;
pub mod socket;
