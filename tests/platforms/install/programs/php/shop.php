<?php

// Without arguments: sends an event and prints its id. With a signature, the id of a delivery and its body: verifies it.

declare(strict_types=1);

require __DIR__ . '/vendor/autoload.php';

if ($argc === 1) {
    echo (new Hookrail\Client())->sendEvent('order.paid', ['order_id' => 'o_1'])->eventId, "\n";
} else {
    [, $signature, $id, $body] = $argv;
    $headers = ['hookrail-signature' => $signature, 'hookrail-delivery-id' => $id];
    (new Hookrail\Verifier('whsec_install'))->verifyRequest($headers, $body);
    echo "verified\n";
}
