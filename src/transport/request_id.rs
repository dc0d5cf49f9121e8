//! The id that an answer gives its request, for those who look for the request in the logs of the service or of a gateway.

use http::HeaderMap;

use crate::error::escaped;

/// The headers with an id. Earlier ones come before later ones: the id of a service says more than that of a gateway.
/// Services and many gateways (Envoy, APISIX, Heroku) send the first three, AWS, Kong, Azure and Cloudflare the others.
const NAMES: [&str; 8] = [
    "x-request-id",
    "request-id",
    "x-correlation-id",
    "x-amzn-requestid",
    "x-kong-request-id",
    "x-amzn-trace-id",
    "x-azure-ref",
    "cf-ray",
];

/// The lengths of the names, as bits. Most headers have another one.
const LENGTHS: u32 = {
    let (mut lengths, mut index) = (0, 0);
    while index < NAMES.len() {
        lengths |= 1 << NAMES[index].len();
        index += 1;
    }
    lengths
};

/// The longest id, in characters. The longest usual one (`x-amzn-trace-id`) has about 130.
const LONGEST: usize = 200;

/// A search for the id among the headers of an answer.
#[derive(Default)]
pub struct RequestIdSearch<'a> {
    found: Option<(usize, &'a [u8])>,
}

impl<'a> RequestIdSearch<'a> {
    /// Looks at a header. The first one of a name counts, and an empty one does not.
    #[inline]
    pub fn look_at(&mut self, name: &str, value: &'a [u8]) {
        if name.len() < 32 && LENGTHS >> name.len() & 1 == 1 {
            self.compare(name, value);
        }
    }

    fn compare(&mut self, name: &str, value: &'a [u8]) {
        if let Some(rank) = rank(name)
            && !value.is_empty()
            && self.found.is_none_or(|(best, _)| rank < best)
        {
            self.found = Some((rank, value));
        }
    }

    /// Returns the id as it was sent.
    pub fn into_bytes(self) -> Option<Box<[u8]>> {
        self.found.map(|(_, value)| value.into())
    }
}

/// Returns the place of a header among those with an id.
fn rank(name: &str) -> Option<usize> {
    NAMES
        .iter()
        .position(|known| known.eq_ignore_ascii_case(name))
}

/// Returns whether a header of this name has an id.
pub fn is_request_id(name: &str) -> bool {
    rank(name).is_some()
}

/// Returns the id in the headers of an answer as it was sent, as [`RequestIdSearch`] finds it.
pub fn request_id_in(headers: &HeaderMap) -> Option<Box<[u8]>> {
    let mut ids = NAMES.iter().filter_map(|name| headers.get(*name));
    let id = ids.find(|id| !id.is_empty())?;
    Some(id.as_bytes().into())
}

/// Returns an id as text that may stand in a log.
pub fn request_id_text(id: &[u8]) -> Box<str> {
    let start = &id[..id.len().min(LONGEST)];
    let mut text = escaped(String::from_utf8_lossy(start));
    if let Some((end, _)) = text.char_indices().nth(LONGEST) {
        text.truncate(end);
    }
    text.into()
}

#[cfg(test)]
mod tests {
    use http::HeaderName;

    use super::*;

    /// Returns the id, which both ways of reading find.
    fn find(headers: &[(&str, &str)]) -> Option<String> {
        let mut search = RequestIdSearch::default();
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            search.look_at(name, value.as_bytes());
            let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
            map.append(name, value.parse().unwrap());
        }
        let found = search.into_bytes();
        assert_eq!(found, request_id_in(&map));
        found.map(|id| request_id_text(&id).into_string())
    }

    #[test]
    fn every_header_with_an_id_is_found_whatever_its_case() {
        for name in NAMES {
            for name in [name.to_owned(), name.to_uppercase()] {
                let headers = [("date", "x"), (&*name, "req-1"), ("server", "y")];
                assert_eq!(find(&headers).as_deref(), Some("req-1"), "{name}");
            }
        }
        assert_eq!(find(&[("x-request-ids", "1"), ("id", "2")]), None);
    }

    #[test]
    fn the_service_comes_before_the_gateway_in_any_order() {
        for (better, name) in NAMES.iter().zip(&NAMES[1..]) {
            for headers in [
                [(*better, "1"), (*name, "2")],
                [(*name, "2"), (*better, "1")],
            ] {
                assert_eq!(find(&headers).as_deref(), Some("1"), "{headers:?}");
            }
        }
    }

    #[test]
    fn an_empty_id_counts_as_none_and_the_first_of_a_name_counts() {
        let headers = [("x-request-id", ""), ("cf-ray", "1"), ("CF-Ray", "2")];
        assert_eq!(find(&headers).as_deref(), Some("1"));
        assert_eq!(find(&[("x-request-id", "")]), None);
    }

    #[test]
    fn foreign_characters_are_escaped_and_long_ids_cut_off() {
        assert_eq!(&*request_id_text(b"a\tb \x1b[2J"), "a\\tb \\u{1b}[2J");
        assert_eq!(&*request_id_text(b"\xff\xe2\x80\xae"), "\u{fffd}\\u{202e}");
        for (byte, length) in [(b'x', 199), (b'x', 200), (b'x', 201), (b'\t', 150)] {
            let text = request_id_text(&vec![byte; length]);
            let written = if byte == b'\t' { 2 } else { 1 };
            assert_eq!(text.len(), (length * written).min(LONGEST));
        }
    }
}
