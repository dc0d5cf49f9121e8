<?php

declare(strict_types=1);

namespace Hookrail\Http;

use Closure;
use Hookrail\Exception\VerificationException;
use Hookrail\Verifier;
use Hookrail\Webhook;
use Psr\Http\Message\ResponseFactoryInterface;
use Psr\Http\Message\ResponseInterface;
use Psr\Http\Message\ServerRequestInterface;
use Psr\Http\Message\StreamFactoryInterface;
use Psr\Http\Server\MiddlewareInterface;
use Psr\Http\Server\RequestHandlerInterface;

/**
 * PSR-15 middleware that lets verified deliveries pass.
 *
 * The handler finds the Webhook in the request attribute ATTRIBUTE, and the body unread. Whatever else
 * comes gets one and the same refusal, and is told to onRefusal.
 */
final class VerificationMiddleware implements MiddlewareInterface
{
    public const ATTRIBUTE = Webhook::class;

    private const CHUNK = 65_536;

    /**
     * @param int $bodyLimit                                                            in bytes
     * @param Closure(VerificationException, ServerRequestInterface): void|null $onRefusal for the log
     */
    public function __construct(
        private readonly Verifier $verifier,
        private readonly ResponseFactoryInterface $responseFactory,
        private readonly StreamFactoryInterface $streamFactory,
        private readonly int $bodyLimit = WebhookReceiver::DEFAULT_BODY_LIMIT,
        private readonly ?Closure $onRefusal = null,
    ) {
    }

    public function process(ServerRequestInterface $request, RequestHandlerInterface $handler): ResponseInterface
    {
        try {
            $webhook = $this->verify($request);
        } catch (VerificationException $reason) {
            if ($this->onRefusal !== null) {
                ($this->onRefusal)($reason, $request);
            }

            return $this->refusal();
        }

        $body = $this->streamFactory->createStream($webhook->body);
        // Some factories leave their streams at the end.
        $body->rewind();

        return $handler->handle($request->withBody($body)->withAttribute(self::ATTRIBUTE, $webhook));
    }

    /** @throws VerificationException */
    private function verify(ServerRequestInterface $request): Webhook
    {
        $verification = $this->verifier->begin($request->getHeaders(), $this->bodyLimit);
        $stream = $request->getBody();
        if ($stream->isSeekable()) {
            $stream->rewind();
        }
        $body = '';
        while (!$stream->eof()) {
            $chunk = $stream->read(self::CHUNK);
            $verification->update($chunk);
            $body .= $chunk;
        }

        return new Webhook($verification->deliveryId, $body, $verification->finish());
    }

    private function refusal(): ResponseInterface
    {
        return $this->responseFactory->createResponse(Refusal::STATUS)
            ->withHeader('Content-Type', Refusal::CONTENT_TYPE)
            ->withBody($this->streamFactory->createStream(Refusal::BODY));
    }
}
