//! Prints the result of each test, and the totals.

use std::fmt;

use crate::Failure;

/// The largest number of findings to print.
const SHOWN: usize = 20;

/// The numbers of passed and failed tests.
#[derive(Debug, Default)]
pub struct Totals {
    passed: usize,
    failed: usize,
}

impl Totals {
    /// Prints and counts the result of a test.
    pub fn add(&mut self, name: &str, result: Result<(), Failure>) {
        match result {
            Ok(()) => {
                self.passed += 1;
                println!("ok {name}");
            }
            Err(failure) => {
                self.failed += 1;
                for line in failure.to_string().lines() {
                    println!("# {line}");
                }
                println!("not ok {name}");
            }
        }
    }

    /// Returns whether no test failed.
    pub fn is_success(&self) -> bool {
        self.failed == 0
    }
}

impl fmt::Display for Totals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)
    }
}

/// Returns the first of many things, one per line, and their number.
pub fn list<T: fmt::Display>(things: &[T]) -> String {
    let mut lines = vec![format!("{} findings:", things.len())];
    lines.extend(things.iter().take(SHOWN).map(ToString::to_string));
    lines.join("\n")
}
