//! The error of a setting.

use thiserror::Error;

/// An unusable setting, with a text that says what would be right.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct ConfigError(pub(crate) String);
