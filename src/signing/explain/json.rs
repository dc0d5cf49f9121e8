//! Writes a JSON text in another layout and keeps the spelling of each number.
//!
//! A parser for values would not do: the signed input is text, and `1.50` would become `1.5`.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// The most levels of a body that is tried: every level is scanned once more than the one around it.
const MAX_DEPTH: usize = 64;

/// A JSON value whose scalars keep their spelling.
pub(super) enum Node<'a> {
    Scalar(&'a str),
    Array(Vec<Node<'a>>),
    Object(Vec<(&'a str, Node<'a>)>),
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Spacing {
    /// Nothing between tokens.
    Compact,
    /// A space after each comma and colon, as PostgreSQL and Python write it.
    Spaced,
    /// One member per line; this text indents each level.
    Indented(&'static str),
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    AsGiven,
    /// PostgreSQL's jsonb: shorter names first, then by bytes, and of equal names only the last.
    Jsonb,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Strings {
    AsGiven,
    /// Only with the escapes that JSON demands.
    Unescaped,
}

#[derive(Clone, Copy)]
pub(super) struct Layout {
    pub(super) spacing: Spacing,
    pub(super) order: Order,
    pub(super) strings: Strings,
}

impl<'a> Node<'a> {
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        let raw = serde_json::from_str::<&RawValue>(text).ok()?;
        Node::from_raw(raw.get(), MAX_DEPTH)
    }

    fn from_raw(text: &'a str, depth: usize) -> Option<Self> {
        let inner = depth.checked_sub(1)?;
        match text.as_bytes().first()? {
            b'[' => serde_json::from_str::<Vec<&RawValue>>(text)
                .ok()?
                .into_iter()
                .map(|element| Node::from_raw(element.get(), inner))
                .collect::<Option<_>>()
                .map(Node::Array),
            b'{' => serde_json::from_str::<Members<'_>>(text)
                .ok()?
                .0
                .into_iter()
                .map(|(name, value)| Some((name.get(), Node::from_raw(value.get(), inner)?)))
                .collect::<Option<_>>()
                .map(Node::Object),
            _ => Some(Node::Scalar(text)),
        }
    }

    pub(super) fn write(&self, layout: Layout) -> String {
        let mut out = String::new();
        self.write_to(&mut out, layout, 0);
        out
    }

    fn write_to(&self, out: &mut String, layout: Layout, level: usize) {
        match self {
            Node::Scalar(text) => out.push_str(&spell(text, layout.strings)),
            Node::Array(elements) => {
                layout.write_list(out, level, ['[', ']'], elements.iter(), |out, element| {
                    element.write_to(out, layout, level + 1)
                })
            }
            Node::Object(members) => layout.write_list(
                out,
                level,
                ['{', '}'],
                ordered(members, layout.order).into_iter(),
                |out, (name, value)| {
                    out.push_str(&spell(name, layout.strings));
                    out.push_str(match layout.spacing {
                        Spacing::Compact => ":",
                        Spacing::Spaced | Spacing::Indented(_) => ": ",
                    });
                    value.write_to(out, layout, level + 1);
                },
            ),
        }
    }
}

impl Layout {
    fn write_list<T>(
        self,
        out: &mut String,
        level: usize,
        [open, close]: [char; 2],
        items: impl ExactSizeIterator<Item = T>,
        write_item: impl Fn(&mut String, T),
    ) {
        let empty = items.len() == 0;
        out.push(open);
        for (position, item) in items.enumerate() {
            if position > 0 {
                out.push(',');
            }
            match self.spacing {
                Spacing::Indented(indent) => {
                    out.push('\n');
                    out.push_str(&indent.repeat(level + 1));
                }
                Spacing::Spaced if position > 0 => out.push(' '),
                Spacing::Spaced | Spacing::Compact => {}
            }
            write_item(out, item);
        }
        if let Spacing::Indented(indent) = self.spacing
            && !empty
        {
            out.push('\n');
            out.push_str(&indent.repeat(level));
        }
        out.push(close);
    }
}

fn ordered<'n, 'a>(
    members: &'n [(&'a str, Node<'a>)],
    order: Order,
) -> Vec<(&'a str, &'n Node<'a>)> {
    let members = members.iter().map(|(name, value)| (*name, value));
    match order {
        Order::AsGiven => members.collect(),
        Order::Jsonb => members
            .map(|(name, value)| {
                let plain = unescape(name).unwrap_or_else(|| name.to_owned());
                ((plain.len(), plain), (name, value))
            })
            .collect::<BTreeMap<_, _>>()
            .into_values()
            .collect(),
    }
}

fn spell(scalar: &str, strings: Strings) -> String {
    match strings {
        Strings::AsGiven => None,
        Strings::Unescaped => unescape(scalar).and_then(|text| serde_json::to_string(&text).ok()),
    }
    .unwrap_or_else(|| scalar.to_owned())
}

/// Returns the text of a string; `None` for other scalars and for strings that are no valid text.
pub(super) fn unescape(scalar: &str) -> Option<String> {
    serde_json::from_str(scalar).ok()
}

/// The members of an object in their order, with repeated names.
struct Members<'a>(Vec<(&'a RawValue, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;

        impl<'de> Visitor<'de> for InOrder {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(InOrder)
    }
}
