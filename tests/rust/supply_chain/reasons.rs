//! The tables of docs/design.md list exactly the direct dependencies, each with its reason.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use cargo_metadata::{Dependency, DependencyKind, Package};

use crate::graph::{folder, library, metadata, root, test_packages};

/// The rows of the table below a heading of docs/design.md.
pub fn rows(heading: &str) -> Vec<Vec<String>> {
    let design = fs::read_to_string(root().join("docs/design.md")).expect("docs/design.md");
    let section = design.split(&format!("\n### {heading}\n")).nth(1);
    let section = section.unwrap_or_else(|| panic!("docs/design.md lacks `### {heading}`"));
    let lines = section.lines().take_while(|line| !line.starts_with('#'));
    let table = lines.filter(|line| line.starts_with('|'));
    // The first two lines are the names of the columns and a rule.
    table
        .skip(2)
        .map(|row| {
            row.trim_matches('|')
                .split(" | ")
                .map(|cell| cell.trim().to_owned())
                .collect()
        })
        .collect()
}

/// The names in a cell: separated by commas, without the text in parentheses.
pub fn names(cell: &str) -> Vec<String> {
    let name = |text: &str| text.split('(').next().unwrap_or_default().trim().to_owned();
    cell.split(',').map(name).collect()
}

/// The crates that a table lists, each once and with a reason.
fn listed(heading: &str) -> BTreeSet<String> {
    let mut crates = BTreeSet::new();
    for row in rows(heading) {
        let [cell, reason] = row.as_slice() else {
            panic!("{heading}: {row:?} should have two cells")
        };
        assert!(!reason.is_empty(), "{heading}: {cell} has no reason");
        for name in names(cell) {
            assert!(
                crates.insert(name.clone()),
                "{heading}: {name} is there twice"
            );
        }
    }
    crates
}

/// The dependencies of a kind that are not members of the workspace.
fn foreign<'a>(
    package: &'a Package,
    kinds: &'static [DependencyKind],
) -> impl Iterator<Item = &'a Dependency> {
    let all = package.dependencies.iter();
    all.filter(move |dependency| dependency.path.is_none() && kinds.contains(&dependency.kind))
}

const IN_LIBRARY: &[DependencyKind] = &[DependencyKind::Normal, DependencyKind::Build];
const FOR_TESTS: &[DependencyKind] = &[DependencyKind::Development];
const ALL: &[DependencyKind] = &[
    DependencyKind::Normal,
    DependencyKind::Build,
    DependencyKind::Development,
];

fn names_of<'a>(dependencies: impl Iterator<Item = &'a Dependency>) -> BTreeSet<String> {
    dependencies
        .map(|dependency| dependency.name.clone())
        .collect()
}

#[test]
fn the_librarys_dependencies_are_listed_with_their_reasons() {
    let metadata = metadata();
    let direct = names_of(foreign(library(&metadata), IN_LIBRARY));
    assert_eq!(
        listed("In the library"),
        direct,
        "left: docs/design.md, right: Cargo.toml"
    );
}

#[test]
fn the_tests_dependencies_are_listed_with_their_reasons() {
    let metadata = metadata();
    let mut direct = names_of(foreign(library(&metadata), FOR_TESTS));
    for package in test_packages(&metadata) {
        direct.append(&mut names_of(foreign(package, ALL)));
    }
    // Dependencies of the library have their reason in its table.
    let in_library = names_of(foreign(library(&metadata), IN_LIBRARY));
    direct.retain(|name| !in_library.contains(name));
    assert_eq!(
        listed("For tests"),
        direct,
        "left: docs/design.md, right: the manifests"
    );
}

#[test]
fn every_dependency_is_used() {
    let metadata = metadata();
    let mut packages = test_packages(&metadata);
    packages.push(library(&metadata));
    let members: Vec<&Path> = packages.iter().map(|package| folder(package)).collect();
    for package in &packages {
        let own = folder(package);
        let source = source_below(own, &members);
        for dependency in &package.dependencies {
            let name = dependency
                .rename
                .as_ref()
                .unwrap_or(&dependency.name)
                .replace('-', "_");
            assert!(
                source.contains(&format!("{name}::")),
                "{} depends on {} and does not use it",
                package.name,
                dependency.name
            );
        }
    }
}

/// The Rust source in a folder, without the folders of other workspace members.
fn source_below(own: &Path, members: &[&Path]) -> String {
    let mut source = String::new();
    let mut waiting: Vec<PathBuf> = ["src", "tests", "benches", "fuzz_targets", "build.rs"]
        .map(|name| own.join(name))
        .into();
    while let Some(path) = waiting.pop() {
        if path.is_dir() && !members.contains(&path.as_path()) {
            let entries = path.read_dir().expect("a folder");
            waiting.extend(entries.map(|entry| entry.expect("an entry").path()));
        } else if path.extension().is_some_and(|extension| extension == "rs") && path.is_file() {
            source += &fs::read_to_string(&path).expect("text");
        }
    }
    source
}
