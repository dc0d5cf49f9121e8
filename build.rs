//! How the shared library is linked.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if std::env::var("CARGO_CFG_TARGET_OS").as_deref() == Ok("linux") {
        // The number follows HOOKRAIL_ABI_VERSION: programs keep running with every library that
        // has the same.
        println!("cargo::rustc-cdylib-link-arg=-Wl,-soname,libhookrail.so.0");
        // Hosts unload extensions (PHP with each request), but the standard library's thread-local
        // destructors must still be there when a thread that called the library ends.
        println!("cargo::rustc-cdylib-link-arg=-Wl,-z,nodelete");
    }
}
