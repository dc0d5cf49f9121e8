//! Submitted events with a fault on one of their connections: each event has one completion and one record.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use hookrail::internals::{Client, SendOptions, SubmitOptions};
use hookrail::{Flushed, Outcome};

use super::case::Mode;
use super::fault::{Fault, Kind};
use super::lane::{self, Lane};
use super::matrix::{KEPT, Matrix, turn};
use super::sample;
use super::subject::{HTTP, HTTPS, Subject};
use crate::support::{PATIENCE, TOPIC};

const LANES: usize = 16;
const WORKERS: usize = 2;
const EVENTS: u64 = 4;

/// The timeout of an attempt that may hang. It is doubled if the machine was too slow for the fault to strike.
const SHORT: Duration = Duration::from_millis(300);
const ROUNDS: u32 = 5;

fn key(tag: u64) -> String {
    format!("event-{tag}")
}

fn payload(tag: u64) -> String {
    format!("{{\"tag\":{tag}}}")
}

/// Arms a fault on one of the connections of some events. Returns whether it struck.
fn play(lane: &Lane, fault: Fault, time: Duration) -> Result<bool, String> {
    let mut options = lane.options();
    let attempt = if fault.kind.may_hang() {
        time
    } else {
        PATIENCE
    };
    options
        .set_workers(WORKERS)
        .and_then(|()| options.set_connect_timeout(attempt))
        .and_then(|()| options.set_read_timeout(attempt))
        .and_then(|()| options.set_write_timeout(attempt))
        .and_then(|()| options.set_delivery_timeout(PATIENCE))
        .expect("good limits");
    let client = lane.client(options, PATIENCE);
    lane.proxy.arm_next(fault);
    for tag in 0..EVENTS {
        submit(&client, tag);
    }
    let flushed = client.flush(Some(PATIENCE)).expect("flush works");
    let struck = lane.proxy.disarm();
    let checked = check_completions(&client);
    drop(client);
    let (events, _) = lane.settle();
    checked?;
    if flushed != Flushed::All {
        return Err(format!("{flushed:?}"));
    }
    let mut recorded: Vec<_> = events
        .iter()
        .map(|event| (event.idempotency_key.clone(), event.payload.clone()))
        .collect();
    recorded.sort();
    let sent: Vec<_> = (0..EVENTS)
        .map(|tag| (Some(key(tag)), payload(tag)))
        .collect();
    if recorded != sent {
        return Err(format!("recorded are {recorded:?}"));
    }
    Ok(struck)
}

fn submit(client: &Client, tag: u64) {
    let options = SendOptions {
        idempotency_key: Some(hookrail::internals::IdempotencyKey::new(key(tag)).unwrap()),
        ..SendOptions::default()
    };
    let submit = SubmitOptions {
        tag,
        wants_completion: true,
        wait: None,
    };
    client
        .submit(TOPIC, payload(tag).as_bytes(), &options, &submit)
        .expect("there is room");
}

/// Checks that after a flush each event has one completion, a success.
fn check_completions(client: &Client) -> Result<(), String> {
    let mut missing: BTreeSet<u64> = (0..EVENTS).collect();
    let completions = client
        .poll(2 * EVENTS as usize, Some(Duration::ZERO))
        .map_err(|error| error.to_string())?;
    for completion in completions {
        if completion.outcome() != Outcome::Delivered || !missing.remove(&completion.tag) {
            return Err(format!("{completion:?}, missing are {missing:?}"));
        }
    }
    if missing.is_empty() {
        Ok(())
    } else {
        Err(format!("no completion for {missing:?}"))
    }
}

fn every_event_has_one_completion_and_one_record(subject: Subject, kinds: &'static [Kind]) {
    let _turn = turn();
    let lanes = subject.lanes(LANES);
    let matrix = Matrix {
        kinds,
        ..Matrix::new(subject, Mode::Retries, 64)
    };
    let faults = matrix.faults(&subject.measure(&lanes[0]));
    let started = Instant::now();
    let results = lane::on_all(&lanes, &faults, |lane, fault| {
        for round in 0..ROUNDS {
            if play(lane, *fault, SHORT * 2_u32.pow(round))? {
                return Ok(());
            }
        }
        Err("the fault never struck".to_owned())
    });
    let wrong: Vec<_> = faults
        .iter()
        .zip(&results)
        .filter_map(|(fault, result)| Some(format!("{fault}: {}", result.as_ref().err()?)))
        .collect();
    sample::say(&format!(
        "{subject}, producer: {} cases with {EVENTS} events each in {:.1} s, {}\n",
        faults.len(),
        started.elapsed().as_secs_f64(),
        sample::shown()
    ));
    assert!(
        wrong.is_empty(),
        "{} ({}):\n{}",
        wrong.len(),
        sample::shown(),
        wrong.join("\n")
    );
}

#[test]
fn http() {
    every_event_has_one_completion_and_one_record(HTTP, &KEPT);
}

#[test]
fn https() {
    every_event_has_one_completion_and_one_record(HTTPS, &Kind::ALL);
}
