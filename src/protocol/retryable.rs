//! The HTTP statuses that are worth another attempt (protocol §3).

/// Returns whether an answer with this HTTP status is worth another attempt.
pub fn is_retryable_status(status: u16) -> bool {
    matches!(status, 408 | 425 | 429) || status >= 500
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_retryable_statuses_are_those_of_the_protocol() {
        for status in 100..=999 {
            let expected = [408, 425, 429].contains(&status) || status >= 500;
            assert_eq!(is_retryable_status(status), expected, "{status}");
        }
    }
}
