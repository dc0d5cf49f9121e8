use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;

use socket2::Socket;

use super::*;
use crate::transport::lifetime::Lifetime;
use crate::transport::stream::Stream;

const SECOND: Duration = Duration::from_secs(1);

/// Returns a new connection of the pool, and the peer's end of it. It is opened at the start of time.
fn connection(pool: &Pool, longest: Option<Duration>) -> (Box<Connection>, UnixStream) {
    let (near, far) = UnixStream::pair().unwrap();
    near.set_nonblocking(true).unwrap();
    far.set_nonblocking(true).unwrap();
    let stream = Stream::new(Socket::from(OwnedFd::from(near)));
    let lifetime = Lifetime::new(Duration::ZERO, longest, 0.0);
    let connection = Connection::new(stream, lifetime, pool.open_mark());
    (Box::new(connection), far)
}

/// Puts this many new connections into the pool, and returns the peer's ends.
fn filled(pool: &Pool, count: usize, since: Duration) -> Vec<UnixStream> {
    let mut peers = Vec::new();
    for _ in 0..count {
        let (near, far) = connection(pool, None);
        pool.put(near, since);
        peers.push(far);
    }
    peers
}

/// Returns which of the connections are open on the client's side.
fn open(peers: &[UnixStream]) -> Vec<bool> {
    let is_open = |mut peer: &UnixStream| match peer.read(&mut [0]) {
        Ok(_) => false,
        Err(error) => error.kind() == std::io::ErrorKind::WouldBlock,
    };
    peers.iter().map(is_open).collect()
}

#[test]
fn a_keeper_closes_what_the_peer_has_closed_or_spoken_on() {
    let pool = Pool::new(8);
    let mut peers = filled(&pool, 4, SECOND);
    peers[1].shutdown(std::net::Shutdown::Write).unwrap();
    peers[2].write_all(b"HTTP/1.1 408 \r\n\r\n").unwrap();
    assert_eq!(open(&peers), [true; 4]);
    pool.look_after(2 * SECOND);
    assert_eq!(open(&peers), [true, false, false, true]);
    // The others are still of use, the last one first.
    drop(pool.take(2 * SECOND));
    assert_eq!(open(&peers), [true, false, false, false]);
}

#[test]
fn a_keeper_closes_what_is_too_old() {
    let pool = Pool::new(8);
    let (short, short_peer) = connection(&pool, Some(10 * SECOND));
    let (long, long_peer) = connection(&pool, None);
    pool.put(long, SECOND);
    pool.put(short, SECOND);
    let peers = [short_peer, long_peer];
    pool.look_after(9 * SECOND);
    assert_eq!(open(&peers), [true, true]);
    pool.look_after(10 * SECOND);
    assert_eq!(open(&peers), [false, true]);
    pool.look_after(51 * SECOND);
    assert_eq!(open(&peers), [false, false]);
}

#[test]
fn connections_beyond_the_limit_stay_for_a_second_if_the_pool_has_a_keeper() {
    let pool = Pool::new(1);
    pool.begin_keeping();
    // No call is under way, but the next ones may begin at once.
    let peers = filled(&pool, 3, SECOND);
    assert_eq!(open(&peers), [true, true, true]);
    pool.look_after(SECOND + SECOND / 2);
    assert_eq!(open(&peers), [true, true, true]);
    pool.look_after(2 * SECOND);
    assert_eq!(open(&peers), [false, false, true]);
}

#[test]
fn connections_beyond_the_limit_go_with_the_last_call_if_the_pool_has_no_keeper() {
    let pool = Pool::new(1);
    assert_eq!(open(&filled(&pool, 3, SECOND)), [false, false, true]);

    let pool = Pool::new(1);
    pool.begin_keeping();
    let peers = filled(&pool, 3, SECOND);
    assert_eq!(open(&peers), [true, true, true]);
    pool.end_keeping(SECOND);
    assert_eq!(open(&peers), [false, false, true]);
}
