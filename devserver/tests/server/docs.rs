//! Checks the promises of `docs/devserver.md` with the server.

use std::process::Command;

use crate::support::{control, server};
use serde_json::Value;

const DOCS: &str = include_str!("../../../docs/devserver.md");

#[test]
fn every_option_is_documented_and_every_documented_option_exists() {
    let help = Command::new(env!("CARGO_BIN_EXE_hookrail-devserver"))
        .arg("--help")
        .output()
        .expect("help");
    let help = String::from_utf8(help.stdout).expect("text");
    let options_of = |text: &str| -> Vec<String> {
        let lines = text.lines().map(str::trim_start);
        let starts = lines.filter(|line| line.starts_with('-') || line.starts_with("| `--"));
        let words = starts.flat_map(|line| line.split(|c: char| !c.is_alphanumeric() && c != '-'));
        let mut options: Vec<_> = words
            .filter(|word| word.starts_with("--") && word.len() > 4)
            .filter(|word| !["--help", "--version", "---"].contains(word))
            .map(str::to_owned)
            .collect();
        options.sort();
        options.dedup();
        options
    };
    let table = DOCS
        .split("## Options")
        .nth(1)
        .and_then(|rest| rest.split("### ").next());
    let documented = options_of(table.expect("a table of options"));
    assert!(documented.len() > 10, "{documented:?}");
    assert_eq!(documented, options_of(&help));
}

#[test]
fn every_documented_recipe_is_accepted() {
    let server = server();
    let recipes = DOCS.split("### Recipes").nth(1).expect("recipes");
    let rules: Vec<&str> = recipes
        .split('`')
        .filter(|code| code.starts_with("[{"))
        .collect();
    assert!(rules.len() > 10, "{rules:?}");
    for rules in rules {
        assert_eq!(
            control(&server, "PUT", "faults", rules).status,
            200,
            "{rules}"
        );
    }
}

#[test]
fn every_count_is_documented() {
    let server = server();
    let example = DOCS
        .split("The counts:")
        .nth(1)
        .and_then(|rest| rest.split("```").nth(1));
    let example = example
        .and_then(|block| block.strip_prefix("json"))
        .expect("an example");
    let documented: Value = serde_json::from_str(example).expect("JSON");
    let counts = control(&server, "GET", "summary", "").json();
    let names = |value: &Value| {
        value
            .as_object()
            .expect("an object")
            .keys()
            .cloned()
            .collect()
    };
    let (documented, counts): (Vec<String>, Vec<String>) = (names(&documented), names(&counts));
    assert_eq!(documented, counts);
}
