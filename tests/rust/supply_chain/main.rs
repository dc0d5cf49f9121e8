//! The parts of the library: the linked crates, their licences, the reasons for them, and the licence files in the
//! packages.

mod bindings;
mod graph;
mod licences;
mod packages;
mod reasons;
