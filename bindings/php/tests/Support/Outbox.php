<?php

declare(strict_types=1);

namespace Hookrail\Tests\Support;

use Hookrail\Client;
use Hookrail\ClientOptions;
use Hookrail\Verifier;
use Throwable;

/** Sends in its destructor, like a logger that has collected lines. */
final class Outbox
{
    public static ?self $kept = null;
    public ?self $itself = null;

    private function __construct(private readonly Client $client, private readonly Verifier $verifier)
    {
    }

    /** Makes the client and its parts before the outbox, so that PHP destroys them first. */
    public static function make(): self
    {
        $client = new Client(options: new ClientOptions(shared: false));
        $verifier = new Verifier('whsec_a');

        return new self($client, $verifier);
    }

    public static function makeGarbage(): void
    {
        $outbox = self::make();
        $outbox->itself = $outbox;
    }

    public function __destruct()
    {
        try {
            $this->client->sendEvent('outbox', ['n' => 1]);
            echo "sent\n";
        } catch (Throwable $refusal) {
            echo $refusal::class, ': ', $refusal->getMessage(), "\n";
        }
        try {
            $this->verifier->verify('{}', 't=1,v1=' . str_repeat('0', 64), 'id');
        } catch (Throwable $refusal) {
            echo $refusal::class, "\n";
        }
    }
}
