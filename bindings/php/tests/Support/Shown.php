<?php

declare(strict_types=1);

namespace Hookrail\Tests\Support;

use Throwable;

/** What PHP can be made to tell of an object or a call, to look for secrets in. */
final class Shown
{
    /** Everything that prints an object. */
    public static function of(object ...$holders): string
    {
        ob_start();
        foreach ($holders as $holder) {
            var_dump($holder);
            print_r($holder);
            var_export($holder);
            echo json_encode($holder);
            try {
                echo serialize($holder);
            } catch (\Exception $error) {
                echo $error;
            }
        }

        return (string) ob_get_clean();
    }

    /** The arguments of the package's calls in a trace; null before PHP 8.2, which shows them all. */
    public static function arguments(Throwable $error): ?string
    {
        // PHP 8.1 does not know #[\SensitiveParameter].
        if (PHP_VERSION_ID < 80200) {
            return null;
        }
        $calls = array_filter(
            $error->getTrace(),
            static fn (array $call) => str_starts_with($call['class'] ?? '', 'Hookrail\\') &&
                !str_starts_with($call['class'], 'Hookrail\\Tests'),
        );

        return print_r(array_column($calls, 'args'), true);
    }
}
