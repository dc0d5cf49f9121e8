<?php

declare(strict_types=1);

namespace Hookrail\Symfony\Webhook;

use Hookrail\Exception\VerificationException;
use Hookrail\Framework\RequestReceiver;
use Hookrail\Framework\VerifierFactory;
use Hookrail\Http\Refusal;
use Hookrail\Http\WebhookReceiver;
use Hookrail\Verifier;
use Hookrail\Webhook;
use JsonException;
use Symfony\Component\HttpFoundation\Request;
use Symfony\Component\HttpFoundation\RequestMatcher\MethodRequestMatcher;
use Symfony\Component\HttpFoundation\RequestMatcherInterface;
use Symfony\Component\RemoteEvent\RemoteEvent;
use Symfony\Component\Webhook\Client\AbstractRequestParser;
use Symfony\Component\Webhook\Exception\RejectWebhookException;

/**
 * The parser for Symfony's Webhook component, which exists since Symfony 6.3:
 *
 *     framework:
 *         webhook:
 *             routing:
 *                 orders:
 *                     service: hookrail.webhook.request_parser
 *                     secret: '%env(HOOKRAIL_SECRETS)%'
 *
 * The RemoteEvent has the delivery's id, the topic as its name, and the payload. The signature does not cover the
 * topic. A payload that is neither object nor list becomes the array ['value' => payload].
 */
final class HookrailRequestParser extends AbstractRequestParser
{
    private const TOPIC = 'hookrail-topic';

    /**
     * @param int $tolerance      in seconds
     * @param int $bodyLimit      in bytes
     * @param int $mismatchStatus the answer to a signature that does not verify or a time that is too far off
     */
    public function __construct(
        private readonly int $tolerance = Verifier::DEFAULT_TOLERANCE,
        private readonly int $bodyLimit = WebhookReceiver::DEFAULT_BODY_LIMIT,
        private readonly int $mismatchStatus = Refusal::STATUS,
    ) {
    }

    protected function getRequestMatcher(): RequestMatcherInterface
    {
        return new MethodRequestMatcher(WebhookReceiver::DEFAULT_METHODS);
    }

    /**
     * @param string $secret one, or during a rotation two with a comma between them
     *
     * @throws RejectWebhookException when the delivery does not verify
     */
    protected function doParse(Request $request, #[\SensitiveParameter] string $secret): RemoteEvent
    {
        $verifier = VerifierFactory::make($secret, $this->tolerance);
        try {
            $webhook = (new RequestReceiver($verifier, $this->bodyLimit, $this->mismatchStatus))->receive($request);
        } catch (VerificationException $reason) {
            // Symfony logs the message, and does not show it to the sender unless it is in debug mode.
            $status = Refusal::for($reason, $this->mismatchStatus)->status;
            throw new RejectWebhookException($status, "The delivery was refused: {$reason->getMessage()}", $reason);
        }

        return new RemoteEvent(
            (string) $request->headers->get(self::TOPIC),
            $webhook->deliveryId,
            self::payload($webhook),
        );
    }

    /** @return array<array-key, mixed> */
    private static function payload(Webhook $webhook): array
    {
        try {
            $payload = $webhook->payload();
        } catch (JsonException $error) {
            throw new RejectWebhookException(406, 'The payload is not JSON', $error);
        }

        return is_array($payload) ? $payload : ['value' => $payload];
    }
}
