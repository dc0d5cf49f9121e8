//! The API for Rust programs, and its examples.

mod errors;
mod examples;
mod futures;
mod sending;
mod settings;
mod webhooks;

use hookrail::{Client, ClientBuilder};
use hookrail_devserver::DevServer;

use crate::support::{API_KEY, PATIENCE};

/// Settings for tests: no proxy, and no limit of time that a test could reach by chance.
fn builder(url: &str) -> ClientBuilder {
    Client::builder()
        .api_key(API_KEY)
        .base_url(url)
        .no_proxy()
        .total_timeout(PATIENCE)
}

fn client(server: &DevServer) -> Client {
    builder(&server.url()).build().expect("a client")
}
