//! The statuses and the outcomes of calls.

use super::numbered_enum::numbered_enum;

numbered_enum! {
    /// The result of a call. The numbers never change. Later versions may add some, so treat an unknown one by
    /// its family: 1xx the caller, 2xx the transport, 4xx and 5xx the service's answers, 6xx retries,
    /// 7xx signatures, 9xx the library.
    #[non_exhaustive]
    pub enum Status {
        /// Success.
        Ok = 0 "ok",
        /// An argument is not acceptable; nothing was done.
        InvalidArgument = 100 "invalid_argument",
        /// The client cannot be set up as asked: API key, base URL, proxy, certificates, limits.
        Configuration = 101 "configuration",
        /// The client was closed.
        Closed = 102 "closed",
        /// The handle belongs to the parent of this process.
        Forked = 103 "forked",
        /// The producer's queue is at its limit.
        QueueFull = 104 "queue_full",
        /// A signal or a wake-up ended the wait.
        Interrupted = 105 "interrupted",
        /// The cancel token was fired.
        Cancelled = 106 "cancelled",
        /// The caller's buffer is too small for the output.
        BufferTooSmall = 107 "buffer_too_small",
        /// A received body is larger than its limit.
        BodyTooLarge = 108 "body_too_large",
        /// A prepared event is damaged or of an unknown version.
        DamagedBlob = 109 "damaged_blob",
        /// A system resource is missing: the process may make no more threads, descriptors or sockets.
        OutOfResources = 110 "out_of_resources",
        /// A received body is shorter than announced, or something else had read from it before.
        BodyIncomplete = 111 "body_incomplete",
        /// No usable connection: refused, reset, closed early, name not found.
        Connection = 200 "connection",
        /// A timeout or the call's time ran out.
        Timeout = 201 "timeout",
        /// The TLS handshake failed. It is final if the certificate is the reason.
        Tls = 202 "tls",
        /// The answer was not HTTP, or not what the protocol promises.
        Protocol = 203 "protocol",
        /// HTTP 400.
        BadRequest = 400 "bad_request",
        /// HTTP 401: the API key is missing, unknown or revoked. If this client has had a success with the key in
        /// this process, the service's database may be away instead: then the error is retryable.
        Authentication = 401 "authentication",
        /// HTTP 403.
        PermissionDenied = 403 "permission_denied",
        /// HTTP 404: there is no such event.
        NotFound = 404 "not_found",
        /// HTTP 409: the idempotency key was used with other bytes.
        Conflict = 409 "conflict",
        /// HTTP 413, or a payload over the client's own limit.
        PayloadTooLarge = 413 "payload_too_large",
        /// HTTP 429. With the outcome NOT_SENT nothing was sent: under the service's limit, the call's turn would
        /// have come after its time.
        RateLimited = 429 "rate_limited",
        /// Any other final HTTP status, including redirects.
        UnexpectedStatus = 499 "unexpected_status",
        /// HTTP 5xx.
        ServerError = 500 "server_error",
        /// The retries ran out. The cause is the last attempt's error.
        RetriesExhausted = 600 "retries_exhausted",
        /// The signature header or the delivery id does not have the required form.
        SignatureMalformed = 700 "signature_malformed",
        /// The signature is older than the tolerance allows.
        TimestampTooOld = 701 "timestamp_too_old",
        /// The signature is further in the future than the tolerance allows.
        TimestampTooNew = 702 "timestamp_too_new",
        /// No secret matches any candidate signature.
        SignatureMismatch = 703 "signature_mismatch",
        /// The request carries no signature header or no delivery id.
        SignatureMissing = 704 "signature_missing",
        /// A defect of the library: a panic was caught.
        Internal = 900 "internal",
    }
}

numbered_enum! {
    /// What is known about an event that was being sent.
    pub enum Outcome {
        /// The call sends no event.
        None = 0 "none",
        /// The service recorded the event.
        Delivered = 1 "delivered",
        /// No complete request left this process: the service cannot have recorded the event.
        NotSent = 2 "not_sent",
        /// The service answered, and its answer says that it recorded nothing.
        Rejected = 3 "rejected",
        /// A complete request left this process, and no answer says whether the service recorded the event.
        /// Sending it again with the same idempotency key and the same bytes is safe.
        MaybeSent = 4 "maybe_sent",
    }
}
