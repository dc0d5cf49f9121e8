//! Generates the headers from src/ffi and from the core's tables, and compares them with the committed ones.
//!
//! With HOOKRAIL_UPDATE_HEADERS in the environment (`make header`) the tests write the files instead.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use cbindgen::Config;
use hookrail::{DeliveryState, Outcome, Status};

/// A group of the header: its name, its title, a sentence about it, and its modules of src/ffi.
struct Group {
    name: &'static str,
    title: &'static str,
    about: &'static str,
    modules: &'static [&'static str],
}

/// The groups in their order in the header: a type comes before the functions that take it.
const GROUPS: [Group; 12] = [
    Group {
        name: "versions",
        title: "Versions",
        about: "Compares the loaded library with the header.",
        modules: &["version"],
    },
    Group {
        name: "errors",
        title: "Statuses and errors",
        about: "Says whether a call succeeded, why it failed, and what is known about the event.",
        modules: &["status", "attempt_record", "error"],
    },
    Group {
        name: "client_options",
        title: "Client options",
        about: "Sets timeouts, retries, TLS, the proxy and limits before a client is made.",
        modules: &[
            "timeout_constants",
            "client_options",
            "connection_options",
            "client_certificate",
            "queue_options",
        ],
    },
    Group {
        name: "clients",
        title: "Clients",
        about: "Makes, shares, closes and frees clients, and reads their counters.",
        modules: &["client", "client_shared", "stats"],
    },
    Group {
        name: "cancel_tokens",
        title: "Cancel tokens",
        about: "Ends calls early, from any thread or from a signal handler.",
        modules: &["cancel"],
    },
    Group {
        name: "sending",
        title: "Sending",
        about: "Sends one event and waits for the service's answer.",
        modules: &["send_options", "accepted", "send"],
    },
    Group {
        name: "prepared_events",
        title: "Prepared events",
        about: "Fixes an event's key and bytes, so that it can be stored now and sent later.",
        modules: &["prepared"],
    },
    Group {
        name: "event_status",
        title: "Event status",
        about: "Asks the service for an event's deliveries and their attempts.",
        modules: &["event_status"],
    },
    Group {
        name: "background_calls",
        title: "Background calls",
        about: "Runs a call on a thread of the library, while the caller's thread does something else.",
        modules: &["background_call", "interruptible_send"],
    },
    Group {
        name: "producer",
        title: "Producer",
        about: "Queues events for the client's own threads to send, and collects the results.",
        modules: &["completion", "producer"],
    },
    Group {
        name: "signatures",
        title: "Signatures",
        about: "Verifies received deliveries, and signs deliveries for tests.",
        modules: &[
            "signature_constants",
            "verification",
            "verifier",
            "signature",
            "find_headers",
            "explain",
        ],
    },
    Group {
        name: "numbered_pointers",
        title: "Numbered pointers",
        about: "Replaces pointers by numbers, for hosts that must not show pointers to their scripts.",
        modules: &["kept_pointer"],
    },
];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn module(name: &str) -> PathBuf {
    root().join(format!("src/ffi/{name}.rs"))
}

/// Returns the output of cbindgen for these files.
fn bindings(config: &Config, sources: &[PathBuf]) -> String {
    let builder = cbindgen::Builder::new().with_config(config.clone());
    let builder = sources.iter().fold(builder, cbindgen::Builder::with_src);
    let mut text = Vec::new();
    builder.generate().expect("bindings").write(&mut text);
    String::from_utf8(text).expect("UTF-8")
}

/// The tables of the core: the file, the enumeration, its name in C, and the prefix of its values in C.
const TABLES: [(&str, &str, &str, &str); 3] = [
    ("error/status.rs", "Status", "hookrail_status", "HOOKRAIL_"),
    (
        "error/status.rs",
        "Outcome",
        "hookrail_outcome",
        "HOOKRAIL_OUTCOME_",
    ),
    (
        "protocol/delivery_state.rs",
        "DeliveryState",
        "hookrail_delivery_state",
        "HOOKRAIL_DELIVERY_",
    ),
];

