//! Plays a scenario: one client or several, steps one after the other, and then a check of the ledger.

use std::collections::BTreeSet;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};

use crate::driver::{Answer, Cancellation, Driver};
use crate::matching::{self, Variables};
use crate::report::Failure;
use crate::world::{PATIENCE, World};
use crate::{bytes, schema, steps, wire};

type Members = Map<String, Value>;

/// The client that a scenario gets without a step of its own.
const CLIENT: &str = "client";
/// The producer key of that client.
const API_KEY: &str = "hk_dev";

/// The number of tries for a scenario whose event ran out of time before its first attempt.
const TRIES: usize = 5;

/// The members that a scenario may have. Without this list, a misspelt expectation would never fail.
const MEMBERS: [&str; 12] = [
    "name",
    "about",
    "against_the_clock",
    "server",
    "environment",
    "client",
    "faults",
    "steps",
    "requests",
    "request_count",
    "events",
    "deliveries",
];

/// Plays a scenario.
pub fn play(driver: &mut Driver, case: &Members) -> Result<(), Failure> {
    if let Some(unknown) = case.keys().find(|name| !MEMBERS.contains(&name.as_str())) {
        return Err(format!("a scenario has no member `{unknown}`").into());
    }
    let hello = driver.hello();
    let language_and_version = format!("{}/{}", hello.language, hello.version);
    let against_the_clock = case.get("against_the_clock") == Some(&Value::Bool(true));
    let mut tries = if against_the_clock { TRIES } else { 1 };
    loop {
        let world = World::start(case, language_and_version.clone())?;
        let mut scenario = Scenario {
            driver,
            world: &world,
            variables: Variables::default(),
            clients: BTreeSet::new(),
            api_keys: BTreeSet::new(),
            too_late: false,
        };
        let result = scenario.play(case);
        tries -= 1;
        if result.is_ok() || tries == 0 || !scenario.too_late {
            return result;
        }
        scenario.free_clients()?;
    }
}

/// Returns the step that makes the scenario's client for the server. Its delays are short, so that no test
/// waits for a delay that it does not test. Its timeouts are long, so that no attempt fails because a busy
/// machine slows the service down.
fn default_client(case: &Members) -> Members {
    let mut options = Members::new();
    options.insert("backoff_ms".into(), json!([1, 5]));
    for phase in ["connect_timeout_ms", "read_timeout_ms", "write_timeout_ms"] {
        options.insert(phase.into(), json!(60_000));
    }
    options.insert("total_timeout_ms".into(), json!(120_000));
    let mut step = Members::new();
    step.insert("do".into(), json!("client_new"));
    step.insert("api_key".into(), json!(API_KEY));
    step.insert("base_url".into(), json!("{{server}}"));
    for (name, value) in case
        .get("client")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
    {
        match (name.as_str(), value) {
            ("options", Value::Object(own)) => options.extend(own.clone()),
            (_, Value::Null) => {
                step.remove(name);
            }
            _ => {
                step.insert(name.clone(), value.clone());
            }
        }
    }
    options.retain(|_, value| !value.is_null());
    step.insert("options".into(), Value::Object(options));
    step
}

struct Scenario<'a> {
    driver: &'a mut Driver,
    world: &'a World,
    variables: Variables,
    clients: BTreeSet<String>,
    api_keys: BTreeSet<String>,
    /// Whether an event ran out of time before its first attempt, for instance on a busy machine.
    too_late: bool,
}

