//! One case: a send with a fault, the same send again, the next event, and the ledger after all three.

use std::time::Duration;

use hookrail::internals::Client;
use hookrail::{Accepted, Error, Outcome, Status};
use hookrail_devserver::{EventRecord, Summary};

use super::fault::{Direction, Fault, Kind};
use super::lane::Lane;
use super::subject::{Event, Subject};
use super::table::{Expected, Truth, Verdict};
use crate::support::{API_KEY, TOPIC, timed};

/// The time after the end of its budget within which a call must return.
pub const PROMISED: Duration = Duration::from_millis(250);
/// The budget of a call that a fault may leave waiting.
const SHORT: Duration = Duration::from_millis(400);
/// The budget of a call that no fault may delay so long.
const LONG: Duration = Duration::from_secs(20);
/// How often a case is repeated, each time with twice the budget, if the fault did not strike within the
/// budget because the machine was slow.
const ROUNDS: u32 = 6;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// The fault shows in the result.
    OneAttempt,
    /// Only the first connection has the fault.
    Retries,
}

pub struct Case {
    pub subject: Subject,
    pub mode: Mode,
    pub fault: Fault,
    pub expected: Expected,
}

/// A case that passed.
#[derive(Clone, Copy, Debug)]
pub struct Played {
    pub verdict: Verdict,
    /// The time by which a call was late.
    pub overdue: Duration,
    /// The number of tries.
    pub rounds: u32,
}

impl Played {
    pub fn is_late(&self) -> bool {
        !self.overdue.is_zero()
    }
}

/// The result of a case.
type Checked<T> = Result<T, String>;

macro_rules! check {
    ($condition:expr, $($words:tt)+) => {
        if !$condition {
            return Err(format!($($words)+));
        }
    };
}

impl Case {
    pub fn play(&self, lane: &Lane) -> Checked<Played> {
        let mut overdue = Duration::ZERO;
        for round in 0..ROUNDS {
            let (verdict, late) = self.play_within(lane, SHORT * 2_u32.pow(round))?;
            overdue = overdue.max(late);
            if let Some(verdict) = verdict {
                return Ok(Played {
                    verdict,
                    overdue,
                    rounds: round + 1,
                });
            }
        }
        Err("the fault never struck in time, or the call always timed out".to_owned())
    }

    /// Plays the case with this budget. There is no verdict if the budget was too short for the
    /// fault to strike, or for the call to see more of it than a timeout.
    fn play_within(&self, lane: &Lane, time: Duration) -> Checked<(Option<Verdict>, Duration)> {
        let may_hang = self.fault.kind.may_hang();
        let mut options = lane.options();
        let budget = match self.mode {
            Mode::OneAttempt if may_hang => time,
            _ => LONG,
        };
        if self.mode == Mode::Retries {
            options.set_max_retries(8);
            let phase = if may_hang { time } else { LONG };
            options
                .set_connect_timeout(phase)
                .and_then(|()| options.set_read_timeout(phase))
                .and_then(|()| options.set_write_timeout(phase))
                .expect("good limits");
        }
        let client = lane.client(options, budget);
        self.subject.prepare(&client);
        self.subject.arm(lane, self.fault);
        let before = lane.server.summary().requests;
        let (sent, elapsed) = timed(|| self.subject.event().send(&client));
        let overdue = elapsed.saturating_sub(budget + PROMISED);
        let struck = self.subject.disarm(lane);
        let verdict = Verdict::of(&sent);
        let was_too_short = may_hang && verdict.is_timeout() && !self.allows(verdict)
            || self.has_repeated_what_was_altered(&client);
        if !struck || was_too_short {
            drop(client);
            lane.settle();
            return Ok((None, overdue));
        }
        if self.repeats_request() {
            lane.await_answers(before + 2);
        }
        let checked = self.judge(lane, &client, &sent);
        drop(client);
        let (events, summary) = lane.settle();
        checked?;
        self.judge_ledger(verdict, &events, &summary)
            .map_err(|wrong| format!("{wrong}; in the end there is {events:?}"))?;
        Ok((Some(verdict), overdue))
    }

