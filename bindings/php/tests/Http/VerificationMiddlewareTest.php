<?php

declare(strict_types=1);

namespace Hookrail\Tests\Http;

use Hookrail\Exception\BodyTooLargeException;
use Hookrail\Exception\MissingSignatureException;
use Hookrail\Exception\SignatureMismatchException;
use Hookrail\Exception\TimestampTooOldException;
use Hookrail\Exception\VerificationException;
use Hookrail\Http\VerificationMiddleware;
use Hookrail\Testing\WebhookSigner;
use Hookrail\Tests\Support\CountingStream;
use Hookrail\Verifier;
use Hookrail\Webhook;
use Nyholm\Psr7\Factory\Psr17Factory;
use Nyholm\Psr7\ServerRequest;
use PHPUnit\Framework\TestCase;
use Psr\Http\Message\ResponseInterface;
use Psr\Http\Message\ServerRequestInterface;
use Psr\Http\Message\StreamInterface;
use Psr\Http\Server\RequestHandlerInterface;

final class VerificationMiddlewareTest extends TestCase implements RequestHandlerInterface
{
    private const SECRET = 'whsec_test';
    private const LIMIT = 100_000;

    private ?ServerRequestInterface $handled = null;

    private ?VerificationException $reason = null;

    public function handle(ServerRequestInterface $request): ResponseInterface
    {
        $this->handled = $request;

        return (new Psr17Factory())->createResponse(204);
    }

    public function testAVerifiedDeliveryReachesTheHandlerWithItsBody(): void
    {
        $body = (string) json_encode(['text' => str_repeat('é', 40_000)], JSON_UNESCAPED_UNICODE);
        $stream = new CountingStream((new Psr17Factory())->createStream($body));
        $response = $this->process($this->request($body, stream: $stream));

        self::assertSame(204, $response->getStatusCode());
        self::assertSame($body, $this->handled?->getBody()->getContents());
        $webhook = $this->handled->getAttribute(VerificationMiddleware::ATTRIBUTE);
        self::assertInstanceOf(Webhook::class, $webhook);
        self::assertSame('d1', $webhook->deliveryId);
        self::assertSame($body, $webhook->body);
        self::assertSame(strlen($body), $stream->bytesRead);
        self::assertNull($this->reason);
    }

    public function testABodyThatAnotherMiddlewareReadIsReadAgain(): void
    {
        $request = $this->request('{}');
        $request->getBody()->getContents();

        self::assertSame(204, $this->process($request)->getStatusCode());
    }

    /**
     * @dataProvider refusedRequests
     *
     * @param callable(ServerRequestInterface): ServerRequestInterface $spoil
     * @param class-string<VerificationException>                     $reason
     */
    public function testEverythingElseIsRefusedAlike(callable $spoil, string $reason): void
    {
        $response = $this->process($spoil($this->request('{}')));

        self::assertNull($this->handled);
        self::assertSame($reason, $this->reason === null ? null : $this->reason::class);
        self::assertSame(401, $response->getStatusCode());
        self::assertSame('application/problem+json', $response->getHeaderLine('Content-Type'));
        self::assertSame(
            ['title' => 'Not a verified delivery', 'status' => 401],
            json_decode((string) $response->getBody(), true),
        );
    }

    /** @return iterable<string, array{callable, class-string<VerificationException>}> */
    public static function refusedRequests(): iterable
    {
        $signed = static fn (string $body, ?int $at = null) => static fn (ServerRequestInterface $request) =>
            self::signed($request, $body, $at)->withBody((new Psr17Factory())->createStream($body));
        yield 'other body' => [
            static fn (ServerRequestInterface $request) => $request->withBody((new Psr17Factory())->createStream('[]')),
            SignatureMismatchException::class,
        ];
        yield 'no signature' => [
            static fn (ServerRequestInterface $request) => $request->withoutHeader('hookrail-signature'),
            MissingSignatureException::class,
        ];
        yield 'stale' => [$signed('{}', 1), TimestampTooOldException::class];
        yield 'too large' => [$signed(str_repeat(' ', self::LIMIT + 1)), BodyTooLargeException::class];
    }

    public function testNoMoreThanTheLimitIsRead(): void
    {
        $body = str_repeat(' ', 20 * self::LIMIT);
        $stream = new CountingStream((new Psr17Factory())->createStream($body));
        $this->process($this->request($body, stream: $stream));

        self::assertNull($this->handled);
        self::assertLessThan(3 * self::LIMIT, $stream->bytesRead);
    }

    public function testTheBodyOfAStaleDeliveryIsNotReadAtAll(): void
    {
        $stream = new CountingStream((new Psr17Factory())->createStream('{}'));
        $this->process(self::signed($this->request('{}', stream: $stream), '{}', 1));

        self::assertInstanceOf(TimestampTooOldException::class, $this->reason);
        self::assertSame(0, $stream->bytesRead);
    }

    private function process(ServerRequestInterface $request): ResponseInterface
    {
        $factory = new Psr17Factory();
        $middleware = new VerificationMiddleware(
            new Verifier(self::SECRET),
            $factory,
            $factory,
            self::LIMIT,
            function (VerificationException $reason): void {
                $this->reason = $reason;
            },
        );

        return $middleware->process($request, $this);
    }

    private function request(string $body, ?StreamInterface $stream = null): ServerRequestInterface
    {
        return self::signed(new ServerRequest('POST', '/hook', [], $stream ?? $body), $body);
    }

    private static function signed(
        ServerRequestInterface $request,
        string $body,
        ?int $at = null,
    ): ServerRequestInterface {
        foreach ((new WebhookSigner(self::SECRET))->headers($body, 'd1', timestamp: $at) as $name => $value) {
            $request = $request->withHeader($name, $value);
        }

        return $request;
    }
}
