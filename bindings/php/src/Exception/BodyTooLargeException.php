<?php

declare(strict_types=1);

namespace Hookrail\Exception;

/** The body is larger than the limit set for it. */
final class BodyTooLargeException extends VerificationException
{
}
