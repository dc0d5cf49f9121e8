//! The cases about signatures, each one request and its answer.

use std::time::{SystemTime, UNIX_EPOCH};

use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Map, Value, json};
use sha2::Sha256;

use crate::bytes;
use crate::driver::{Answer, Driver};
use crate::report::Failure;
use crate::schema;

type Case = Map<String, Value>;

/// Bodies up to this length are also passed byte by byte.
const BYTEWISE: usize = 64;
/// The block size of the hash. Pieces are cut around its multiples.
const BLOCK: usize = 64;

/// Verifies with a verifier.
pub fn verify(driver: &mut Driver, case: &Case) -> Result<(), Failure> {
    verify_whole(driver, case, "verify")
}

/// Verifies without a verifier.
pub fn verify_once(driver: &mut Driver, case: &Case) -> Result<(), Failure> {
    verify_whole(driver, case, "verify_once")
}

fn verify_whole(driver: &mut Driver, case: &Case, command: &str) -> Result<(), Failure> {
    let mut arguments = receiver(case)?;
    arguments.insert(
        "body".into(),
        bytes::encode(&bytes::required(case, "body")?),
    );
    let answer = driver.ask(command, arguments)?;
    judge(command, case, &answer)
}

/// Verifies in pieces, cut in several ways and with limits on the body.
pub fn verify_chunks(driver: &mut Driver, case: &Case) -> Result<(), Failure> {
    let body = bytes::required(case, "body")?;
    let expects_ok = status_of(case)? == "ok";
    for (pieces, limit) in cuts(&body, expects_ok) {
        let chunks: Vec<Value> = pieces.iter().map(|piece| bytes::encode(piece)).collect();
        let mut arguments = receiver(case)?;
        arguments.insert("chunks".into(), json!(chunks));
        arguments.insert("body_limit".into(), json!(limit));
        let answer = driver.ask("verify_chunks", arguments)?;
        let judged = if (1..body.len()).contains(&limit) {
            expect_status(&answer, "body_too_large")
        } else {
            judge("verify_chunks", case, &answer)
        };
        judged.map_err(|Failure(problems)| {
            let cut: Vec<usize> = pieces.iter().map(|piece| piece.len()).collect();
            let cut = format!("in pieces of {cut:?} bytes, at most {limit}: ");
            Failure(
                problems
                    .into_iter()
                    .map(|problem| cut.clone() + &problem)
                    .collect(),
            )
        })?;
    }
    Ok(())
}

/// Returns the ways to cut a body, each with a limit (0 for none).
fn cuts(body: &[u8], expects_ok: bool) -> Vec<(Vec<&[u8]>, usize)> {
    let mut cuts = vec![(vec![&b""[..], body, b""], 0)];
    if body.len() > 1 {
        let (head, rest) = body.split_at(1);
        let (middle, tail) = rest.split_at(rest.len().min(BLOCK - 1));
        cuts.push((vec![head, middle, tail], body.len()));
    }
    if body.len() <= BYTEWISE {
        cuts.push((body.chunks(1).collect(), 0));
    }
    if expects_ok && body.len() > 1 {
        cuts.push((body.chunks(BLOCK + 1).collect(), body.len() - 1));
    }
    cuts
}

