<?php

declare(strict_types=1);

namespace Hookrail\Http;

use Closure;
use Hookrail\Exception\InvalidArgumentException;
use Hookrail\Exception\VerificationException;
use Hookrail\Verifier;
use Hookrail\Webhook;
use Psr\Http\Message\ResponseFactoryInterface;
use Psr\Http\Message\ResponseInterface;
use Psr\Http\Message\ServerRequestInterface;
use Psr\Http\Message\StreamFactoryInterface;
use Psr\Http\Message\StreamInterface;
use Psr\Http\Server\MiddlewareInterface;
use Psr\Http\Server\RequestHandlerInterface;

/**
 * PSR-15 middleware that lets verified deliveries pass.
 *
 * The handler finds the Webhook in the request attribute ATTRIBUTE, and the body unread. Whatever else comes is
 * refused as Refusal says, and told to onRefusal.
 *
 * The signature covers the body and the delivery id, and neither the method nor the path, nor the topic, nor the
 * event's id: do not decide by them what the body could tell.
 */
final class VerificationMiddleware implements MiddlewareInterface
{
    public const ATTRIBUTE = Webhook::class;

    private readonly BodyReader $reader;

    /**
     * @param int $bodyLimit                                                            in bytes
     * @param Closure(VerificationException, ServerRequestInterface): void|null $onRefusal for the log
     * @param int $mismatchStatus  what is answered where no secret matches or the time is too far off, 400 to 599.
     *                             The service gives a delivery up at a 401, and on an ordered subscription holds back
     *                             those that follow: set 503 before a secret is rotated and while clocks are in doubt,
     *                             and it tries again
     * @param list<string> $methods the methods that are accepted. The signature does not cover the method, so with
     *                              more of them a delivery can be sent again with another
     *
     * @throws InvalidArgumentException when a setting is not acceptable
     */
    public function __construct(
        Verifier $verifier,
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
        // Some factories leave their streams at the end.
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
