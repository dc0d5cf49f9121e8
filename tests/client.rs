//! The client against a service at the other end of a socket.

mod common;

mod client {
    mod answers;
    mod arguments;
    mod authorities;
    mod budget;
    mod cancel;
    mod configuration;
    mod connections;
    mod dialling;
    mod early_answers;
    mod environment;
    mod interim;
    mod outcomes;
    mod problems;
    mod proxy;
    mod reading;
    mod refused_key;
    mod request_properties;
    mod requests;
    mod retries;
    mod retry_after;
    mod secrets;
    mod silence;
    mod squid;
    mod status;
    mod tls;
}
