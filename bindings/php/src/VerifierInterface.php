<?php

declare(strict_types=1);

namespace Hookrail;

use Hookrail\Exception\HookrailException;
use Hookrail\Exception\VerificationException;

/**
 * Verifies deliveries. Declare this type in your code: Verifier implements it, and in tests a double that PHPUnit or
 * Mockery makes. A real Verifier with deliveries that Testing\WebhookSigner signs is often simpler.
 *
 * Later versions may add methods and optional parameters, so do not implement it yourself.
 */
interface VerifierInterface
{
    /**
     * Verifies a delivery.
     *
     * @param string                   $body       the body as received, byte for byte
     * @param string|list<string>|null $signature  the value of hookrail-signature, or its values if it was split at
     *                                             its commas; null: the header is missing
     * @param string|null              $deliveryId the value of hookrail-delivery-id; null: the header is missing
     * @param int|null                 $now        seconds since 1970; null: the clock
     *
     * @throws VerificationException when it is not to be trusted
     */
    public function verify(
        string $body,
        string|array|null $signature,
        ?string $deliveryId,
        ?int $now = null,
    ): Verification;

    /**
     * Verifies a delivery by the header fields of its request.
     *
     * @param iterable<array-key, mixed> $headers values, or lists of them, by names in any case, with _ for -,
     *                                            and with HTTP_ in front; $_SERVER and PSR-7's getHeaders()
     *                                            will do
     * @param string                     $body    the body as received, byte for byte
     * @param int|null                   $now     seconds since 1970; null: the clock
     *
     * @throws VerificationException when it is not to be trusted
     */
    public function verifyRequest(iterable $headers, string $body, ?int $now = null): Webhook;

    /**
     * Begins to verify a delivery whose body arrives in pieces. It judges the header fields at once, so that the
     * body of a delivery that cannot verify need not be read.
     *
     * @param iterable<array-key, mixed> $headers       as for verifyRequest()
     * @param int                        $bodyLimit     the largest body in bytes; 0 for no limit
     * @param int|null                   $now           seconds since 1970; null: the clock
     * @param int|null                   $contentLength the body's length by the request's Content-Length. It
     *                                                  distinguishes a body that was cut off from one that was
     *                                                  changed
     *
     * @throws VerificationException when the delivery does not verify
     * @throws HookrailException
     */
    public function begin(
        iterable $headers,
        int $bodyLimit = 0,
        ?int $now = null,
        ?int $contentLength = null,
    ): BodyVerificationInterface;

    /**
     * For development only: explains why a verification fails, by trying the usual mistakes. The text
     * contains no secret but parts of the request: do not show it to the sender.
     *
     * @param string|list<string> $signature as for verify()
     * @param string|null         $eventId   the value of hookrail-event-id, if known
     */
    public function explain(
        string $body,
        string|array $signature,
        string $deliveryId,
        ?string $eventId = null,
        ?int $now = null,
    ): string;
}