/// Writes the tables of the core to a file as plain enumerations, because cbindgen does not expand macros. Returns the
/// file's path.
fn enumerations() -> PathBuf {
    let mut text = String::new();
    for (file, name, c_name, prefix) in TABLES {
        let source = fs::read_to_string(root().join("src").join(file)).expect("the table's file");
        let table = source
            .split("numbered_enum! {\n")
            .find(|table| table.contains(&format!("pub enum {name} {{")))
            .unwrap_or_else(|| panic!("{file} has no table {name}"));
        let (table, _) = table.split_once("\n}\n").expect("the end of the table");
        for line in table.lines().map(str::trim) {
            let row = line
                .strip_suffix("\",")
                .and_then(|row| row.split_once(" \""))
                .and_then(|(value, name)| Some((value.split_once(" = ")?.1, name)));
            text += &match row {
                Some((code, name)) => format!("{prefix}{} = {code},\n", name.to_uppercase()),
                None if line.starts_with("pub enum") => {
                    format!("#[repr(C)]\npub enum {c_name} {{\n")
                }
                None => format!("{line}\n"),
            };
        }
    }
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("enumerations.rs");
    // Several tests write the same file at the same time, and each must read a complete one.
    let own = path.with_extension(format!("{:?}", std::thread::current().id()));
    fs::write(&own, text).expect("a file for cbindgen");
    fs::rename(&own, &path).expect("the file's name");
    path
}

/// Returns the declarations of a group, without the parts that a header has once.
fn declarations(config: &Config, group: &Group) -> String {
    let config = Config {
        header: None,
        include_guard: None,
        autogen_warning: None,
        sys_includes: Vec::new(),
        after_includes: None,
        cpp_compat: false,
        ..config.clone()
    };
    let mut sources: Vec<PathBuf> = group.modules.iter().map(|name| module(name)).collect();
    if group.modules.contains(&"status") {
        sources.push(enumerations());
    }
    let text = bindings(&config, &sources);
    // cbindgen writes `struct` and `enum` only before the types of the same group.
    text.lines()
        .map(|line| match line.starts_with("typedef ") {
            true => format!("{line}\n"),
            false => {
                line.replace("struct hookrail_", "hookrail_")
                    .replace("enum hookrail_", "hookrail_")
                    + "\n"
            }
        })
        .collect::<String>()
        .trim()
        .to_owned()
}

fn generate(config: &str) -> String {
    let mut config = Config::from_file(root().join(config)).expect("a valid configuration");
    let groups = GROUPS.iter().map(|group| {
        let declarations = declarations(&config, group);
        if !config.documentation {
            return declarations;
        }
        let Group { name, title, about, .. } = group;
        format!("/**\n * @defgroup {name} {title}\n *\n * {about}\n * @{{\n */\n\n{declarations}\n\n/** @}} */")
    });
    let mut groups = groups.collect::<Vec<_>>().join("\n\n");
    if config.cpp_compat {
        groups = format!(
            "#ifdef __cplusplus\nextern \"C\" {{\n#endif\n\n{groups}\n\n#ifdef __cplusplus\n}}  // extern \"C\"\n#endif"
        );
    }
    config.after_includes = Some(match &config.after_includes {
        Some(before) => format!("{before}\n\n{groups}"),
        None => groups,
    });
    bindings(&config, &[])
}
fn check(config: &str, header: &Path) {
    let expected = generate(config);
    let path = root().join(header);
    if std::env::var_os("HOOKRAIL_UPDATE_HEADERS").is_some() {
        fs::write(&path, &expected).expect("the header is writable");
    }
    let checked_in = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        checked_in == expected,
        "{} is out of date: run `make header` and commit the result",
        header.display()
    );
}

#[test]
fn the_c_header_is_up_to_date() {
    check("cbindgen.toml", Path::new("include/hookrail.h"));
}

#[test]
fn the_flat_header_for_php_is_up_to_date() {
    check(
        "cbindgen-php.toml",
        Path::new("bindings/php/resources/hookrail.h"),
    );
}

