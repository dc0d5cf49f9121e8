<?php

declare(strict_types=1);

namespace Hookrail\Http;

use Hookrail\Exception\InvalidArgumentException;
use Hookrail\Exception\VerificationException;
use Hookrail\Verifier;
use Hookrail\Webhook;

/**
 * Takes deliveries in plain PHP, from $_SERVER and php://input.
 *
 *     try {
 *         $webhook = (new WebhookReceiver($verifier))->receive();
 *     } catch (VerificationException $reason) {
 *         error_log($reason->getMessage());
 *         Refusal::send($reason);
 *         exit;
 *     }
 *
 * The signature covers the body and the delivery id, and neither the method nor the path, nor the topic, nor the
 * event's id: do not decide by them what the body could tell.
 */
final class WebhookReceiver
{
    /**
     * In bytes: 16 MiB. The service takes payloads of up to 256 KiB and delivers what its database makes of them,
     * which was up to 50 times as long (numbers such as 1e300 are spelled out). A delivery over the limit is lost.
     * It takes as much of memory_limit, and again when it is decoded; post_max_size does not hold for php://input.
     */
    public const DEFAULT_BODY_LIMIT = 16_777_216;

    /** What the service sends. */
    public const DEFAULT_METHODS = ['POST'];

    private readonly BodyReader $reader;

    /**
     * @param int          $bodyLimit in bytes
     * @param list<string> $methods   the methods that are accepted. The signature does not cover the method, so
     *                                with more of them a delivery can be sent again with another
     *
     * @throws InvalidArgumentException when there is no method, or one is no name
     */
    public function __construct(
        Verifier $verifier,
        int $bodyLimit = self::DEFAULT_BODY_LIMIT,
        array $methods = self::DEFAULT_METHODS,
    ) {
        $this->reader = new BodyReader($verifier, $bodyLimit, $methods);
    }

    /**
     * The delivery that this request is.
     *
     * @param array<array-key, mixed>|null $server what there is in place of $_SERVER
     * @param string                       $input  where the body is
     *
     * @throws VerificationException    when it is not to be trusted: answer with Refusal::send(). A
     *                                  BodyIncompleteException where the body did not arrive in full, or where
     *                                  PHP has read it before, as it does with multipart/form-data; read in part,
     *                                  only where its length was announced
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