/// Finds the headers in a whole request, and verifies. The signature has the present time.
pub fn verify_request(driver: &mut Driver, case: &Case) -> Result<(), Failure> {
    let secret = bytes::required(case, "secret")?;
    let delivery_id = text(case, "delivery_id")?;
    let body = bytes::required(case, "body")?;
    let signature = signature(&secret, now()?, delivery_id, &body)?;
    let (t, v1) = signature
        .split_once(',')
        .ok_or_else(|| "the signature has one part".to_owned())?;
    let places = [
        ("{{signature}}", signature.as_str()),
        ("{{t}}", t),
        ("{{v1}}", v1),
        ("{{delivery_id}}", delivery_id),
    ];
    let fill_in = |value: &Value| -> Result<Value, String> {
        let text = value.as_str().ok_or("a header is no text")?;
        let filled = places
            .iter()
            .fold(text.to_owned(), |filled, (place, value)| {
                filled.replace(place, value)
            });
        Ok(bytes::encode(filled.as_bytes()))
    };
    let mut headers = Vec::new();
    for field in case
        .get("headers")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        let [name, value] = field.as_array().map(Vec::as_slice).unwrap_or_default() else {
            return Err(format!("{field} is no name with a value").into());
        };
        headers.push(json!([fill_in(name)?, fill_in(value)?]));
    }
    let mut arguments = Map::new();
    arguments.insert("secrets".into(), json!([bytes::encode(&secret)]));
    arguments.insert("headers".into(), json!(headers));
    arguments.insert(
        "form".into(),
        case.get("form").cloned().unwrap_or(json!("http")),
    );
    arguments.insert("body".into(), bytes::encode(&body));
    let answer = driver.ask("verify_request", arguments)?;
    expect_status(&answer, status_of(case)?)?;
    if let Answer::Ok(result) = &answer {
        schema::check_result("verify_request", result)?;
        if result["delivery_id"] != json!(delivery_id) || result["secret_index"] != json!(0) {
            return Err(format!("the result is {result}").into());
        }
    }
    Ok(())
}

/// Signs.
pub fn sign(driver: &mut Driver, case: &Case) -> Result<(), Failure> {
    let mut arguments = Map::new();
    for name in ["secret", "delivery_id", "body"] {
        arguments.insert(name.into(), bytes::encode(&bytes::required(case, name)?));
    }
    let timestamp = case.get("timestamp").cloned().unwrap_or_default();
    arguments.insert("timestamp".into(), timestamp);
    let answer = driver.ask("sign", arguments)?;
    judge("sign", case, &answer)
}

/// Returns the secrets, tolerance, headers and time of a case.
fn receiver(case: &Case) -> Result<Map<String, Value>, String> {
    let secrets = bytes::list(case, "secrets")?;
    let secrets: Vec<Value> = secrets.iter().map(|secret| bytes::encode(secret)).collect();
    let mut arguments = Map::new();
    arguments.insert("secrets".into(), json!(secrets));
    for name in ["header", "delivery_id"] {
        arguments.insert(name.into(), bytes::encode(&bytes::required(case, name)?));
    }
    for name in ["tolerance", "now"] {
        let number = case
            .get(name)
            .ok_or_else(|| format!("`{name}` is missing"))?;
        arguments.insert(name.into(), number.clone());
    }
    Ok(arguments)
}

fn judge(command: &str, case: &Case, answer: &Answer) -> Result<(), Failure> {
    match answer {
        Answer::Error(error) => keeps_secrets(case, error)?,
        Answer::Ok(result) => schema::check_result(command, result)?,
        Answer::Inexpressible(_) => {}
    }
    expect_status(answer, status_of(case)?)?;
    let Answer::Ok(result) = answer else {
        return Ok(());
    };
    let compared: &[&str] = match command {
        "sign" => &["header"],
        "verify_once" => &[],
        _ => &["secret_index", "signed_at", "skew_seconds"],
    };
    let differs = |name: &&str| result.get(*name) != case.get(*name);
    let describe = |name: &str| format!("{name} is {}, expected {}", result[name], case[name]);
    let wrong = compared.iter().copied().filter(differs);
    let problems: Vec<String> = wrong.map(describe).collect();
    if problems.is_empty() {
        Ok(())
    } else {
        Err(Failure(problems))
    }
}

fn expect_status(answer: &Answer, expected: &str) -> Result<(), Failure> {
    let (status, message) = match answer {
        Answer::Ok(_) => ("ok", ""),
        Answer::Error(error) => {
            schema::check_error(error)?;
            let text = |name: &str| error[name].as_str().unwrap_or_default();
            (text("status"), text("message"))
        }
        // Unsigned types cannot hold a negative tolerance. This counts as a refusal.
        Answer::Inexpressible(_) if expected == "invalid_argument" => return Ok(()),
        Answer::Inexpressible(argument) => ("inexpressible", argument.as_str()),
    };
    if status == expected {
        Ok(())
    } else {
        Err(format!("the status is {status} ({message}), expected {expected}").into())
    }
}

