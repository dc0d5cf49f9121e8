<?php

declare(strict_types=1);

namespace Hookrail\Tests\Http;

use Hookrail\Exception\BodyIncompleteException;
use Hookrail\Exception\BodyTooLargeException;
use Hookrail\Exception\InvalidArgumentException;
use Hookrail\Exception\MethodNotAllowedException;
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
    public function testAllOtherRequestsAreRefusedAlike(callable $spoil, string $reason): void
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
    }

    public function testABodyOverTheLimitIsRefusedAsTooLarge(): void
    {
        $factory = new Psr17Factory();
        $long = str_repeat(' ', self::LIMIT + 1);
        $requests = [
            $this->request($long),
            // The signature makes no difference: it was not checked.
            $this->request('{}')->withBody($factory->createStream($long)),
            $this->request('{}')->withHeader('Content-Length', (string) strlen($long)),
        ];
        foreach ($requests as $request) {
            $response = $this->process($request, mismatchStatus: 503);
            self::assertNull($this->handled);
            self::assertInstanceOf(BodyTooLargeException::class, $this->reason);
            self::assertSame(413, $response->getStatusCode());
            self::assertSame(
                ['title' => 'Larger than the limit', 'status' => 413],
                json_decode((string) $response->getBody(), true),
            );
        }
        self::assertSame(204, $this->process($this->request(substr($long, 1)))->getStatusCode());
    }

    /** Without a length, a partly read body looks like a forgery. */
    public function testAPartlyReadBodyIsNoticedByItsLength(): void
    {
        foreach ([408 => '8', 401 => ''] as $status => $length) {
            $stream = new CountingStream((new Psr17Factory())->createStream('{"id":7}'));
            $stream->read(3);
            $request = $this->request('{"id":7}')->withBody($stream)->withHeader('Content-Length', $length);
            self::assertSame($status, $this->process($request)->getStatusCode());
        }
    }

    /**
     * @dataProvider incompleteRequests
     *
     * @param callable(ServerRequestInterface): ServerRequestInterface $spoil
     */
    public function testABodyThatIsCutOffIsIncomplete(callable $spoil): void
    {
        $response = $this->process($spoil($this->request('{"id":7}')));

        self::assertNull($this->handled);
        self::assertInstanceOf(BodyIncompleteException::class, $this->reason);
        self::assertSame(408, $response->getStatusCode());
        self::assertSame(
            ['title' => 'Not a whole delivery', 'status' => 408],
            json_decode((string) $response->getBody(), true),
        );
    }

    /** @return iterable<string, array{callable}> */
    public static function incompleteRequests(): iterable
    {
        $with = static fn (StreamInterface $body, ?int $length) => static fn (ServerRequestInterface $request) =>
            ($length === null ? $request : $request->withHeader('Content-Length', (string) $length))->withBody($body);
        $stream = static fn (string $body) => (new Psr17Factory())->createStream($body);
        yield 'cut off' => [$with($stream('{"id":7'), 8)];
        yield 'nothing' => [$with($stream(''), 8)];
        yield 'nothing, no length' => [$with($stream(''), null)];
        foreach (['a length' => 8, 'no length' => null] as $name => $length) {
            $read = new CountingStream($stream('{"id":7}'));
            $read->getContents();
            yield "read before, $name" => [$with($read, $length)];
        }
        $partly = new CountingStream($stream('{"id":7}'));
        $partly->read(3);
        yield 'read in part' => [$with($partly, 8)];
    }

    public function testAStreamThatCannotRewindIsReadOnce(): void
    {
        $stream = new CountingStream((new Psr17Factory())->createStream('{"id":7}'));
        $request = $this->request('{"id":7}')->withBody($stream);

        self::assertSame(204, $this->process($request)->getStatusCode());
        self::assertSame('{"id":7}', (string) $this->handled?->getBody());
    }

    public function testAChangedBodyIsAMismatchRegardlessOfItsLength(): void
    {
        foreach (['', '7', '8', 'x', '-1', str_repeat('9', 30)] as $length) {
            $body = (new Psr17Factory())->createStream('{"id":8}');
            $this->process($this->request('{"id":7}')->withBody($body)->withHeader('Content-Length', $length));
            self::assertInstanceOf(SignatureMismatchException::class, $this->reason);
        }
    }

    public function testASignatureInAListIsJoined(): void
    {
        $request = $this->request('{}');
        [$time, $tag] = explode(',', $request->getHeaderLine('hookrail-signature'));
        foreach ([[$time, $tag], ["$time, $tag"], [$time, " $tag"]] as $list) {
            self::assertSame(204, $this->process($request->withHeader('hookrail-signature', $list))->getStatusCode());
        }
        $twice = $request->withHeader('hookrail-signature', ["$time,$tag", "$time,$tag"]);
        self::assertSame(401, $this->process($twice)->getStatusCode());
    }

    public function testAMismatchMayHaveAnotherStatus(): void
    {
        $other = (new Psr17Factory())->createStream('[]');
        $late = static fn (int $by) => static fn (self $test) => self::signed($test->request('{}'), '{}', time() + $by);
        foreach (
            [
            static fn (self $test) => $test->request('{}')->withBody($other),
            $late(-400),
            $late(400),
            ] as $make
        ) {
            $response = $this->process($make($this), mismatchStatus: 503);
            self::assertSame(503, $response->getStatusCode());
            self::assertSame(
                ['title' => 'Not a verified delivery', 'status' => 503],
                json_decode((string) $response->getBody(), true),
            );
        }
        // A rotation does not explain these.
        foreach (['garbage', ''] as $signature) {
            $request = $this->request('{}')->withHeader('hookrail-signature', $signature);
            self::assertSame(401, $this->process($request, mismatchStatus: 503)->getStatusCode());
        }
        $missing = $this->request('{}')->withoutHeader('hookrail-signature');
        self::assertSame(401, $this->process($missing, mismatchStatus: 503)->getStatusCode());
        self::assertSame(204, $this->process($this->request('{}'), mismatchStatus: 503)->getStatusCode());
        foreach ([200, 399, 600] as $status) {
            try {
                $this->process($this->request('{}'), mismatchStatus: $status);
                self::fail('no exception');
            } catch (InvalidArgumentException $error) {
                self::assertStringContainsString("400 to 599, usually 401 or 503, not $status", $error->getMessage());
            }
        }
    }

    public function testOnlyPostIsAccepted(): void
    {
        foreach (['GET', 'PUT', 'HEAD', 'PATCH', 'DELETE', 'OPTIONS', 'post'] as $method) {
            $stream = new CountingStream((new Psr17Factory())->createStream('{}'));
            $response = $this->process($this->request('{}', stream: $stream)->withMethod($method));
            self::assertSame(405, $response->getStatusCode(), "$method: {$this->reason?->getMessage()}");
            self::assertSame('POST', $response->getHeaderLine('Allow'));
            self::assertInstanceOf(MethodNotAllowedException::class, $this->reason);
            self::assertSame(0, $stream->bytesRead);
            self::assertNull($this->handled);
        }
        $more = $this->process($this->request('{}')->withMethod('PUT'), methods: ['POST', 'put']);
        self::assertSame(204, $more->getStatusCode());
        $get = $this->process($this->request('{}')->withMethod('GET'), methods: ['POST', 'put']);
        self::assertSame('POST, PUT', $get->getHeaderLine('Allow'));
        foreach ([[], [''], [1]] as $methods) {
            try {
                $this->process($this->request('{}'), methods: $methods);
                self::fail('no exception');
            } catch (InvalidArgumentException $error) {
                self::assertStringContainsString('POST', $error->getMessage());
            }
        }
    }

    public function testABodyAnnouncedAsTooLargeIsNotRead(): void
    {
        $stream = new CountingStream((new Psr17Factory())->createStream('{}'));
        $this->process($this->request('{}', stream: $stream)->withHeader('Content-Length', (string) (1 << 40)));

        self::assertInstanceOf(BodyTooLargeException::class, $this->reason);
        self::assertSame(0, $stream->bytesRead);
    }

    /** An attacker can announce a large body, with headers that look like a delivery's, and then send little of it. */
    public function testAStalledRequestTakesMemoryForWhatHasArrived(): void
    {
        $most = 0;
        $arrived = (new Psr17Factory())->createStream(str_repeat('[', 1_000));
        $stream = new CountingStream($arrived, static function () use (&$most): void {
            $most = max($most, memory_get_usage());
        });
        $request = $this->request('{}', stream: $stream)->withHeader('Content-Length', (string) (8 << 20));
        $factory = new Psr17Factory();
        $middleware = new VerificationMiddleware(new Verifier(self::SECRET), $factory, $factory);
        $before = memory_get_usage();
        $response = $middleware->process($request, $this);

        self::assertSame(408, $response->getStatusCode());
        self::assertGreaterThan(0, $stream->bytesRead);
        // A read buffer of 16 KiB, and the objects of a verification.
        self::assertLessThan(64 * 1024, $most - $before);
    }

    public function testTheLargestPayloadAsJsonbStoresItFits(): void
    {
        // PostgreSQL spells numbers out: 1e300 becomes 301 digits.
        $numbers = intdiv(256 * 1024, strlen('1e300,'));
        $body = '[' . implode(', ', array_fill(0, $numbers, '1' . str_repeat('0', 300))) . ']';
        self::assertGreaterThan(13_000_000, strlen($body));
        $factory = new Psr17Factory();
        $middleware = new VerificationMiddleware(new Verifier(self::SECRET), $factory, $factory);

        self::assertSame(204, $middleware->process($this->request($body), $this)->getStatusCode());
    }

    public function testNoMoreThanTheLimitIsRead(): void
    {
        $body = str_repeat(' ', 20 * self::LIMIT);
        $stream = new CountingStream((new Psr17Factory())->createStream($body));
        $this->process($this->request($body, stream: $stream));

        self::assertNull($this->handled);
        self::assertLessThan(3 * self::LIMIT, $stream->bytesRead);
    }

    public function testTheBodyOfAStaleDeliveryIsNotRead(): void
    {
        $stream = new CountingStream((new Psr17Factory())->createStream('{}'));
        $this->process(self::signed($this->request('{}', stream: $stream), '{}', 1));

        self::assertInstanceOf(TimestampTooOldException::class, $this->reason);
        self::assertSame(0, $stream->bytesRead);
    }

    /** @param array<mixed> $methods */
    private function process(
        ServerRequestInterface $request,
        int $mismatchStatus = 401,
        array $methods = ['POST'],
    ): ResponseInterface {
        $this->handled = $this->reason = null;
        $factory = new Psr17Factory();
        $middleware = new VerificationMiddleware(
            new Verifier(self::SECRET),
            $factory,
            $factory,
            self::LIMIT,
            function (VerificationException $reason): void {
                $this->reason = $reason;
            },
            $mismatchStatus,
            $methods,
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
