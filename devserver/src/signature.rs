//! The signature of a delivery, computed without the library under test.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::config::Secret;

/// The value of `hookrail-signature`: the key is the secret's text itself, prefix included.
pub(crate) fn sign(secret: &Secret, unix: u64, delivery_id: &str, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.expose().as_bytes())
        .expect("HMAC takes keys of every length");
    mac.update(format!("{unix}.{delivery_id}.").as_bytes());
    mac.update(body);
    format!("t={unix},v1={}", hex::encode(mac.finalize().into_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_signature_that_the_service_makes() {
        let signature = sign(
            &Secret::from("whsec_test_secret"),
            1_781_092_800,
            "01JXAMPLEDELIVERYID0000000",
            br#"{"order_id":"o_1","amount":42}"#,
        );
        assert_eq!(
            signature,
            "t=1781092800,v1=d270845b932d510270e3b7132b702de5b0c03c3781221badb79fe39c66672644"
        );
    }
}
