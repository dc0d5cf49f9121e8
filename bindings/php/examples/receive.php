<?php

/**
 * Receives deliveries:
 *
 *     HOOKRAIL_SECRET=whsec_… php -d ffi.enable=true -S 127.0.0.1:9000 examples/receive.php
 *
 * On a web server the package uses its own library or the system's: docs/php.md.
 *
 * During a rotation HOOKRAIL_SECRET contains both secrets, separated by a comma.
 */

declare(strict_types=1);

use Hookrail\Exception\VerificationException;
use Hookrail\Http\Refusal;
use Hookrail\Http\WebhookReceiver;
use Hookrail\Verifier;

require __DIR__ . '/autoload.php';

$verifier = new Verifier(explode(',', (string) getenv('HOOKRAIL_SECRET')));

try {
    $webhook = (new WebhookReceiver($verifier))->receive();
} catch (VerificationException $reason) {
    error_log('refused: ' . $reason->getMessage());
    // While HOOKRAIL_SECRET is about to change, set HOOKRAIL_MISMATCH_STATUS=503: then the service tries again.
    Refusal::send($reason, (int) (getenv('HOOKRAIL_MISMATCH_STATUS') ?: Refusal::STATUS));
    return;
}

// Deliveries are repeated: a real receiver stores this id together with the result of its work.
error_log("delivery $webhook->deliveryId: $webhook->body");
http_response_code(204);
