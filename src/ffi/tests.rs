//! Calls functions of the C ABI that touch no socket, as C does. Miri runs these tests and finds defects that no
//! test in C can find, such as a pointer that is used outside the memory that it was made for.

use std::ffi::{CStr, c_char};
use std::ptr;

use super::error::{self, hookrail_error};
use super::explain::hookrail_explain_signature;
use super::find_headers::hookrail_find_headers;
use super::send_options;
use super::signature::{hookrail_sign, hookrail_verify_signature};
use super::status::hookrail_status;
use super::verification;
use super::verifier::{self, hookrail_verifier, hookrail_verifier_options};

const SECRET: &[u8] = b"whsec_miri";
const ID: &[u8] = b"D1";
const BODY: &[u8] = b"{\"order_id\":\"o_1\"}";
const NOW: i64 = 1_781_092_800;

/// Returns the bytes as the pointer that C passes.
fn chars(bytes: &[u8]) -> *const c_char {
    bytes.as_ptr().cast()
}

/// Signs into memory of exactly this size.
fn sign(size: usize, needed: &mut usize) -> (hookrail_status, Box<[u8]>) {
    let mut buffer = vec![b'#'; size].into_boxed_slice();
    // SAFETY: each pointer goes with its length, and the buffer with its size.
    let status = unsafe {
        hookrail_sign(
            chars(SECRET),
            SECRET.len(),
            NOW,
            chars(ID),
            ID.len(),
            chars(BODY),
            BODY.len(),
            buffer.as_mut_ptr().cast(),
            size,
            needed,
            ptr::null_mut(),
        )
    };
    (status, buffer)
}

/// Returns the header of the delivery, without the NUL behind it.
fn signature() -> Vec<u8> {
    let mut needed = 0;
    let (status, _) = sign(0, &mut needed);
    assert_eq!(status, hookrail_status::BufferTooSmall);
    let size = needed;
    let (status, untouched) = sign(size - 1, &mut needed);
    assert_eq!(status, hookrail_status::BufferTooSmall);
    assert!(untouched.iter().all(|byte| *byte == b'#'));
    let (status, header) = sign(size, &mut needed);
    assert_eq!(status, hookrail_status::Ok);
    assert_eq!(header[size - 1], 0);
    header[..size - 1].to_vec()
}

/// Makes options with the secret.
fn options() -> *mut hookrail_verifier_options {
    let options = verifier::hookrail_verifier_options_new();
    // SAFETY: the handle is live, and the pointer goes with its length.
    let status = unsafe {
        verifier::hookrail_verifier_options_add_secret(
            options,
            chars(SECRET),
            SECRET.len(),
            ptr::null_mut(),
        )
    };
    assert_eq!(status, hookrail_status::Ok);
    options
}

/// Runs a test with a verifier that has the secret.
fn with_verifier(test: impl FnOnce(*const hookrail_verifier)) {
    let options = options();
    let mut made = ptr::null_mut();
    // SAFETY: the handles are live until they are freed here, once.
    unsafe {
        let status = verifier::hookrail_verifier_new(options, &raw mut made, ptr::null_mut());
        assert_eq!(status, hookrail_status::Ok);
        verifier::hookrail_verifier_options_free(options);
        test(made);
        verifier::hookrail_verifier_free(made);
    }
}

fn verify(verifier: *const hookrail_verifier, header: &[u8], body: &[u8]) -> hookrail_status {
    let (mut index, mut signed_at, mut skew) = (99, 0, 99);
    // SAFETY: the handle is live, each pointer goes with its length, the places are there.
    let status = unsafe {
        verifier::hookrail_verifier_verify(
            verifier,
            chars(header),
            header.len(),
            chars(ID),
            ID.len(),
            chars(body),
            body.len(),
            NOW,
            &raw mut index,
            &raw mut signed_at,
            &raw mut skew,
            ptr::null_mut(),
        )
    };
    let expected = if status == hookrail_status::Ok {
        (0, NOW, 0)
    } else {
        (99, 0, 99)
    };
    assert_eq!((index, signed_at, skew), expected);
    status
}

#[test]
fn a_signature_verifies_with_a_handle_and_without() {
    let header = signature();
    with_verifier(|verifier| {
        assert_eq!(verify(verifier, &header, BODY), hookrail_status::Ok);
        assert_eq!(
            verify(verifier, &header, b""),
            hookrail_status::SignatureMismatch
        );
    });
    let (secrets, lengths) = ([chars(b"other"), chars(SECRET)], [5, SECRET.len()]);
    // SAFETY: the arrays have as many elements as their count says, each with its length.
    let status = unsafe {
        hookrail_verify_signature(
            secrets.as_ptr(),
            lengths.as_ptr(),
            secrets.len(),
            chars(&header),
            header.len(),
            chars(ID),
            ID.len(),
            chars(BODY),
            BODY.len(),
            300,
            NOW,
        )
    };
    assert_eq!(status, hookrail_status::Ok);
}

