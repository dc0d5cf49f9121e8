//! Every fault at every byte of an exchange, between real clients and the development server.
//!
//! `make test` tries all bytes of events that plain http accepts, and a sample of all others. With
//! `HOOKRAIL_FAULTS=all` in the environment (`make test-faults`) only large events are sampled.

mod support;
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
