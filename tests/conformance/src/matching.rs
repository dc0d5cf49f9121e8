//! Compares a case's expectation with the actual value.
//!
//! An object matches if its expected members match; other members are ignored. A list matches element by
//! element. A string that begins with `$` is a variable (see [`Variables`]). An object with a single member
//! that begins with `$` is one of the conditions in [`condition`].

use std::collections::BTreeMap;

use serde_json::Value;

/// The named values of a case. `$key` takes the first value that it is compared with, and then matches only
/// that one; `$uuid:key` and `$ulid:key` take only a value of that form.
#[derive(Debug, Default)]
pub struct Variables(BTreeMap<String, String>);

impl Variables {
    /// Returns the value of a variable. The name includes the `$`.
    pub fn get(&self, variable: &str) -> Result<&str, String> {
        let name = split(variable).1;
        let value = self.0.get(name).map(String::as_str);
        value.ok_or_else(|| format!("the variable ${name} has no value yet"))
    }

    fn bind(&mut self, variable: &str, value: &str) -> Result<(), String> {
        let (form, name) = split(variable);
        if let Some(known) = self.0.get(name) {
            return if known == value {
                Ok(())
            } else {
                Err(format!("is {value:?}, but ${name} was {known:?}"))
            };
        }
        let fits = match form {
            None => true,
            Some("uuid") => is_uuid(value),
            Some("ulid") => is_ulid(value),
            Some(other) => return Err(format!("`{other}` is no form of a variable")),
        };
        if !fits {
            return Err(format!("{value:?} is no {}", form.unwrap_or_default()));
        }
        self.0.insert(name.to_owned(), value.to_owned());
        Ok(())
    }
}

/// Returns whether a string of a case is a variable.
pub fn is_variable(text: &str) -> bool {
    text.starts_with('$')
}

fn split(variable: &str) -> (Option<&str>, &str) {
    let name = variable.strip_prefix('$').unwrap_or(variable);
    match name.split_once(':') {
        Some((form, name)) => (Some(form), name),
        None => (None, name),
    }
}

/// Adds to `problems` each difference between `actual`, at the place `at`, and `expected`.
pub fn compare(
    expected: &Value,
    actual: &Value,
    variables: &mut Variables,
    at: &str,
    problems: &mut Vec<String>,
) {
    match (expected, actual) {
        (Value::Object(expected), _) if expected.keys().any(|name| name.starts_with('$')) => {
            for (name, operand) in expected {
                condition(name, operand, actual, variables, at, problems);
            }
        }
        (Value::Object(expected), Value::Object(actual)) => {
            for (name, expected) in expected {
                let at = format!("{at}.{name}");
                match actual.get(name) {
                    Some(actual) => compare(expected, actual, variables, &at, problems),
                    None => problems.push(format!("{at} is missing")),
                }
            }
        }
        (Value::Array(expected), Value::Array(actual)) if expected.len() == actual.len() => {
            for (index, (expected, actual)) in expected.iter().zip(actual).enumerate() {
                compare(
                    expected,
                    actual,
                    variables,
                    &format!("{at}[{index}]"),
                    problems,
                );
            }
        }
        (Value::String(variable), Value::String(actual)) if is_variable(variable) => {
            if let Err(problem) = variables.bind(variable, actual) {
                problems.push(format!("{at} {problem}"));
            }
        }
        _ if expected == actual => {}
        _ => problems.push(format!("{at} is {actual}, expected {expected}")),
    }
}

/// The conditions: `$between` [least, most], `$any_of` values, `$contains` texts (ignoring case, and treating
/// spaces, hyphens and underscores as the same), `$lacks` texts, `$unordered` elements.
fn condition(
    name: &str,
    operand: &Value,
    actual: &Value,
    variables: &mut Variables,
    at: &str,
    problems: &mut Vec<String>,
) {
    let operands = operand.as_array().map(Vec::as_slice).unwrap_or_default();
    let holds = match (name, operands) {
        ("$between", [least, most]) => match (least.as_i64(), actual.as_i64(), most.as_i64()) {
            (Some(least), Some(actual), Some(most)) => (least..=most).contains(&actual),
            _ => false,
        },
        ("$any_of", _) => operands.contains(actual),
        ("$contains", _) => {
            let text = plain(actual);
            operands.iter().all(|part| text.contains(&plain(part)))
        }
        ("$lacks", [_, ..]) => {
            let text = plain(actual);
            operands.iter().all(|part| !text.contains(&plain(part)))
        }
        ("$unordered", _) => return unordered(operands, actual, variables, at, problems),
        _ => false,
    };
    if !holds {
        problems.push(format!("{at} is {actual}, expected {name} {operand}"));
    }
}

fn plain(value: &Value) -> String {
    let text = value.as_str().unwrap_or_default();
    text.to_lowercase().replace(['_', '-'], " ")
}

