<?php

declare(strict_types=1);

namespace Hookrail\Laravel\Facades;

use Hookrail\Laravel\Factory;
use Hookrail\Laravel\HookrailFake;
use Illuminate\Support\Facades\Facade;

// The annotations are as long as the methods are.
// phpcs:disable Generic.Files.LineLength

/**
 * Sends events with the clients of config/hookrail.php.
 *
 *     Hookrail::sendEvent('order.created', ['id' => 7], idempotencyKey: 'order-7');
 *
 * @method static \Hookrail\ClientInterface   client(?string $name = null)
 * @method static \Hookrail\ProducerInterface producer(?string $name = null)
 * @method static \Hookrail\VerifierInterface verifier(string $name = 'default')
 * @method static \Hookrail\Accepted          sendEvent(string $topic, mixed $payload, ?string $idempotencyKey = null, ?string $orderingKey = null, ?float $timeout = null, ?\Hookrail\Cancellation $cancellation = null)
 * @method static \Hookrail\Accepted          sendPrepared(string $blob, ?float $timeout = null, ?\Hookrail\Cancellation $cancellation = null)
 * @method static \Hookrail\PreparedEvent     prepare(string $topic, mixed $payload, ?string $idempotencyKey = null, ?string $orderingKey = null)
 * @method static \Hookrail\EventStatus       getEvent(string $eventId, ?float $timeout = null, ?\Hookrail\Cancellation $cancellation = null)
 * @method static int                         submit(string $topic, mixed $payload, ?string $idempotencyKey = null, ?string $orderingKey = null, ?float $timeout = null, int $tag = 0, bool $report = true, float $wait = 0.0)
 * @method static int                         submitPrepared(string $blob, ?float $timeout = null, int $tag = 0, bool $report = true)
 * @method static array                       stats()
 * @method static void                        assertSent(string $topic, \Closure|int|null $condition = null)
 * @method static void                        assertNotSent(string $topic, ?\Closure $condition = null)
 * @method static void                        assertNothingSent()
 * @method static void                        assertSentCount(int $count)
 * @method static list<\Hookrail\Testing\RecordedEvent> sent(?string $topic = null, ?\Closure $condition = null)
 *
 * @see Factory
 * @see HookrailFake
 */
final class Hookrail extends Facade
{
    /** Replaces all clients and producers by fakes, for a test. Verifiers stay. */
    public static function fake(): HookrailFake
    {
        $root = self::getFacadeRoot();
        $fake = new HookrailFake($root instanceof HookrailFake ? $root->real : $root);
        self::swap($fake);

        return $fake;
    }

    protected static function getFacadeAccessor(): string
    {
        return Factory::class;
    }
}
