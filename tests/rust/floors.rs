//! The rooms of `src` stand on floors: a room imports only from rooms below it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Each room, and the rooms that it may import. A room that is not listed here fails the test.
const FLOORS: [(&str, &[&str]); 12] = [
    ("panic_injection", &[]),
    ("error", &[]),
    ("protocol", &["error"]),
    ("sys", &["error", "panic_injection"]),
    ("signing", &["error"]),
    ("config", &["error", "protocol", "sys"]),
    (
        "transport",
        &["config", "error", "panic_injection", "protocol", "sys"],
    ),
    ("call", &["config", "error", "protocol", "sys", "transport"]),
    (
        "producer",
        &[
            "call",
            "config",
            "error",
            "panic_injection",
            "protocol",
            "sys",
        ],
    ),
    (
        "client",
        &[
            "call",
            "config",
            "error",
            "panic_injection",
            "producer",
            "protocol",
            "sys",
            "transport",
        ],
    ),
    (
        "ffi",
        &[
            "client",
            "config",
            "error",
            "panic_injection",
            "producer",
            "protocol",
            "signing",
            "sys",
        ],
    ),
    ("internals", &["config", "protocol"]),
];

/// An import that the table does not allow, or the reason why a file has no place in it.
fn faults_of(room: &str, file: &Path, source: &str) -> Vec<String> {
    let Some((_, allowed)) = FLOORS.iter().find(|(name, _)| *name == room) else {
        return vec![format!("{}: the room {room} has no floor", file.display())];
    };
    imported_rooms(source)
        .filter(|(_, import)| *import != room && !allowed.contains(import))
        .map(|(line, import)| format!("{}:{line}: {room} may not import {import}", file.display()))
        .collect()
}

/// The rooms that a source names by `crate::`, outside of comments and of its tests, with their lines.
fn imported_rooms(source: &str) -> impl Iterator<Item = (usize, &str)> {
    let code = source
        .split("#[cfg(test)]\nmod tests {")
        .next()
        .unwrap_or(source);
    code.lines()
        .enumerate()
        .filter(|(_, line)| !line.trim_start().starts_with("//"))
        .flat_map(|(index, line)| {
            line.split("crate::").skip(1).map(move |rest| {
                let end = rest.find(|c: char| !(c.is_ascii_lowercase() || c == '_'));
                (index + 1, &rest[..end.unwrap_or(rest.len())])
            })
        })
}

fn is_test(file: &Path) -> bool {
    file.components()
        .any(|part| part.as_os_str() == "tests" || part.as_os_str() == "tests.rs")
}

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn each_room_imports_from_lower_floors_only() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    rust_files(&src, &mut files);
    let mut faults = Vec::new();
    let mut files_of_rooms = BTreeMap::<String, usize>::new();
    for file in files {
        let inside = file.strip_prefix(&src).unwrap();
        if inside == Path::new("lib.rs") || is_test(inside) {
            continue;
        }
        let first = inside.components().next().unwrap().as_os_str();
        let room = first.to_str().unwrap().trim_end_matches(".rs");
        *files_of_rooms.entry(room.to_owned()).or_default() += 1;
        faults.extend(faults_of(room, inside, &fs::read_to_string(&file).unwrap()));
    }
    assert_eq!(faults, Vec::<String>::new());
    for (room, _) in FLOORS {
        assert!(files_of_rooms.contains_key(room), "there is no room {room}");
    }
}

#[test]
fn an_import_from_a_higher_floor_is_found() {
    let file = Path::new("call/attempt.rs");
    let faults = |source| faults_of("call", file, source);
    assert_eq!(
        faults("use crate::error::Error;\nuse crate::call::pace;\n"),
        [""; 0]
    );
    assert_eq!(
        faults("//! On crate::client.\n\nuse crate::client::Client;\n"),
        ["call/attempt.rs:3: call may not import client"]
    );
    assert_eq!(
        faults("fn f() { crate::producer::g(crate::ffi::h()) }\n"),
        [
            "call/attempt.rs:1: call may not import producer",
            "call/attempt.rs:1: call may not import ffi"
        ]
    );
    assert_eq!(
        faults("#[cfg(test)]\nmod tests {\n    use crate::client::Client;\n}\n"),
        [""; 0]
    );
    assert_eq!(
        faults_of("attic", Path::new("attic.rs"), ""),
        ["attic.rs: the room attic has no floor"]
    );
}

/// The room of the table that is above another may be imported by none that this one imports.
#[test]
fn the_table_has_no_circle() {
    for (index, (room, allowed)) in FLOORS.iter().enumerate() {
        for import in *allowed {
            let below = FLOORS[..index].iter().any(|(name, _)| name == import);
            assert!(
                below,
                "{room} is listed before {import}, which it may import"
            );
        }
    }
}
