//! Connections in the hands of the HTTP library.

use std::fmt;
use std::sync::Arc;

use ureq::unversioned::transport::{Buffers, NextTimeout, Transport};

use super::connection::Connection;
use super::idle::Idle;

/// A connection that the HTTP library uses for one request and then drops: its own pool stays empty, as
/// [`Idle`] is where connections wait.
pub struct Loan {
    /// There until the loan is dropped.
    connection: Option<Box<Connection>>,
    idle: Arc<Idle>,
    /// Whether some of the request was written.
    begun: bool,
    /// Whether the answer was read to its end and lets the connection live on.
    settled: bool,
}

impl Loan {
    pub fn new(connection: Box<Connection>, idle: Arc<Idle>) -> Self {
        Loan {
            connection: Some(connection),
            idle,
            begun: false,
            settled: false,
        }
    }

    fn connection(&mut self) -> &mut Connection {
        self.connection
            .as_mut()
            .expect("only the drop takes the connection")
    }
}

impl Drop for Loan {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take()
            && self.settled
        {
            self.idle.put(connection);
        }
    }
}

impl Transport for Loan {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.connection().buffers()
    }

    fn transmit_output(&mut self, amount: usize, _: NextTimeout) -> Result<(), ureq::Error> {
        if amount > 0 {
            let begins_request = !std::mem::replace(&mut self.begun, true);
            self.connection().transmit(amount, begins_request)?;
        }
        Ok(())
    }

    fn await_input(&mut self, _: NextTimeout) -> Result<bool, ureq::Error> {
        Ok(self.connection().await_input()?)
    }

    /// Asked where the connection would go back to the library's pool, and only there.
    fn is_open(&mut self) -> bool {
        self.settled = true;
        false
    }

    fn is_tls(&self) -> bool {
        self.connection
            .as_ref()
            .is_some_and(|connection| connection.is_tls())
    }
}

impl fmt::Debug for Loan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Loan")
            .field("connection", &self.connection)
            .finish_non_exhaustive()
    }
}
