//! Every fault at every byte of an exchange, between real clients and the stand-in service.
//!
//! `make test` tries all bytes of events that plain http accepts, and a sample of all others. With
//! `HOOKRAIL_FAULTS=all` in the environment (`make test-faults`) a sample is left only of large events.

mod common;
// Its own tests use more of it.
#[allow(dead_code)]
#[path = "resolver/names.rs"]
mod names;
mod faults {
    mod case;
    mod certificate;
    mod connecting;
    mod exchange;
    mod fault;
    mod lane;
    mod line;
    mod matrix;
    mod producer;
    mod proxy;
    mod sample;
    mod sends;
    mod subject;
    mod table;
}
