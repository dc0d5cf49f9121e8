//! A request of the line protocol: access to its arguments.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hookrail::Error;
use serde_json::{Map, Value};

use crate::results;

/// The result of a command.
pub type Reply = Result<Value, Problem>;

/// The reasons for a command without a result.
pub enum Problem {
    /// The library returned an error, here in the form of the protocol.
    Refused(Value),
    /// The library's types cannot hold this argument.
    Inexpressible(String),
    /// The request is invalid.
    Mistaken(String),
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        Self::Refused(results::error(&error))
    }
}

impl From<String> for Problem {
    fn from(reason: String) -> Self {
        Self::Mistaken(reason)
    }
}

/// A name and a value.
pub type Pair = (Vec<u8>, Vec<u8>);

/// The members of a request, or of an object in a request.
pub struct Request(Map<String, Value>);

impl Request {
    /// Reads a line.
    pub fn parse(line: &str) -> Result<Self, String> {
        serde_json::from_str(line)
            .map(Self)
            .map_err(|error| error.to_string())
    }

    /// Returns whether an argument is there.
    pub fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// Returns a whole number.
    pub fn int(&self, name: &str) -> Result<i64, String> {
        self.optional_int(name)?.ok_or_else(|| missing(name))
    }

    /// Returns an optional whole number.
    pub fn optional_int(&self, name: &str) -> Result<Option<i64>, String> {
        let read = |value: &Value| value.as_i64().ok_or_else(|| format!("{name} is {value}"));
        self.0.get(name).map(read).transpose()
    }

    /// Returns an optional size.
    pub fn optional_size(&self, name: &str) -> Result<Option<usize>, Problem> {
        let size = |number: i64| {
            usize::try_from(number)
                .map_err(|_| Problem::Inexpressible(format!("{name}: {number} as a usize")))
        };
        self.optional_int(name)?.map(size).transpose()
    }

    /// Returns an optional time in milliseconds.
    pub fn optional_time(&self, name: &str) -> Result<Option<Duration>, Problem> {
        let time = |number: i64| match u64::try_from(number) {
            Ok(number) => Ok(Duration::from_millis(number)),
            Err(_) => Err(Problem::Inexpressible(format!(
                "{name}: {number} ms as a Duration"
            ))),
        };
        self.optional_int(name)?.map(time).transpose()
    }

    /// Returns a flag; a missing one is false.
    pub fn flag(&self, name: &str) -> bool {
        self.0.get(name) == Some(&Value::Bool(true))
    }

    /// Returns a text.
    pub fn text(&self, name: &str) -> Result<&str, String> {
        self.0
            .get(name)
            .and_then(Value::as_str)
            .ok_or_else(|| missing(name))
    }

    /// Returns bytes.
    pub fn bytes(&self, name: &str) -> Result<Vec<u8>, String> {
        decode(self.0.get(name).ok_or_else(|| missing(name))?)
    }

    /// Returns optional bytes.
    pub fn optional_bytes(&self, name: &str) -> Result<Option<Vec<u8>>, String> {
        self.0.get(name).map(decode).transpose()
    }

    /// Returns the texts of an object and their names; none if there is no object.
    pub fn texts<'a>(&'a self, name: &str) -> Result<Vec<(&'a str, &'a str)>, String> {
        let members = self.0.get(name).and_then(Value::as_object);
        let text = |(member, value): (&'a String, &'a Value)| match value.as_str() {
            Some(text) => Ok((member.as_str(), text)),
            None => Err(format!("{name} holds {value}")),
        };
        members.into_iter().flatten().map(text).collect()
    }

    /// Returns bytes that are a `&str` in the library.
    pub fn utf8(&self, name: &str) -> Result<String, Problem> {
        as_utf8(name, self.bytes(name)?)
    }

    /// Returns optional bytes that are a `&str` in the library.
    pub fn optional_utf8(&self, name: &str) -> Result<Option<String>, Problem> {
        let bytes = self.optional_bytes(name)?;
        bytes.map(|bytes| as_utf8(name, bytes)).transpose()
    }

    /// Returns a list of bytes.
    pub fn list(&self, name: &str) -> Result<Vec<Vec<u8>>, String> {
        self.items(name)?.iter().map(decode).collect()
    }

    /// Returns a list of pairs of bytes.
    pub fn pairs(&self, name: &str) -> Result<Vec<Pair>, String> {
        let pair = |item: &Value| match item.as_array().map(Vec::as_slice) {
            Some([first, second]) => Ok((decode(first)?, decode(second)?)),
            _ => Err(format!("{name} holds {item}")),
        };
        self.items(name)?.iter().map(pair).collect()
    }

    /// Returns an optional pair of whole numbers.
    pub fn optional_pair(&self, name: &str) -> Result<Option<Request>, String> {
        let Some(value) = self.0.get(name) else {
            return Ok(None);
        };
        let pair = value.as_array().map(Vec::as_slice);
        let Some([first, second]) = pair else {
            return Err(format!("{name} is {value}"));
        };
        let members = [("0", first), ("1", second)];
        let members = members.map(|(name, value)| (name.to_owned(), value.clone()));
        Ok(Some(Self(members.into_iter().collect())))
    }

    /// Returns an object.
    pub fn object(&self, name: &str) -> Result<Request, String> {
        let object = self.0.get(name).and_then(Value::as_object);
        object.cloned().map(Self).ok_or_else(|| missing(name))
    }

    fn items(&self, name: &str) -> Result<&Vec<Value>, String> {
        self.0
            .get(name)
            .and_then(Value::as_array)
            .ok_or_else(|| missing(name))
    }
}

/// Encodes bytes for the protocol.
pub fn encode(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

fn decode(value: &Value) -> Result<Vec<u8>, String> {
    let text = value
        .as_str()
        .ok_or_else(|| format!("{value} is no text"))?;
    STANDARD.decode(text).map_err(|error| error.to_string())
}

fn as_utf8(name: &str, bytes: Vec<u8>) -> Result<String, Problem> {
    String::from_utf8(bytes)
        .map_err(|_| Problem::Inexpressible(format!("{name} that is not UTF-8")))
}

fn missing(name: &str) -> String {
    format!("{name} is missing, or of another type")
}
