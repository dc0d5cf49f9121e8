//! Topic patterns, for the scopes of producer keys and the topics of endpoints.

use std::fmt;
use std::str::FromStr;

use crate::config_error::ConfigError;

/// One topic, or every topic below a prefix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TopicPattern {
    /// Exactly this topic.
    Exact(String),
    /// Every topic that begins with this text, which ends with a dot: written `prefix.*`.
    Below(String),
}

impl TopicPattern {
    /// Returns whether the pattern covers `topic`.
    pub fn matches(&self, topic: &str) -> bool {
        match self {
            Self::Exact(exact) => exact == topic,
            Self::Below(prefix) => topic.starts_with(prefix),
        }
    }
}

impl FromStr for TopicPattern {
    type Err = ConfigError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (stem, wildcard) = match text.strip_suffix(".*") {
            Some(stem) => (stem, true),
            None => (text, false),
        };
        if stem.is_empty() || stem.contains('*') {
            return Err(ConfigError(format!(
                "topic pattern {text:?} is neither a topic nor a prefix with a wildcard; write `order.created` or `order.*`"
            )));
        }
        Ok(if wildcard {
            Self::Below(format!("{stem}."))
        } else {
            Self::Exact(stem.to_owned())
        })
    }
}

impl fmt::Display for TopicPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact(exact) => f.write_str(exact),
            Self::Below(prefix) => write!(f, "{prefix}*"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_covers_what_is_below_it_and_nothing_beside_it() {
        let pattern: TopicPattern = "order.*".parse().unwrap();
        assert!(pattern.matches("order.created"));
        assert!(pattern.matches("order.item.added"));
        assert!(!pattern.matches("order"));
        assert!(!pattern.matches("orders.created"));
        assert_eq!(pattern.to_string(), "order.*");
    }

    #[test]
    fn an_exact_pattern_covers_one_topic() {
        let pattern: TopicPattern = "order.created".parse().unwrap();
        assert!(pattern.matches("order.created"));
        assert!(!pattern.matches("order.created.v2"));
    }

    #[test]
    fn wildcards_anywhere_else_are_refused() {
        for text in ["", "*", ".*", "a*", "a.*.b"] {
            assert!(text.parse::<TopicPattern>().is_err(), "{text:?}");
        }
    }
}
