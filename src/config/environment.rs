//! The environment of the process, as far as it may be obeyed.

use zeroize::Zeroizing;

use super::options::{API_KEY_VARIABLE, BASE_URL_VARIABLE};
use crate::error::{Error, Result};
use crate::sys::privileges;

/// Why the variables are not read.
const NOT_OBEYED: &str = "this program has privileges of its own (setuid, setgid or capabilities), and its \
                          environment is its caller's";

/// The environment, which a program with privileges of its own does not obey: its caller would choose where
/// the program's key is sent, through which proxy, and which certificates are trusted.
#[derive(Clone, Copy, Debug)]
pub struct Environment {
    is_obeyed: bool,
}

impl Environment {
    /// That of this process.
    pub fn of_process() -> Self {
        Environment {
            is_obeyed: !privileges::are_its_own(),
        }
    }

    /// A variable. What is not UTF-8 in it becomes a character that no setting may hold: the value is refused
    /// then, not passed over as if it were not set.
    pub fn get(self, name: &str) -> Option<String> {
        if !self.is_obeyed {
            return None;
        }
        let value = std::env::var_os(name)?.into_string();
        Some(value.unwrap_or_else(|value| {
            // It may hold a key all the same.
            let bytes = Zeroizing::new(value.into_encoded_bytes());
            String::from_utf8_lossy(&bytes).into_owned()
        }))
    }

    /// Says why a setting is missing that a variable would give. A default in place of a variable that is set
    /// would send the key elsewhere than meant.
    ///
    /// # Errors
    /// `Configuration`.
    pub fn check_arguments(self, has_api_key: bool, has_base_url: bool) -> Result<()> {
        if self.is_obeyed {
            return Ok(());
        }
        if !has_api_key {
            return Err(Error::configuration(format!(
                "no API key: pass one; {API_KEY_VARIABLE} is not read, because {NOT_OBEYED}"
            )));
        }
        if !has_base_url && std::env::var_os(BASE_URL_VARIABLE).is_some() {
            return Err(Error::configuration(format!(
                "no base_url: pass one; {BASE_URL_VARIABLE} is set but not read, because {NOT_OBEYED}"
            )));
        }
        Ok(())
    }
}
