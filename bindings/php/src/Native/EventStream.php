<?php

declare(strict_types=1);

namespace Hookrail\Native;

use Hookrail\Exception\InvalidArgumentException;

/**
 * Makes PHP streams of file descriptors.
 *
 * @internal
 */
final class EventStream
{
    private function __construct()
    {
    }

    /**
     * @return resource
     *
     * @throws InvalidArgumentException when PHP has no streams for file descriptors here
     */
    public static function open(int $fd)
    {
        if (\PHP_SAPI !== 'cli') {
            throw InvalidArgumentException::because(
                'streams of file descriptors exist on the command line only, not under ' . \PHP_SAPI,
            );
        }
        $stream = \fopen("php://fd/$fd", 'r');
        if ($stream === false) {
            throw InvalidArgumentException::because("PHP could not open file descriptor $fd as a stream");
        }

        return $stream;
    }
}
