<?php

declare(strict_types=1);

namespace Hookrail\Tests\Support;

use Hookrail\Client;
use Hookrail\ClientOptions;
use Hookrail\Verifier;
use Throwable;

/** Sends when it is destroyed, as loggers do with what they have collected. */
final class Outbox
{
    public static ?self $kept = null;
    public ?self $itself = null;

    private function __construct(private readonly Client $client, private readonly Verifier $verifier)
    {
    }

    /** The client is there before the outbox, as are its parts: PHP comes to them first. */
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
