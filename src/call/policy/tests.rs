use proptest::prelude::*;

use super::*;
use crate::error::Status;

const ALMOST_ONE: f64 = 1.0 - f64::EPSILON / 2.0;

fn seconds(seconds: f64) -> Duration {
    Duration::from_secs_f64(seconds)
}

fn state() -> RetryState {
    RetryState::new(&RetryPolicy::default(), Duration::MAX)
}

fn refusal(policy: RetryPolicy) -> String {
    let error = policy.validate().expect_err("the policy must be refused");
    assert_eq!(error.status(), Status::Configuration);
    error.message().to_owned()
}

#[test]
fn the_defaults_are_those_of_the_protocol() {
    let policy = RetryPolicy::default();
    assert_eq!(policy.max_retries, 3);
    assert_eq!(policy.base, seconds(0.2));
    assert_eq!(policy.cap, seconds(10.0));
    assert_eq!(policy.max_elapsed, seconds(30.0));
    assert!(policy.respect_retry_after);
    assert!(policy.validate().is_ok());
}

#[test]
fn contradictory_policies_are_refused() {
    let valid = RetryPolicy::default();
    let equal = RetryPolicy {
        max_retries: 0,
        base: seconds(1.0),
        cap: seconds(1.0),
        max_elapsed: seconds(1.0),
        ..valid
    };
    assert!(equal.validate().is_ok());

    let message = refusal(RetryPolicy {
        base: Duration::ZERO,
        ..valid
    });
    assert!(message.contains("base is 0"), "{message}");
    let message = refusal(RetryPolicy {
        cap: seconds(0.1),
        ..valid
    });
    assert!(message.contains("cap (100ms)") && message.contains("base (200ms)"));
    let message = refusal(RetryPolicy {
        max_elapsed: seconds(9.0),
        ..valid
    });
    assert!(message.contains("max_elapsed, 9s)") && message.contains("cap of the backoff (10s)"));
}

#[test]
fn a_final_failure_is_never_retried() {
    let retry_after = Some(seconds(1.0));
    assert_eq!(
        state().decide(0, Duration::ZERO, false, retry_after, 0.5),
        Decision::Final
    );
    assert_eq!(
        state().decide(9, seconds(99.0), false, None, 0.5),
        Decision::Final
    );
}

#[test]
fn the_bound_of_the_delay_doubles_up_to_the_cap() {
    let policy = RetryPolicy {
        max_retries: u32::MAX,
        ..RetryPolicy::default()
    };
    let state = RetryState::new(&policy, Duration::MAX);
    for (retries_done, bound) in [
        (0, 0.2),
        (1, 0.4),
        (2, 0.8),
        (5, 6.4),
        (6, 10.0),
        (31, 10.0),
        (64, 10.0),
        (127, 10.0),
        (128, 10.0),
        (u32::MAX - 1, 10.0),
    ] {
        let decide = |random| state.decide(retries_done, Duration::ZERO, true, None, random);
        assert_eq!(decide(0.0), Decision::RetryAfter(Duration::ZERO));
        assert_eq!(decide(0.5), Decision::RetryAfter(seconds(bound / 2.0)));
        assert_eq!(decide(ALMOST_ONE), Decision::RetryAfter(seconds(bound)));
    }
}

#[test]
fn the_bound_doubles_beyond_32_bits_with_a_tiny_base() {
    let policy = RetryPolicy {
        max_retries: 50,
        base: Duration::from_nanos(1),
        cap: seconds(2000.0),
        max_elapsed: seconds(3000.0),
        ..RetryPolicy::default()
    };
    let decision =
        RetryState::new(&policy, Duration::MAX).decide(40, Duration::ZERO, true, None, ALMOST_ONE);
    assert_eq!(
        decision,
        Decision::RetryAfter(Duration::from_nanos(1 << 40))
    );
}

#[test]
fn the_number_of_retries_is_limited() {
    let decide = |retries_done| state().decide(retries_done, Duration::ZERO, true, None, 0.0);
    assert_eq!(decide(2), Decision::RetryAfter(Duration::ZERO));
    assert_eq!(decide(3), Decision::Exhausted(Exhaustion::Retries));
    assert_eq!(decide(4), Decision::Exhausted(Exhaustion::Retries));
}

#[test]
fn the_time_of_the_call_is_limited() {
    let decide = |elapsed| state().decide(0, seconds(elapsed), true, None, ALMOST_ONE);
    assert_eq!(decide(29.75), Decision::RetryAfter(seconds(0.2)));
    assert_eq!(decide(29.9), Decision::RetryAfter(seconds(0.1)));
    assert_eq!(decide(30.0), Decision::Exhausted(Exhaustion::Budget));
    assert_eq!(decide(31.0), Decision::Exhausted(Exhaustion::Budget));
}

#[test]
fn the_shorter_of_two_time_limits_counts() {
    let decide = |budget, elapsed| {
        RetryState::new(&RetryPolicy::default(), seconds(budget)).decide(
            0,
            seconds(elapsed),
            true,
            None,
            0.0,
        )
    };
    assert_eq!(decide(5.0, 5.0), Decision::Exhausted(Exhaustion::Budget));
    assert_eq!(decide(60.0, 30.0), Decision::Exhausted(Exhaustion::Budget));
}

#[test]
fn retry_after_is_a_floor_with_jitter_on_top() {
    let decide = |random| state().decide(2, Duration::ZERO, true, Some(seconds(7.0)), random);
    assert_eq!(decide(0.0), Decision::RetryAfter(seconds(7.0)));
    assert_eq!(decide(0.5), Decision::RetryAfter(seconds(7.1)));
    assert_eq!(decide(ALMOST_ONE), Decision::RetryAfter(seconds(7.2)));
    let past = state().decide(2, Duration::ZERO, true, Some(Duration::ZERO), 0.5);
    assert_eq!(past, Decision::RetryAfter(seconds(0.1)));
}

