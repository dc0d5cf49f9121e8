//! Turns a step of a scenario into a request to the driver, and an answer into the form that steps expect.

use serde_json::{Map, Value, json};

use crate::bytes;
use crate::matching::{Variables, is_variable};
use crate::world::World;

type Members = Map<String, Value>;

/// The arguments that are bytes in the line protocol.
const BYTES: [&str; 11] = [
    "api_key",
    "base_url",
    "blob",
    "ca_pem",
    "event_id",
    "idempotency_key",
    "ordering_key",
    "payload",
    "proxy",
    "topic",
    "user_agent_suffix",
];

/// The members that are for the runner.
const DIRECTIONS: [&str; 4] = ["do", "expect", "signal_after", "about"];

/// Returns the arguments of a step in the form of the line protocol.
pub fn arguments(step: &Members, world: &World, variables: &Variables) -> Result<Members, String> {
    let mut arguments = Members::new();
    for (name, value) in step {
        if DIRECTIONS.contains(&name.as_str()) {
            continue;
        }
        let plain = name.strip_suffix("_hex").unwrap_or(name);
        if name == "options" {
            let options = value.as_object().ok_or("`options` is no object")?;
            let options = self::arguments(options, world, variables)?;
            arguments.insert(name.clone(), Value::Object(options));
        } else if BYTES.contains(&plain) {
            let bytes = argument(step, plain, world, variables)?;
            arguments.insert(plain.to_owned(), bytes::encode(&bytes));
        } else {
            arguments.insert(name.clone(), value.clone());
        }
    }
    Ok(arguments)
}

fn argument(
    step: &Members,
    name: &str,
    world: &World,
    variables: &Variables,
) -> Result<Vec<u8>, String> {
    match step.get(name) {
        Some(Value::String(text)) if is_variable(text) => {
            variables.get(text).map(|value| value.as_bytes().to_vec())
        }
        Some(Value::String(text)) => Ok(world.fill_in(text).into_bytes()),
        Some(Value::Object(form)) if form.contains_key("from") => derived(form, variables),
        _ => bytes::required(step, name),
    }
}

/// Returns the bytes for `{"from": "$blob"}`: the bytes of an earlier answer, complete, or with the byte at
/// `flip` changed, or only the first `keep` of them.
fn derived(form: &Members, variables: &Variables) -> Result<Vec<u8>, String> {
    let variable = form.get("from").and_then(Value::as_str).unwrap_or_default();
    let value = json!(variables.get(variable)?);
    let mut bytes = bytes::decode(&value).ok_or_else(|| format!("{variable} holds no bytes"))?;
    let number = |name| form.get(name).and_then(Value::as_u64).map(usize::try_from);
    if let Some(Ok(index)) = number("flip") {
        *bytes.get_mut(index).ok_or("`flip` is behind the end")? ^= 1;
    }
    if let Some(Ok(length)) = number("keep") {
        bytes.truncate(length);
    }
    Ok(bytes)
}

/// Returns an answer with the service's bytes as text, so that scenarios can describe them.
pub fn readable(answer: &Value) -> Value {
    match answer {
        Value::Object(members) => members
            .iter()
            .map(|(name, value)| {
                let decoded = match name.as_str() {
                    "json" | "body" => bytes::decode(value),
                    _ => None,
                };
                let value = match decoded {
                    Some(bytes) => json!(String::from_utf8_lossy(&bytes)),
                    None => readable(value),
                };
                (name.clone(), value)
            })
            .collect(),
        Value::Array(items) => items.iter().map(readable).collect(),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matching;

    fn world() -> World {
        World::start(&Members::new(), "rust/0.1.0".into()).unwrap()
    }

    fn object(value: Value) -> Members {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn bytes_are_encoded_and_the_rest_is_passed_on() {
        let world = world();
        let step = object(json!({
            "do": "send", "client": "a", "topic": "t", "payload_hex": "7b7d", "timeout_ms": 5,
            "options": {"proxy": "http://{{host}}", "max_retries": 1}, "expect": {"ok": {}},
        }));
        let proxy = format!("http://{}", world.server().addr());
        let expected = json!({
            "client": "a", "topic": "dA==", "payload": "e30=", "timeout_ms": 5,
            "options": {"proxy": bytes::encode(proxy.as_bytes()), "max_retries": 1},
        });
        let arguments = arguments(&step, &world, &Variables::default());
        assert_eq!(arguments, Ok(object(expected)));
    }

    #[test]
    fn what_a_driver_answered_can_be_damaged() {
        let mut variables = Variables::default();
        let mut problems = Vec::new();
        matching::compare(
            &json!("$blob"),
            &json!("AAEC"),
            &mut variables,
            "",
            &mut problems,
        );
        let derive = |form| derived(&object(form), &variables);
        assert_eq!(derive(json!({"from": "$blob"})), Ok(vec![0, 1, 2]));
        assert_eq!(
            derive(json!({"from": "$blob", "flip": 2})),
            Ok(vec![0, 1, 3])
        );
        assert_eq!(derive(json!({"from": "$blob", "keep": 1})), Ok(vec![0]));
        assert!(derive(json!({"from": "$blob", "flip": 3})).is_err());
        assert!(derive(json!({"from": "$other"})).is_err());
    }

    #[test]
    fn the_service_s_bytes_become_text_wherever_they_are() {
        let answer =
            json!({"cause": {"body": "aGk="}, "completions": [{"json": "e30=", "blob": "e30="}]});
        let expected =
            json!({"cause": {"body": "hi"}, "completions": [{"json": "{}", "blob": "e30="}]});
        assert_eq!(readable(&answer), expected);
        assert_eq!(readable(&json!({"body": null})), json!({"body": null}));
    }
}
