//! The driver's clients, by their names, and the token that a signal fires.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use hookrail::Cancel;
use hookrail::{CallOptions, Client};
use signal_hook::consts::SIGUSR1;
use signal_hook::iterator::Signals;

use crate::request::{Problem, Request};

/// A client, and the token of each submitted event by its tag.
pub struct Held {
    pub client: Client,
    pub tokens: BTreeMap<u64, u64>,
}

pub struct Clients {
    held: BTreeMap<String, Held>,
    /// The token that SIGUSR1 fires.
    under_way: Arc<Mutex<Option<Cancel>>>,
}

impl Clients {
    /// Makes an empty table and installs the handler of SIGUSR1.
    pub fn new() -> io::Result<Self> {
        let under_way = Arc::new(Mutex::new(None::<Cancel>));
        let mut signals = Signals::new([SIGUSR1])?;
        let fired = Arc::clone(&under_way);
        std::thread::spawn(move || {
            for _ in signals.forever() {
                if let Some(token) = &*fired.lock().unwrap_or_else(PoisonError::into_inner) {
                    token.fire();
                }
            }
        });
        Ok(Self {
            held: BTreeMap::new(),
            under_way,
        })
    }

    pub fn insert(&mut self, name: &str, client: Client) {
        let tokens = BTreeMap::new();
        self.held.insert(name.to_owned(), Held { client, tokens });
    }

    pub fn remove(&mut self, name: &str) {
        self.held.remove(name);
    }

    /// Returns the client that a request names.
    pub fn get(&mut self, request: &Request) -> Result<&mut Held, String> {
        let name = request.text("client")?;
        self.held
            .get_mut(name)
            .ok_or_else(|| format!("there is no client {name}"))
    }

    /// Returns the time and the token of a call.
    pub fn call_options(&self, request: &Request) -> Result<CallOptions, Problem> {
        let mut options = CallOptions::new();
        if let Some(timeout) = request.optional_time("timeout_ms")? {
            options = options.timeout(timeout);
        }
        if let Some(token) = self.cancel_token(request)? {
            options = options.cancel(&token);
        }
        Ok(options)
    }

    /// Returns the token of a call, if the request has one.
    pub fn cancel_token(&self, request: &Request) -> Result<Option<Cancel>, Problem> {
        if !request.has("cancel") {
            return Ok(None);
        }
        let token = Cancel::new().map_err(|error| error.to_string())?;
        if request.text("cancel")? == "before" {
            token.fire();
        }
        *self
            .under_way
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = Some(token.clone());
        Ok(Some(token))
    }
}
