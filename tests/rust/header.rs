//! The headers are those that src/ffi makes, and say of themselves what the library says.
//!
//! With HOOKRAIL_UPDATE_HEADERS in the environment (`make header`) the tests write them instead.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn generate(config: &str) -> String {
    let config = cbindgen::Config::from_file(root().join(config)).expect("a valid configuration");
    // Follows the modules from there; the rest of the crate is no concern of C.
    let builder = cbindgen::Builder::new()
        .with_config(config)
        .with_src(root().join("src/ffi/mod.rs"));
    let mut header = Vec::new();
    builder.generate().expect("bindings").write(&mut header);
    String::from_utf8(header).expect("UTF-8")
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

/// What src/ffi itself calls of the system is written as `extern`, and would clash with the system's headers.
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

/// The names of the functions that a header declares.
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
