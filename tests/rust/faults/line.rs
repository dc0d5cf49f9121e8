//! The bytes of one connection on their way through the proxy, and the effect of a fault on them.

use std::collections::VecDeque;
use std::io;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::time::{sleep, timeout};

use super::fault::{Direction, Kind};
use super::proxy::Shared;

/// The number of bytes of a dribble that arrive one at a time.
const DRIBBLED: usize = 48;
const DRIBBLE_PAUSE: Duration = Duration::from_millis(1);
/// A few of these pauses use up the budget of a call that may hang.
const TRICKLE_PAUSE: Duration = Duration::from_millis(100);
/// The time for both ends to notice that their connection was closed.
const LINGER: Duration = Duration::from_secs(10);

/// The end of a whole connection.
enum Ending {
    Reset,
    Close,
}

/// Carries bytes in both directions until both have ended, or a fault ends the connection.
pub async fn carry(
    shared: &Shared,
    connection: u64,
    client: &mut TcpStream,
    service: &mut TcpStream,
) -> io::Result<()> {
    let (from_client, to_client) = client.split();
    let (from_service, to_service) = service.split();
    let mut request = Line {
        shared,
        connection,
        direction: Direction::Request,
        from: from_client,
        to: to_service,
    };
    let mut response = Line {
        shared,
        connection,
        direction: Direction::Response,
        from: from_service,
        to: to_client,
    };
    let ended = tokio::try_join!(request.run(), response.run());
    match ended {
        Ok(_) => Ok(()),
        Err(Ending::Reset) => {
            client.set_zero_linger()?;
            service.set_zero_linger()
        }
        Err(Ending::Close) => {
            // Both ends get the FIN first. Reading follows, because unread bytes would turn the FIN into a RST.
            let _ = client.shutdown().await;
            let _ = service.shutdown().await;
            let drained = async { tokio::join!(drain(client), drain(service)) };
            let _ = timeout(LINGER, drained).await;
            Ok(())
        }
    }
}

async fn drain(stream: &mut TcpStream) {
    let mut buffer = [0; 1024];
    while let Ok(1..) = stream.read(&mut buffer).await {}
}

/// One direction of a connection.
struct Line<'a> {
    shared: &'a Shared,
    connection: u64,
    direction: Direction,
    from: ReadHalf<'a>,
    to: WriteHalf<'a>,
}

impl Line<'_> {
    async fn run(&mut self) -> Result<(), Ending> {
        let mut buffer = vec![0; 64 * 1024];
        loop {
            let amount = match self.from.read(&mut buffer).await {
                Ok(0) => {
                    // The other end may be gone already.
                    let _ = self.to.shutdown().await;
                    return Ok(());
                }
                Ok(amount) => amount,
                Err(_) => return Err(Ending::Reset),
            };
            let bytes = &buffer[..amount];
            match self.shared.passing(self.connection, self.direction, bytes) {
                None => self.forward(bytes).await?,
                Some((kind, at)) => {
                    let (before, after) = bytes.split_at(at);
                    if let Some(end) = self.strike(kind, before, after).await {
                        return end;
                    }
                }
            }
        }
    }

    async fn forward(&mut self, bytes: &[u8]) -> Result<(), Ending> {
        let written = self.to.write_all(bytes).await;
        written.map_err(|_| Ending::Reset)?;
        self.shared.handed_on(self.direction, bytes);
        Ok(())
    }

    /// Applies the fault between `before` and `after`. Returns the end of this direction if the fault ends it.
    async fn strike(
        &mut self,
        kind: Kind,
        before: &[u8],
        after: &[u8],
    ) -> Option<Result<(), Ending>> {
        let done = match kind {
            Kind::FlipBit => self.alter(before, after, 0x01).await,
            Kind::Invert => self.alter(before, after, 0xff).await,
            Kind::RepeatByte => self.forward(&[before, &after[..1], after].concat()).await,
            Kind::RepeatSegment => self.forward(&[before, after, after].concat()).await,
            Kind::Dribble => self.dribble(before, after).await,
            Kind::Trickle => self.trickle(before, after).await,
            Kind::Reset | Kind::Reject => {
                return Some(self.forward(before).await.and(Err(Ending::Reset)));
            }
            Kind::Truncate => return Some(self.forward(before).await.and(Err(Ending::Close))),
            Kind::HalfClose => {
                let forwarded = self.forward(before).await;
                let _ = self.to.shutdown().await;
                self.swallow().await;
                return Some(forwarded);
            }
            Kind::Stall => {
                let forwarded = self.forward(before).await;
                self.swallow().await;
                // The sender has given up, and the receiver would wait for ever.
                return Some(forwarded.and(Err(Ending::Close)));
            }
        };
        done.err().map(Err)
    }

    async fn alter(&mut self, before: &[u8], after: &[u8], mask: u8) -> Result<(), Ending> {
        let mut bytes = [before, after].concat();
        bytes[before.len()] ^= mask;
        self.forward(&bytes).await
    }

    async fn dribble(&mut self, before: &[u8], after: &[u8]) -> Result<(), Ending> {
        let (slow, rest) = after.split_at(after.len().min(DRIBBLED));
        self.forward(before).await?;
        for byte in slow {
            sleep(DRIBBLE_PAUSE).await;
            self.forward(&[*byte]).await?;
        }
        self.forward(rest).await
    }

    /// Continues until the sender leaves or the fault is removed.
    async fn trickle(&mut self, before: &[u8], after: &[u8]) -> Result<(), Ending> {
        self.forward(before).await?;
        let mut waiting = VecDeque::from(after.to_vec());
        let mut buffer = [0; 1024];
        while self.shared.is_armed() {
            let next_byte = timeout(TRICKLE_PAUSE, async {
                while let Ok(amount @ 1..) = self.from.read(&mut buffer).await {
                    waiting.extend(&buffer[..amount]);
                }
            });
            if next_byte.await.is_ok() {
                return Err(Ending::Close);
            }
            if let Some(byte) = waiting.pop_front() {
                self.forward(&[byte]).await?;
            }
        }
        self.forward(waiting.make_contiguous()).await
    }

    /// Reads to the end of the stream and discards everything.
    async fn swallow(&mut self) {
        let mut buffer = [0; 1024];
        while let Ok(1..) = self.from.read(&mut buffer).await {}
    }
}
