//! What an error answer says of itself: problem details (RFC 7807).

use std::fmt;

/// What the body of an error answer says.
///
/// A member that is missing or of another JSON type than RFC 7807 gives it is absent; a body that is
/// not JSON leaves just [`raw_body`](Problem::raw_body).
#[derive(Clone, PartialEq, Eq)]
pub struct Problem {
    pub(crate) problem_type: Option<String>,
    pub(crate) title: Option<String>,
    pub(crate) status: Option<i64>,
    pub(crate) detail: Option<String>,
    pub(crate) raw_body: Vec<u8>,
}

impl Problem {
    /// The URI that names the kind of problem.
    pub fn problem_type(&self) -> Option<&str> {
        self.problem_type.as_deref()
    }

    /// A short summary of the kind of problem.
    pub fn title(&self) -> Option<&str> {
        self.title.as_deref()
    }

    /// The HTTP status as the body states it.
    pub fn status(&self) -> Option<i64> {
        self.status
    }

    /// What is particular to this occurrence.
    pub fn detail(&self) -> Option<&str> {
        self.detail.as_deref()
    }

    /// The body as it was received, with the members this type has no accessor for; at most its
    /// first 64 KiB.
    pub fn raw_body(&self) -> &[u8] {
        &self.raw_body
    }
}

/// The raw body stays out: it is large, and whatever a proxy put there is not ours to log.
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