impl Scenario<'_> {
    fn play(&mut self, case: &Members) -> Result<(), Failure> {
        if case.get("client") != Some(&Value::Null) {
            self.step(&default_client(case))?;
        }
        let steps = case
            .get("steps")
            .and_then(Value::as_array)
            .ok_or_else(|| "no `steps`".to_owned())?;
        for (number, step) in (1..).zip(steps) {
            let step = step
                .as_object()
                .ok_or_else(|| format!("step {number} is no object"))?;
            self.step(step).map_err(|Failure(problems)| {
                let at = |problem| format!("step {number}: {problem}");
                Failure(problems.into_iter().map(at).collect())
            })?;
        }
        self.free_clients()?;
        let problems = wire::check(self.world, case, &self.api_keys, &mut self.variables);
        if problems.is_empty() {
            Ok(())
        } else {
            Err(Failure(problems))
        }
    }

    fn step(&mut self, step: &Members) -> Result<(), Failure> {
        let action = step.get("do").and_then(Value::as_str).unwrap_or_default();
        match action {
            "await" => {
                let mut least = step.clone();
                least.remove("do");
                Ok(self.world.wait(&least)?)
            }
            "await_pending" => self.wait_for_pending(step),
            "inject" => {
                let rules = step
                    .get("faults")
                    .ok_or_else(|| "`inject` has no `faults`".to_owned())?;
                Ok(self.world.inject(rules)?)
            }
            "recover" => {
                self.world.server().clear_faults();
                Ok(())
            }
            "outage" => {
                let on = step.get("on").and_then(Value::as_bool);
                self.world
                    .server()
                    .set_outage(on.ok_or_else(|| "`outage` has no `on`".to_owned())?);
                Ok(())
            }
            "ready" => {
                let expected = step.get("status").and_then(Value::as_u64);
                let expected = expected.ok_or_else(|| "`ready` has no `status`".to_owned())?;
                match self.world.readiness()? {
                    status if u64::from(status) == expected => Ok(()),
                    status => Err(format!("/readyz says {status}, expected {expected}").into()),
                }
            }
            "replay" | "skip" => Ok(self.world.resolve(action)?),
            command => self.ask(command, step),
        }
    }

    /// Waits until a client has exactly these numbers of waiting events and of events in flight. Only the
    /// client knows when it has read an answer.
    fn wait_for_pending(&mut self, step: &Members) -> Result<(), Failure> {
        let client = step.get("client").cloned().unwrap_or_else(|| json!(CLIENT));
        let end = Instant::now() + PATIENCE;
        loop {
            let arguments = Members::from_iter([("client".into(), client.clone())]);
            let answer = self.driver.ask("pending", arguments)?;
            let Answer::Ok(counts) = &answer else {
                return Err(format!("the answer to `pending` is {answer:?}").into());
            };
            let expected = ["queued", "in_flight"].map(|name| step.get(name));
            if expected == ["queued", "in_flight"].map(|name| counts.get(name)) {
                return Ok(());
            }
            if Instant::now() >= end {
                return Err(format!("after {PATIENCE:?} the client has {counts}").into());
            }
            thread::sleep(Duration::from_millis(1));
        }
    }

    fn ask(&mut self, command: &str, step: &Members) -> Result<(), Failure> {
        let mut arguments = steps::arguments(step, self.world, &self.variables)?;
        let client = arguments
            .entry("client")
            .or_insert_with(|| json!(CLIENT))
            .clone();
        if command == "client_new" {
            arguments.entry("options").or_insert_with(|| json!({}));
            let key = arguments
                .get("api_key")
                .and_then(bytes::decode)
                .unwrap_or_default();
            self.api_keys
                .insert(String::from_utf8_lossy(&key).into_owned());
        }
        self.driver.post(command, arguments)?;
        if let Some(least) = step.get("signal_after") {
            let least = least
                .as_object()
                .ok_or_else(|| "`signal_after` is no object".to_owned())?;
            self.world.wait(least)?;
            self.driver.signal()?;
        }
        let answer = self.driver.answer()?;
        match (command, &answer, client) {
            ("client_new", Answer::Ok(_), Value::String(name)) => self.clients.insert(name),
            ("client_free", Answer::Ok(_), Value::String(name)) => self.clients.remove(&name),
            _ => false,
        };
        self.judge(command, step, &answer)
    }

    fn judge(&mut self, command: &str, step: &Members, answer: &Answer) -> Result<(), Failure> {
        let expected = step
            .get("expect")
            .cloned()
            .unwrap_or_else(|| json!({"ok": {}}));
        if expected["error"]["status"] == "cancelled" && self.ends_calls_by_exceptions() {
            let is = match answer {
                Answer::Error(error) => error.get("status"),
                _ => None,
            };
            return match is {
                Some(status) if status == "cancelled" => Ok(()),
                _ => Err(format!("the answer is {answer:?}, expected the error cancelled").into()),
            };
        }
        let actual = match answer {
            Answer::Ok(result) => {
                schema::check_result(command, result)?;
                let completions = result["completions"].as_array().into_iter().flatten();
                let errors = completions.map(|completion| &completion["error"]);
                errors
                    .filter(|error| !error.is_null())
                    .try_for_each(|error| self.check_sense(error))?;
                json!({"ok": steps::readable(result)})
            }
            Answer::Error(error) => {
                schema::check_error(error)?;
                self.check_sense(error)?;
                json!({"error": steps::readable(error)})
            }
            // Unsigned types cannot hold a negative number. This counts as a refusal.
            Answer::Inexpressible(_) if is_refused(&expected) => {
                return Ok(());
            }
            Answer::Inexpressible(argument) => {
                return Err(format!("every language can express this: {argument}").into());
            }
        };
        let kind = |value: &Value| {
            value
                .as_object()
                .and_then(|object| object.keys().next().cloned())
        };
        if kind(&expected) != kind(&actual) {
            return Err(format!("the answer is {actual}, expected {expected}").into());
        }
        let mut problems = Vec::new();
        matching::compare(
            &expected,
            &actual,
            &mut self.variables,
            command,
            &mut problems,
        );
        if problems.is_empty() {
            Ok(())
        } else {
            problems.push(format!("in {actual}"));
            Err(Failure(problems))
        }
    }

    fn ends_calls_by_exceptions(&self) -> bool {
        self.driver.hello().cancellation == Cancellation::Exception
    }

    /// Checks the rules that hold for every error, and notes an error that was caused by a late start.
    fn check_sense(&mut self, error: &Value) -> Result<(), String> {
        self.too_late |= is_too_late(error);
        let message = error["message"].as_str().unwrap_or_default();
        if message.is_empty() {
            return Err("the error has no message".into());
        }
        let whole = steps::readable(error).to_string();
        let shown = |key: &String| !key.trim().is_empty() && whole.contains(key.trim());
        if self.api_keys.iter().any(shown) {
            return Err("the error shows the API key".into());
        }
        if error["status"] == "retries_exhausted" && error["cause"].is_null() {
            return Err("retries are exhausted, but there is no cause".into());
        }
        Ok(())
    }

    fn free_clients(&mut self) -> Result<(), Failure> {
        for name in std::mem::take(&mut self.clients) {
            let mut arguments = Members::new();
            arguments.insert("client".into(), json!(name));
            let answer = self.driver.ask("client_free", arguments)?;
            if !matches!(answer, Answer::Ok(_)) {
                return Err(format!("freeing a client: {answer:?}").into());
            }
        }
        Ok(())
    }
}

fn is_too_late(error: &Value) -> bool {
    let is_timeout = |error: &Value| error["status"] == "timeout";
    error["outcome"] == "not_sent" && (is_timeout(error) || is_timeout(&error["cause"]))
}

fn is_refused(expected: &Value) -> bool {
    expected["error"]["status"] == "invalid_argument"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_ran_out_of_time_unsent_came_too_late() {
        let late = [
            json!({"status": "timeout", "outcome": "not_sent", "cause": null}),
            json!({"status": "retries_exhausted", "outcome": "not_sent", "cause": {"status": "timeout"}}),
        ];
        assert!(late.iter().all(is_too_late));
        let in_time = [
            json!({"status": "timeout", "outcome": "maybe_sent", "cause": null}),
            json!({"status": "retries_exhausted", "outcome": "not_sent", "cause": {"status": "connection"}}),
            json!({"status": "cancelled", "outcome": "not_sent", "cause": null}),
        ];
        assert!(!in_time.iter().any(is_too_late));
    }
}
