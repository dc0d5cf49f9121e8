//! Reads the arguments that describe an event.

use std::ffi::c_char;

use super::argument;
use super::client::hookrail_client;
use super::send_options::{self, hookrail_send_options};
use crate::client::{Client, SendOptions};
use crate::error::{Error, Result};

/// An event, and the client that sends it.
pub struct EventArgument<'a> {
    pub client: &'a Client,
    pub topic: &'a [u8],
    pub payload: &'a [u8],
    pub options: SendOptions,
}

impl<'a> EventArgument<'a> {
    /// Reads the arguments in the order in which every function of the header has them.
    ///
    /// # Safety
    /// `client` and `options` are NULL or live handles; the byte strings are as [`argument::bytes`] needs them,
    /// for as long as `'a`.
    pub unsafe fn read(
        client: *const hookrail_client,
        topic: *const c_char,
        topic_len: usize,
        payload: *const c_char,
        payload_len: usize,
        options: *const hookrail_send_options,
    ) -> Result<Self> {
        // SAFETY: the caller's contract.
        unsafe {
            Ok(EventArgument {
                client: argument::handle("client", client)?.client(),
                topic: argument::bytes("topic", topic, topic_len)?,
                payload: argument::bytes("payload", payload, payload_len)?,
                options: send_options::or_default(options),
            })
        }
    }

    /// Returns the options for a call that may be in the background.
    pub fn background_options(&self) -> Result<&SendOptions> {
        if self.options.call.cancel.is_some() {
            return Err(Error::invalid_argument(
                "a background call takes no cancel token: use hookrail_call_cancel()",
            ));
        }
        Ok(&self.options)
    }
}
