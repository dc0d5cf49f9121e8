//! What a single attempt may come to, by fault and place: as tight as what the client can know.

use hookrail::Accepted;
use hookrail::{Error, Outcome, Status};

use super::exchange::{Exchange, Place};
use super::fault::{Direction, Fault, Kind};
use super::subject::Subject;

/// What a send came to. The status is that of its last attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    Accepted,
    Failed(Status, Outcome),
}

impl Verdict {
    pub fn of(result: &Result<Accepted, Error>) -> Self {
        match result {
            Ok(_) => Verdict::Accepted,
            Err(error) => {
                let last = error.cause().unwrap_or(error);
                Verdict::Failed(last.status(), error.outcome())
            }
        }
    }

    /// Whether no retry follows.
    pub fn is_final(self) -> bool {
        match self {
            Verdict::Accepted => true,
            Verdict::Failed(status, _) => !matches!(
                status,
                Status::Connection | Status::Timeout | Status::Tls | Status::RateLimited
            ),
        }
    }

    pub fn is_timeout(self) -> bool {
        matches!(self, Verdict::Failed(Status::Timeout, _))
    }
}

/// How far what the client says can be held against the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Truth {
    /// Fully: what it says is so, and what is recorded is what was sent.
    Whole,
    /// Plain http, and other bytes reached the service than were sent: what it recorded may be another
    /// event, or this one under another key. What it says of recording is so.
    RequestAltered,
    /// Plain http, and other bytes reached the client than the service sent: the event is recorded,
    /// the id in the answer may be wrong, and with a digit of the status the answer becomes another one.
    AnswerAltered,
}

/// What may be seen.
#[derive(Clone, Debug)]
pub struct Expected {
    pub verdicts: Vec<Verdict>,
    pub truth: Truth,
}

const ACCEPTED: Verdict = Verdict::Accepted;
const NOT_CONNECTED: Verdict = Verdict::Failed(Status::Connection, Outcome::NotSent);
const LOST: Verdict = Verdict::Failed(Status::Connection, Outcome::MaybeSent);
const LATE_UNSENT: Verdict = Verdict::Failed(Status::Timeout, Outcome::NotSent);
const LATE: Verdict = Verdict::Failed(Status::Timeout, Outcome::MaybeSent);
const GARBLED: Verdict = Verdict::Failed(Status::Protocol, Outcome::MaybeSent);
const MALFORMED: Verdict = Verdict::Failed(Status::BadRequest, Outcome::Rejected);
const UNKNOWN_KEY: Verdict = Verdict::Failed(Status::Authentication, Outcome::Rejected);
const NO_SUCH_PATH: Verdict = Verdict::Failed(Status::NotFound, Outcome::Rejected);
const REFUSED: Verdict = Verdict::Failed(Status::RateLimited, Outcome::Rejected);
const OTHER_ANSWER: Verdict = Verdict::Failed(Status::UnexpectedStatus, Outcome::Rejected);

/// A trickle lets a few bytes through before the budget is used up.
const TRICKLED: usize = 8;

pub fn expected(subject: Subject, fault: Fault, exchange: &Exchange) -> Expected {
    let verdicts = match (fault.kind.alters(), subject.https) {
        (false, _) if subject.refused => {
            refused(fault, exchange, unaltered(subject, fault, exchange))
        }
        (false, _) => unaltered(subject, fault, exchange).to_vec(),
        (true, true) => altered_under_tls(subject, fault, exchange),
        (true, false) => altered_http(fault, exchange).to_vec(),
    };
    let truth = match (fault.kind, fault.direction) {
        _ if subject.https || !fault.kind.alters() => Truth::Whole,
        // What is repeated comes behind the whole of what was sent.
        (Kind::RepeatSegment, _) => Truth::Whole,
        (_, Direction::Request) => Truth::RequestAltered,
        (_, Direction::Response) => Truth::AnswerAltered,
    };
    Expected { verdicts, truth }
}

