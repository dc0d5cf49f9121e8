<?php

declare(strict_types=1);

namespace Hookrail\Tests;

use Hookrail\Accepted;
use Hookrail\BodyVerification;
use Hookrail\BodyVerificationInterface;
use Hookrail\Client;
use Hookrail\ClientInterface;
use Hookrail\Exception\ErrorInfo;
use Hookrail\Exception\MissingSignatureException;
use Hookrail\Http\WebhookReceiver;
use Hookrail\Producer;
use Hookrail\ProducerInterface;
use Hookrail\Verification;
use Hookrail\Verifier;
use Hookrail\VerifierInterface;
use PHPUnit\Framework\TestCase;
use ReflectionClass;
use ReflectionMethod;

/** The types that programs declare, and doubles of them that PHPUnit makes. */
final class InterfacesTest extends TestCase
{
    /**
     * @dataProvider implementations
     *
     * @param class-string $class
     * @param class-string $interface
     */
    public function testTheInterfaceHasAllPublicMethods(string $class, string $interface): void
    {
        self::assertTrue(is_subclass_of($class, $interface));
        $internal = static fn (ReflectionMethod $method) => str_starts_with($method->name, '__')
            || str_contains((string) $method->getDocComment(), '@internal');
        $names = [];
        foreach ((new ReflectionClass($class))->getMethods(ReflectionMethod::IS_PUBLIC) as $method) {
            if (!$internal($method)) {
                $names[] = $method->name;
            }
        }
        $declared = array_map(
            static fn (ReflectionMethod $method) => $method->name,
            (new ReflectionClass($interface))->getMethods(),
        );
        self::assertEqualsCanonicalizing($declared, $names);
    }

    /** @return iterable<string, array{class-string, class-string}> */
    public static function implementations(): iterable
    {
        yield 'client' => [Client::class, ClientInterface::class];
        yield 'producer' => [Producer::class, ProducerInterface::class];
        yield 'verifier' => [Verifier::class, VerifierInterface::class];
        yield 'body verification' => [BodyVerification::class, BodyVerificationInterface::class];
    }

    public function testADoubleOfTheClientAnswers(): void
    {
        $accepted = new Accepted('E1', [], false, 'k', 1, '{}');
        $client = $this->createMock(ClientInterface::class);
        $client->expects(self::once())->method('sendEvent')->with('t', ['a' => 1])->willReturn($accepted);

        self::assertSame($accepted, $client->sendEvent('t', ['a' => 1]));
    }

    public function testADoubleOfTheProducerAnswers(): void
    {
        $producer = $this->createMock(ProducerInterface::class);
        $producer->method('submit')->willReturn(7);

        self::assertSame(7, $producer->submit('t', []));
        self::assertSame([], $producer->poll());
    }

    public function testAReceiverTakesADoubleOfTheVerifier(): void
    {
        $body = $this->createMock(BodyVerificationInterface::class);
        $body->method('deliveryId')->willReturn('d1');
        $body->method('finish')->willReturn(new Verification(0, 1, 0));
        $verifier = $this->createMock(VerifierInterface::class);
        $refusal = new MissingSignatureException(new ErrorInfo(704, 'signature_missing', 'not signed'));
        $verifier->method('begin')->willReturnOnConsecutiveCalls($body, self::throwException($refusal));
        $receiver = new WebhookReceiver($verifier);
        $server = ['REQUEST_METHOD' => 'POST', 'CONTENT_LENGTH' => '2'];

        $webhook = $receiver->receive($server, 'data:,{}');
        self::assertSame('d1', $webhook->deliveryId);
        self::assertSame('{}', $webhook->body);
        $this->expectExceptionObject($refusal);
        $receiver->receive($server, 'data:,{}');
    }
}
