//! Tries forms of the inputs until the signature matches.

use std::borrow::Cow;

use super::super::header::DeliveryId;
use super::super::mac::{Key, Prefix};
use super::header::Reading;

/// The most mistakes that are tried together. A third would multiply the work and is rarely real.
const MAX_CHANGES: usize = 2;

/// An input as it was given (`change` is `None`), or as it may have been meant.
pub(super) struct Form<T> {
    pub(super) value: T,
    /// The change that makes this form of the given input: the end of a sentence that begins with "if".
    pub(super) change: Option<Cow<'static, str>>,
}

impl<T> Form<T> {
    pub(super) fn new(value: T, change: Option<&'static str>) -> Self {
        Form {
            value,
            change: change.map(Cow::Borrowed),
        }
    }
}

/// A secret in one of its forms.
pub(super) struct SecretForm {
    pub(super) key: Key,
    /// The position of the secret among the given ones, counted from 1.
    pub(super) number: usize,
    pub(super) change: Option<&'static str>,
}

/// The forms of each input, the given ones among them.
pub(super) struct Search<'a> {
    pub(super) readings: Vec<Reading>,
    pub(super) secrets: Vec<SecretForm>,
    pub(super) delivery_ids: Vec<Form<DeliveryId<'a>>>,
    pub(super) bodies: Vec<Form<Cow<'a, [u8]>>>,
}

/// A combination of forms that the signature matches.
pub(super) struct Match<'s> {
    pub(super) secret_number: usize,
    pub(super) changes: Vec<&'s str>,
}

impl Search<'_> {
    /// Returns whether every input has a form, so that a MAC can be computed.
    pub(super) fn can_be_tried(&self) -> bool {
        !(self.readings.is_empty() || self.secrets.is_empty() || self.delivery_ids.is_empty())
    }

    /// Returns the combinations that match with the fewest changes to the given inputs.
    pub(super) fn fewest_changes(&self) -> Vec<Match<'_>> {
        (0..=MAX_CHANGES)
            .map(|count| self.with_changes(count))
            .find(|matches| !matches.is_empty())
            .unwrap_or_default()
    }

    fn with_changes(&self, count: usize) -> Vec<Match<'_>> {
        let mut matches = Vec::new();
        for reading in &self.readings {
            for delivery_id in &self.delivery_ids {
                let prefix = Prefix::new(&reading.timestamp, delivery_id.value);
                for body in &self.bodies {
                    for secret in &self.secrets {
                        let changes: Vec<&str> = [
                            reading.change.as_deref(),
                            delivery_id.change.as_deref(),
                            body.change.as_deref(),
                            secret.change,
                        ]
                        .into_iter()
                        .flatten()
                        .collect();
                        if changes.len() == count
                            && reading.carries(&secret.key.mac(prefix, &body.value))
                        {
                            matches.push(Match {
                                secret_number: secret.number,
                                changes,
                            });
                        }
                    }
                }
            }
        }
        matches
    }
}