/// How far the request has come at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Nothing of it can have left.
    Handshake,
    /// It leaves as soon as this has passed, or has just left.
    Joint,
    Request,
    RequestEnd,
    Answer,
    AnswerEnd,
}

fn phase(direction: Direction, place: &Place) -> Phase {
    match (direction, place) {
        (
            _,
            Place::ClientHello
            | Place::ServerHello
            | Place::ServerChangeCipherSpec
            | Place::ServerFlight,
        ) => Phase::Handshake,
        (_, Place::ClientChangeCipherSpec | Place::ClientFinished | Place::Tickets) => Phase::Joint,
        (Direction::Request, Place::End) => Phase::RequestEnd,
        (Direction::Response, Place::End) => Phase::AnswerEnd,
        (Direction::Request, _) => Phase::Request,
        (Direction::Response, _) => Phase::Answer,
    }
}

/// Faults that let through nothing but what was sent.
fn unaltered(subject: Subject, fault: Fault, exchange: &Exchange) -> &'static [Verdict] {
    let (range, place) = exchange.place(fault);
    let phase = phase(fault.direction, place);
    let left_in = |end: usize| end - fault.offset;
    let nearly_over = left_in(exchange.len(fault.direction)) <= TRICKLED;
    match fault.kind {
        Kind::Dribble => &[ACCEPTED],
        // The RST may come before or after the request is written.
        Kind::Reject if !subject.https => &[NOT_CONNECTED, LOST],
        Kind::Trickle if nearly_over => &[ACCEPTED, LATE],
        Kind::Trickle if phase == Phase::Handshake && left_in(range.end) <= TRICKLED => {
            &[LATE_UNSENT, LATE]
        }
        Kind::Stall | Kind::Trickle => match phase {
            Phase::Handshake => &[LATE_UNSENT],
            _ => &[LATE],
        },
        // A connection that is lost after it was of use once is replaced at no cost, unless an answer
        // has begun.
        _ if subject.pooled => match phase {
            Phase::Answer if !subject.https && fault.offset > 0 => &[LOST],
            _ => &[ACCEPTED],
        },
        _ => match phase {
            Phase::Handshake => &[NOT_CONNECTED],
            Phase::Joint => &[NOT_CONNECTED, LOST],
            // A cut before its first byte comes at the end of the handshake.
            Phase::Request if subject.https && fault.offset == range.start => {
                &[NOT_CONNECTED, LOST]
            }
            // A large request may meet the end of the connection while it is being written.
            Phase::Request | Phase::RequestEnd if subject.large => &[NOT_CONNECTED, LOST],
            // The service may answer although it has been told that nothing more will come.
            Phase::RequestEnd if fault.kind == Kind::HalfClose => &[ACCEPTED, LOST],
            Phase::Request | Phase::RequestEnd | Phase::Answer => &[LOST],
            Phase::AnswerEnd => &[ACCEPTED],
        },
    }
}

/// The same faults where the service refuses, given what they come to where it accepts. What a refusal
/// says is said with its head: whatever becomes of its body, it holds.
fn refused(fault: Fault, exchange: &Exchange, accepted: &[Verdict]) -> Vec<Verdict> {
    let (_, place) = exchange.place(fault);
    if *place == Place::ResponseBody {
        return vec![REFUSED];
    }
    let refused = |verdict: &Verdict| match verdict {
        Verdict::Accepted => REFUSED,
        verdict => *verdict,
    };
    let mut verdicts: Vec<_> = accepted.iter().map(refused).collect();
    let body = exchange.starts(fault.direction).last().unwrap_or(0);
    let in_head = matches!(place, Place::ResponseField(_) | Place::ResponseHeadEnd);
    if fault.kind == Kind::Trickle && in_head && body - fault.offset <= TRICKLED {
        verdicts.push(REFUSED);
    }
    verdicts
}