#[test]
fn a_retry_after_beyond_the_budget_ends_the_call_at_once() {
    let decide = |retry_after| state().decide(0, seconds(20.0), true, Some(retry_after), 0.5);
    assert_eq!(
        decide(seconds(10.0)),
        Decision::RetryAfter(seconds(10.0)),
        "fits bare, and its jitter is cut"
    );
    for too_long in [seconds(10.001), Duration::MAX] {
        assert_eq!(
            decide(too_long),
            Decision::Exhausted(Exhaustion::RetryAfter)
        );
    }
}

#[test]
fn retry_after_can_be_ignored() {
    let policy = RetryPolicy {
        respect_retry_after: false,
        ..RetryPolicy::default()
    };
    let decision = RetryState::new(&policy, Duration::MAX).decide(
        0,
        Duration::ZERO,
        true,
        Some(Duration::MAX),
        0.5,
    );
    assert_eq!(decision, Decision::RetryAfter(seconds(0.1)));
}

fn duration() -> impl Strategy<Value = Duration> {
    prop_oneof![
        (0_u64..100_000).prop_map(Duration::from_millis),
        (any::<u64>(), 0_u32..1_000_000_000).prop_map(|(secs, nanos)| Duration::new(secs, nanos)),
        Just(Duration::MAX),
    ]
}

fn policy() -> impl Strategy<Value = RetryPolicy> {
    let bounds = [duration(), duration(), duration()];
    (any::<u32>(), bounds, any::<bool>()).prop_map(|(max_retries, mut bounds, respect)| {
        bounds.sort();
        let [base, cap, max_elapsed] = bounds;
        RetryPolicy {
            max_retries,
            base,
            cap,
            max_elapsed,
            respect_retry_after: respect,
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_delay_is_within_every_bound(
        policy in policy(),
        budget in duration(),
        retries_done in prop_oneof![0_u32..8, any::<u32>()],
        elapsed in duration(),
        retry_after in prop::option::of(duration()),
        random in 0.0..1.0,
    ) {
        let remaining = budget.min(policy.max_elapsed).saturating_sub(elapsed);
        let floor = retry_after.filter(|_| policy.respect_retry_after);
        let decision = RetryState::new(&policy, budget)
            .decide(retries_done, elapsed, true, retry_after, random);
        match decision {
            Decision::Final => prop_assert!(false, "a retryable failure is never final"),
            Decision::Exhausted(Exhaustion::Retries) => {
                prop_assert!(retries_done >= policy.max_retries);
            }
            Decision::Exhausted(Exhaustion::Budget) => prop_assert!(remaining.is_zero()),
            Decision::Exhausted(Exhaustion::RetryAfter) => {
                prop_assert!(floor.is_some_and(|floor| floor > remaining));
            }
            Decision::RetryAfter(delay) => {
                prop_assert!(retries_done < policy.max_retries);
                prop_assert!(!remaining.is_zero() && delay <= remaining);
                match floor {
                    Some(floor) => prop_assert!(
                        delay >= floor && delay <= floor.saturating_add(policy.base)
                    ),
                    None => {
                        let doublings = i32::try_from(retries_done.min(1000)).unwrap();
                        let bound = policy.base.as_secs_f64() * 2_f64.powi(doublings);
                        prop_assert!(delay <= policy.cap);
                        prop_assert!(delay.as_secs_f64() <= bound * (1.0 + 1e-9) + 1e-9);
                    }
                }
            }
        }
    }

    #[test]
    fn a_call_ends_within_its_time_and_its_retries(
        policy in policy(),
        budget in duration(),
        steps in prop::collection::vec(
            (duration(), prop::option::of(duration()), 0.0..1.0),
            1..40,
        ),
    ) {
        let budget_of_call = budget.min(policy.max_elapsed);
        let state = RetryState::new(&policy, budget);
        let mut elapsed = Duration::ZERO;
        for (retries_done, (attempt, retry_after, random)) in (0_u32..).zip(steps) {
            elapsed = elapsed.saturating_add(attempt);
            let ends = elapsed >= budget_of_call || retries_done >= policy.max_retries;
            match state.decide(retries_done, elapsed, true, retry_after, random) {
                Decision::RetryAfter(delay) => {
                    prop_assert!(!ends);
                    // The wait ends within the time of the call, so only attempts can use it up.
                    elapsed += delay;
                    prop_assert!(elapsed <= budget_of_call);
                }
                _ => break,
            }
        }
    }

    #[test]
    fn a_delay_grows_with_the_random_number(
        policy in policy(),
        retries_done in 0_u32..8,
        retry_after in prop::option::of(duration()),
        (less, more) in (0.0..1.0, 0.0..1.0).prop_map(|(a, b): (f64, f64)| (a.min(b), a.max(b))),
    ) {
        let state = RetryState::new(&policy, Duration::MAX);
        let decide = |random| state.decide(retries_done, Duration::ZERO, true, retry_after, random);
        if let (Decision::RetryAfter(shorter), Decision::RetryAfter(longer)) =
            (decide(less), decide(more))
        {
            prop_assert!(shorter <= longer);
        }
    }

    #[test]
    fn any_random_number_gives_a_valid_delay(random in prop::num::f64::ANY, policy in policy()) {
        if let Decision::RetryAfter(delay) =
            RetryState::new(&policy, Duration::MAX).decide(0, Duration::ZERO, true, None, random)
        {
            prop_assert!(delay <= policy.cap);
        }
    }
}
