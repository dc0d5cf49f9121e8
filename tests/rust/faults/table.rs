//! The permitted results of a single attempt for each fault and place, as strict as the client's knowledge allows.

use hookrail::{Accepted, Error, Outcome, Status};

use super::exchange::{Exchange, Place};
use super::fault::{Direction, Fault, Kind};
use super::subject::Subject;

/// The result of a send, with the status of its last attempt.
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

    /// Returns whether no retry follows.
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

/// How far the client's result can be compared with the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Truth {
    /// Fully: the client's result is right, and the service recorded the sent event.
    Whole,
    /// Plain http, and the service got altered bytes: it may have recorded another event, or this event under
    /// another key. Its answer about recording is right.
    RequestAltered,
    /// Plain http, and the client got altered bytes: the event is recorded, the id in the answer may be wrong,
    /// and an altered digit of the status changes the answer's meaning.
    AnswerAltered,
}

/// The permitted results.
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
        // The repeated bytes come behind all sent bytes.
        (Kind::RepeatSegment, _) => Truth::Whole,
        (_, Direction::Request) => Truth::RequestAltered,
        (_, Direction::Response) => Truth::AnswerAltered,
    };
    Expected { verdicts, truth }
}

/// The progress of the request at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Nothing of it can have left.
    Handshake,
    /// It leaves directly after this place, or has just left.
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

/// Faults that do not alter bytes.
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
        // The client replaces a lost connection that was used before, without a new attempt, unless an answer
        // has begun.
        _ if subject.pooled => match phase {
            Phase::Answer if !subject.https && fault.offset > 0 => &[LOST],
            _ => &[ACCEPTED],
        },
        _ => match phase {
            Phase::Handshake => &[NOT_CONNECTED],
            Phase::Joint => &[NOT_CONNECTED, LOST],
            // A cut before its first byte is also one at the end of the handshake.
            Phase::Request if subject.https && fault.offset == range.start => {
                &[NOT_CONNECTED, LOST]
            }
            // A cut before its first byte strikes directly behind the tickets, as the request leaves.
            Phase::Answer if subject.https && is_behind_tickets(fault, exchange) => {
                &[NOT_CONNECTED, LOST]
            }
            // A large request may meet the end of the connection while it is being written.
            Phase::Request | Phase::RequestEnd if subject.large => &[NOT_CONNECTED, LOST],
            // The service may answer after the FIN.
            Phase::RequestEnd if fault.kind == Kind::HalfClose => &[ACCEPTED, LOST],
            Phase::Request | Phase::RequestEnd | Phase::Answer => &[LOST],
            Phase::AnswerEnd => &[ACCEPTED],
        },
    }
}

/// Returns whether the fault strikes between the session tickets and the answer.
fn is_behind_tickets(fault: Fault, exchange: &Exchange) -> bool {
    let before = Fault {
        offset: fault.offset - 1,
        ..fault
    };
    *exchange.place(before).1 == Place::Tickets
}

/// The results of the same faults for an event that the service refuses, from those for an event that it
/// accepts. The head of a refusal decides, even if its body is lost.
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

/// Altered bytes under TLS, which one side always notices.
fn altered_under_tls(subject: Subject, fault: Fault, exchange: &Exchange) -> Vec<Verdict> {
    let (range, place) = exchange.place(fault);
    let phase = phase(fault.direction, place);
    let in_header = fault.offset - range.start < 5;
    // The client replaces a used connection when TLS fails. A receiver of the header of a longer record
    // waits for the missing bytes.
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
    // Bytes that are repeated behind a whole handshake are noticed after the request was sent.
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
    // The service may close the connection on bytes that it does not understand.
    if fault.direction == Direction::Request {
        allow(Status::Connection);
    }
    // A receiver that was promised a longer message waits for the missing bytes.
    if in_header || matches!(place, Place::ClientHello | Place::ServerHello) {
        allow(Status::Timeout);
    }
    // TLS 1.3 ignores type and version in a record's header, and the record that only imitates TLS 1.2.
    // Repeated bytes may arrive after the end of the exchange.
    let is_idle = fault.offset - range.start < 3
        || matches!(
            place,
            Place::ClientChangeCipherSpec | Place::ServerChangeCipherSpec
        );
    let is_behind = match fault.kind {
        // The segment may contain the next place, too.
        Kind::RepeatSegment => phase != Phase::Handshake,
        Kind::RepeatByte => fault.offset + 1 == range.end && phase != Phase::Handshake,
        _ => false,
    };
    if is_idle || is_behind {
        verdicts.push(ACCEPTED);
    }
    verdicts
}

/// Altered bytes without TLS, which no side can recognise. The service's answer is right for the bytes that it
/// got.
fn altered_http(fault: Fault, exchange: &Exchange) -> &'static [Verdict] {
    if fault.kind == Kind::RepeatSegment {
        return &[ACCEPTED];
    }
    match exchange.place(fault).1 {
        Place::Method => &[MALFORMED, OTHER_ANSWER],
        Place::Target => &[MALFORMED, NO_SUCH_PATH],
        // HTTP/1.0 is accepted as well; an additional line end ends the head before the key.
        Place::RequestVersion => &[MALFORMED, UNKNOWN_KEY, ACCEPTED],
        Place::RequestField(name) => match name.as_str() {
            // If the announced length is too large, both sides wait.
            "content-length" => &[MALFORMED, UNKNOWN_KEY, LATE, ACCEPTED],
            "idempotency-key" => &[MALFORMED, ACCEPTED],
            _ => &[MALFORMED, UNKNOWN_KEY, ACCEPTED],
        },
        Place::RequestHeadEnd => &[MALFORMED],
        Place::RequestBody => &[MALFORMED, ACCEPTED],
        Place::ResponseVersion => &[GARBLED, ACCEPTED],
        // 202 becomes 302 or 212.
        Place::ResponseStatus => &[GARBLED, OTHER_ANSWER, ACCEPTED],
        // An answer without a length ends with the connection.
        Place::ResponsePhrase | Place::ResponseField(_) => &[GARBLED, LATE, ACCEPTED],
        Place::ResponseHeadEnd => &[GARBLED],
        Place::ResponseBody => &[GARBLED, ACCEPTED],
        place => panic!("{place:?} is no place of plain http"),
    }
}
