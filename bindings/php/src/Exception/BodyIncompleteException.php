<?php

declare(strict_types=1);

namespace Hookrail\Exception;

/** The body is shorter than its Content-Length, or was read before it came to the library. */
final class BodyIncompleteException extends VerificationException
{
}
