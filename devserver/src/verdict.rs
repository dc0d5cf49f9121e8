//! The result of a delivery attempt, in the service's words.

use std::fmt;

use hyper::StatusCode;

use crate::record::Attempt;

/// The result of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The endpoint has the event.
    Done(StatusCode),
    /// The endpoint refused the event finally.
    Refused(StatusCode),
    /// The endpoint may accept the event later.
    Retry(StatusCode),
    /// There was no answer, for this reason.
    NoAnswer(&'static str),
}

impl Verdict {
    /// Returns the service's verdict on an endpoint's answer.
    pub(crate) fn of(status: StatusCode) -> Self {
        match status.as_u16() {
            200..=299 => Self::Done(status),
            408 | 425 | 429 | 500.. => Self::Retry(status),
            _ => Self::Refused(status),
        }
    }

    /// Returns whether another attempt may succeed.
    pub(crate) fn is_retryable(self) -> bool {
        matches!(self, Self::Retry(_) | Self::NoAnswer(_))
    }

    pub(crate) fn attempt(self, attempt_no: u32, latency_ms: u64) -> Attempt {
        let status = match self {
            Self::Done(_) => "success",
            Self::Refused(_) => "permanent_failure",
            Self::Retry(_) | Self::NoAnswer(_) => "retryable_failure",
        };
        let (http_status, error_class) = match self {
            Self::Done(http) => (Some(http), None),
            Self::Refused(http) | Self::Retry(http) => {
                (Some(http), Some(format!("http_{}", http.as_u16())))
            }
            Self::NoAnswer(why) => (None, Some(why.to_owned())),
        };
        Attempt {
            attempt_no,
            claim_version: attempt_no,
            status: status.to_owned(),
            latency_ms,
            http_status: http_status.map(|http| http.as_u16()),
            error_class,
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Done(http) | Self::Refused(http) | Self::Retry(http) => {
                write!(f, "{}", http.as_u16())
            }
            Self::NoAnswer(why) => f.write_str(why),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_classified_as_the_service_does() {
        let of = |status: u16| Verdict::of(StatusCode::from_u16(status).unwrap());
        for status in [200, 201, 204, 299] {
            let attempt = of(status).attempt(1, 2);
            assert_eq!(attempt.status, "success", "{status}");
            assert_eq!(attempt.error_class, None);
        }
        for status in [408, 425, 429, 500, 503, 599] {
            let attempt = of(status).attempt(1, 2);
            assert_eq!(attempt.status, "retryable_failure", "{status}");
            assert_eq!(attempt.error_class, Some(format!("http_{status}")));
            assert!(of(status).is_retryable());
        }
        for status in [301, 302, 307, 400, 401, 404, 409, 410, 413, 422] {
            let attempt = of(status).attempt(1, 2);
            assert_eq!(attempt.status, "permanent_failure", "{status}");
            assert_eq!(attempt.error_class, Some(format!("http_{status}")));
            assert!(!of(status).is_retryable());
        }
        let silence = Verdict::NoAnswer("timeout");
        assert_eq!(
            silence.attempt(3, 0).error_class.as_deref(),
            Some("timeout")
        );
        assert_eq!(silence.attempt(3, 0).status, "retryable_failure");
        assert!(silence.is_retryable());
    }
}
