//! Plays cases one after the other, reports each and counts the results.

use std::fmt;
use std::ops::AddAssign;

use serde_json::{Map, Value};

use crate::driver::{Driver, Environment, Program};

/// The one suite that a driver may omit: not every package verifies without a verifier.
const OPTIONAL: &str = "verify_once";

/// Plays one case.
pub type Play = fn(&mut Driver, &Map<String, Value>) -> Result<(), Failure>;

/// Cases that are played the same way.
#[derive(Debug)]
pub struct Suite {
    /// The first part of its cases' names.
    pub name: &'static str,
    /// Its cases, as they were read.
    pub cases: Vec<Value>,
    /// The function that plays one case.
    pub play: Play,
}

/// Returns the least number of cases that each driver will play: those whose names contain `filter`, from the
/// suites that every driver must play.
pub fn planned(suites: &[Suite], filter: &str) -> usize {
    let names = suites
        .iter()
        .filter(|suite| suite.name != OPTIONAL)
        .flat_map(|suite| {
            let cases = suite.cases.iter();
            cases.map(|case| {
                format!(
                    "{}/{}",
                    suite.name,
                    case["name"].as_str().unwrap_or_default()
                )
            })
        });
    names.filter(|name| name.contains(filter)).count()
}

/// The reasons for a failed case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure(pub Vec<String>);

impl From<String> for Failure {
    fn from(problem: String) -> Self {
        Self(vec![problem])
    }
}

/// The numbers of passed and failed cases.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    passed: usize,
    failed: usize,
}

impl Totals {
    /// Returns the totals for cases that could not be played.
    pub fn all_failed(failed: usize) -> Self {
        Self { passed: 0, failed }
    }

    /// Returns whether there were cases and all of them passed.
    pub fn is_success(&self) -> bool {
        self.failed == 0 && self.passed > 0
    }
}

impl AddAssign for Totals {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

impl fmt::Display for Totals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)
    }
}

/// Plays the cases of one language.
#[derive(Debug)]
pub struct Stage<'a> {
    program: &'a Program,
    filter: &'a str,
    driver: Option<Driver>,
    totals: Totals,
}

impl<'a> Stage<'a> {
    /// Makes a stage for this driver and the cases whose names contain `filter`.
    pub fn new(program: &'a Program, filter: &'a str) -> Self {
        Self {
            program,
            filter,
            driver: None,
            totals: Totals::default(),
        }
    }

    /// Plays the cases of a suite; returns an error if a case itself is invalid.
    pub fn play(&mut self, suite: &Suite) -> Result<(), String> {
        let &Suite {
            name: suite,
            ref cases,
            play,
        } = suite;
        for case in cases {
            let case = case.as_object().ok_or("a case is no object")?;
            let name = case
                .get("name")
                .and_then(Value::as_str)
                .ok_or("a case has no name")?;
            let name = format!("{suite}/{name}");
            if !name.contains(self.filter) {
                continue;
            }
            match environment(case)? {
                Some(environment) => {
                    let result = self.play_alone(case, &environment, play);
                    self.count(&name, result);
                }
                None => {
                    if suite == OPTIONAL && !self.knows(suite) {
                        return Ok(());
                    }
                    let result = self.play_with_others(case, play);
                    self.count(&name, result);
                }
            }
        }
        Ok(())
    }

    /// Ends the driver, which must exit without an error, and returns the totals.
    pub fn finish(mut self) -> Totals {
        if let Some(driver) = self.driver.take() {
            let result = driver.finish().map_err(Failure::from);
            self.count("exit", result);
        }
        self.totals
    }

    fn knows(&mut self, command: &str) -> bool {
        self.driver().is_ok_and(|driver| {
            let commands = &driver.hello().commands;
            commands.iter().any(|known| known == command)
        })
    }

    fn play_alone(
        &self,
        case: &Map<String, Value>,
        environment: &Environment,
        play: Play,
    ) -> Result<(), Failure> {
        let mut driver = Driver::start(self.program, environment)?;
        play(&mut driver, case)?;
        Ok(driver.finish()?)
    }

    /// Replaces a driver after a failed case: it may hold leftovers of the case, or hang.
    fn play_with_others(&mut self, case: &Map<String, Value>, play: Play) -> Result<(), Failure> {
        let result = play(self.driver()?, case);
        if result.is_err() {
            self.driver = None;
        }
        result
    }

    fn driver(&mut self) -> Result<&mut Driver, String> {
        let driver = match self.driver.take() {
            Some(driver) => driver,
            None => Driver::start(self.program, &Environment::new())?,
        };
        Ok(self.driver.insert(driver))
    }

    fn count(&mut self, name: &str, result: Result<(), Failure>) {
        match result {
            Ok(()) => self.totals.passed += 1,
            Err(Failure(problems)) => {
                self.totals.failed += 1;
                println!("FAILED {} {name}", self.program.name);
                for problem in problems {
                    println!("    {problem}");
                }
            }
        }
    }
}

/// Returns the environment that a case needs; such a case gets its own driver.
fn environment(case: &Map<String, Value>) -> Result<Option<Environment>, String> {
    case.get("environment")
        .map(|environment| serde_json::from_value(environment.clone()))
        .transpose()
        .map_err(|error| format!("`environment`: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_every_driver_plays_is_planned() {
        let suite = |name| Suite {
            name,
            cases: vec![
                serde_json::json!({"name": "a"}),
                serde_json::json!({"name": "b"}),
            ],
            play: |_, _| Ok(()),
        };
        let suites = [suite("client"), suite(OPTIONAL), suite("sign")];
        assert_eq!(planned(&suites, ""), 4);
        assert_eq!(planned(&suites, "sign/b"), 1);
    }

    #[test]
    fn the_line_of_totals_has_the_form_that_the_suites_share() {
        let mut totals = Totals::default();
        assert!(!totals.is_success(), "no case at all is no success");
        totals += Totals {
            passed: 3,
            failed: 0,
        };
        assert!(totals.is_success());
        totals += Totals {
            passed: 1,
            failed: 2,
        };
        assert!(!totals.is_success());
        assert_eq!(totals.to_string(), "4 passed, 2 failed");
    }
}
