//! Problem details: the body of an error answer (RFC 7807).

use std::fmt;

/// The problem details in the body of an error answer (RFC 7807).
///
/// A member is absent if it is missing or has another JSON type than in RFC 7807. Of a body that is not JSON,
/// only [`raw_body`](Problem::raw_body) is there.
#[derive(Clone, PartialEq, Eq)]
pub struct Problem {
    pub(crate) problem_type: Option<String>,
    pub(crate) title: Option<String>,
    pub(crate) status: Option<i64>,
    pub(crate) detail: Option<String>,
    pub(crate) raw_body: Vec<u8>,
}

impl Problem {
    /// Returns the URI that names the kind of problem.
    pub fn problem_type(&self) -> Option<&str> {
        self.problem_type.as_deref()
    }

    /// Returns a short summary of the kind of problem.
    pub fn title(&self) -> Option<&str> {
        self.title.as_deref()
    }

    /// Returns the HTTP status that the body states.
    pub fn status(&self) -> Option<i64> {
        self.status
    }

    /// Returns the explanation of this occurrence.
    pub fn detail(&self) -> Option<&str> {
        self.detail.as_deref()
    }

    /// Returns the body as it was received, at most its first 64 KiB. It also has the members for which this type
    /// has no accessor.
    pub fn raw_body(&self) -> &[u8] {
        &self.raw_body
    }
}

/// Leaves the raw body out: it is large, and text of a proxy does not belong in logs.
impl fmt::Debug for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Problem")
            .field("problem_type", &self.problem_type)
            .field("title", &self.title)
            .field("status", &self.status)
            .field("detail", &self.detail)
            .field("raw_body_len", &self.raw_body.len())
            .finish()
    }
}
