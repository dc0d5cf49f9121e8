<?php

declare(strict_types=1);

namespace Hookrail\Tests\Support;

use Throwable;

/** Collects everything that PHP shows of an object or a call, to search it for secrets. */
final class Shown
{
    /** Returns the output of everything that prints an object. */
    public static function of(object ...$holders): string
    {
        ob_start();
        foreach ($holders as $holder) {
            foreach ([$holder, clone $holder, (array) $holder, get_mangled_object_vars($holder)] as $form) {
                var_dump($form);
                print_r($form);
                var_export($form);
                debug_zval_dump($form);
                echo json_encode($form, JSON_PARTIAL_OUTPUT_ON_ERROR);
                try {
                    echo serialize($form);
                } catch (\Exception $error) {
                    echo $error;
                }
            }
        }

        return (string) ob_get_clean();
    }

    /** Returns the arguments of the package's calls in a trace; null before PHP 8.2, which shows them all. */
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
        $arguments = array_column($calls, 'args');
        ob_start();
        var_dump($arguments);
        foreach (array_merge(...$arguments) as $argument) {
            var_dump((array) $argument);
        }

        return ob_get_clean() . print_r($arguments, true) . $error . $error->getTraceAsString();
    }
}
