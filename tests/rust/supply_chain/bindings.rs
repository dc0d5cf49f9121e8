//! docs/design.md lists the run-time dependencies of the packages of the other languages.

use std::collections::BTreeMap;
use std::fs;

use serde_json::Value;

use crate::graph::root;
use crate::reasons::{names, rows};

fn read(file: &str) -> String {
    fs::read_to_string(root().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// Modules that the Go module requires.
fn go() -> Vec<String> {
    let module = read("bindings/go/go.mod");
    assert!(module.contains("\ngo "), "{module}");
    let mut inside = false;
    let mut required = Vec::new();
    for line in module.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            ["require", "("] => inside = true,
            [")"] => inside = false,
            ["require", module, ..] => required.push((*module).to_owned()),
            [module, ..] if inside => required.push((*module).to_owned()),
            _ => {}
        }
    }
    required
}

/// Gems that the gem depends on at run time.
fn ruby() -> Vec<String> {
    let specification = read("bindings/ruby/hookrail.gemspec");
    let calls = specification
        .lines()
        .filter(|line| line.contains("add_dependency") || line.contains("add_runtime_dependency"));
    calls
        .map(|line| {
            line.split('"')
                .nth(1)
                .expect("the name of a gem")
                .to_owned()
        })
        .collect()
}

/// Packages and extensions that the Composer package requires, besides PHP itself.
fn php() -> Vec<String> {
    let package: Value = serde_json::from_str(&read("bindings/php/composer.json")).expect("JSON");
    let required = package["require"].as_object().expect("requirements");
    assert!(required.contains_key("php"), "{required:?}");
    let others = required.keys().filter(|name| *name != "php");
    others.cloned().collect()
}

/// Packages that the Python package depends on at run time.
fn python() -> Vec<String> {
    let project = read("bindings/python/pyproject.toml");
    let list = project.split("\ndependencies = [").nth(1);
    let (list, _) = list
        .and_then(|rest| rest.split_once(']'))
        .expect("dependencies");
    list.split('"')
        .skip(1)
        .step_by(2)
        .map(str::to_owned)
        .collect()
}

#[test]
fn the_packages_need_what_is_listed_and_nothing_else() {
    let actual = BTreeMap::from([
        ("Go", go()),
        ("PHP", php()),
        ("Python", python()),
        ("Ruby", ruby()),
    ]);
    let listed = rows("In the packages");
    let listed: BTreeMap<&str, Vec<String>> = listed
        .iter()
        .map(|row| {
            let mut names = names(&row[1]);
            names.retain(|name| name != "nothing");
            (row[0].as_str(), names)
        })
        .filter(|(language, _)| !language.contains('C'))
        .collect();
    assert_eq!(listed, actual, "left: docs/design.md, right: the packages");
}
