//! What the library is made of: whose code is linked into it, under which licences, why, and what the packages pass on.

mod bindings;
mod graph;
mod licences;
mod packages;
mod reasons;
