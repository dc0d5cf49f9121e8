//! Lenient reading of problem details (RFC 7807). An error answer often comes from a proxy in between, and its body
//! must not hide the error.

use super::json::object::Object;
use crate::error::Problem;

/// The longest part of a body that is kept, in bytes.
const MAX_RAW_BODY: usize = 64 * 1024;

impl Problem {
    /// Reads the body of an error answer; `None` if it is empty.
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
    fn a_member_of_another_type_is_absent_and_the_others_are_read() {
        let problem = parse(r#"{"type":null,"title":7,"status":"abc","detail":"kept"}"#);
        assert_eq!(problem.problem_type(), None);
        assert_eq!(problem.title(), None);
        assert_eq!(problem.status(), None);
        assert_eq!(problem.detail(), Some("kept"));
    }

    #[test]
    fn a_body_that_is_no_json_object_is_kept_raw() {
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
    fn an_empty_body_has_no_problem_details() {
        assert_eq!(Problem::parse(b""), None);
    }

    #[test]
    fn members_beyond_the_kept_part_are_read() {
        let body = format!(
            r#"{{"padding":"{}","title":"late"}}"#,
            "x".repeat(MAX_RAW_BODY)
        );
        let problem = parse(&body);
        assert_eq!(problem.title(), Some("late"));
        assert_eq!(problem.raw_body(), &body.as_bytes()[..MAX_RAW_BODY]);
    }

    #[test]
    fn the_debug_form_leaves_the_raw_body_out() {
        let shown = format!("{:?}", parse(r#"{"title":"t","echo":"payload"}"#));
        assert!(
            shown.contains("\"t\"") && !shown.contains("payload"),
            "{shown}"
        );
    }
}
