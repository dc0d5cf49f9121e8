//! The forms of bytes in the case files.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

/// Returns the bytes of member `name` of a case, or of `name_hex`; `None` if both are missing.
pub fn member(case: &Map<String, Value>, name: &str) -> Result<Option<Vec<u8>>, String> {
    let hex_name = format!("{name}_hex");
    match (case.get(name), case.get(&hex_name)) {
        (None, None) => Ok(None),
        (Some(value), None) => text(value).map(Some),
        (None, Some(value)) => hexadecimal(value).map(Some),
        (Some(_), Some(_)) => Err(format!("both `{name}` and `{hex_name}` are there")),
    }
    .map_err(|problem| format!("`{name}`: {problem}"))
}

/// Returns the bytes of a required member.
pub fn required(case: &Map<String, Value>, name: &str) -> Result<Vec<u8>, String> {
    member(case, name)?.ok_or_else(|| format!("`{name}` is missing"))
}

/// Returns the list of bytes of member `name`, or of `name_hex`.
pub fn list(case: &Map<String, Value>, name: &str) -> Result<Vec<Vec<u8>>, String> {
    let hex_name = format!("{name}_hex");
    let (value, read): (_, fn(&Value) -> _) = match (case.get(name), case.get(&hex_name)) {
        (Some(value), None) => (value, text),
        (None, Some(value)) => (value, hexadecimal),
        _ => return Err(format!("one of `{name}` and `{hex_name}` must be there")),
    };
    let items = value
        .as_array()
        .ok_or_else(|| format!("`{name}` is no list"))?;
    items.iter().map(read).collect()
}

/// Encodes bytes for the line protocol.
pub fn encode(bytes: &[u8]) -> Value {
    Value::String(STANDARD.encode(bytes))
}

/// Decodes bytes from the line protocol.
pub fn decode(value: &Value) -> Option<Vec<u8>> {
    STANDARD.decode(value.as_str()?).ok()
}

/// Reads a text, or `{"repeat": text, "count": n}`, or a list of both.
pub fn text(value: &Value) -> Result<Vec<u8>, String> {
    repeated(value, &|text| Ok(text.as_bytes().to_vec()))
}

fn hexadecimal(value: &Value) -> Result<Vec<u8>, String> {
    repeated(value, &|digits| {
        hex::decode(digits).map_err(|error| error.to_string())
    })
}

fn repeated(
    value: &Value,
    read: &dyn Fn(&str) -> Result<Vec<u8>, String>,
) -> Result<Vec<u8>, String> {
    if let Some(once) = value.as_str() {
        return read(once);
    }
    if let Some(parts) = value.as_array() {
        let parts: Result<Vec<_>, _> = parts.iter().map(|part| repeated(part, read)).collect();
        return parts.map(|parts| parts.concat());
    }
    let unit = value.get("repeat").and_then(Value::as_str);
    let count = value
        .get("count")
        .and_then(Value::as_u64)
        .map(usize::try_from);
    match (unit, count) {
        (Some(unit), Some(Ok(count))) => Ok(read(unit)?.repeat(count)),
        _ => Err(format!(
            "{value} is neither text nor {{\"repeat\", \"count\"}}"
        )),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(case: Value) -> Result<Option<Vec<u8>>, String> {
        member(case.as_object().unwrap(), "body")
    }

    #[test]
    fn every_form_is_read() {
        assert_eq!(read(json!({"body": "é"})), Ok(Some(b"\xc3\xa9".to_vec())));
        assert_eq!(read(json!({"body_hex": "00ff"})), Ok(Some(vec![0, 0xff])));
        let repeated = json!({"body": {"repeat": "ab", "count": 2}});
        assert_eq!(read(repeated), Ok(Some(b"abab".to_vec())));
        let repeated = json!({"body_hex": {"repeat": "00", "count": 3}});
        assert_eq!(read(repeated), Ok(Some(vec![0; 3])));
        let parts = json!({"body": ["<", {"repeat": "ab", "count": 2}, ">"]});
        assert_eq!(read(parts), Ok(Some(b"<abab>".to_vec())));
        assert_eq!(read(json!({})), Ok(None));
    }

    #[test]
    fn what_is_no_form_is_refused() {
        for case in [
            json!({"body": 1}),
            json!({"body": {"repeat": "a"}}),
            json!({"body_hex": "0"}),
            json!({"body": "", "body_hex": ""}),
        ] {
            assert!(read(case.clone()).is_err(), "{case}");
        }
    }
}
