<?php

/** The conformance driver of the PHP package: one request per line, one answer per line. */

declare(strict_types=1);

namespace Hookrail\Conformance;

use Hookrail\Exception\HookrailException;

require dirname(__DIR__, 4) . '/bindings/php/vendor/autoload.php';
require __DIR__ . '/Bytes.php';
require __DIR__ . '/Results.php';
require __DIR__ . '/Signals.php';
require __DIR__ . '/Verification.php';
require __DIR__ . '/Clients.php';
require __DIR__ . '/Driver.php';

$driver = new Driver();
while (($line = fgets(STDIN)) !== false) {
    $request = json_decode($line, true, flags: JSON_THROW_ON_ERROR);
    try {
        $answer = $driver->answer($request);
    } catch (HookrailException $error) {
        $answer = ['error' => Results::error($error)];
    }
    echo json_encode(
        ['id' => $request['id']] + $answer,
        JSON_THROW_ON_ERROR | JSON_INVALID_UTF8_SUBSTITUTE | JSON_UNESCAPED_SLASHES,
    ), "\n";
}
