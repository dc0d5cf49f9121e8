//! What the library is made of: whose code is linked into it, under which licences, and why.

mod bindings;
mod graph;
mod licences;
mod reasons;
