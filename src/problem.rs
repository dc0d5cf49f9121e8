//! Problem details (RFC 7807) of an answer, read leniently: an error answer often comes from a proxy
//! in between, and however odd it is it must not hide the error that it reports.

use std::fmt;

use crate::json::object::Object;

/// How much of a body is kept.
const MAX_RAW_BODY: usize = 64 * 1024;

/// What the body of an error answer says.
///
/// A member that is missing or of another JSON type than RFC 7807 gives it is absent; a body that is
/// not JSON leaves just [`raw_body`](Problem::raw_body).
#[derive(Clone, PartialEq, Eq)]
pub struct Problem {
    problem_type: Option<String>,
    title: Option<String>,
    status: Option<i64>,
    detail: Option<String>,
    raw_body: Vec<u8>,
}

impl Problem {
    /// Reads the body of an error answer; `None` where it is empty.
    pub fn parse(body: &[u8]) -> Option<Problem> {
        if body.is_empty() {
            return None;
        }
        let object = std::str::from_utf8(body)
            .ok()
            .and_then(|text| Object::parse(text).ok());
        let text = |name| object.as_ref().and_then(|object| object.text(name));
        Some(Problem {
            problem_type: text("type"),
            title: text("title"),
            status: object.as_ref().and_then(|object| object.integer("status")),
            detail: text("detail"),
            raw_body: body[..body.len().min(MAX_RAW_BODY)].to_vec(),
        })
    }

    /// The URI that names the kind of problem.
    pub fn problem_type(&self) -> Option<&str> {
        self.problem_type.as_deref()
    }

    /// A short summary of the kind of problem.
    pub fn title(&self) -> Option<&str> {
        self.title.as_deref()
    }

    /// The HTTP status as the body states it.
    pub fn status(&self) -> Option<i64> {
        self.status
    }

    /// What is particular to this occurrence.
    pub fn detail(&self) -> Option<&str> {
        self.detail.as_deref()
    }

    /// The body as it was received, with the members this type has no accessor for; at most its
    /// first 64 KiB.
    pub fn raw_body(&self) -> &[u8] {
        &self.raw_body
    }
}

/// The raw body stays out: it is large, and whatever a proxy put there is not ours to log.
impl fmt::Debug for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Problem")
            .field("problem_type", &self.problem_type)
            .field("title", &self.title)
            .field("status", &self.status)
            .field("detail", &self.detail)
            .field("raw_body_len", &self.raw_body.len())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(body: &str) -> Problem {
        Problem::parse(body.as_bytes()).expect("a problem")
    }

    #[test]
    fn members_are_read_and_unknown_ones_stay_in_the_raw_body() {
        let body = r#"{"type":"about:blank","title":"Conflict","status":409,"detail":"d","x":[1]}"#;
        let problem = parse(body);
        assert_eq!(problem.problem_type(), Some("about:blank"));
        assert_eq!(problem.title(), Some("Conflict"));
        assert_eq!(problem.status(), Some(409));
        assert_eq!(problem.detail(), Some("d"));
        assert_eq!(problem.raw_body(), body.as_bytes());
    }

    #[test]
    fn members_of_another_type_are_absent_and_take_no_other_with_them() {
        let problem = parse(r#"{"type":null,"title":7,"status":"abc","detail":"kept"}"#);
        assert_eq!(problem.problem_type(), None);
        assert_eq!(problem.title(), None);
        assert_eq!(problem.status(), None);
        assert_eq!(problem.detail(), Some("kept"));
    }

    #[test]
    fn bodies_that_are_no_json_object_are_kept_raw() {
        let bodies: [&[u8]; 6] = [
            b"<html><title>502</title></html>",
            b"[\"type\",\"title\"]",
            b"{\"title\":\"cut off",
            b"\xff\xfe",
            b" ",
            b"null",
        ];
        for body in bodies {
            let problem = Problem::parse(body).expect("a problem");
            assert_eq!(problem.raw_body(), body);
            assert_eq!(problem.title(), None);
            assert_eq!(problem.status(), None);
        }
    }

    #[test]
    fn an_empty_body_is_no_problem() {
        assert_eq!(Problem::parse(b""), None);
    }

    #[test]
    fn members_past_the_part_that_is_kept_are_still_read() {
        let body = format!(
            r#"{{"padding":"{}","title":"late"}}"#,
            "x".repeat(MAX_RAW_BODY)
        );
        let problem = parse(&body);
        assert_eq!(problem.title(), Some("late"));
        assert_eq!(problem.raw_body(), &body.as_bytes()[..MAX_RAW_BODY]);
    }

    #[test]
    fn debug_leaves_the_raw_body_out() {
        let shown = format!("{:?}", parse(r#"{"title":"t","echo":"payload"}"#));
        assert!(
            shown.contains("\"t\"") && !shown.contains("payload"),
            "{shown}"
        );
    }
}
