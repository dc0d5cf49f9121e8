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

/** Verifies deliveries with secrets that are prepared once. */
final class Verifier
{
    /** How far a signature's time may be from now, either way, in seconds, unless said otherwise. */
    public const DEFAULT_TOLERANCE = 300;

    /** What a verification that succeeds takes, beside what the constructor uses. */
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
     * @param string|list<string> $secrets   1 to 16, of which any may match; each the text of the
     *                                       endpoint's secret as it is, "whsec_" included
     * @param int                 $tolerance in seconds, the boundary included; 0 accepts that very second
     *                                       only
     *
     * @throws InvalidArgumentException no secret, an empty one, more than 16, or a negative tolerance
     */
    public function __construct(
        #[\SensitiveParameter] string|array $secrets,
        private readonly int $tolerance = self::DEFAULT_TOLERANCE,
    ) {
        // Loaded before a signal's handler can verify: one that runs while PHP loads a class does not find it.
        array_map(class_exists(...), self::USED_LATER);
        $this->native = new SignatureVerifier(Library::get(), (array) $secrets, $tolerance);
    }

    /**
     * Verifies a delivery.
     *
     * @param string              $body       the body as received, byte for byte
     * @param string|list<string> $signature  the value of hookrail-signature, or its values where something has
     *                                        split it at its commas
     * @param string              $deliveryId the value of hookrail-delivery-id
     * @param int|null            $now        seconds since 1970; null: the clock
     *
     * @throws VerificationException when it is not to be trusted
     */
    public function verify(string $body, string|array $signature, string $deliveryId, ?int $now = null): Verification
    {
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
     * Begins to verify a delivery whose body arrives in pieces. The header fields are judged at once, so
     * that no body need be read for a delivery that cannot verify.
     *
     * @param iterable<array-key, mixed> $headers       as for verifyRequest()
     * @param int                        $bodyLimit     the largest body in bytes; 0 for no limit
     * @param int|null                   $now           seconds since 1970; null: the clock
     * @param int|null                   $contentLength how long the request's Content-Length says that the body
     *                                                  is. With it, a body of which a part is missing is told
     *                                                  from one that was changed
     *
     * @throws VerificationException when it is not to be trusted
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
     * For development only: says why a verification fails, by trying what usually goes wrong. The text
     * holds no secret, but parts of the request: it is not for the sender.
     *
     * @param string|list<string> $signature as for verify()
     * @param string|null         $eventId   the value of hookrail-event-id, if it is at hand
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
