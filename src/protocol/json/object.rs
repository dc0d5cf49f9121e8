//! Lenient reading of a JSON object's members, for answers whose exact shape the library does not decide.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Number;
use serde_json::value::RawValue;

/// The members of one JSON object, unparsed. If a name occurs twice, the last one counts, as it does for the
/// service.
#[derive(Deserialize)]
#[serde(transparent)]
pub(crate) struct Object<'a>(#[serde(borrow)] BTreeMap<String, &'a RawValue>);

impl<'a> Object<'a> {
    /// Reads the members of `json`, which must be exactly one JSON object.
    pub(crate) fn parse(json: &'a str) -> serde_json::Result<Object<'a>> {
        serde_json::from_str(json)
    }

    /// Returns the number of members.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns the bytes of the member's value, unchanged.
    pub(crate) fn raw(&self, name: &str) -> Option<&'a str> {
        self.0.get(name).map(|value| value.get())
    }

    /// Returns the member if it is a string.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        serde_json::from_str(self.raw(name)?).ok()
    }

    /// Returns the member if it is true or false.
    pub(crate) fn boolean(&self, name: &str) -> Option<bool> {
        serde_json::from_str(self.raw(name)?).ok()
    }

    /// Returns the member if it is a number without a fraction (`12` or `12.0`) that fits.
    pub(crate) fn integer(&self, name: &str) -> Option<i64> {
        let raw = self.raw(name)?;
        let number: Number = serde_json::from_str(raw).ok()?;
        if !raw.contains(['.', 'e', 'E']) {
            // Not through a float, which would round a number just below the range up to the smallest.
            return raw.parse().ok();
        }
        let float = number.as_f64()?;
        // Both bounds are powers of two and therefore exact; the upper one is already too large.
        let fits = (i64::MIN as f64..-(i64::MIN as f64)).contains(&float);
        (fits && float.fract() == 0.0).then_some(float as i64)
    }

    /// Returns the elements of the member, unparsed; none if it is `null` or missing.
    pub(crate) fn list(&self, name: &str) -> serde_json::Result<Vec<&'a str>> {
        let Some(raw) = self.raw(name) else {
            return Ok(Vec::new());
        };
        let elements: Option<Vec<&'a RawValue>> = serde_json::from_str(raw)?;
        Ok(elements
            .unwrap_or_default()
            .into_iter()
            .map(RawValue::get)
            .collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_is_read_as_its_own_type_only() {
        let object = Object::parse(
            r#" {"s":"a\nb","n":7,"f":12.0,"h":1.5,"e":1e3,"big":9223372036854775808,"b":true,"z":null} "#,
        )
        .unwrap();
        assert_eq!(object.text("s").as_deref(), Some("a\nb"));
        assert_eq!(object.integer("n"), Some(7));
        assert_eq!(object.integer("f"), Some(12));
        assert_eq!(object.integer("e"), Some(1000));
        assert_eq!(object.boolean("b"), Some(true));
        for name in ["n", "b", "z", "missing"] {
            assert_eq!(object.text(name), None, "{name}");
        }
        for name in ["s", "h", "big", "b", "z", "missing"] {
            assert_eq!(object.integer(name), None, "{name}");
        }
        for name in ["s", "n", "z", "missing"] {
            assert_eq!(object.boolean(name), None, "{name}");
        }
        assert_eq!(object.len(), 8);
    }

    #[test]
    fn integers_reach_both_ends_of_their_range() {
        let object = Object::parse(
            r#"{"min":-9223372036854775808,"max":9223372036854775807,"fmin":-9223372036854775808.0,"fmax":9223372036854775808.0,"under":-9223372036854775809,"over":9223372036854775808,"minus":-0}"#,
        )
        .unwrap();
        assert_eq!(object.integer("min"), Some(i64::MIN));
        assert_eq!(object.integer("max"), Some(i64::MAX));
        assert_eq!(object.integer("fmin"), Some(i64::MIN));
        assert_eq!(object.integer("fmax"), None);
        assert_eq!(object.integer("under"), None);
        assert_eq!(object.integer("over"), None);
        assert_eq!(object.integer("minus"), Some(0));
    }

    #[test]
    fn a_list_that_is_null_or_missing_is_empty() {
        let object = Object::parse(r#"{"l":[1, "x" ,{}],"z":null,"s":"x"}"#).unwrap();
        assert_eq!(object.list("l").unwrap(), ["1", "\"x\"", "{}"]);
        assert!(object.list("z").unwrap().is_empty());
        assert!(object.list("missing").unwrap().is_empty());
        assert!(object.list("s").is_err());
    }

    #[test]
    fn the_last_of_two_members_counts() {
        let object = Object::parse(r#"{"a":1,"\u0061":2}"#).unwrap();
        assert_eq!(object.integer("a"), Some(2));
    }

    #[test]
    fn only_objects_are_objects() {
        for json in ["[]", "1", "null", "\"a\"", "", "{", "{} {}", "[[\"a\",1]]"] {
            assert!(Object::parse(json).is_err(), "{json}");
        }
    }

    #[test]
    fn members_may_nest_deeper_than_typed_parsing_allows() {
        let json = format!(
            "{{\"deep\":{}{},\"n\":1}}",
            "[".repeat(100_000),
            "]".repeat(100_000)
        );
        assert_eq!(Object::parse(&json).unwrap().integer("n"), Some(1));
    }
}
