//! Signing and verifying.

mod properties;
mod vectors;
