<?php

declare(strict_types=1);

namespace Hookrail\Http;

use Closure;
use Hookrail\Exception\HookrailException;
use Hookrail\Exception\InvalidArgumentException;
use Hookrail\Exception\MethodNotAllowedException;
use Hookrail\VerifierInterface;
use Hookrail\Webhook;

/**
 * Judges a request by its method and header fields, then verifies its body while reading it.
 *
 * @internal
 */
final class BodyReader
{
    /**
     * The size of one read in bytes, and so the most memory that a request takes beyond the bytes that have arrived. A
     * stream of PHP has a buffer of 8 KiB besides.
     */
    public const CHUNK = 16_384;

    /** @var list<string> */
    private readonly array $methods;

    /**
     * @param list<string> $methods the methods that are accepted
     *
     * @throws InvalidArgumentException when there is none, or one is no name
     */
    public function __construct(
        private readonly VerifierInterface $verifier,
        private readonly int $bodyLimit,
        array $methods,
    ) {
        $names = [];
        foreach ($methods as $method) {
            if (!is_string($method) || $method === '') {
                throw InvalidArgumentException::because('methods must be the names of methods, such as POST');
            }
            $names[] = strtoupper($method);
        }
        if ($names === []) {
            throw InvalidArgumentException::because('there are no methods: give at least POST');
        }
        $this->methods = $names;
    }

    /**
     * @param iterable<array-key, mixed> $headers
     * @param Closure(): iterable<string> $body   begins to read the body, in pieces
     *
     * @throws HookrailException when the delivery does not verify
     */
    public function read(string $method, iterable $headers, string $contentLength, Closure $body): Webhook
    {
        if (!in_array($method, $this->methods, true)) {
            throw MethodNotAllowedException::because($method, $this->methods);
        }
        // Ignores an invalid length: refusing it is up to the server.
        $announced = preg_match('/^[0-9]{1,18}$/D', $contentLength) === 1 ? (int) $contentLength : null;
        $verification = $this->verifier->begin($headers, $this->bodyLimit, contentLength: $announced);
        $received = '';
        foreach ($body() as $chunk) {
            $verification->update($chunk);
            $received .= $chunk;
        }
        if ($received === '' && $announced === null) {
            // Every delivery has a body: if it is empty, something else has read it before.
            $verification->announce(1);
        }

        return new Webhook($verification->deliveryId(), $received, $verification->finish());
    }
}
