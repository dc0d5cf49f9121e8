<?php

/**
 * Sends an event and asks for its status:
 *
 *     HOOKRAIL_API_KEY=hk_… HOOKRAIL_BASE_URL=http://localhost:8080 php examples/send.php
 */

declare(strict_types=1);

use Hookrail\Client;
use Hookrail\ClientOptions;
use Hookrail\DeliveryState;
use Hookrail\Exception\HookrailException;
use Hookrail\Outcome;

require __DIR__ . '/autoload.php';

$client = new Client(options: new ClientOptions(totalTimeout: 10.0));

try {
    $accepted = $client->sendEvent('order.created', ['id' => 7, 'total' => '19.90'], orderingKey: 'customer-7');
} catch (HookrailException $error) {
    fwrite(STDERR, $error->getMessage() . "\n");
    if ($error->outcome() === Outcome::MaybeSent) {
        fwrite(STDERR, "It may have arrived: send it again with the key {$error->idempotencyKey()}.\n");
    }
    exit(1);
}
echo "recorded: $accepted->eventId\n";

foreach ($client->getEvent($accepted->eventId)->deliveries as $delivery) {
    $state = $delivery->state instanceof DeliveryState ? $delivery->state->value : $delivery->state;
    echo "delivery $delivery->deliveryId: $state after ", count($delivery->attempts), " attempts\n";
}
