<?php

declare(strict_types=1);

namespace Hookrail\Tests\Support;

use Hookrail\Client;
use Hookrail\ClientOptions;

/** A development server for all tests of a class, which forgets its events and faults before each test. */
trait UsesDevServer
{
    private static DevServer $server;

    public static function setUpBeforeClass(): void
    {
        self::$server = new DevServer();
    }

    protected function setUp(): void
    {
        self::$server->reset();
    }

    private static function client(?ClientOptions $options = null): Client
    {
        return new Client(
            DevServer::API_KEY,
            self::$server->url,
            $options ?? new ClientOptions(backoffBase: 0.001),
        );
    }
}
