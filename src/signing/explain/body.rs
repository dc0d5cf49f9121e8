//! The changes that receivers, and programs in between, make to a body before it is verified.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::de::IgnoredAny;

use super::json::{Layout, Node, Order, Spacing, Strings, unescape};
use super::search::Form;
use super::wrapping::BYTE_ORDER_MARK;

/// The largest body that is tried: thirty copies of a larger one are not worth it.
const MAX_LEN: usize = 1 << 20;

const GZIP_MAGIC: &[u8] = b"\x1f\x8b";

const LAYOUTS: [(Spacing, &str); 5] = [
    (Spacing::Spaced, "with a space after each comma and colon"),
    (Spacing::Compact, "without white space"),
    (Spacing::Indented("  "), "indented by two spaces"),
    (Spacing::Indented("    "), "indented by four spaces"),
    (Spacing::Indented("\t"), "indented by tabs"),
];

/// Returns the body as it was given, and as it may have been before a change.
pub(super) fn forms(body: &[u8]) -> Vec<Form<Cow<'_, [u8]>>> {
    let mut forms = vec![Form::new(Cow::Borrowed(body), None)];
    if body.len() > MAX_LEN {
        return forms;
    }
    let changed = at_the_ends(body)
        .into_iter()
        .chain(line_breaks(body))
        .chain(encodings(body))
        .map(|(change, value)| (Cow::Borrowed(change), value))
        .chain(layouts(body));
    for (change, value) in changed {
        if forms.iter().all(|form| form.value != value) {
            forms.push(Form {
                value,
                change: Some(change),
            });
        }
    }
    forms
}

/// Returns what stands out about a body if no other form of it matches.
pub(super) fn observations(body: &[u8]) -> Option<String> {
    let observation = match body {
        [] => {
            "The body is empty: a stream that something else has read to its end gives nothing more. A \
             verification that is told the request's Content-Length calls that body_incomplete."
        }
        _ if body.starts_with(GZIP_MAGIC) => {
            "The body is compressed with gzip, which the service never does: something in between \
             has changed it."
        }
        _ if breaks_off(body) => {
            "The body is JSON that breaks off: the connection was cut, or something else read a part of \
             it. A verification that is told the request's Content-Length calls that body_incomplete."
        }
        _ if body.len() > MAX_LEN => "The body is so large that no other forms of it were tried.",
        _ => return None,
    };
    Some(observation.to_owned())
}

/// Returns whether the body is the front part of a JSON text.
fn breaks_off(body: &[u8]) -> bool {
    serde_json::from_slice::<IgnoredAny>(body).is_err_and(|error| error.is_eof())
}

type Changes<'a> = Vec<(&'static str, Cow<'a, [u8]>)>;

fn at_the_ends(body: &[u8]) -> Changes<'_> {
    let mut changes: Changes<'_> = Vec::new();
    for line_break in [b"\r\n".as_slice(), b"\n"] {
        if let Some(rest) = body.strip_suffix(line_break) {
            changes.push((
                "the line break at the end of the body is removed",
                rest.into(),
            ));
        }
    }
    changes.push((
        "white space is removed from the ends of the body",
        body.trim_ascii().into(),
    ));
    for line_break in [b"\n".as_slice(), b"\r\n"] {
        changes.push((
            "the line break is put back at the end of the body",
            [body, line_break].concat().into(),
        ));
    }
    changes.push(match body.strip_prefix(BYTE_ORDER_MARK) {
        Some(rest) => (
            "the byte order mark is removed from the front of the body",
            rest.into(),
        ),
        None => (
            "the byte order mark is put back at the front of the body",
            [BYTE_ORDER_MARK, body].concat().into(),
        ),
    });
    changes
}

fn line_breaks(body: &[u8]) -> Changes<'_> {
    let lines: Vec<&[u8]> = body
        .split(|&byte| byte == b'\n')
        .map(|line| line.strip_suffix(b"\r").unwrap_or(line))
        .collect();
    vec![
        (
            "the line breaks of the body are single line feeds again, not CR LF",
            lines.join(b"\n".as_slice()).into(),
        ),
        (
            "the line breaks of the body are CR LF again, not single line feeds",
            lines.join(b"\r\n".as_slice()).into(),
        ),
    ]
}

fn encodings(body: &[u8]) -> Changes<'_> {
    let mut changes: Changes<'_> = Vec::new();
    if let Ok(bytes) = STANDARD.decode(body.trim_ascii()) {
        changes.push((
            "the body is base64-decoded first, as a gateway handed it on in base64",
            bytes.into(),
        ));
    }
    let Ok(text) = std::str::from_utf8(body) else {
        return changes;
    };
    if let Some(inner) = unescape(text) {
        changes.push((
            "the body is the text inside the JSON string into which it was packed",
            inner.into_bytes().into(),
        ));
    }
    let latin_1: Option<Vec<u8>> = text.chars().map(|char| u8::try_from(char).ok()).collect();
    if let Some(bytes) = latin_1 {
        changes.push((
            "the bytes of the body are not read as Latin-1 and written as UTF-8",
            bytes.into(),
        ));
    }
    changes
}

/// Returns the JSON of the body as other programs would have written it. The service's own layout comes first: it is
/// the likely one if two are equal for a body.
fn layouts(body: &[u8]) -> Vec<(Cow<'static, str>, Cow<'_, [u8]>)> {
    let Some(node) = std::str::from_utf8(body).ok().and_then(Node::parse) else {
        return Vec::new();
    };
    let mut changes = Vec::new();
    for (order, ordering) in [
        (Order::AsGiven, ""),
        (
            Order::Jsonb,
            ", its names in the order of PostgreSQL's jsonb",
        ),
    ] {
        for (strings, escaping) in [
            (Strings::AsGiven, ""),
            (Strings::Unescaped, ", without needless escapes"),
        ] {
            for (spacing, layout) in LAYOUTS {
                let value = node.write(Layout {
                    spacing,
                    order,
                    strings,
                });
                let change = format!(
                    "the body is the JSON {layout}{ordering}{escaping} (it was parsed and serialised \
                     again; verify the bytes received)"
                );
                changes.push((change.into(), value.into_bytes().into()));
            }
        }
    }
    changes
}
