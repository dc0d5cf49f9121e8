//! The client and what belongs to the whole process: signals, descriptors, threads, the clock, privileges.

mod clock;
mod descriptors;
mod privileges;
mod signals;
mod thread_limit;
