//! The order in which events are sent.
//!
//! New events come first. Events that failed before have a share of the turns: in a stream of new events they are still
//! sent again, and any number of them does not hold the stream up. An event that may stall and finds no room is set
//! aside, so that the events behind it can go.

use std::cell::OnceCell;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::time::Instant;

use super::hanging_attempts::Stalls;
use super::topic::Topic;
use super::waiting::Waiting;

/// Of this many turns, one goes to a retry and one to an event that was set aside.
const ROUND: u32 = 4;

/// The waiting events, except those behind another one of their ordering key.
#[derive(Debug, Default)]
pub struct Schedule {
    /// Events that were not tried yet.
    fresh: VecDeque<Waiting>,
    /// Events that were tried before and may be sent again.
    retries: BinaryHeap<Reverse<Waiting>>,
    /// Events that may stall and found no room.
    set_aside: VecDeque<Waiting>,
    /// Events that may be sent again at a time.
    delayed: BinaryHeap<Reverse<(Instant, Waiting)>>,
    turns: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Source {
    Fresh,
    Retries,
    SetAside,
}

impl Schedule {
    /// Adds an event for its first attempt.
    pub fn add(&mut self, event: Waiting) {
        self.fresh.push_back(event);
    }

    /// Adds an event for another attempt at a time.
    pub fn delay(&mut self, at: Instant, event: Waiting) {
        self.delayed.push(Reverse((at, event)));
    }

    /// Makes the delayed events ready whose time has come.
    pub fn wake(&mut self, now: Instant) {
        while let Some(Reverse((at, event))) = self.delayed.peek().copied()
            && at <= now
        {
            self.delayed.pop();
            self.retries.push(Reverse(event));
        }
    }

    /// Returns the time of the next delayed event.
    pub fn next_wake(&self) -> Option<Instant> {
        self.delayed.peek().map(|Reverse((at, _))| *at)
    }

    /// Returns how many events could be sent now, not counting those set aside.
    pub fn ready(&self) -> usize {
        self.fresh.len() + self.retries.len()
    }

    /// Returns whether events are set aside.
    pub fn has_set_aside(&self) -> bool {
        !self.set_aside.is_empty()
    }

    /// Returns whether [`Schedule::next`] may return an event.
    pub fn has_some(&self, probing: bool, stalls: &Stalls, now: Instant) -> bool {
        self.ready() > 0 || (!self.set_aside.is_empty() && stalls.has_room(probing, now))
    }

    /// Returns whether [`Schedule::next_other`] has an event while events are not sent as probes.
    pub fn has_other(
        &self,
        has_failed: impl Fn(Topic) -> bool,
        stalls: &Stalls,
        now: Instant,
    ) -> bool {
        let has_room = stalls.has_room(false, now);
        let is_other = |event: &Waiting| {
            !has_failed(event.topic) && (has_room || !stalls.suspects(event, now))
        };
        self.fresh.iter().any(is_other)
            || self.retries.iter().any(|Reverse(event)| is_other(event))
            || self.set_aside.iter().any(is_other)
    }

    /// Returns the next event of the topic with the least rank: a new one if there is one, otherwise the one that
    /// failed first. It may look through all waiting events, in the rare case that the service seems to be down.
    pub fn next_other(
        &mut self,
        rank: impl Fn(Topic) -> Option<u64>,
        probing: bool,
        stalls: &Stalls,
        now: Instant,
    ) -> Option<Waiting> {
        let has_room = stalls.has_room(probing, now);
        let rank = |event: &Waiting| {
            let rank = rank(event.topic)?;
            (has_room || !stalls.suspects(event, now)).then_some(rank)
        };
        let rank_of = |(at, event): (usize, &Waiting)| Some((rank(event)?, at));
        let fresh = least_rank(self.fresh.iter().enumerate().filter_map(rank_of));
        if let Some((0, at)) = fresh {
            return self.fresh.remove(at);
        }
        let retries = self.retries.iter().map(|Reverse(event)| *event);
        let retries = retries
            .filter_map(|event| Some((rank(&event)?, event)))
            .min();
        let set_aside = self.set_aside.iter().enumerate().filter_map(rank_of).min();
        let ranks = [
            fresh.map(|it| it.0),
            retries.map(|it| it.0),
            set_aside.map(|it| it.0),
        ];
        let least = ranks.into_iter().flatten().min()?;
        if let Some((_, at)) = fresh.filter(|it| it.0 == least) {
            return self.fresh.remove(at);
        }
        if let Some((_, event)) = retries.filter(|it| it.0 == least) {
            self.retries.retain(|Reverse(other)| *other != event);
            return Some(event);
        }
        let (_, at) = set_aside?;
        self.set_aside.remove(at)
    }

