//! The shapes of the line protocol: every member must be there, with its type.

use serde_json::Value;

use crate::bytes;

/// The possible types of a member.
#[derive(Debug, Clone, Copy)]
enum Type {
    Int,
    Bool,
    Text,
    Bytes,
    OrNull(&'static Type),
    ListOf(&'static Type),
    Object(&'static [(&'static str, Type)]),
    /// Errors contain errors.
    Error,
}

use Type::{Bool, Bytes, Error, Int, ListOf, Object, OrNull, Text};

const ERROR: &[(&str, Type)] = &[
    ("status", Text),
    ("message", Text),
    ("http_status", OrNull(&Int)),
    ("retry_after_ms", OrNull(&Int)),
    ("problem", PROBLEM),
    ("body", OrNull(&Bytes)),
    ("retryable", Bool),
    ("attempts", Int),
    ("idempotency_key", OrNull(&Text)),
    ("outcome", Text),
    ("attempt_records", RECORDS),
    ("request_id", OrNull(&Text)),
    ("cause", OrNull(&Error)),
];

const RECORDS: Type = ListOf(&Object(&[
    ("number", Int),
    ("status", Text),
    ("http_status", OrNull(&Int)),
    ("new_connection", Bool),
    ("message", OrNull(&Text)),
    ("request_id", OrNull(&Text)),
]));

const PROBLEM: Type = Object(&[
    ("type", OrNull(&Text)),
    ("title", OrNull(&Text)),
    ("detail", OrNull(&Text)),
]);

const ACCEPTED: Type = Object(&[
    ("event_id", Text),
    ("delivery_ids", ListOf(&Text)),
    ("replayed", Bool),
    ("idempotency_key", Text),
    ("attempts", Int),
    ("attempt_records", RECORDS),
    ("request_id", OrNull(&Text)),
    ("json", Bytes),
]);

const EVENT: Type = Object(&[
    ("event_id", Text),
    ("topic", Text),
    ("attempt_records", RECORDS),
    ("request_id", OrNull(&Text)),
    ("json", Bytes),
    ("deliveries", ListOf(&DELIVERY)),
]);

const DELIVERY: Type = Object(&[
    ("id", Text),
    ("state", Text),
    ("state_known", Bool),
    ("attempts_truncated", Bool),
    ("attempts", ListOf(&ATTEMPT)),
]);

const ATTEMPT: Type = Object(&[
    ("number", Int),
    ("claim_version", Int),
    ("status", Text),
    ("http_status", OrNull(&Int)),
    ("error_class", OrNull(&Text)),
    ("latency_ms", OrNull(&Int)),
]);

const COMPLETION: Type = Object(&[
    ("tag", Int),
    ("outcome", Text),
    ("attempts", Int),
    ("accepted", OrNull(&ACCEPTED)),
    ("error", OrNull(&Error)),
]);

const VERIFIED: Type = Object(&[
    ("secret_index", Int),
    ("signed_at", Int),
    ("skew_seconds", Int),
]);

const STATS: Type = Object(&[
    ("requests", Int),
    ("attempts", Int),
    ("successes", Int),
    ("replays", Int),
    ("connections_opened", Int),
    ("connections_reused", Int),
    ("bytes_sent", Int),
    ("bytes_received", Int),
    ("retries", Object(&[])),
    ("failures", Object(&[])),
]);

/// Returns an error if the result of `command` differs from the protocol.
pub fn check_result(command: &str, result: &Value) -> Result<(), String> {
    check(result_of(command), result, "ok")
}

/// Returns an error if `error` differs from the protocol.
pub fn check_error(error: &Value) -> Result<(), String> {
    check(Error, error, "error")
}

