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
 *         Refusal::send();
 *         exit;
 *     }
 */
final class WebhookReceiver
{
    /** In bytes: the service delivers what it took, 256 KiB, which JSONB may have spelt longer. */
    public const DEFAULT_BODY_LIMIT = 1_048_576;

    private const CHUNK = 65_536;

    /** @param int $bodyLimit in bytes */
    public function __construct(
        private readonly Verifier $verifier,
        private readonly int $bodyLimit = self::DEFAULT_BODY_LIMIT,
    ) {
    }

    /**
     * The delivery that this request is.
     *
     * @param array<array-key, mixed>|null $server what there is in place of $_SERVER
     * @param string                       $input  where the body is
     *
     * @throws VerificationException    when it is not to be trusted: answer with Refusal::send()
     * @throws InvalidArgumentException when the body cannot be read
     */
    public function receive(?array $server = null, string $input = 'php://input'): Webhook
    {
        $verification = $this->verifier->begin($server ?? $_SERVER, $this->bodyLimit);
        $stream = fopen($input, 'r');
        if ($stream === false) {
            throw InvalidArgumentException::because("the body cannot be read from $input");
        }
        $body = '';
        try {
            while (!feof($stream)) {
                $chunk = (string) fread($stream, self::CHUNK);
                $verification->update($chunk);
                $body .= $chunk;
            }
        } finally {
            fclose($stream);
        }

        return new Webhook($verification->deliveryId, $body, $verification->finish());
    }
}