/// Checks that an error contains no secret. Short secrets are skipped: they occur in any sentence.
fn keeps_secrets(case: &Case, error: &Value) -> Result<(), String> {
    let error = error.to_string();
    let secrets = bytes::list(case, "secrets").unwrap_or_default();
    let shown = |secret: &Vec<u8>| {
        let text = std::str::from_utf8(secret).unwrap_or_default();
        text.len() >= 8 && error.contains(text)
    };
    if secrets.iter().any(shown) {
        return Err("the error shows a secret".into());
    }
    Ok(())
}

fn status_of(case: &Case) -> Result<&str, String> {
    text(case, "status")
}

fn text<'a>(case: &'a Case, name: &str) -> Result<&'a str, String> {
    let value = case.get(name).and_then(Value::as_str);
    value.ok_or_else(|| format!("`{name}` is missing"))
}

fn now() -> Result<u64, String> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.map(|now| now.as_secs())
        .map_err(|error| error.to_string())
}

fn signature(secret: &[u8], at: u64, delivery_id: &str, body: &[u8]) -> Result<String, String> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).map_err(|error| error.to_string())?;
    mac.update(format!("{at}.{delivery_id}.").as_bytes());
    mac.update(body);
    Ok(format!(
        "t={at},v1={}",
        hex::encode(mac.finalize().into_bytes())
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_runner_signs_as_the_service_does() {
        let body = br#"{"order_id":"o_1","amount":42}"#;
        let signed = signature(
            b"whsec_test_secret",
            1_781_092_800,
            "01JXAMPLEDELIVERYID0000000",
            body,
        );
        assert_eq!(
            signed.unwrap(),
            "t=1781092800,v1=d270845b932d510270e3b7132b702de5b0c03c3781221badb79fe39c66672644"
        );
    }

    #[test]
    fn every_cut_gives_the_body() {
        let body: Vec<u8> = (0..200).collect();
        for length in [0, 1, 2, 63, 64, 65, 66, 200] {
            for (pieces, _) in cuts(&body[..length], true) {
                assert_eq!(pieces.concat(), &body[..length]);
            }
        }
        assert_eq!(
            cuts(b"ab", true).last().unwrap().1,
            1,
            "a limit that is too low"
        );
        assert!(
            cuts(b"ab", false)
                .iter()
                .all(|(_, limit)| *limit == 0 || *limit == 2)
        );
    }

    fn case(status: &str) -> Case {
        let case = json!({"secrets": ["whsec_long_enough"], "tolerance": 300, "now": 0, "status": status,
                          "secret_index": 0, "signed_at": 5, "skew_seconds": 0});
        case.as_object().unwrap().clone()
    }

    #[test]
    fn an_answer_is_held_against_the_case() {
        let result = json!({"secret_index": 0, "signed_at": 5, "skew_seconds": 0});
        assert_eq!(
            judge("verify", &case("ok"), &Answer::Ok(result.clone())),
            Ok(())
        );
        assert!(
            judge(
                "verify",
                &case("timestamp_too_old"),
                &Answer::Ok(result.clone())
            )
            .is_err()
        );
        let mut other = result;
        other["signed_at"] = json!(6);
        assert!(judge("verify", &case("ok"), &Answer::Ok(other)).is_err());
    }

    #[test]
    fn an_error_that_shows_a_secret_is_a_failure() {
        let error = json!({"message": "whsec_long_enough does not match"});
        let judged = judge("verify", &case("signature_mismatch"), &Answer::Error(error));
        assert_eq!(
            judged,
            Err(Failure(vec!["the error shows a secret".into()]))
        );
    }
}
