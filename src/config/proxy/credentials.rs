//! The user and the password of a proxy URL, in the forms of the two protocols.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use percent_encoding::percent_decode_str;
use zeroize::Zeroizing;

/// Returns an empty buffer with room for the message that is made of the user information: a buffer that grew would
/// leave its contents in freed memory.
fn with_room_for(user_info: &str) -> Zeroizing<Vec<u8>> {
    Zeroizing::new(Vec::with_capacity(user_info.len() + 3))
}

// Not inlined: it would be in the library four times.
#[inline(never)]
fn add_decoded(message: &mut Vec<u8>, part: &str) {
    message.extend(percent_decode_str(part));
}

/// Returns the value of `Proxy-Authorization` for the user information of a URL (RFC 7617).
pub fn basic(user_info: &str) -> Result<Zeroizing<String>, String> {
    let (user, password) = user_info.split_once(':').unwrap_or((user_info, ""));
    let mut credentials = with_room_for(user_info);
    add_decoded(&mut credentials, user);
    if credentials.contains(&b':') {
        return Err("has a user name with a `:`, which Basic authentication cannot send".into());
    }
    credentials.push(b':');
    add_decoded(&mut credentials, password);
    let encoded = Zeroizing::new(BASE64.encode(&*credentials));
    Ok(Zeroizing::new(["Basic ", encoded.as_str()].concat()))
}

/// Returns the message with which a client signs in at a SOCKS5 proxy (RFC 1929).
pub fn socks_sign_in(user_info: &str) -> Result<Zeroizing<Vec<u8>>, String> {
    const VERSION: u8 = 1;

    let (user, password) = user_info.split_once(':').unwrap_or((user_info, ""));
    let mut message = with_room_for(user_info);
    message.push(VERSION);
    for part in [user, password] {
        let length = message.len();
        message.push(0);
        add_decoded(&mut message, part);
        message[length] = u8::try_from(message.len() - length - 1).map_err(|_| {
            "has a user name or a password of more than 255 bytes, which SOCKS5 cannot send"
                .to_owned()
        })?;
    }
    if message[1] == 0 {
        return Err("has no user name before its password, and SOCKS5 needs one".into());
    }
    Ok(message)
}
