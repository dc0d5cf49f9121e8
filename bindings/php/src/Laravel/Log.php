<?php

declare(strict_types=1);

namespace Hookrail\Laravel;

use Illuminate\Container\Container;
use Psr\Log\AbstractLogger;

/**
 * The log of the present application. It does not keep the application, because a dump of a client would show it, with
 * all keys in its configuration.
 *
 * @internal
 */
final class Log extends AbstractLogger
{
    /** @param array<string, mixed> $context */
    public function log(mixed $level, mixed $message, array $context = []): void
    {
        // Only newer versions of Laravel do this by default.
        $values = [];
        foreach (array_filter($context, is_scalar(...)) as $name => $value) {
            $values['{' . $name . '}'] = (string) $value;
        }
        Container::getInstance()->make('log')->log($level, strtr((string) $message, $values), $context);
    }
}
