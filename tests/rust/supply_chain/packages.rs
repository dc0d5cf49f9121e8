//! Each package contains the licence of the library.

use std::fs;
use std::process::Command;

use crate::graph::root;

#[test]
fn each_package_folder_has_the_licence_of_the_library() {
    let licence = fs::read_to_string(root().join("LICENSE")).expect("LICENSE");
    let folders = root().join("bindings").read_dir().expect("bindings");
    let mut compared = 0;
    for folder in folders.map(|entry| entry.expect("an entry of bindings").path()) {
        let copy = folder.join("LICENSE");
        let text = fs::read_to_string(&copy);
        let text = text.unwrap_or_else(|error| panic!("{}: {error}", copy.display()));
        assert!(text == licence, "{} differs from LICENSE", copy.display());
        compared += 1;
    }
    assert!(compared >= 4, "only {compared} folders of bindings");
}

/// The source gem contains the files of the crate, too.
#[test]
fn the_crate_contains_the_library_and_the_licences_and_nothing_else() {
    let output = Command::new(env!("CARGO"))
        .args([
            "package",
            "--list",
            "--allow-dirty",
            "--offline",
            "--package",
            "hookrail",
        ])
        .current_dir(root())
        .output()
        .expect("cargo");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    let files = String::from_utf8(output.stdout).expect("file names");
    let files: Vec<&str> = files.lines().collect();
    for needed in [
        "LICENSE",
        "THIRD_PARTY_LICENSES.md",
        "README.md",
        "build.rs",
        "src/lib.rs",
    ] {
        assert!(files.contains(&needed), "{needed} is missing: {files:?}");
    }
    let folders = ["src/", "include/", "examples/rust/", "docs/rust.md"];
    let others = files.iter().filter(|file| file.contains('/'));
    let others: Vec<_> = others
        .filter(|file| !folders.iter().any(|folder| file.starts_with(folder)))
        .collect();
    assert!(others.is_empty(), "not part of the library: {others:?}");
}
