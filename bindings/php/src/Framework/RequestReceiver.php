<?php

declare(strict_types=1);

namespace Hookrail\Framework;

use Hookrail\Exception\InvalidArgumentException;
use Hookrail\Exception\VerificationException;
use Hookrail\Http\BodyReader;
use Hookrail\Http\Refusal;
use Hookrail\Http\WebhookReceiver;
use Hookrail\VerifierInterface;
use Hookrail\Webhook;
use Symfony\Component\HttpFoundation\Request;
use Symfony\Component\HttpFoundation\Response;

/**
 * Verifies deliveries in requests of Symfony's HttpFoundation, which Laravel uses, too. The body stays readable.
 *
 * The signature covers the body and the delivery id. It covers neither the method nor the path, nor the topic, nor the
 * event's id: base no decision on them that the body allows as well.
 */
final class RequestReceiver
{
    /** The line for the log. */
    public const REFUSED = 'Hookrail: a request to the webhook {webhook} was refused: {reason}';

    private readonly BodyReader $reader;

    /**
     * @param int $bodyLimit      in bytes
     * @param int $mismatchStatus the answer to a signature that does not verify or a time that is too far off, 400 to
     *                            599. Use 503 before you rotate a secret
     *
     * @throws InvalidArgumentException when a setting is not acceptable
     */
    public function __construct(
        VerifierInterface $verifier,
        int $bodyLimit = WebhookReceiver::DEFAULT_BODY_LIMIT,
        private readonly int $mismatchStatus = Refusal::STATUS,
    ) {
        Refusal::checkMismatchStatus($mismatchStatus);
        $this->reader = new BodyReader($verifier, $bodyLimit, WebhookReceiver::DEFAULT_METHODS);
    }

    /**
     * Verifies and returns the delivery of a request.
     *
     * @throws VerificationException when it does not verify: answer with refuse()
     */
    public function receive(Request $request): Webhook
    {
        return $this->reader->read(
            $request->getMethod(),
            $request->headers->all(),
            (string) $request->headers->get('Content-Length'),
            static function () use ($request): iterable {
                $body = $request->getContent(true);
                while (!feof($body)) {
                    yield (string) fread($body, BodyReader::CHUNK);
                }
            },
        );
    }

    /** Returns the answer to a request that is not a verified delivery. */
    public function refuse(VerificationException $reason): Response
    {
        $refusal = Refusal::for($reason, $this->mismatchStatus);
        $headers = ['Content-Type' => Refusal::CONTENT_TYPE];
        if ($refusal->allow !== null) {
            $headers['Allow'] = $refusal->allow;
        }

        return new Response($refusal->body(), $refusal->status, $headers);
    }
}
