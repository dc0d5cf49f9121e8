//! A client whose process forks. These tests have a program of their own: the children of a fork hold
//! copies of all sockets of the process, and so keep other tests' connections open.

mod support;
mod fork {
    mod client;
    mod queue;
}