/// Other bytes than were sent, under TLS: somebody notices, always.
fn altered_under_tls(subject: Subject, fault: Fault, exchange: &Exchange) -> Vec<Verdict> {
    let (range, place) = exchange.place(fault);
    let phase = phase(fault.direction, place);
    let in_header = fault.offset - range.start < 5;
    // A connection that was of use once is replaced when TLS fails. Whoever is told of a longer record
    // waits for the rest of it.
    if subject.pooled {
        return if in_header {
            vec![ACCEPTED, LATE]
        } else {
            vec![ACCEPTED]
        };
    }
    let repeats = matches!(fault.kind, Kind::RepeatByte | Kind::RepeatSegment);
    let may_be_unsent = match phase {
        Phase::Handshake | Phase::Joint => true,
        _ => subject.large,
    };
    // What is repeated behind a whole handshake is noticed after the request has gone out.
    let may_be_sent = phase != Phase::Handshake || repeats;
    let mut verdicts = Vec::new();
    let mut allow = |status| {
        if may_be_unsent {
            verdicts.push(Verdict::Failed(status, Outcome::NotSent));
        }
        if may_be_sent {
            verdicts.push(Verdict::Failed(status, Outcome::MaybeSent));
        }
    };
    allow(Status::Tls);
    // The service may hang up on what it does not understand.
    if fault.direction == Direction::Request {
        allow(Status::Connection);
    }
    // Who is told of a longer message waits for the rest of it.
    if in_header || matches!(place, Place::ClientHello | Place::ServerHello) {
        allow(Status::Timeout);
    }
    // Type and version in the header of a record mean nothing any more, nor does the record that only
    // looks like one of TLS 1.2; and what is repeated may come when all is over.
    let is_idle = fault.offset - range.start < 3
        || matches!(
            place,
            Place::ClientChangeCipherSpec | Place::ServerChangeCipherSpec
        );
    let is_behind = match fault.kind {
        // The segment may hold what follows, too.
        Kind::RepeatSegment => phase != Phase::Handshake,
        Kind::RepeatByte => fault.offset + 1 == range.end && phase != Phase::Handshake,
        _ => false,
    };
    if is_idle || is_behind {
        verdicts.push(ACCEPTED);
    }
    verdicts
}

/// Other bytes than were sent, without TLS: nobody can tell a byte that was turned from one that was
/// meant. What the service makes of them is its true answer to what it got.
fn altered_http(fault: Fault, exchange: &Exchange) -> &'static [Verdict] {
    if fault.kind == Kind::RepeatSegment {
        return &[ACCEPTED];
    }
    match exchange.place(fault).1 {
        Place::Method => &[MALFORMED, OTHER_ANSWER],
        Place::Target => &[MALFORMED, NO_SUCH_PATH],
        // HTTP/1.0 is as good; a line end too many ends the head before the key.
        Place::RequestVersion => &[MALFORMED, UNKNOWN_KEY, ACCEPTED],
        Place::RequestField(name) => match name.as_str() {
            // A body that is said to be longer than it is keeps both sides waiting.
            "content-length" => &[MALFORMED, UNKNOWN_KEY, LATE, ACCEPTED],
            "idempotency-key" => &[MALFORMED, ACCEPTED],
            _ => &[MALFORMED, UNKNOWN_KEY, ACCEPTED],
        },
        Place::RequestHeadEnd => &[MALFORMED],
        Place::RequestBody => &[MALFORMED, ACCEPTED],
        Place::ResponseVersion => &[GARBLED, ACCEPTED],
        // 202 becomes 302 or 212.
        Place::ResponseStatus => &[GARBLED, OTHER_ANSWER, ACCEPTED],
        // Without its length an answer ends with the connection.
        Place::ResponsePhrase | Place::ResponseField(_) => &[GARBLED, LATE, ACCEPTED],
        Place::ResponseHeadEnd => &[GARBLED],
        Place::ResponseBody => &[GARBLED, ACCEPTED],
        place => panic!("{place:?} is no place of plain http"),
    }
}
