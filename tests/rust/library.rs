//! The library as a program uses it, over real sockets. `cargo test --test library producer::` runs the
//! tests in the folder `producer`.

mod api;
mod client;
mod process;
mod producer;
mod signing;
mod support;
