<?php

declare(strict_types=1);

namespace Hookrail\Exception;

use RuntimeException;

/** The process may make no more threads, descriptors or sockets; the message names the missing resource. */
final class OutOfResourcesException extends RuntimeException implements HookrailException
{
    use ErrorDetails;
}
