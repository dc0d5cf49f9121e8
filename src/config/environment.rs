//! The environment of the process, for programs that may obey it.

use zeroize::Zeroizing;

use super::options::{API_KEY_VARIABLE, BASE_URL_VARIABLE};
use crate::error::{Error, Result};
use crate::sys::privileges;

/// The reason for not reading the variables.
const NOT_OBEYED: &str = "this program has privileges of its own (setuid, setgid or capabilities), and its \
                          environment is its caller's";

/// The environment. A program with privileges of its own does not obey it: the program's caller could choose the
/// receiver of the program's key, the proxy, and the trusted certificates.
#[derive(Clone, Copy, Debug)]
pub struct Environment {
    is_obeyed: bool,
}

impl Environment {
    /// Returns the environment of this process.
    pub fn of_process() -> Self {
        Environment {
            is_obeyed: !privileges::are_its_own(),
        }
    }

    /// Returns a variable. Bytes that are not UTF-8 become a character that no setting may hold: the value is then
    /// refused, and not ignored as if it were not set.
    pub fn get(self, name: &str) -> Option<String> {
        if !self.is_obeyed {
            return None;
        }
        let value = std::env::var_os(name)?.into_string();
        Some(value.unwrap_or_else(|value| {
            // The value may hold a key all the same.
            let bytes = Zeroizing::new(value.into_encoded_bytes());
            String::from_utf8_lossy(&bytes).into_owned()
        }))
    }

    /// Refuses a missing setting for which a variable is set but not read. The default in its place would send the
    /// key to another service than intended.
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
