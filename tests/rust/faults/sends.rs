//! Sends with every fault. `table.rs` has the permitted results, and `case.rs` the checks.

use super::case::Mode;
use super::fault::Kind;
use super::matrix::{KEPT, Matrix};
use super::subject::{HTTP, HTTPS};

#[test]
fn http_without_retries() {
    Matrix::new(HTTP, Mode::OneAttempt, 1).run();
}

#[test]
fn http_with_retries() {
    Matrix::new(HTTP, Mode::Retries, 1).run();
}

#[test]
fn http_on_a_connection_that_was_used_before() {
    Matrix::new(HTTP.pooled(), Mode::OneAttempt, 1).run();
}

#[test]
fn https_without_retries() {
    Matrix::new(HTTPS, Mode::OneAttempt, 16).run();
}

#[test]
fn https_with_retries() {
    Matrix::new(HTTPS, Mode::Retries, 32).run();
}

#[test]
fn https_on_a_connection_that_was_used_before() {
    Matrix::new(HTTPS.pooled(), Mode::OneAttempt, 8).run();
}

/// Altered bytes of a large event would show nothing new.
#[test]
fn http_with_a_large_event() {
    Matrix {
        kinds: &KEPT,
        ..Matrix::new(HTTP.large(), Mode::OneAttempt, 4_096)
    }
    .run();
}

#[test]
fn https_with_a_large_event() {
    Matrix::new(HTTPS.large(), Mode::OneAttempt, 8_192).run();
}

#[test]
fn http_that_is_refused() {
    for mode in [Mode::OneAttempt, Mode::Retries] {
        Matrix {
            kinds: &KEPT,
            ..Matrix::new(HTTP.refused(), mode, 8)
        }
        .run();
    }
}

#[test]
fn https_that_is_refused() {
    for mode in [Mode::OneAttempt, Mode::Retries] {
        Matrix {
            kinds: &KEPT,
            ..Matrix::new(HTTPS.refused(), mode, 64)
        }
        .run();
    }
}

#[test]
fn connections_that_are_reset_as_they_are_accepted() {
    for subject in [HTTP, HTTPS] {
        for mode in [Mode::OneAttempt, Mode::Retries] {
            Matrix {
                kinds: &[Kind::Reject],
                ..Matrix::new(subject, mode, 1)
            }
            .run();
        }
    }
}
