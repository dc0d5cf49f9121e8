//! How the shared library is linked, and where it does not run.

use std::env;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    // The number follows HOOKRAIL_ABI_VERSION: programs keep running with every library that has the same.
    match env::var("CARGO_CFG_TARGET_OS").as_deref() {
        Ok("linux" | "freebsd") => {
            link_with("-Wl,-soname,libhookrail.so.0");
            // Hosts unload extensions (PHP with each request), but the standard library's thread-local
            // destructors must still be there when a thread that called the library ends.
            link_with("-Wl,-z,nodelete");
        }
        Ok("macos") => link_with("-Wl,-install_name,@rpath/libhookrail.0.dylib"),
        Ok("windows") => println!(
            "cargo::error=libhookrail does not support Windows: cancelling, waiting and background calls stand on \
             file descriptors, poll and signals. docs/platforms.md lists the platforms."
        ),
        _ => {}
    }
}

fn link_with(argument: &str) {
    println!("cargo::rustc-cdylib-link-arg={argument}");
}
