<?php

declare(strict_types=1);

namespace Tests\Feature;

use App\Jobs\SendEvent;
use Hookrail\Exception\HookrailException;
use Hookrail\Laravel\Facades\Hookrail;
use Hookrail\Testing\Failure;
use Illuminate\Contracts\Queue\Queue as QueueContract;
use Illuminate\Database\DatabaseTransactionsManager;
use Illuminate\Queue\Jobs\SyncJob;
use Illuminate\Queue\Queue;
use Illuminate\Support\Facades\Queue as Queues;
use Tests\TestCase;

// phpcs:disable PSR1.Classes.ClassDeclaration.MultipleClasses

/** The job of docs/php-frameworks.md, in a project of Laravel with a queue in memory. */
final class JobTest extends TestCase
{
    private MemoryQueue $queue;

    private DatabaseTransactionsManager $transactions;

    protected function setUp(): void
    {
        parent::setUp();
        $this->queue = new MemoryQueue();
        $this->queue->setContainer($this->app);
        config(['queue.default' => 'memory', 'queue.connections.memory' => ['driver' => 'memory']]);
        Queues::extend('memory', fn () => new class ($this->queue) {
            public function __construct(private readonly MemoryQueue $queue)
            {
            }

            public function connect(): MemoryQueue
            {
                return $this->queue;
            }
        });
        // A connection to a database would tell the manager of its transactions.
        $this->transactions = $this->app->make('db.transactions');
        Hookrail::fake();
    }

    public function testItIsQueuedWhenTheTransactionIsCommitted(): void
    {
        $this->transactions->begin('shop', 1);
        SendEvent::dispatch('order.created', ['id' => 7], 'order-7');
        self::assertSame([], $this->queue->payloads);
        $this->transactions->commit('shop');
        self::assertCount(1, $this->queue->payloads);

        $this->work();
        Hookrail::assertSent('order.created', fn ($event) => $event->payload() === ['id' => 7]);
    }

    public function testNothingIsQueuedIfTheTransactionIsRolledBack(): void
    {
        $this->transactions->begin('shop', 1);
        SendEvent::dispatch('order.created', ['id' => 7], 'order-7');
        $this->transactions->rollback('shop', 0);

        self::assertSame([], $this->queue->payloads);
    }

    public function testItIsTriedAgainWithTheSameKey(): void
    {
        SendEvent::dispatch('order.created', ['id' => 7], 'order-7');
        Hookrail::client()->willThrow(Failure::unavailable(), Failure::timeout());
        for ($attempt = 1; $attempt <= 2; $attempt++) {
            try {
                $this->work();
                self::fail('the job has to fail, so that the worker tries it again');
            } catch (HookrailException) {
            }
        }
        self::assertFalse($this->work()->hasFailed());

        $keys = array_column(Hookrail::client()->calls(), 'idempotencyKey');
        self::assertSame(['order-7', 'order-7', 'order-7'], $keys);
        Hookrail::assertSentCount(1);
    }

    public function testAFinalFailureIsNotTriedAgain(): void
    {
        SendEvent::dispatch('order.created', ['id' => 7], 'order-7');
        Hookrail::client()->willThrow(Failure::status(400));

        self::assertTrue($this->work()->hasFailed());
    }

    private function work(): SyncJob
    {
        $job = new SyncJob($this->app, $this->queue->payloads[0], 'memory', 'default');
        $job->fire();

        return $job;
    }
}

/** Keeps jobs in an array, and leaves to Laravel when they get there. */
final class MemoryQueue extends Queue implements QueueContract
{
    /** @var list<string> */
    public array $payloads = [];

    public function size($queue = null): int
    {
        return count($this->payloads);
    }

    public function push($job, $data = '', $queue = null): mixed
    {
        $payload = $this->createPayload($job, 'default', $data);

        return $this->enqueueUsing($job, $payload, $queue, null, fn (string $payload) => $this->pushRaw($payload));
    }

    public function pushRaw($payload, $queue = null, array $options = []): mixed
    {
        $this->payloads[] = $payload;

        return count($this->payloads);
    }

    public function later($delay, $job, $data = '', $queue = null): mixed
    {
        return $this->push($job, $data, $queue);
    }

    public function pop($queue = null): mixed
    {
        return null;
    }
}
