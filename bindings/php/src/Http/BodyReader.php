<?php

declare(strict_types=1);

namespace Hookrail\Http;

use Closure;
use Hookrail\Exception\HookrailException;
use Hookrail\Exception\InvalidArgumentException;
use Hookrail\Exception\MethodNotAllowedException;
use Hookrail\Verifier;
use Hookrail\Webhook;

/**
 * Judges a request by its method and header fields, then verifies its body while reading it.
 *
 * @internal
 */
final class BodyReader
{
    /**
     * How much is read at once, in bytes, and so the most that a request takes beyond what of it has arrived. PHP
     * keeps a stream's buffer of 8 KiB besides.
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
        private readonly Verifier $verifier,
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
     * @throws HookrailException when the delivery is not to be trusted
     */
    public function read(string $method, iterable $headers, string $contentLength, Closure $body): Webhook
    {
        if (!in_array($method, $this->methods, true)) {
            throw MethodNotAllowedException::because($method, $this->methods);
        }
        // What is no length is the server's to refuse.
        $announced = preg_match('/^[0-9]{1,18}$/D', $contentLength) === 1 ? (int) $contentLength : null;
        $verification = $this->verifier->begin($headers, $this->bodyLimit, contentLength: $announced);
        $received = '';
        foreach ($body() as $chunk) {
            $verification->update($chunk);
            $received .= $chunk;
        }
        if ($received === '' && $announced === null) {
            // A delivery has a body: of one without, all was read before.
            $verification->announce(1);
        }

        return new Webhook($verification->deliveryId, $received, $verification->finish());
    }
}