/// src/ffi declares functions of the system as `extern`; in a header they would clash with the system's own.
#[test]
fn the_headers_declare_nothing_of_the_system() {
    for config in ["cbindgen.toml", "cbindgen-php.toml"] {
        let header = generate(config);
        let foreign = header
            .lines()
            .find(|line| line.starts_with("extern ") && !line.starts_with("extern \"C\""));
        assert_eq!(foreign, None, "name it in {config} under `exclude`");
    }
}

fn macro_value(header: &str, name: &str) -> u32 {
    let line = header
        .lines()
        .find_map(|line| line.strip_prefix(&format!("#define {name} ")))
        .unwrap_or_else(|| panic!("{name} is not defined"));
    line.trim().parse().expect("a number")
}

#[test]
fn the_version_macros_are_the_version_of_the_crate() {
    let header = generate("cbindgen.toml");
    let version = ["MAJOR", "MINOR", "PATCH"]
        .map(|part| macro_value(&header, &format!("HOOKRAIL_VERSION_{part}")).to_string())
        .join(".");
    assert_eq!(version, env!("CARGO_PKG_VERSION"));

    let source = fs::read_to_string(root().join("src/ffi/version.rs")).expect("version.rs");
    let abi = macro_value(&header, "HOOKRAIL_ABI_VERSION");
    assert!(source.contains(&format!("const ABI_VERSION: i32 = {abi};")));
}

/// Returns the names of the functions that a header declares.
fn functions(header: &str) -> BTreeSet<&str> {
    header
        .match_indices("hookrail_")
        .filter_map(|(start, _)| {
            let name = &header[start..];
            let end = name.find(|c: char| !c.is_ascii_alphanumeric() && c != '_')?;
            let is_declared = name[end..].starts_with('(')
                && !name[end..].starts_with("()")
                && header[..start]
                    .rsplit('\n')
                    .next()
                    .is_some_and(|line| !line.trim_start().starts_with('*'));
            is_declared.then_some(&name[..end])
        })
        .collect()
}

/// A function is missing if its module is in no group.
#[test]
fn the_header_has_every_function_of_the_sources() {
    let mut exported = BTreeSet::new();
    for entry in fs::read_dir(root().join("src/ffi")).expect("src/ffi") {
        let path = entry.expect("an entry").path();
        if path == module("panic_injection") {
            continue;
        }
        let source = fs::read_to_string(&path).expect("a module");
        let names = source.lines().filter_map(|line| {
            let (_, rest) = line.split_once("extern \"C\" fn ")?;
            rest.split(['(', '<']).next().map(str::to_owned)
        });
        exported.extend(names);
    }
    let header = generate("cbindgen.toml");
    let declared: BTreeSet<String> = functions(&header).into_iter().map(str::to_owned).collect();
    assert_eq!(declared, exported);
}

/// The header's enumerations come from the text of the tables. They must equal those of the library.
#[test]
fn the_enumerations_are_those_of_the_library() {
    let header = generate("cbindgen.toml");
    let check = |prefix: &str, code: i32, name: &str| {
        let line = format!("    {prefix}{} = {code},", name.to_uppercase());
        assert!(header.lines().any(|other| other == line), "{line}");
    };
    for status in Status::ALL {
        check("HOOKRAIL_", status.code(), status.name());
    }
    for outcome in Outcome::ALL {
        check("HOOKRAIL_OUTCOME_", outcome.code(), outcome.name());
    }
    for state in DeliveryState::ALL {
        check("HOOKRAIL_DELIVERY_", state.code(), state.name());
    }
}

#[test]
fn the_list_of_symbols_is_that_of_the_header() {
    let header = generate("cbindgen.toml");
    let expected: String = functions(&header)
        .into_iter()
        .map(|name| format!("{name}\n"))
        .collect();
    let path = root().join("include/hookrail.symbols");
    if std::env::var_os("HOOKRAIL_UPDATE_HEADERS").is_some() {
        fs::write(&path, &expected).expect("the list is writable");
    }
    assert!(
        fs::read_to_string(&path).unwrap_or_default() == expected,
        "include/hookrail.symbols is out of date: run `make header`, and mind docs/abi.md: a symbol \
         that was published must not go"
    );
}
