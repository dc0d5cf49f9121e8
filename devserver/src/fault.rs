//! A checked rule, as the actions that it takes.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use hyper::{HeaderMap, Response, StatusCode};
use serde_json::Value;

use crate::config::ConfigError;
use crate::problem::{PROBLEM_JSON, Problem};
use crate::rule::{Dribble, Never, Point, Rule};

/// The end of a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Ending {
    /// A RST, even with bytes under way.
    Reset,
    /// A FIN. The client's later bytes are read and discarded, because unread bytes would lead to a
    /// RST.
    Close,
    /// Nothing until the client leaves.
    Hold,
    /// This text and a FIN.
    Garbage(Bytes),
    /// A FIN, and a close after this time. The client's bytes stay unread, so a RST follows if there are
    /// any.
    Abandon(Duration),
}

/// The changes to the bytes of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Shape {
    Whole,
    /// This number of bytes of the body.
    Truncate(u64),
    /// This number of bytes in all, or the whole answer if it is shorter, and then an unannounced
    /// end.
    Cut(u64, Ending),
    Dribble(Dribble),
}

/// An answer in place of the service's.
#[derive(Debug, Clone)]
pub(crate) struct Canned {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

impl Canned {
    pub(crate) fn response(&self) -> Response<Full<Bytes>> {
        let mut response = Response::new(Full::new(self.body.clone()));
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers.clone();
        response
    }
}

/// The actions of a fault on a request.
#[derive(Debug, Clone)]
pub(crate) enum Act {
    /// The connection ends at a point before the answer.
    End {
        how: Ending,
        at: Point,
    },
    Early413,
    Answer {
        /// The answer in place of the service's.
        canned: Option<Canned>,
        /// True if the request is still carried out.
        record: bool,
        delay: Duration,
        shape: Shape,
    },
}

impl Act {
    /// Returns whether it ends the connection at this point.
    pub(crate) fn ending_at(&self, point: Point) -> Option<&Ending> {
        match self {
            Self::End { how, at } if *at == point => Some(how),
            _ => None,
        }
    }
}

/// Turns a rule into an act, or returns its mistake.
pub(crate) fn compile(rule: &Rule) -> Result<Act, ConfigError> {
    check_counts(rule)?;
    let topic = rule.topic_pattern()?.is_some();
    let act = act(rule)?;
    let before_body = match &act {
        Act::Early413 => true,
        Act::End { at, .. } => {
            matches!(
                at,
                Point::OnAccept | Point::BeforeReading | Point::AfterHeaders
            )
        }
        Act::Answer { .. } => false,
    };
    if topic && before_body {
        return Err(refuse(
            "it acts before the body is read, but the topic is known only afterwards; match on method and path",
        ));
    }
    if act.ending_at(Point::OnAccept).is_some() && rule.matching.is_some() {
        return Err(refuse(
            "on_accept acts on a connection, which has no method, path or topic; leave `match` out",
        ));
    }
    Ok(act)
}

fn refuse(why: impl std::fmt::Display) -> ConfigError {
    ConfigError(format!("fault rule refused: {why}"))
}

fn check_counts(rule: &Rule) -> Result<(), ConfigError> {
    if rule.nth == Some(0) {
        return Err(refuse("nth counts from 1"));
    }
    if rule.times == Some(crate::rule::Times::Count(0)) {
        return Err(refuse("times must be at least 1, or \"always\""));
    }
    if rule.probability.is_some_and(|p| !(0.0..=1.0).contains(&p)) {
        return Err(refuse("probability must lie between 0 and 1"));
    }
    if rule.seed.is_some() && rule.probability.is_none() {
        return Err(refuse("a seed is of no use without a probability"));
    }
    Ok(())
}

fn act(rule: &Rule) -> Result<Act, ConfigError> {
    check_single(rule)?;
    let canned = canned(rule)?;
    let has_answer = canned.is_some() || rule.delay_ms.is_some();
    if rule.early_413 {
        if has_answer || rule.record {
            return Err(refuse(
                "early_413 stands alone: the body is never read, so nothing can be recorded or delayed",
            ));
        }
        return Ok(Act::Early413);
    }
    let shape = match ending(rule) {
        Some((how, Point::AfterBytes(bytes))) => Shape::Cut(bytes, how),
        Some((how, Point::AfterAnswer)) => Shape::Cut(u64::MAX, how),
        Some(_) if has_answer => {
            return Err(refuse(
                "the connection ends before there is an answer, so status and delay_ms have no effect",
            ));
        }
        Some((_, at)) if rule.record && at != Point::AfterRecording => {
            return Err(refuse(
                "say when with the point itself: \"after_recording\" records, the points before it do not",
            ));
        }
        Some((how, at)) => return Ok(Act::End { how, at }),
        None => shape(rule)?,
    };
    if rule.record && canned.is_none() {
        return Err(refuse(
            "record keeps the event although a fault takes the place of the answer; without status, garbage or never_answer it is recorded anyway",
        ));
    }
    Ok(Act::Answer {
        canned,
        record: rule.record,
        delay: rule.delay_ms.map_or(Duration::ZERO, Duration::from_millis),
        shape,
    })
}

fn check_single(rule: &Rule) -> Result<(), ConfigError> {
    let ways = [
        rule.reset.is_some(),
        rule.close.is_some(),
        held_at(rule).is_some(),
        rule.garbage.is_some(),
        rule.truncate.is_some(),
        rule.dribble.is_some(),
        rule.early_413,
    ];
    if ways.into_iter().filter(|way| *way).count() > 1 {
        return Err(refuse(
            "only one of reset, close, never_answer, garbage, truncate, dribble and early_413 can be done to one request",
        ));
    }
    Ok(())
}

/// Returns how and when the rule ends the connection.
fn ending(rule: &Rule) -> Option<(Ending, Point)> {
    let garbage = || {
        let text = Bytes::from(rule.garbage.clone()?);
        let at = if rule.record {
            Point::AfterRecording
        } else {
            Point::AfterReading
        };
        Some((Ending::Garbage(text), at))
    };
    let reset = rule.reset.map(|at| (Ending::Reset, at));
    let close = || rule.close.map(|at| (Ending::Close, at));
    let held = || held_at(rule).map(|at| (Ending::Hold, at));
    reset.or_else(close).or_else(held).or_else(garbage)
}

fn shape(rule: &Rule) -> Result<Shape, ConfigError> {
    match (rule.truncate, rule.dribble) {
        (Some(body_bytes), _) => Ok(Shape::Truncate(body_bytes)),
        (None, Some(dribble)) if dribble.bytes == 0 => {
            Err(refuse("dribble must send at least 1 byte at a time"))
        }
        (None, Some(dribble)) => Ok(Shape::Dribble(dribble)),
        (None, None) => Ok(Shape::Whole),
    }
}

fn held_at(rule: &Rule) -> Option<Point> {
    match rule.never_answer? {
        Never::Flag(false) => None,
        Never::Flag(true) | Never::At(Point::AfterReading) if rule.record => {
            Some(Point::AfterRecording)
        }
        Never::Flag(true) => Some(Point::AfterReading),
        Never::At(at) => Some(at),
    }
}

fn canned(rule: &Rule) -> Result<Option<Canned>, ConfigError> {
    let Some(status) = rule.status else {
        if rule.body.is_some() || !rule.headers.is_empty() || rule.content_type.is_some() {
            return Err(refuse(
                "headers, body and content_type belong to an answer; give its status as well",
            ));
        }
        return Ok(None);
    };
    let status = StatusCode::from_u16(status)
        .ok()
        .filter(|status| status.as_u16() >= 200)
        .ok_or_else(|| refuse(format_args!("status {status} is not between 200 and 999")))?;
    let is_error = status.as_u16() >= 400;
    let (body, default_type) = match &rule.body {
        Some(Value::String(text)) => (text.clone(), "text/plain; charset=utf-8"),
        Some(json) if is_error => (json.to_string(), PROBLEM_JSON),
        Some(json) => (json.to_string(), "application/json"),
        None if is_error => (
            Problem::new(status, "injected by a fault rule").json(),
            PROBLEM_JSON,
        ),
        None => (String::new(), ""),
    };
    let content_type = rule.content_type.as_deref().unwrap_or(default_type);
    let mut headers = HeaderMap::new();
    if !content_type.is_empty() {
        headers.insert(CONTENT_TYPE, header_value("content_type", content_type)?);
    }
    for (name, value) in &rule.headers {
        let field = HeaderName::try_from(name.as_str())
            .map_err(|_| refuse(format_args!("{name:?} is not the name of a header field")))?;
        headers.insert(field, header_value(name, value)?);
    }
    Ok(Some(Canned {
        status,
        headers,
        body: Bytes::from(body),
    }))
}

fn header_value(name: &str, value: &str) -> Result<HeaderValue, ConfigError> {
    HeaderValue::try_from(value).map_err(|_| {
        refuse(format_args!(
            "the value of {name:?} holds a control character"
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compiled(json: &str) -> Result<Act, ConfigError> {
        compile(&serde_json::from_str(json).unwrap())
    }

    #[test]
    fn every_documented_rule_is_accepted() {
        for json in [
            "{}",
            r#"{"status":503}"#,
            r#"{"status":429,"headers":{"Retry-After":"1"},"record":true}"#,
            r#"{"status":200,"body":{"a":1},"truncate":3}"#,
            r#"{"delay_ms":10}"#,
            r#"{"reset":"on_accept"}"#,
            r#"{"reset":{"after_bytes":10}}"#,
            r#"{"close":"after_answer","status":202,"body":"x"}"#,
            r#"{"never_answer":true,"record":true}"#,
            r#"{"never_answer":"after_headers"}"#,
            r#"{"garbage":"SSH-2.0","record":true}"#,
            r#"{"dribble":{"bytes":1,"interval_ms":1},"times":"always"}"#,
            r#"{"early_413":true,"match":{"method":"POST","path":"/v1/"}}"#,
            r#"{"match":{"topic":"a.*"},"status":500,"nth":3,"times":2,"probability":0.5,"seed":1}"#,
        ] {
            assert!(compiled(json).is_ok(), "{json}: {:?}", compiled(json).err());
        }
    }

    #[test]
    fn rules_that_contradict_themselves_are_refused() {
        for json in [
            r#"{"nth":0}"#,
            r#"{"times":0}"#,
            r#"{"probability":1.5}"#,
            r#"{"seed":1}"#,
            r#"{"status":199}"#,
            r#"{"body":"x"}"#,
            r#"{"status":500,"headers":{"a b":"c"}}"#,
            r#"{"status":500,"headers":{"a":"\n"}}"#,
            r#"{"record":true}"#,
            r#"{"reset":"after_reading","close":"after_reading"}"#,
            r#"{"reset":"after_reading","status":500}"#,
            r#"{"reset":"after_reading","record":true}"#,
            r#"{"never_answer":"after_headers","record":true}"#,
            r#"{"early_413":true,"status":500}"#,
            r#"{"early_413":true,"truncate":1}"#,
            r#"{"truncate":1,"dribble":{"bytes":1,"interval_ms":1}}"#,
            r#"{"dribble":{"bytes":0,"interval_ms":1}}"#,
            r#"{"match":{"topic":"a"},"reset":"after_headers"}"#,
            r#"{"match":{"topic":"*"},"status":500}"#,
            r#"{"match":{"method":"POST"},"reset":"on_accept"}"#,
        ] {
            let error = compiled(json).expect_err(json).to_string();
            assert!(!error.is_empty());
        }
    }

    #[test]
    fn unknown_members_are_refused_by_name() {
        let error = serde_json::from_str::<Rule>(r#"{"statsu":500}"#).unwrap_err();
        assert!(error.to_string().contains("statsu"), "{error}");
    }
}
