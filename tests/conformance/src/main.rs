//! The conformance suite: one set of cases, played against the package of every language.

mod bytes;
mod driver;
mod matching;
mod receiver;
mod report;
mod scenario;
mod schema;
mod signature;
mod steps;
mod wire;
mod world;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use serde_json::Value;

use crate::driver::Program;
use crate::report::{Suite, Totals};

/// Plays the cases of all languages against their drivers.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// The folder with the case files
    #[arg(long, value_name = "DIR")]
    vectors: PathBuf,
    /// The folder with one folder for each driver
    #[arg(long, value_name = "DIR")]
    drivers: PathBuf,
    /// A folder for the drivers' build output
    #[arg(long, value_name = "DIR")]
    build_dir: PathBuf,
    /// Play only the cases whose file and name contain this text
    #[arg(long, value_name = "TEXT", default_value = "")]
    cases: String,
    /// The languages to run; without this, all that have a folder
    languages: Vec<String>,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(totals) => {
            println!("{totals}");
            if totals.is_success() {
                ExitCode::SUCCESS
            } else {
                ExitCode::FAILURE
            }
        }
        Err(problem) => {
            eprintln!("conformance: {problem}");
            ExitCode::from(2)
        }
    }
}

fn run(arguments: &Arguments) -> Result<Totals, String> {
    let programs = programs(arguments)?;
    let suites = suites(&arguments.vectors)?;
    let planned = report::planned(&suites, &arguments.cases);
    println!("planned {}", planned * programs.len());
    let mut totals = Totals::default();
    for program in &programs {
        let result = match program.build() {
            Ok(()) => play(program, &suites, &arguments.cases)?,
            Err(error) => {
                println!("# {}: {error}", program.name);
                Totals::all_failed(planned)
            }
        };
        println!("{}: {result}", program.name);
        totals += result;
    }
    Ok(totals)
}

fn programs(arguments: &Arguments) -> Result<Vec<Program>, String> {
    let mut languages = arguments.languages.clone();
    if languages.is_empty() {
        languages = folders(&arguments.drivers)?;
    }
    let program = |language: &String| {
        let folder = arguments.drivers.join(language);
        Program::new(&folder, &arguments.build_dir)
            .ok_or_else(|| format!("{} has no file `run`", folder.display()))
    };
    languages.iter().map(program).collect()
}

fn folders(parent: &Path) -> Result<Vec<String>, String> {
    let unreadable = |error| format!("{}: {error}", parent.display());
    let mut names = Vec::new();
    for entry in parent.read_dir().map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        if entry.path().join("run").is_file() {
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    names.sort();
    Ok(names)
}

fn play(program: &Program, suites: &[Suite], filter: &str) -> Result<Totals, String> {
    let mut stage = report::Stage::new(program, filter);
    for suite in suites {
        stage.play(suite)?;
    }
    Ok(stage.finish())
}

fn suites(vectors: &Path) -> Result<Vec<Suite>, String> {
    let suites: [(&str, &str, report::Play); 8] = [
        ("verify", "verify", signature::verify),
        ("verify_chunks", "verify", signature::verify_chunks),
        ("verify_once", "verify", signature::verify_once),
        ("verify_request", "headers", signature::verify_request),
        ("sign", "sign", signature::sign),
        ("client", "client", scenario::play),
        ("producer", "producer", scenario::play),
        ("service", "service", scenario::play),
    ];
    let suite = |(name, file, play)| {
        let cases = load(&vectors.join(format!("{file}.json")))?;
        Ok(Suite { name, cases, play })
    };
    suites.into_iter().map(suite).collect()
}

fn load(file: &Path) -> Result<Vec<Value>, String> {
    let unusable = |problem: String| format!("{}: {problem}", file.display());
    let text = std::fs::read_to_string(file).map_err(|error| unusable(error.to_string()))?;
    let parsed: Value = serde_json::from_str(&text).map_err(|error| unusable(error.to_string()))?;
    match parsed.get("cases") {
        Some(Value::Array(cases)) if !cases.is_empty() => Ok(cases.clone()),
        _ => Err(unusable("it has no list `cases`".into())),
    }
}
