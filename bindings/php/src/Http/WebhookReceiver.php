<?php

declare(strict_types=1);

namespace Hookrail\Http;

use Hookrail\Exception\InvalidArgumentException;
use Hookrail\Exception\VerificationException;
use Hookrail\VerifierInterface;
use Hookrail\Webhook;

/**
 * Receives deliveries in plain PHP, from $_SERVER and php://input.
 *
 *     try {
 *         $webhook = (new WebhookReceiver($verifier))->receive();
 *     } catch (VerificationException $reason) {
 *         error_log($reason->getMessage());
 *         Refusal::send($reason);
 *         exit;
 *     }
 *
 * The signature covers the body and the delivery id. It covers neither the method nor the path, nor the topic, nor the
 * event's id: base no decision on them that the body allows as well.
 */
final class WebhookReceiver
{
    /**
     * In bytes: 16 MiB. The service accepts payloads of up to 256 KiB and delivers them as its database stores them,
     * up to 50 times as long (it spells out numbers such as 1e300). A delivery over the limit is lost. A body counts
     * against memory_limit, and again when it is decoded; post_max_size does not apply to php://input.
     */
    public const DEFAULT_BODY_LIMIT = 16_777_216;

    /** The method that the service uses. */
    public const DEFAULT_METHODS = ['POST'];

    private readonly BodyReader $reader;

    /**
     * @param int          $bodyLimit in bytes
     * @param list<string> $methods   the accepted methods. The signature does not cover the method, so with more
     *                                of them a delivery can be sent again with another method
     *
     * @throws InvalidArgumentException when there is no method, or one is empty
     */
    public function __construct(
        VerifierInterface $verifier,
        int $bodyLimit = self::DEFAULT_BODY_LIMIT,
        array $methods = self::DEFAULT_METHODS,
    ) {
        $this->reader = new BodyReader($verifier, $bodyLimit, $methods);
    }

    /**
     * Verifies and returns the delivery of this request.
     *
     * @param array<array-key, mixed>|null $server instead of $_SERVER
     * @param string                       $input  the stream with the body
     *
     * @throws VerificationException    when it does not verify: answer with Refusal::send(). A
     *                                  BodyIncompleteException if the body did not arrive in full, or if PHP has
     *                                  read it before, as with multipart/form-data; a partly read body is noticed
     *                                  only if its length was announced
     * @throws InvalidArgumentException when the body cannot be read
     */
    public function receive(?array $server = null, string $input = 'php://input'): Webhook
    {
        $server ??= $_SERVER;

        return $this->reader->read(
            self::text($server, 'REQUEST_METHOD'),
            $server,
            self::text($server, 'CONTENT_LENGTH'),
            static function () use ($input): iterable {
                $stream = fopen($input, 'r');
                if ($stream === false) {
                    throw InvalidArgumentException::because("the body cannot be read from $input");
                }
                try {
                    while (!feof($stream)) {
                        yield (string) fread($stream, BodyReader::CHUNK);
                    }
                } finally {
                    fclose($stream);
                }
            },
        );
    }

    /** @param array<array-key, mixed> $server */
    private static function text(array $server, string $name): string
    {
        return is_string($server[$name] ?? null) ? $server[$name] : '';
    }
}
