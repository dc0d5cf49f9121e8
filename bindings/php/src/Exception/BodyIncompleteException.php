<?php

declare(strict_types=1);

namespace Hookrail\Exception;

/**
 * The body is shorter than its Content-Length, or something else has read it before. A partly read body is noticed only
 * if its length was announced; otherwise it looks like a forgery.
 */
final class BodyIncompleteException extends VerificationException
{
}
