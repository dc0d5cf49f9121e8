//! The crates of this workspace and their dependencies, as cargo reports them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use cargo_metadata::{Metadata, MetadataCommand, Package};

/// A package that is built for a target.
pub struct Build<'a> {
    pub package: &'a str,
    pub target: &'a str,
}

/// The build that the tests look at, so that their results do not depend on the machine.
pub const LIBRARY: Build = Build {
    package: "hookrail",
    target: "x86_64-unknown-linux-gnu",
};

/// Crates of which more than one version is linked, with the reason.
const DUPLICATES: [(&str, &str); 1] = [(
    "getrandom",
    "ring 0.17 still has 0.2, which is a few hundred bytes; ours and that of all else is 0.4",
)];

pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

pub fn metadata() -> Metadata {
    metadata_for(LIBRARY.target)
}

pub fn metadata_for(target: &str) -> Metadata {
    MetadataCommand::new()
        .manifest_path(root().join("Cargo.toml"))
        .other_options(["--locked", "--offline", "--filter-platform", target].map(str::to_owned))
        .exec()
        .expect("cargo metadata should find everything that `cargo fetch` brings")
}

pub fn library(metadata: &Metadata) -> &Package {
    let packages = metadata.workspace_packages();
    let found = packages.iter().find(|package| *package.name == "hookrail");
    found.expect("the package of the library")
}

/// The members of the workspace besides the library: all of them test it.
pub fn test_packages(metadata: &Metadata) -> Vec<&Package> {
    let library = &library(metadata).id;
    let mut packages = metadata.workspace_packages();
    packages.retain(|package| &package.id != library);
    packages
}

/// The folder of a package.
pub fn folder(package: &Package) -> &Path {
    let manifest = package.manifest_path.as_std_path();
    manifest.parent().expect("a manifest is in a folder")
}

/// The crates whose code is linked into the library.
pub fn linked(metadata: &Metadata) -> Vec<&Package> {
    linked_into(&LIBRARY, metadata)
}

/// The crates whose code is linked into a build, by name and version. Procedural macros and their
/// dependencies run in the compiler and do not count. This uses `cargo tree`, because the features in the
/// metadata include those for the tests, with more crates.
pub fn linked_into<'a>(build: &Build, metadata: &'a Metadata) -> Vec<&'a Package> {
    let output = Command::new(env!("CARGO"))
        .current_dir(root())
        .args(["tree", "--locked", "--offline", "--target", build.target])
        .args([
            "--package",
            build.package,
            "--edges",
            "normal,no-proc-macro",
        ])
        .args(["--prefix", "none", "--no-dedupe", "--format", "{p}"])
        .output()
        .expect("cargo tree");
    let problem = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "cargo tree: {problem}");
    let lines = String::from_utf8(output.stdout).expect("text");
    let mut packages: Vec<_> = lines.lines().map(|line| package(metadata, line)).collect();
    packages.retain(|package| *package.name != build.package);
    packages.sort_by(|a, b| (&a.name, &a.version).cmp(&(&b.name, &b.version)));
    packages.dedup_by(|a, b| a.id == b.id);
    packages
}

/// The package that cargo names like this: `ring v0.17.14`.
fn package<'a>(metadata: &'a Metadata, line: &str) -> &'a Package {
    let mut words = line.split_whitespace();
    let (name, version) = (words.next(), words.next().and_then(|v| v.strip_prefix('v')));
    let mut packages = metadata.packages.iter();
    let found = packages.find(|package| {
        Some(package.name.as_str()) == name && Some(package.version.to_string().as_str()) == version
    });
    found.unwrap_or_else(|| panic!("cargo tree shows {line:?}, which the metadata lack"))
}

#[test]
fn a_crate_is_linked_in_one_version_or_with_a_reason_in_more() {
    let metadata = metadata();
    let mut versions: BTreeMap<&str, usize> = BTreeMap::new();
    for package in linked(&metadata) {
        *versions.entry(&package.name).or_default() += 1;
    }
    assert!(versions.len() > 20, "{versions:?}");
    let duplicates: Vec<_> = versions
        .iter()
        .filter(|(_, count)| **count > 1)
        .map(|(name, _)| *name)
        .collect();
    assert_eq!(
        duplicates,
        DUPLICATES.map(|(name, _)| name),
        "linked in several versions on the left, with a reason to be in DUPLICATES on the right"
    );
}
