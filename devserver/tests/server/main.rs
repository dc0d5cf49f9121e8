//! The development server from the view of its clients.

mod command;
mod concurrency;
mod control;
mod delivery;
mod docs;
mod door;
mod faults;
mod ordering;
mod protocol;
mod support;
mod tls;
mod trouble;
