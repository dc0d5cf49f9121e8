<?php

declare(strict_types=1);

namespace Hookrail;

use Hookrail\Exception\HookrailException;
use Hookrail\Exception\InvalidArgumentException;
use Hookrail\Exception\VerificationException;
use Hookrail\Native\HeaderFinder;
use Hookrail\Native\HeaderJoiner;
use Hookrail\Native\Input;
use Hookrail\Native\Library;
use Hookrail\Native\SignatureHeaders;
use Hookrail\Native\SignatureVerifier;

/** Verifies deliveries with secrets that it prepares once. */
final class Verifier
{
    /** The default for how many seconds a signature's time may be from now, before or after. */
    public const DEFAULT_TOLERANCE = 300;

    /** The classes that a successful verification needs besides those that the constructor uses. */
    private const USED_LATER = [
        Verification::class,
        Webhook::class,
        Input::class,
        HeaderFinder::class,
        HeaderJoiner::class,
        SignatureHeaders::class,
    ];

    private readonly SignatureVerifier $native;

    /**
     * @param string|list<string> $secrets   1 to 16, of which any may match; each is the endpoint's unchanged
     *                                       secret, including "whsec_"
     * @param int                 $tolerance in seconds, including the boundary; 0 accepts the current second
     *                                       only
     *
     * @throws InvalidArgumentException no secret, an empty one, more than 16, or a negative tolerance
     */
    public function __construct(
        #[\SensitiveParameter] string|array $secrets,
        private readonly int $tolerance = self::DEFAULT_TOLERANCE,
    ) {
        // Loads them before a signal handler can verify: a handler that runs while PHP loads a class does not find it.
        array_map(class_exists(...), self::USED_LATER);
        $this->native = new SignatureVerifier(Library::get(), (array) $secrets, $tolerance);
    }

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
    ): Verification {
        if ($signature === null || $deliveryId === null) {
            throw HeaderFinder::missing($signature, $deliveryId);
        }
        if (is_array($signature)) {
            $signature = HeaderFinder::join($signature);
        }

        return $this->native->verify($body, $signature, $deliveryId, $now === null ? Input::CLOCK : Input::now($now));
    }

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
    public function verifyRequest(iterable $headers, string $body, ?int $now = null): Webhook
    {
        $found = HeaderFinder::find($headers);

        return new Webhook(
            $found->deliveryId,
            $body,
            $this->verify($body, $found->signature, $found->deliveryId, $now),
        );
    }

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
    ): BodyVerification {
        $found = HeaderFinder::find($headers);

        $begun = new BodyVerification($this->native->begin(
            $found->signature,
            $found->deliveryId,
            Input::size($bodyLimit, 'bodyLimit'),
            Input::now($now),
        ), $found->deliveryId);
        if ($contentLength !== null) {
            $begun->announce($contentLength);
        }

        return $begun;
    }

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
    ): string {
        if (is_array($signature)) {
            $signature = HeaderFinder::join($signature);
        }

        return $this->native->explain($body, $signature, $deliveryId, $eventId, Input::now($now));
    }

    /** @return array<string, mixed> the settings without the secrets */
    public function __debugInfo(): array
    {
        return ['tolerance' => $this->tolerance];
    }
}