#[test]
fn a_body_in_pieces_verifies() {
    let header = signature();
    with_verifier(|verifier| {
        let mut begun = ptr::null_mut();
        // SAFETY: the handles are live until they are freed, and each pointer goes with its length.
        unsafe {
            let status = verifier::hookrail_verifier_begin(
                verifier,
                chars(&header),
                header.len(),
                chars(ID),
                ID.len(),
                BODY.len() as u64,
                NOW,
                &raw mut begun,
                ptr::null_mut(),
            );
            assert_eq!(status, hookrail_status::Ok);
            for chunk in BODY.chunks(7) {
                let status = verification::hookrail_verification_update(
                    begun,
                    chars(chunk),
                    chunk.len(),
                    ptr::null_mut(),
                );
                assert_eq!(status, hookrail_status::Ok);
            }
            let mut index = 99;
            for expected in [hookrail_status::Ok, hookrail_status::InvalidArgument] {
                let status = verification::hookrail_verification_finish(
                    begun,
                    &raw mut index,
                    ptr::null_mut(),
                    ptr::null_mut(),
                    ptr::null_mut(),
                );
                assert_eq!(status, expected);
            }
            assert_eq!(index, 0);
            verification::hookrail_verification_free(begun);
        }
    });
}

#[test]
fn headers_are_found_where_they_are() {
    let (names, name_lens) = (
        [
            chars(b"HTTP_HOOKRAIL_DELIVERY_ID"),
            chars(b"x"),
            chars(b"hookrail-signature"),
        ],
        [25, 1, 18],
    );
    let (values, value_lens) = ([chars(ID), ptr::null(), chars(b"t=1")], [ID.len(), 0, 3]);
    let (mut header, mut header_len, mut id, mut id_len) = (ptr::null(), 0, ptr::null(), 0);
    // SAFETY: the arrays have as many elements as their count says, each with its length.
    let status = unsafe {
        hookrail_find_headers(
            names.as_ptr(),
            name_lens.as_ptr(),
            values.as_ptr(),
            value_lens.as_ptr(),
            names.len(),
            &raw mut header,
            &raw mut header_len,
            &raw mut id,
            &raw mut id_len,
            ptr::null_mut(),
        )
    };
    assert_eq!(status, hookrail_status::Ok);
    assert_eq!((header, header_len), (values[2], 3));
    assert_eq!((id, id_len), (values[0], ID.len()));
}

#[test]
fn an_explanation_fills_its_buffer() {
    let options = options();
    let mut needed = 0;
    let mut explain = |size: usize| {
        let mut buffer = vec![b'#'; size].into_boxed_slice();
        // SAFETY: the handle is live, each pointer goes with its length and the buffer with its size.
        let status = unsafe {
            hookrail_explain_signature(
                options,
                chars(b"t=1,v1=00"),
                9,
                chars(ID),
                ID.len(),
                ptr::null(),
                0,
                chars(BODY),
                BODY.len(),
                NOW,
                buffer.as_mut_ptr().cast(),
                size,
                &raw mut needed,
                ptr::null_mut(),
            )
        };
        (status, needed, buffer)
    };
    let (status, size, _) = explain(0);
    assert_eq!(status, hookrail_status::BufferTooSmall);
    let (status, _, text) = explain(size);
    assert_eq!(status, hookrail_status::Ok);
    assert!(CStr::from_bytes_with_nul(&text).is_ok());
    // SAFETY: the handle is live, and freed once.
    unsafe { verifier::hookrail_verifier_options_free(options) };
}

/// Returns the message of an error, and frees the error.
fn take(error: *mut hookrail_error) -> String {
    // SAFETY: the error is live, its message lives as long as it, and it is freed once.
    unsafe {
        assert_eq!(
            error::hookrail_error_status(error),
            hookrail_status::InvalidArgument
        );
        assert!(error::hookrail_error_cause(error).is_null());
        let message = CStr::from_ptr(error::hookrail_error_message(error));
        assert_eq!(
            error::hookrail_error_message_len(error),
            message.count_bytes()
        );
        let message = message.to_string_lossy().into_owned();
        error::hookrail_error_free(error);
        message
    }
}

#[test]
fn refused_arguments_are_named() {
    let options = send_options::hookrail_send_options_new();
    let set_key = |key: *const c_char, length: usize| {
        let mut error = ptr::null_mut();
        // SAFETY: the handle is live; a pointer that cannot be read goes with a length that is refused.
        let status = unsafe {
            send_options::hookrail_send_options_set_idempotency_key(
                options,
                key,
                length,
                &raw mut error,
            )
        };
        (status, error)
    };
    assert_eq!(
        set_key(chars(b"order-1"), 7),
        (hookrail_status::Ok, ptr::null_mut())
    );
    for (key, length) in [
        (ptr::null(), 1),
        (chars(b"k"), usize::MAX),
        (ptr::null(), 0),
    ] {
        let (status, error) = set_key(key, length);
        assert_eq!(status, hookrail_status::InvalidArgument);
        assert!(take(error).contains("key"));
    }
    // SAFETY: the handle is live, and freed once; NULL is allowed.
    unsafe {
        send_options::hookrail_send_options_free(options);
        send_options::hookrail_send_options_free(ptr::null_mut());
    }
}