fn result_of(command: &str) -> Type {
    match command {
        "verify" | "verify_chunks" => VERIFIED,
        "verify_request" => Object(&[
            ("secret_index", Int),
            ("signed_at", Int),
            ("skew_seconds", Int),
            ("delivery_id", Text),
        ]),
        "sign" => Object(&[("header", Text)]),
        "send" | "send_prepared" => ACCEPTED,
        "get_event" => EVENT,
        "prepare" => Object(&[("blob", Bytes), ("idempotency_key", Text)]),
        "stats" => STATS,
        "close" => Object(&[("unsent", Int)]),
        "collect" => Object(&[("completions", ListOf(&COMPLETION))]),
        "flush" => Object(&[("remaining", Int)]),
        "pending" => Object(&[("queued", Int), ("in_flight", Int)]),
        "purge" => Object(&[("purged", Int)]),
        _ => Object(&[]),
    }
}

fn check(expected: Type, value: &Value, at: &str) -> Result<(), String> {
    let fits = match expected {
        Int => value.is_i64() || value.is_u64(),
        Bool => value.is_boolean(),
        Text => value.is_string(),
        Bytes => bytes::decode(value).is_some(),
        OrNull(inner) => {
            return if value.is_null() {
                Ok(())
            } else {
                check(*inner, value, at)
            };
        }
        ListOf(inner) => match value.as_array() {
            Some(items) => return items.iter().try_for_each(|item| check(*inner, item, at)),
            None => false,
        },
        Object(members) => match value.as_object() {
            Some(_) => return check_members(members, value, at),
            None => false,
        },
        Error => return check_members(ERROR, value, at),
    };
    if fits {
        Ok(())
    } else {
        Err(format!(
            "{at} is {value}, which is not of the type that the protocol gives it"
        ))
    }
}

fn check_members(members: &[(&str, Type)], value: &Value, at: &str) -> Result<(), String> {
    for (name, expected) in members {
        let at = format!("{at}.{name}");
        let member = value.get(name).ok_or_else(|| format!("{at} is missing"))?;
        check(*expected, member, &at)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn record() -> Value {
        json!({"number": 1, "status": "timeout", "http_status": null, "new_connection": true,
               "message": "m", "request_id": null})
    }

    fn error() -> Value {
        json!({
            "status": "timeout", "message": "m", "http_status": null, "retry_after_ms": null,
            "problem": {"type": null, "title": null, "detail": null}, "body": null,
            "retryable": true, "attempts": 1, "idempotency_key": "k", "outcome": "maybe_sent",
            "attempt_records": [record()], "request_id": null, "cause": null,
        })
    }

    #[test]
    fn a_whole_error_passes_with_and_without_a_cause() {
        assert_eq!(check_error(&error()), Ok(()));
        let mut outer = error();
        outer["cause"] = error();
        assert_eq!(check_error(&outer), Ok(()));
        outer["cause"]["attempts"] = json!(null);
        assert!(
            check_error(&outer)
                .unwrap_err()
                .contains("error.cause.attempts")
        );
    }

    #[test]
    fn members_that_are_missing_or_of_another_type_are_named() {
        for (name, wrong) in [
            ("http_status", json!("503")),
            ("problem", json!(null)),
            ("body", json!("not base64!")),
            ("attempts", json!(1.0)),
            ("attempt_records", json!([{}])),
            ("retryable", json!(1)),
        ] {
            let mut broken = error();
            broken[name] = wrong;
            assert!(check_error(&broken).unwrap_err().contains(name));
            broken.as_object_mut().unwrap().remove(name);
            assert!(check_error(&broken).unwrap_err().contains("missing"));
        }
    }

    #[test]
    fn results_are_checked_to_their_depth() {
        let event = |attempt: Value| {
            json!({"event_id": "e", "topic": "t", "json": "e30=",
                   "attempt_records": [record()], "request_id": "r", "deliveries": [
                {"id": "d", "state": "s", "state_known": false, "attempts_truncated": false,
                 "attempts": [attempt]}]})
        };
        let attempt = json!({"number": 1, "claim_version": 1, "status": "retryable_failure",
                             "http_status": null, "error_class": null, "latency_ms": null});
        assert_eq!(check_result("get_event", &event(attempt)), Ok(()));
        assert!(check_result("get_event", &event(json!({}))).is_err());
        assert!(check_result("send", &json!({})).is_err());
        assert_eq!(check_result("client_free", &json!({})), Ok(()));
    }
}
