//! An exchange without faults, byte by byte: the part that a fault at an offset strikes.

use std::ops::Range;

use super::fault::{Direction, Fault};
use super::proxy::Chunk;

/// The part of an exchange at an offset.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Place {
    /// Plain http, the request line: up to the first space, the target, the version.
    Method,
    Target,
    RequestVersion,
    /// Plain http: the whole line of the field with this name.
    RequestField(String),
    RequestHeadEnd,
    RequestBody,
    /// Plain http, the status line: the version, the three digits, the phrase.
    ResponseVersion,
    ResponseStatus,
    ResponsePhrase,
    ResponseField(String),
    ResponseHeadEnd,
    ResponseBody,
    /// https: the records of the client's side of the handshake. The request follows directly behind the
    /// last one.
    ClientHello,
    ClientChangeCipherSpec,
    ClientFinished,
    RequestRecord,
    /// https: the records of the service's side; the flight is the protected part of the handshake.
    ServerHello,
    ServerChangeCipherSpec,
    ServerFlight,
    /// The session tickets.
    Tickets,
    ResponseRecord,
    /// Behind the last byte.
    End,
}

/// The places of one direction, in their order.
type Map = Vec<(Range<usize>, Place)>;

/// The places of an exchange without faults.
#[derive(Clone, Debug)]
pub struct Exchange {
    request: Map,
    response: Map,
}

impl Exchange {
    /// Reads a transcript of plain http.
    pub fn of_http(chunks: &[Chunk]) -> Self {
        Exchange {
            request: http(&joined(chunks, Direction::Request), Direction::Request),
            response: http(&joined(chunks, Direction::Response), Direction::Response),
        }
    }

    /// Reads a transcript of TLS 1.3, of a whole connection or (`pooled`) of its second request.
    pub fn of_https(chunks: &[Chunk], pooled: bool) -> Self {
        let request = joined(chunks, Direction::Request);
        let response = joined(chunks, Direction::Response);
        if pooled {
            return Exchange {
                request: records(&request, Direction::Request, |_, _| Place::RequestRecord),
                response: records(&response, Direction::Response, |_, _| Place::ResponseRecord),
            };
        }
        // The client answers the server's flight when it has all of it.
        let flight: usize = chunks
            .iter()
            .skip_while(|chunk| chunk.direction == Direction::Request)
            .take_while(|chunk| chunk.direction == Direction::Response)
            .map(|chunk| chunk.bytes.len())
            .sum();
        let mut protected = 0;
        let request_map = records(&request, Direction::Request, |_, _| {
            protected += 1;
            match protected {
                1 => Place::ClientFinished,
                _ => Place::RequestRecord,
            }
        });
        let whole = response.len();
        let response_map = records(&response, Direction::Response, |start, end| {
            if start < flight {
                Place::ServerFlight
            } else if end < whole {
                Place::Tickets
            } else {
                Place::ResponseRecord
            }
        });
        Exchange {
            request: request_map,
            response: response_map,
        }
    }

    fn map(&self, direction: Direction) -> &Map {
        match direction {
            Direction::Request => &self.request,
            Direction::Response => &self.response,
        }
    }

    /// The number of bytes in this direction.
    pub fn len(&self, direction: Direction) -> usize {
        self.map(direction).last().map_or(0, |(range, _)| range.end)
    }

    /// The offsets at which the places of a direction begin.
    pub fn starts(&self, direction: Direction) -> impl Iterator<Item = usize> {
        self.map(direction).iter().map(|(range, _)| range.start)
    }

    /// The place that a fault strikes, and its range.
    pub fn place(&self, fault: Fault) -> (Range<usize>, &Place) {
        let mut places = self.map(fault.direction).iter();
        let found = places.find(|(range, _)| range.contains(&fault.offset));
        found.map_or_else(
            || (fault.offset..fault.offset, &Place::End),
            |(range, place)| (range.clone(), place),
        )
    }
}

fn joined(chunks: &[Chunk], direction: Direction) -> Vec<u8> {
    let of_direction = chunks.iter().filter(|chunk| chunk.direction == direction);
    of_direction.flat_map(|chunk| chunk.bytes.clone()).collect()
}

fn http(message: &[u8], direction: Direction) -> Map {
    let text = std::str::from_utf8(message).expect("text");
    let (head, body) = text.split_once("\r\n\r\n").expect("a head");
    let mut lines = head.split_inclusive("\r\n");
    let mut map = Map::new();
    let mut add = |length: usize, place| {
        let start = map
            .last()
            .map_or(0, |(range, _): &(Range<usize>, _)| range.end);
        map.push((start..start + length, place));
    };
    let first = lines.next().expect("a first line");
    match direction {
        Direction::Request => {
            let mut words = first.split_inclusive(' ');
            let mut next = || words.next().expect("three words").len();
            add(next(), Place::Method);
            add(next(), Place::Target);
            add(next(), Place::RequestVersion);
        }
        Direction::Response => {
            add("HTTP/1.1 ".len(), Place::ResponseVersion);
            add("202".len(), Place::ResponseStatus);
            add(first.len() - "HTTP/1.1 202".len(), Place::ResponsePhrase);
        }
    }
    for line in lines {
        let (name, _) = line.split_once(':').expect("a field");
        let name = name.to_ascii_lowercase();
        // The search for the end of the head consumed the end of its last line.
        let length = line.len() + if line.ends_with("\r\n") { 0 } else { 2 };
        add(
            length,
            match direction {
                Direction::Request => Place::RequestField(name),
                Direction::Response => Place::ResponseField(name),
            },
        );
    }
    let (head_end, of_body) = match direction {
        Direction::Request => (Place::RequestHeadEnd, Place::RequestBody),
        Direction::Response => (Place::ResponseHeadEnd, Place::ResponseBody),
    };
    add("\r\n".len(), head_end);
    add(body.len(), of_body);
    map
}

/// The records of a TLS stream. `protected` names the encrypted ones by their start and end.
fn records(
    stream: &[u8],
    direction: Direction,
    mut protected: impl FnMut(usize, usize) -> Place,
) -> Map {
    const HEADER: usize = 5;
    const CHANGE_CIPHER_SPEC: u8 = 20;
    const HANDSHAKE: u8 = 22;
    let mut map = Map::new();
    let mut start = 0;
    while start < stream.len() {
        let header = &stream[start..start + HEADER];
        let end = start + HEADER + usize::from(u16::from_be_bytes([header[3], header[4]]));
        let place = match (header[0], direction) {
            (CHANGE_CIPHER_SPEC, Direction::Request) => Place::ClientChangeCipherSpec,
            (CHANGE_CIPHER_SPEC, Direction::Response) => Place::ServerChangeCipherSpec,
            (HANDSHAKE, Direction::Request) => Place::ClientHello,
            (HANDSHAKE, Direction::Response) => Place::ServerHello,
            _ => protected(start, end),
        };
        map.push((start..end, place));
        start = end;
    }
    map
}
