//! The vocabulary: what can happen to the bytes between a client and the service, and where.

use std::fmt;

/// Which way bytes go.
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

/// What happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// Both ends of the connection get a RST.
    Reset,
    /// Who receives this direction gets a FIN, who sends in it learns nothing and goes on sending into
    /// the void; the other direction works.
    HalfClose,
    /// Both ends get a FIN, the rest of both directions is lost.
    Truncate,
    /// No further byte of this direction arrives; nobody learns of it.
    Stall,
    /// The rest of this direction arrives byte by byte, more slowly than any budget allows.
    Trickle,
    /// The next bytes arrive one at a time, then the flow is as before.
    Dribble,
    /// The lowest bit of the byte is turned over: a digit becomes another digit.
    FlipBit,
    /// All bits of the byte are turned over.
    Invert,
    /// The byte arrives twice.
    RepeatByte,
    /// What is left of the byte's segment arrives twice.
    RepeatSegment,
    /// The connection gets a RST as it is accepted; it has no offset.
    Reject,
}

impl Kind {
    /// Those that have an offset.
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

    /// Whether it ends the flow between two bytes, so that after the last one is a place, too.
    pub fn cuts(self) -> bool {
        matches!(self, Kind::Reset | Kind::HalfClose | Kind::Truncate)
    }

    /// Whether other bytes arrive than were sent.
    pub fn alters(self) -> bool {
        matches!(
            self,
            Kind::FlipBit | Kind::Invert | Kind::RepeatByte | Kind::RepeatSegment
        )
    }

    /// Whether both sides may be left waiting for each other.
    pub fn may_hang(self) -> bool {
        matches!(self, Kind::Stall | Kind::Trickle) || self.alters()
    }
}

/// One fault at one place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    pub kind: Kind,
    pub direction: Direction,
    /// How many bytes of this direction arrive as they were sent.
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