    /// Returns the next event to send. While events are probes (`probing`), a retry is taken only if no new event
    /// waits.
    pub fn next(&mut self, probing: bool, stalls: &Stalls, now: Instant) -> Option<Waiting> {
        use Source::{Fresh, Retries, SetAside};
        self.turns = self.turns.wrapping_add(1);
        let order = match self.turns % ROUND {
            1 if !probing => [Retries, Fresh, SetAside],
            3 if !probing => [SetAside, Fresh, Retries],
            _ => [Fresh, Retries, SetAside],
        };
        // To find it out means to look at all attempts in flight, which must not happen for each event.
        let room = OnceCell::new();
        let has_room = || *room.get_or_init(|| stalls.has_room(probing, now));
        let mut sources = order.into_iter();
        sources.find_map(|source| self.next_of(source, &has_room, stalls, now))
    }

    fn next_of(
        &mut self,
        source: Source,
        has_room: &impl Fn() -> bool,
        stalls: &Stalls,
        now: Instant,
    ) -> Option<Waiting> {
        loop {
            let event = match source {
                Source::Fresh => self.fresh.pop_front(),
                Source::Retries => self.retries.pop().map(|Reverse(event)| event),
                Source::SetAside if self.set_aside.is_empty() || !has_room() => None,
                Source::SetAside => return self.set_aside.pop_front(),
            }?;
            if !stalls.suspects(&event, now) || has_room() {
                return Some(event);
            }
            self.set_aside.push_back(event);
        }
    }

    /// Puts the events that were set aside back: fewer events are suspected now.
    pub fn reconsider(&mut self) {
        while let Some(event) = self.set_aside.pop_back() {
            match event.tried {
                None => self.fresh.push_front(event),
                Some(_) => self.retries.push(Reverse(event)),
            }
        }
    }

    /// Keeps the events for which `stays` is true.
    pub fn retain(&mut self, mut stays: impl FnMut(u64) -> bool) {
        self.fresh.retain(|event| stays(event.token));
        self.retries.retain(|Reverse(event)| stays(event.token));
        self.set_aside.retain(|event| stays(event.token));
        self.delayed
            .retain(|Reverse((_, event))| stays(event.token));
    }