    /// Returns whether the client sent its true bytes after the altered ones, because an answer came too late. The
    /// service may then have two events, or one of them and a conflict over their key.
    fn has_repeated_what_was_altered(&self, client: &Client) -> bool {
        let foresees_timeouts = self
            .expected
            .verdicts
            .iter()
            .any(|verdict| verdict.is_timeout());
        self.mode == Mode::Retries
            && self.expected.truth == Truth::RequestAltered
            && !foresees_timeouts
            && client.stats().to_json().contains(r#""timeout":"#)
    }

    /// Returns whether a send may have this verdict.
    fn allows(&self, verdict: Verdict) -> bool {
        let in_table = self.expected.verdicts.contains(&verdict);
        match self.mode {
            Mode::OneAttempt => in_table,
            Mode::Retries => verdict == Verdict::Accepted || (in_table && verdict.is_final()),
        }
    }

    /// Judges the send by the table and by the records when it returns. Then sends the event again, and
    /// another event.
    fn judge(&self, lane: &Lane, client: &Client, sent: &Result<Accepted, Error>) -> Checked<()> {
        let verdict = Verdict::of(sent);
        let event = self.subject.event();
        let recorded = self.recorded(lane.events());
        check!(
            self.allows(verdict),
            "{verdict:?} is not among {:?}: {sent:?}",
            self.expected.verdicts
        );
        match sent {
            Ok(accepted) => {
                self.check_accepted(accepted, &event, &recorded)?;
                let is_lost = !self.expected.verdicts.contains(&Verdict::Accepted);
                check!(
                    accepted.attempts > 1 || !is_lost,
                    "one attempt was enough: {accepted:?}"
                );
            }
            Err(error) => self.check_error(error, &event, &recorded)?,
        }

        let (again, _) = self.follow(client, &event)?;
        let recorded = self.recorded(lane.events());
        self.check_repeated(verdict, &again, &event, &recorded)?;

        let next = Event::next();
        let (sent, was_refused) = self.follow(client, &next)?;
        let accepted = sent.map_err(|error| format!("the next event: {error:?}"))?;
        // On a slow machine the attempts of a client with short timeouts are replays of each other. The service may
        // also have recorded the event of which the client took the refusal of the bytes before it for the answer.
        check!(
            !accepted.replayed || accepted.attempts > 1 || was_refused,
            "the next event is said to be a replay: {accepted:?}"
        );
        let recorded = lane.events();
        let of_next = |record: &&EventRecord| is(record, &next);
        let of_next: Vec<_> = recorded.iter().filter(of_next).collect();
        check!(
            of_next.len() == 1 && of_next[0].event_id == accepted.event_id,
            "the next event: {accepted:?}, recorded {of_next:?}"
        );
        Ok(())
    }

    /// Returns whether the service gets the whole request twice, and so answers twice. Over plain http the client can
    /// recognise the second answer only if it arrives before the next request.
    fn repeats_request(&self) -> bool {
        !self.subject.https
            && !self.subject.large
            && self.fault.kind == Kind::RepeatSegment
            && self.fault.direction == Direction::Request
            && self.fault.offset == 0
    }

    /// Sends without a fault. Bytes that were repeated in plain http may stand before this request; the service
    /// then refuses them, and accepts the next request. Returns also whether that has happened.
    fn follow(&self, client: &Client, event: &Event) -> Checked<(Result<Accepted, Error>, bool)> {
        let result = event.send_patiently(client);
        let was_refused = matches!(&result, Err(error) if self.refuses_leftover(error));
        if was_refused {
            return Ok((event.send_patiently(client), true));
        }
        Ok((result, false))
    }

    /// Returns whether the service refused the remaining bytes of a repetition. They are no request or, if they begin
    /// within the method, a request with an unknown method.
    fn refuses_leftover(&self, error: &Error) -> bool {
        let repeats = matches!(self.fault.kind, Kind::RepeatByte | Kind::RepeatSegment);
        let begins_within_method = self.fault.kind == Kind::RepeatSegment
            && self.fault.direction == Direction::Request
            && (1.."POST".len()).contains(&self.fault.offset);
        let is_refusal = match error.http_status() {
            Some(400) => error.status() == Status::BadRequest,
            Some(405) => begins_within_method,
            _ => false,
        };
        !self.subject.https && repeats && is_refusal && error.outcome() == Outcome::Rejected
    }

    fn check_accepted(
        &self,
        accepted: &Accepted,
        event: &Event,
        recorded: &[EventRecord],
    ) -> Checked<()> {
        check!(
            recorded.len() == 1,
            "accepted, and recorded {} times: {recorded:?}",
            recorded.len()
        );
        check!(accepted.idempotency_key == event.key, "{accepted:?}");
        let id_is_true = accepted.event_id == recorded[0].event_id;
        match self.expected.truth {
            Truth::Whole => check!(
                id_is_true && is(&recorded[0], event),
                "{accepted:?}, and recorded is {recorded:?}"
            ),
            Truth::RequestAltered => check!(id_is_true, "{accepted:?}, {recorded:?}"),
            Truth::AnswerAltered => check!(is(&recorded[0], event), "recorded is {recorded:?}"),
        }
        Ok(())
    }

    fn check_error(&self, error: &Error, event: &Event, recorded: &[EventRecord]) -> Checked<()> {
        check!(error.idempotency_key() == Some(event.key), "{error:?}");
        check!(!error.message().contains(API_KEY), "{error:?}");
        check!(
            error.attempts() == 1 || self.mode == Mode::Retries,
            "{error:?}"
        );
        let most = match error.outcome() {
            Outcome::MaybeSent => 1,
            // The refusal may be an altered acceptance.
            Outcome::Rejected if self.expected.truth == Truth::AnswerAltered => 1,
            Outcome::NotSent | Outcome::Rejected => 0,
            outcome => return Err(format!("{outcome:?}: {error:?}")),
        };
        check!(
            recorded.len() <= most,
            "{:?}, and recorded is {recorded:?}",
            error.outcome()
        );
        Ok(())
    }

    /// The same event once more, after `first`.
    fn check_repeated(
        &self,
        first: Verdict,
        again: &Result<Accepted, Error>,
        event: &Event,
        recorded: &[EventRecord],
    ) -> Checked<()> {
        let under_key: Vec<_> = recorded
            .iter()
            .filter(|record| record.idempotency_key.as_deref() == Some(event.key))
            .collect();
        check!(
            under_key.len() == 1,
            "under its key there are {under_key:?}"
        );
        let was_altered = self.expected.truth == Truth::RequestAltered;
        if was_altered && !is(under_key[0], event) {
            let conflict = Verdict::Failed(Status::Conflict, Outcome::Rejected);
            check!(Verdict::of(again) == conflict, "{again:?}");
            return Ok(());
        }
        let again = match again {
            Ok(again) => again,
            Err(error) => return Err(format!("the event sent again: {error:?}")),
        };
        check!(
            again.event_id == under_key[0].event_id && is(under_key[0], event),
            "{again:?}, and recorded is {under_key:?}"
        );
        if was_altered {
            return Ok(());
        }
        check!(recorded.len() == 1, "doubled: {recorded:?}");
        let is_replay = match (first, self.expected.truth) {
            (_, Truth::AnswerAltered) | (Verdict::Accepted, _) => Some(true),
            _ if self.is_unseen(first) => Some(false),
            _ => None,
        };
        check!(
            again.attempts > 1 || is_replay.is_none_or(|expected| expected == again.replayed),
            "{first:?} before {again:?}"
        );
        Ok(())
    }

    /// Returns whether the service cannot have seen an event before it was sent again, once.
    fn is_unseen(&self, first: Verdict) -> bool {
        let unseen = match first {
            Verdict::Failed(_, Outcome::NotSent) => true,
            // The client may reuse a connection that was cut behind the refusal, and replace it when the
            // service already has the event.
            Verdict::Failed(_, Outcome::Rejected) => !self.fault.kind.cuts(),
            _ => false,
        };
        unseen && self.mode == Mode::OneAttempt && self.expected.truth != Truth::AnswerAltered
    }

    /// Judges the ledger after all requests have ended.
    fn judge_ledger(
        &self,
        first: Verdict,
        events: &[EventRecord],
        summary: &Summary,
    ) -> Checked<()> {
        let next = Event::next();
        check!(
            events.iter().filter(|record| is(record, &next)).count() == 1,
            "the next event is not there exactly once"
        );
        let of_case = self.recorded(events.to_vec());
        let of_case: Vec<_> = of_case.iter().filter(|record| !is(record, &next)).collect();
        if self.expected.truth == Truth::RequestAltered {
            check!(of_case.len() <= 2, "{} records", of_case.len());
            return Ok(());
        }
        check!(of_case.len() == 1, "{} records", of_case.len());
        check!(summary.conflicts == 0, "{summary:?}");
        // The only record is that of the repeated send.
        check!(
            !self.is_unseen(first) || summary.replays == 0,
            "{first:?}, and yet it came: {summary:?}"
        );
        Ok(())
    }

    /// The records without the event that made the connection.
    fn recorded(&self, mut events: Vec<EventRecord>) -> Vec<EventRecord> {
        let first = Event::first();
        events.retain(|record| !(self.subject.pooled && is(record, &first)));
        events
    }
}

/// Returns whether this is the record of that event, byte by byte.
fn is(record: &EventRecord, event: &Event) -> bool {
    record.idempotency_key.as_deref() == Some(event.key)
        && record.topic.as_bytes() == TOPIC
        && record.payload.as_bytes() == event.payload
}
