<?php

declare(strict_types=1);

namespace Hookrail;

use Hookrail\Exception\InvalidArgumentException;
use Hookrail\Native\HeaderFinder;
use Hookrail\Native\HeaderJoiner;
use Hookrail\Native\Input;
use Hookrail\Native\Library;
use Hookrail\Native\SignatureHeaders;
use Hookrail\Native\SignatureVerifier;

/** Verifies deliveries with secrets that it prepares once. */
final class Verifier implements VerifierInterface
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

    public function verifyRequest(iterable $headers, string $body, ?int $now = null): Webhook
    {
        $found = HeaderFinder::find($headers);

        return new Webhook(
            $found->deliveryId,
            $body,
            $this->verify($body, $found->signature, $found->deliveryId, $now),
        );
    }

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
