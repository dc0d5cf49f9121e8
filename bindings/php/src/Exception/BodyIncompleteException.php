<?php

declare(strict_types=1);

namespace Hookrail\Exception;

/**
 * The body is shorter than its Content-Length, or was read before it came to the library. That it was read in part is
 * seen only where its length was announced; otherwise it cannot be told from a forgery.
 */
final class BodyIncompleteException extends VerificationException
{
}
