//! Faults: what happens to the bytes between a client and the service, and at which byte.

use std::fmt;

/// The direction of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Direction {
    /// From the client to the service.
    Request,
    /// From the service to the client.
    Response,
}

impl Direction {
    pub const BOTH: [Direction; 2] = [Direction::Request, Direction::Response];
}

/// The kind of a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// Both ends of the connection get a RST.
    Reset,
    /// The receiver of this direction gets a FIN. Its sender learns nothing, and its bytes are lost. The
    /// other direction works.
    HalfClose,
    /// Both ends get a FIN, and the rest of both directions is lost.
    Truncate,
    /// No further byte of this direction arrives, and neither end learns of it.
    Stall,
    /// The rest of this direction arrives byte by byte, more slowly than any budget allows.
    Trickle,
    /// The next bytes arrive one at a time, and the rest as usual.
    Dribble,
    /// The lowest bit of the byte is inverted: a digit becomes another digit.
    FlipBit,
    /// All bits of the byte are inverted.
    Invert,
    /// The byte arrives twice.
    RepeatByte,
    /// The rest of the byte's segment arrives twice.
    RepeatSegment,
    /// The connection gets a RST when it is accepted. This kind has no offset.
    Reject,
}

impl Kind {
    /// The kinds with an offset.
    pub const ALL: [Kind; 10] = [
        Kind::Reset,
        Kind::HalfClose,
        Kind::Truncate,
        Kind::Stall,
        Kind::Trickle,
        Kind::Dribble,
        Kind::FlipBit,
        Kind::Invert,
        Kind::RepeatByte,
        Kind::RepeatSegment,
    ];

    /// Returns whether the fault ends the stream between two bytes. It can then also strike behind the last one.
    pub fn cuts(self) -> bool {
        matches!(self, Kind::Reset | Kind::HalfClose | Kind::Truncate)
    }

    /// Returns whether the received bytes differ from the sent bytes.
    pub fn alters(self) -> bool {
        matches!(
            self,
            Kind::FlipBit | Kind::Invert | Kind::RepeatByte | Kind::RepeatSegment
        )
    }

    /// Returns whether both sides may wait for each other.
    pub fn may_hang(self) -> bool {
        matches!(self, Kind::Stall | Kind::Trickle) || self.alters()
    }
}

/// One fault at one place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    pub kind: Kind,
    pub direction: Direction,
    /// The number of bytes of this direction that arrive as they were sent.
    pub offset: usize,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Fault {
            kind,
            direction,
            offset,
        } = self;
        write!(f, "{kind:?} at byte {offset} of the {direction:?}")
    }
}