/// Pairs each expected element with the first element that matches it and has no partner yet.
fn unordered(
    expected: &[Value],
    actual: &Value,
    variables: &mut Variables,
    at: &str,
    problems: &mut Vec<String>,
) {
    let mut left: Vec<&Value> = actual.as_array().into_iter().flatten().collect();
    if left.len() != expected.len() {
        problems.push(format!(
            "{at} has {} elements, expected {}",
            left.len(),
            expected.len()
        ));
    }
    for wanted in expected {
        let found = left.iter().position(|candidate| {
            let mut differences = Vec::new();
            let mut trial = Variables(variables.0.clone());
            compare(wanted, candidate, &mut trial, at, &mut differences);
            if differences.is_empty() {
                *variables = trial;
            }
            differences.is_empty()
        });
        match found {
            Some(index) => {
                left.remove(index);
            }
            None => problems.push(format!("{at} has no element like {wanted}: {actual}")),
        }
    }
}

/// Returns whether a text is a random UUID: version 4, variant 1, lower case.
fn is_uuid(text: &str) -> bool {
    let groups: Vec<&str> = text.split('-').collect();
    let lengths: Vec<usize> = groups.iter().map(|group| group.len()).collect();
    let hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    lengths == [8, 4, 4, 4, 12]
        && groups.iter().all(|group| group.bytes().all(hex))
        && groups[2].starts_with('4')
        && groups[3].starts_with(['8', '9', 'a', 'b'])
}

fn is_ulid(text: &str) -> bool {
    text.len() == 26
        && text
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn problems(expected: Value, actual: Value) -> Vec<String> {
        let mut problems = Vec::new();
        compare(
            &expected,
            &actual,
            &mut Variables::default(),
            "it",
            &mut problems,
        );
        problems
    }

    #[test]
    fn only_expected_members_count() {
        assert!(problems(json!({"a": 1}), json!({"a": 1, "b": 2})).is_empty());
        assert_eq!(problems(json!({"a": null}), json!({})), ["it.a is missing"]);
        assert_eq!(
            problems(json!({"a": [1, 2]}), json!({"a": [1, 3]})).len(),
            1
        );
        assert_eq!(problems(json!([]), json!([1])).len(), 1);
        assert_eq!(problems(json!({"a": 1}), json!(null)).len(), 1);
    }

    #[test]
    fn variables_keep_their_first_value() {
        assert!(problems(json!(["$a", "$a", "$b"]), json!(["x", "x", "y"])).is_empty());
        assert_eq!(problems(json!(["$a", "$a"]), json!(["x", "y"])).len(), 1);
        assert_eq!(problems(json!("$a"), json!(null)).len(), 1);
    }

    #[test]
    fn variables_may_have_a_form() {
        let uuid = "01234567-89ab-4cde-8f01-23456789abcd";
        assert!(problems(json!(["$uuid:k", "$k"]), json!([uuid, uuid])).is_empty());
        for wrong in [
            "k",
            "01234567-89ab-1cde-8f01-23456789abcd",
            "01234567-89AB-4cde-8f01-23456789abcd",
        ] {
            assert_eq!(problems(json!("$uuid:k"), json!(wrong)).len(), 1, "{wrong}");
        }
        assert!(problems(json!("$ulid:e"), json!("01JXAMPLEDELIVERYID0000000")).is_empty());
        assert_eq!(problems(json!("$ulid:e"), json!("01J")).len(), 1);
    }

    #[test]
    fn conditions_hold_or_say_what_was_there() {
        assert!(problems(json!({"$between": [1, 3]}), json!(3)).is_empty());
        assert_eq!(problems(json!({"$between": [1, 3]}), json!(4)).len(), 1);
        assert!(problems(json!({"$any_of": ["a", null]}), json!(null)).is_empty());
        assert_eq!(problems(json!({"$any_of": ["a"]}), json!("b")).len(), 1);
        let message = json!("the idempotency-key is EMPTY");
        assert!(
            problems(
                json!({"$contains": ["idempotency_key", "empty"]}),
                message.clone()
            )
            .is_empty()
        );
        assert_eq!(
            problems(json!({"$contains": ["topic"]}), message.clone()).len(),
            1
        );
        assert!(problems(json!({"$lacks": ["topic"]}), message.clone()).is_empty());
        assert_eq!(problems(json!({"$lacks": ["empty"]}), message).len(), 1);
        assert_eq!(problems(json!({"$nonsense": []}), json!(1)).len(), 1);
    }

    #[test]
    fn elements_may_come_in_any_order() {
        let expected = json!({"$unordered": [{"tag": 1}, {"tag": 2}]});
        assert!(problems(expected.clone(), json!([{"tag": 2}, {"tag": 1}])).is_empty());
        assert_eq!(
            problems(expected.clone(), json!([{"tag": 2}, {"tag": 2}])).len(),
            1
        );
        assert!(!problems(expected, json!([{"tag": 1}])).is_empty());
    }
}
