<?php

declare(strict_types=1);

namespace Hookrail\Tests\Frameworks;

use Hookrail\ClientInterface;
use Hookrail\Laravel\Facades\Hookrail;
use Hookrail\Testing\FakeClient;
use Hookrail\Tests\Frameworks\Laravel\ApplicationTestCase;
use Hookrail\VerifierInterface;
use PHPUnit\Framework\AssertionFailedError;

/** Hookrail::fake() in an application of Laravel. */
final class LaravelFakeTest extends ApplicationTestCase
{
    public function testTheFakeTakesThePlaceOfAllClientsAndProducers(): void
    {
        $before = $this->app->make(ClientInterface::class);
        $fake = Hookrail::fake();
        $this->handle('/send');
        $this->handle('/send-billing');
        $this->handle('/submit');
        $this->app->terminate();

        self::assertSame(0, self::$server->summary()['events']);
        self::assertNotSame($before, $this->app->make(ClientInterface::class));
        self::assertInstanceOf(FakeClient::class, Hookrail::client('billing'));
        Hookrail::assertSentCount(3);
        Hookrail::assertSent('laravel', 3);
        Hookrail::assertSent('laravel', static fn ($event): bool => $event->idempotencyKey === 'submitted');
        Hookrail::assertNotSent('laravel', static fn ($event): bool => $event->payload() === ['id' => 6]);
        self::assertSame([['id' => 9]], array_map(
            static fn ($event): array => $event->payload(),
            $fake->sent('laravel', static fn ($event): bool => $event->idempotencyKey === 'submitted'),
        ));
        // A verifier stays real.
        self::assertInstanceOf(VerifierInterface::class, Hookrail::verifier('orders'));
        self::assertSame(401, $this->deliver('/orders', 'whsec_other')->getStatusCode());

        Hookrail::fake();
        Hookrail::assertNothingSent();
    }

    /**
     * @dataProvider wrongAssertions
     *
     * @param list<mixed> $arguments
     */
    public function testAnAssertionThatDoesNotHoldFails(string $assertion, array $arguments, string $message): void
    {
        Hookrail::fake();
        Hookrail::submit('order.created', ['id' => 1]);
        $failure = null;
        try {
            Hookrail::$assertion(...$arguments);
        } catch (AssertionFailedError $failure) {
        }

        self::assertNotNull($failure);
        self::assertStringContainsString($message, $failure->getMessage());
    }

    /** @return iterable<array{string, list<mixed>, string}> */
    public static function wrongAssertions(): iterable
    {
        yield ['assertSent', ['order.paid'], 'Sent events: 1 of order.created.'];
        yield ['assertSent', ['order.created', 2], 'Events of the topic order.created.'];
        yield ['assertSent', ['order.created', static fn (): bool => false], 'Sent events: 1 of order.created.'];
        yield ['assertNotSent', ['order.created'], 'An event of the topic order.created was sent.'];
        yield ['assertNothingSent', [], 'Sent events: 1 of order.created.'];
        yield ['assertSentCount', [2], 'Sent events: 1 of order.created.'];
    }
}
