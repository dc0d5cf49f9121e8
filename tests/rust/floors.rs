//! The rooms of `src` stand on floors: a room imports only from rooms below it. Inside a room, no files import each
//! other in a loop.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Each room, and the rooms that it may import. A room that is not listed here fails the test.
const FLOORS: [(&str, &[&str]); 15] = [
    ("panic_injection", &[]),
    ("wiped_stack", &[]),
    ("error", &[]),
    ("protocol", &["error"]),
    ("sys", &["error", "panic_injection"]),
    ("signing", &["error", "wiped_stack"]),
    ("config", &["error", "protocol", "sys", "wiped_stack"]),
    (
        "transport",
        &["config", "error", "panic_injection", "protocol", "sys"],
    ),
    ("call", &["config", "error", "protocol", "sys", "transport"]),
    ("reactor", &["error", "panic_injection", "sys", "transport"]),
    (
        "producer",
        &[
            "call",
            "config",
            "error",
            "panic_injection",
            "protocol",
            "reactor",
            "sys",
            "transport",
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
            "reactor",
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
    (
        "api",
        &[
            "call", "client", "config", "error", "producer", "protocol", "signing", "sys",
        ],
    ),
    ("internals", &["client", "config", "protocol", "signing"]),
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

/// The rooms that a source names by `crate::`, with their lines.
fn imported_rooms(source: &str) -> impl Iterator<Item = (usize, &str)> {
    code_lines(source).flat_map(|(number, line)| {
        line.split("crate::").skip(1).map(move |rest| {
            let end = rest.find(|c: char| !(c.is_ascii_lowercase() || c == '_'));
            (number, &rest[..end.unwrap_or(rest.len())])
        })
    })
}

/// The lines of a source with their numbers, without comments and without its tests.
fn code_lines(source: &str) -> impl Iterator<Item = (usize, &str)> {
    let code = source
        .split("#[cfg(test)]\nmod tests {")
        .next()
        .unwrap_or(source);
    code.lines()
        .enumerate()
        .map(|(index, line)| (index + 1, line))
        .filter(|(_, line)| !line.trim_start().starts_with("//"))
}

/// A module's path from the root of the crate, such as `["call", "pace"]`.
type Module = Vec<String>;

/// The module that a file is.
fn module_of(file: &Path) -> Module {
    let mut parts: Module = file
        .with_extension("")
        .iter()
        .map(|part| part.to_str().unwrap().to_owned())
        .collect();
    if parts.last().is_some_and(|last| last == "mod") {
        parts.pop();
    }
    parts
}

/// The paths that the module `from` names, as seen from the root of the crate.
fn named_paths(from: &Module, source: &str) -> Vec<Module> {
    let code: Vec<&str> = code_lines(source).map(|(_, line)| line).collect();
    let code = code
        .join("\n")
        .replace("(super)", "")
        .replace("(crate)", "");
    let mut named = Vec::new();
    for start in ["crate::", "self::", "super::"] {
        for (at, _) in code.match_indices(start) {
            let before = code[..at].chars().next_back();
            if before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':') {
                continue;
            }
            let (base, path) = base_of(from, &code[at..]);
            named.extend(heads(path).map(|head| [&base[..], &head[..]].concat()));
        }
    }
    named
}

/// Resolves the keywords that a path begins with.
fn base_of<'a>(from: &Module, path: &'a str) -> (Module, &'a str) {
    if let Some(rest) = path.strip_prefix("crate::") {
        return (Module::new(), rest);
    }
    if let Some(rest) = path.strip_prefix("self::") {
        return (from.clone(), rest);
    }
    let (mut base, mut rest) = (from.clone(), path);
    while let Some(up) = rest.strip_prefix("super::") {
        base.pop();
        rest = up;
    }
    (base, rest)
}

/// The names of a path; one list for each of those in its braces.
fn heads(path: &str) -> impl Iterator<Item = Module> {
    let is_part = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
    let end = path.find(|c| !is_part(c)).unwrap_or(path.len());
    let names = |text: &str| -> Module {
        let parts = text.split("::").filter(|part| !part.is_empty());
        parts.map(|part| part.trim().to_owned()).collect()
    };
    let head = names(&path[..end]);
    let braces = path[end..]
        .strip_prefix('{')
        .and_then(|rest| rest.split('}').next());
    let inside: Vec<Module> = match braces {
        Some(list) => list
            .split(',')
            .map(|item| [&head[..], &names(item)].concat())
            .collect(),
        None => vec![head],
    };
    inside.into_iter()
}

/// Finds modules that import each other in a loop.
fn circle(imports: &BTreeMap<Module, BTreeSet<Module>>) -> Option<Vec<String>> {
    let mut left = imports.clone();
    // A module that imports none of those left is in no circle.
    while let Some(free) = left
        .iter()
        .find(|(_, targets)| {
            !targets
                .iter()
                .any(|target| imports.contains_key(target) && left.contains_key(target))
        })
        .map(|(module, _)| module.clone())
    {
        left.remove(&free);
    }
    // Neither is one that none of those left imports.
    while let Some(unused) = left
        .keys()
        .find(|module| !left.values().any(|targets| targets.contains(*module)))
        .cloned()
    {
        left.remove(&unused);
    }
    let names: Vec<String> = left.keys().map(|module| module.join("::")).collect();
    (!names.is_empty()).then_some(names)
}

fn imports_of(sources: &BTreeMap<Module, String>) -> BTreeMap<Module, BTreeSet<Module>> {
    let nearest = |mut path: Module| {
        while !path.is_empty() && !sources.contains_key(&path) {
            path.pop();
        }
        path
    };
    let targets = |module: &Module, source: &str| {
        named_paths(module, source)
            .into_iter()
            .map(nearest)
            .filter(|target| !target.is_empty() && target != module)
            .collect()
    };
    sources
        .iter()
        .map(|(module, source)| (module.clone(), targets(module, source)))
        .collect()
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

/// The files of `src` but for its root and its tests, with their text.
fn sources() -> Vec<(PathBuf, String)> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    rust_files(&src, &mut files);
    files
        .iter()
        .map(|file| (file.strip_prefix(&src).unwrap(), file))
        .filter(|(inside, _)| *inside != Path::new("lib.rs") && !is_test(inside))
        .map(|(inside, file)| (inside.to_owned(), fs::read_to_string(file).unwrap()))
        .collect()
}

#[test]
fn each_room_imports_from_lower_floors_only() {
    let mut faults = Vec::new();
    let mut rooms = BTreeSet::new();
    for (file, source) in sources() {
        let room = module_of(&file)[0].clone();
        faults.extend(faults_of(&room, &file, &source));
        rooms.insert(room);
    }
    assert_eq!(faults, Vec::<String>::new());
    for (room, _) in FLOORS {
        assert!(rooms.contains(room), "there is no room {room}");
    }
}

#[test]
fn no_files_import_each_other_in_a_loop() {
    let sources: BTreeMap<Module, String> = sources()
        .into_iter()
        .map(|(file, source)| (module_of(&file), source))
        .collect();
    assert_eq!(circle(&imports_of(&sources)), None);
}

#[test]
fn a_loop_is_found() {
    let circle_of = |files: &[(&str, &str)]| {
        let sources = files
            .iter()
            .map(|(file, source)| (module_of(Path::new(file)), (*source).to_owned()));
        circle(&imports_of(&sources.collect()))
    };
    let loop_of_three = [
        ("a/mod.rs", "mod b;\nuse self::b::B;\n"),
        ("a/b.rs", "use super::super::c::{self, C};\n"),
        ("c.rs", "use crate::{d::D, a::A};\n"),
        ("d.rs", "pub(super) fn d() {}\n"),
        ("e.rs", "use crate::a::A;\n"),
    ];
    let found = ["a", "a::b", "c"].map(str::to_owned);
    assert_eq!(circle_of(&loop_of_three), Some(found.to_vec()));
    let tests =
        "// crate::a\nuse crate::d::D;\n#[cfg(test)]\nmod tests {\n    use crate::a::A;\n}\n";
    let tree = [
        ("a/mod.rs", "mod b;\npub use self::b::B;\n"),
        ("a/b.rs", tests),
        ("d.rs", "struct D;\n"),
    ];
    assert_eq!(circle_of(&tree), None);
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
