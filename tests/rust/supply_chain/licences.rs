//! The licences of the linked crates are compatible with the library's licence, and
//! THIRD_PARTY_LICENSES.md has the texts that redistributors must pass on.
//!
//! With HOOKRAIL_UPDATE_LICENCES in the environment (`make licences`) the test writes that file instead.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use cargo_metadata::Package;
use spdx::{Expression, Licensee};

use crate::graph::{Build, LIBRARY, folder, linked, linked_into, metadata, metadata_for, root};

/// The accepted licences, the library's own first. If a crate offers several, the first in this list is
/// chosen. All of them allow redistribution under Apache-2.0 if their text is passed on.
const ACCEPTED: [&str; 4] = ["Apache-2.0", "MIT", "ISC", "BSD-3-Clause"];

const FILE: &str = "THIRD_PARTY_LICENSES.md";

const LIBRARY_HEAD: &str = "\
<!-- Written by `make licences`; do not edit. -->

# Third-party licences

The code of these crates is linked into `libhookrail.so` and `libhookrail.a`. If you pass the library on in
binary form, pass this file on with it.

";

const CHOICES: &str = "\
Where a crate offers several licences, the chosen one is named. The text of Apache-2.0 is in `LICENSE`; no crate
that is used under it brings a `NOTICE`. The other texts follow below the table. Also linked in is the Rust standard
library, by the Rust project's contributors, under Apache-2.0 or MIT, with what it contains of others
under the same licences.

| crate | version | its licence | chosen |
| --- | --- | --- | --- |
";

/// The licences that are chosen for a crate, in the order of the accepted licences.
fn chosen(package: &Package) -> Vec<String> {
    let licence = package.license.as_deref();
    let licence = licence.unwrap_or_else(|| panic!("{} names no licence", package.name));
    let accepted = ACCEPTED.map(|licence| Licensee::parse(licence).expect("an SPDX identifier"));
    let needed = Expression::parse(licence)
        .unwrap_or_else(|error| panic!("{}: {licence:?}: {error}", package.name))
        .minimized_requirements(&accepted)
        .unwrap_or_else(|_| {
            panic!(
                "{} is under {licence}, which takes more than {ACCEPTED:?}",
                package.name
            )
        });
    needed.iter().map(ToString::to_string).collect()
}

/// The licence files of a crate.
fn licence_files(package: &Package) -> Vec<PathBuf> {
    let entries = folder(package).read_dir().expect("the folder of a crate");
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.expect("an entry").path())
        .collect();
    files.retain(|file| {
        let name = upper_name(file);
        file.is_file()
            && ["LICEN", "COPY", "NOTICE"]
                .iter()
                .any(|start| name.starts_with(start))
    });
    files.sort();
    files
}

fn upper_name(file: &Path) -> String {
    file.file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .to_uppercase()
}

/// The licence texts of a crate: the files named after the chosen licence, or else all.
fn texts(package: &Package, chosen: &[String]) -> Vec<String> {
    let files = licence_files(package);
    assert!(
        !files
            .iter()
            .any(|file| upper_name(file).starts_with("NOTICE")),
        "{} has a NOTICE, which has to be passed on",
        package.name
    );
    // This text is the same for all crates, and is the library's own licence.
    if chosen == ["Apache-2.0"] {
        return Vec::new();
    }
    let is_named = |file: &&PathBuf| {
        chosen
            .iter()
            .any(|licence| upper_name(file).contains(licence))
    };
    let mut wanted: Vec<_> = files.iter().filter(is_named).collect();
    if wanted.is_empty() {
        wanted = files.iter().collect();
    }
    assert!(
        !wanted.is_empty(),
        "{} brings no text of its licence",
        package.name
    );
    let text = |file: &PathBuf| fs::read_to_string(file).expect("text");
    wanted.into_iter().map(text).collect()
}

/// The crates with their licences, and the texts, after a beginning.
fn listing(head: &str, packages: &[&Package]) -> String {
    let mut listing = format!("{head}{CHOICES}");
    let mut by_text: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for package in packages {
        let chosen = chosen(package);
        let licence = package.license.as_deref().unwrap_or_default();
        let (name, version) = (&package.name, &package.version);
        let _ = writeln!(
            listing,
            "| {name} | {version} | {licence} | {} |",
            chosen.join(", ")
        );
        for text in texts(package, &chosen) {
            let lines: Vec<&str> = text.trim().lines().map(str::trim_end).collect();
            by_text
                .entry(lines.join("\n"))
                .or_default()
                .push(name.to_string());
        }
    }
    let mut sections: Vec<_> = by_text
        .into_iter()
        .map(|(text, names)| (names, text))
        .collect();
    sections.sort();
    for (names, text) in sections {
        let _ = write!(
            listing,
            "\n## {}\n\n```text\n{text}\n```\n",
            names.join(", ")
        );
    }
    listing
}

#[test]
fn every_licence_is_accepted_and_every_accepted_one_needed() {
    let metadata = metadata();
    let mut used: Vec<String> = linked(&metadata).into_iter().flat_map(chosen).collect();
    used.sort();
    used.dedup();
    let mut accepted = ACCEPTED;
    accepted.sort_unstable();
    assert_eq!(used, accepted);
}

#[test]
fn redistributors_find_the_licences_of_what_is_linked() {
    let metadata = metadata();
    let expected = listing(LIBRARY_HEAD, &linked(&metadata));
    let file = root().join(FILE);
    if std::env::var_os("HOOKRAIL_UPDATE_LICENCES").is_some() {
        fs::write(&file, &expected).expect("the file is writable");
    }
    let actual = fs::read_to_string(&file).unwrap_or_default();
    assert!(
        actual == expected,
        "{FILE} is out of date: run `make licences` and commit the result"
    );
}

/// HOOKRAIL_NOTICES names the folder, and HOOKRAIL_TARGET the target.
#[test]
#[ignore = "it writes the notices of a target for `make dist`"]
fn the_notices_of_a_target_are_written() {
    let variable = |name| std::env::var(name).unwrap_or_else(|_| panic!("{name} is needed"));
    let (folder, target) = (variable("HOOKRAIL_NOTICES"), variable("HOOKRAIL_TARGET"));
    let metadata = metadata_for(&target);
    for package in [LIBRARY.package, "hookrail-devserver"] {
        let build = Build {
            package,
            target: &target,
        };
        let head = format!(
            "# Third-party licences of `{package}`\n\nThe code of these crates is linked into it for `{target}`. If you \
             pass it on in binary form, pass this file on with it.\n\n"
        );
        let file = Path::new(&folder).join(format!("{package}.md"));
        let text = listing(&head, &linked_into(&build, &metadata));
        fs::write(file, text).expect("the folder is writable");
    }
}
