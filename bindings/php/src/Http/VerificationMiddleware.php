<?php

declare(strict_types=1);

namespace Hookrail\Http;

use Closure;
use Hookrail\Exception\InvalidArgumentException;
use Hookrail\Exception\VerificationException;
use Hookrail\VerifierInterface;
use Hookrail\Webhook;
use Psr\Http\Message\ResponseFactoryInterface;
use Psr\Http\Message\ResponseInterface;
use Psr\Http\Message\ServerRequestInterface;
use Psr\Http\Message\StreamFactoryInterface;
use Psr\Http\Message\StreamInterface;
use Psr\Http\Server\MiddlewareInterface;
use Psr\Http\Server\RequestHandlerInterface;

/**
 * PSR-15 middleware that lets only verified deliveries through.
 *
 * The handler finds the Webhook in the request attribute ATTRIBUTE, and the body unread. All other requests get a
 * Refusal, and onRefusal is called.
 *
 * The signature covers the body and the delivery id. It covers neither the method nor the path, nor the topic, nor
 * the event's id: base no decision on them that the body allows as well.
 */
final class VerificationMiddleware implements MiddlewareInterface
{
    public const ATTRIBUTE = Webhook::class;

    private readonly BodyReader $reader;

    /**
     * @param int $bodyLimit                                                            in bytes
     * @param Closure(VerificationException, ServerRequestInterface): void|null $onRefusal for the log
     * @param int $mismatchStatus  the answer if no secret matches or the time is too far off, 400 to 599. After a
     *                             401 the service does not repeat the delivery, and on an ordered subscription holds
     *                             back those that follow. Set 503 before you rotate a secret and while clocks are in
     *                             doubt: then the service tries again
     * @param list<string> $methods the accepted methods. The signature does not cover the method, so with more of them
     *                              a delivery can be sent again with another method
     *
     * @throws InvalidArgumentException when a setting is not acceptable
     */
    public function __construct(
        VerifierInterface $verifier,
        private readonly ResponseFactoryInterface $responseFactory,
        private readonly StreamFactoryInterface $streamFactory,
        int $bodyLimit = WebhookReceiver::DEFAULT_BODY_LIMIT,
        private readonly ?Closure $onRefusal = null,
        private readonly int $mismatchStatus = Refusal::STATUS,
        array $methods = WebhookReceiver::DEFAULT_METHODS,
    ) {
        Refusal::checkMismatchStatus($mismatchStatus);
        $this->reader = new BodyReader($verifier, $bodyLimit, $methods);
    }

    public function process(ServerRequestInterface $request, RequestHandlerInterface $handler): ResponseInterface
    {
        try {
            $webhook = $this->reader->read(
                $request->getMethod(),
                $request->getHeaders(),
                $request->getHeaderLine('Content-Length'),
                static fn (): iterable => self::pieces($request->getBody()),
            );
        } catch (VerificationException $reason) {
            if ($this->onRefusal !== null) {
                ($this->onRefusal)($reason, $request);
            }

            return $this->refusal(Refusal::for($reason, $this->mismatchStatus));
        }

        $body = $this->streamFactory->createStream($webhook->body);
        // Some factories return streams positioned at the end.
        $body->rewind();

        return $handler->handle($request->withBody($body)->withAttribute(self::ATTRIBUTE, $webhook));
    }

    /** @return iterable<string> */
    private static function pieces(StreamInterface $stream): iterable
    {
        if ($stream->isSeekable()) {
            $stream->rewind();
        }
        while (!$stream->eof()) {
            yield $stream->read(BodyReader::CHUNK);
        }
    }

    private function refusal(Refusal $refusal): ResponseInterface
    {
        $response = $this->responseFactory->createResponse($refusal->status)
            ->withHeader('Content-Type', Refusal::CONTENT_TYPE)
            ->withBody($this->streamFactory->createStream($refusal->body()));

        return $refusal->allow === null ? $response : $response->withHeader('Allow', $refusal->allow);
    }
}