    /// Returns how many events wait here.
    #[cfg(test)]
    pub fn len(&self) -> usize {
        self.ready() + self.set_aside.len() + self.delayed.len()
    }
}

/// Returns the least rank and its place. The search ends at a rank of 0, as none is less.
fn least_rank(ranks: impl Iterator<Item = (u64, usize)>) -> Option<(u64, usize)> {
    let mut least = None;
    for found in ranks {
        if found.0 == 0 {
            return Some(found);
        }
        least = Some(least.map_or(found, |least| found.min(least)));
    }
    least
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::hanging_attempts::End;
    use super::super::window::Window;
    use super::*;

    fn topic(name: &str) -> Topic {
        Topic::of(format!("{{\"topic\":\"{name}\"").as_bytes())
    }

    fn fresh(token: u64) -> Waiting {
        Waiting::new(token, topic("t"))
    }

    fn tried(token: u64, at: Instant) -> Waiting {
        Waiting {
            tried: Some(at),
            ..fresh(token)
        }
    }

    fn tokens(schedule: &mut Schedule, stalls: &Stalls, now: Instant) -> Vec<u64> {
        std::iter::from_fn(|| schedule.next(false, stalls, now))
            .map(|event| event.token)
            .collect()
    }

    #[test]
    fn many_failed_events_do_not_hold_up_new_ones() {
        let now = Instant::now();
        let stalls = Stalls::new(Window::new(4));
        let mut schedule = Schedule::default();
        for token in 100..200 {
            schedule.delay(now, tried(token, now));
        }
        schedule.wake(now);
        for token in 0..30 {
            schedule.add(fresh(token));
        }
        let order = tokens(&mut schedule, &stalls, now);
        let first_forty = &order[..40];
        let new = first_forty.iter().filter(|token| **token < 100).count();
        assert_eq!(new, 30, "{order:?}");
        assert!(order[..8].iter().any(|token| *token >= 100), "{order:?}");
        assert_eq!(order.len(), 130);
    }

    #[test]
    fn a_delayed_event_is_not_sent_before_its_time() {
        let now = Instant::now();
        let later = now + Duration::from_secs(1);
        let stalls = Stalls::new(Window::new(4));
        let mut schedule = Schedule::default();
        schedule.delay(later, tried(1, now));
        assert_eq!(schedule.next_wake(), Some(later));
        schedule.wake(later - Duration::from_nanos(1));
        assert!(schedule.next(false, &stalls, now).is_none());
        schedule.wake(later);
        assert_eq!(tokens(&mut schedule, &stalls, later), [1]);
        assert_eq!(schedule.next_wake(), None);
    }

    #[test]
    fn a_probe_is_a_new_event_or_the_one_that_failed_first() {
        let now = Instant::now();
        let at = |seconds| now + Duration::from_secs(seconds);
        let stalls = Stalls::new(Window::new(4));
        for turns in 0..ROUND {
            let mut schedule = Schedule {
                turns,
                ..Schedule::default()
            };
            for (token, failed) in [(1, 3), (2, 1), (3, 2)] {
                schedule.delay(now, tried(token, at(failed)));
            }
            schedule.add(fresh(4));
            schedule.wake(at(9));
            let mut probe = || schedule.next(true, &stalls, at(9)).map(|event| event.token);
            let order = [probe(), probe(), probe(), probe(), probe()];
            assert_eq!(order, [Some(4), Some(2), Some(3), Some(1), None]);
        }
    }

    #[test]
    fn events_that_may_stall_are_set_aside_and_come_back() {
        let now = Instant::now();
        let mut stalls = Stalls::new(Window::new(2));
        let hung = Waiting::new(1, topic("bad"));
        stalls.begin(hung, now);
        stalls.end(1, End::TimedOut, now);
        stalls.begin(hung, now);
        let mut schedule = Schedule::default();
        schedule.add(Waiting::new(2, topic("bad")));
        schedule.add(Waiting::new(3, topic("good")));
        schedule.add(Waiting::new(4, topic("bad")));
        assert_eq!(tokens(&mut schedule, &stalls, now), [3]);
        assert!(!schedule.has_some(false, &stalls, now));
        assert_eq!(schedule.len(), 2);

        // The running attempt ends, so there is room for one.
        stalls.end(1, End::Other, now);
        assert!(schedule.has_some(false, &stalls, now));
        let next = schedule.next(false, &stalls, now).expect("there is room");
        assert_eq!(next.token, 2);
        stalls.begin(next, now);
        assert!(!schedule.has_some(false, &stalls, now));

        schedule.reconsider();
        schedule.add(Waiting::new(5, topic("good")));
        assert_eq!(tokens(&mut schedule, &stalls, now), [5]);
        assert_eq!(schedule.len(), 1);
        schedule.retain(|token| token != 4);
        assert_eq!(schedule.len(), 0);
    }
    #[test]
    fn an_event_of_a_topic_that_has_not_failed_is_found_without_a_look_at_all_others() {
        let now = Instant::now();
        let stalls = Stalls::new(Window::new(4));
        let mut schedule = Schedule::default();
        let bad = topic("bad");
        schedule.add(Waiting::new(0, bad));
        (1..=20_000).for_each(|token| schedule.add(fresh(token)));
        for token in 1..=20_000 {
            let rank = |topic| Some(u64::from(topic == bad));
            let next = schedule.next_other(rank, false, &stalls, now);
            assert_eq!(next.map(|event| event.token), Some(token));
            // All of it takes a fraction of a second, but minutes with a look at all of them.
            assert!(now.elapsed() < Duration::from_secs(10));
        }
        assert_eq!(schedule.len(), 1);
    }
}
