<?php

/** The configuration of Hookrail: `php artisan vendor:publish --tag=hookrail-config` copies it to config/hookrail.php. */

return [

    // The client that sends for Hookrail::sendEvent() and for arguments of the type ClientInterface.
    'default' => 'default',

    // Clients by name: Hookrail::client('billing'). All settings are those of Hookrail\ClientOptions, in snake_case.
    // null leaves the library's default.
    'clients' => [
        'default' => [
            'api_key' => env('HOOKRAIL_API_KEY'),
            'base_url' => env('HOOKRAIL_BASE_URL'),
            'total_timeout' => env('HOOKRAIL_TOTAL_TIMEOUT'),
            'max_retries' => env('HOOKRAIL_MAX_RETRIES'),
            'require_https' => env('APP_ENV') === 'production',
            'require_base_url' => env('APP_ENV') === 'production',
        ],
    ],

    // How many seconds to wait for submitted events after the answer and at the end of a command. null: do not wait,
    // and leave the completions to the application.
    'flush_timeout' => 5,

    // Endpoints that receive deliveries, by name: the middleware hookrail.webhook:NAME. Each has its own secret, or
    // while it is rotated two with a comma between them. Let mismatch_status be 503 during that time.
    'webhooks' => [
        'default' => [
            'secrets' => env('HOOKRAIL_SECRETS'),
            'tolerance' => 300,
            'body_limit' => 16 * 1024 * 1024,
            'mismatch_status' => env('HOOKRAIL_MISMATCH_STATUS', 401),
        ],
    ],

];
