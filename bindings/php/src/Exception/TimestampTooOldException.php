<?php

declare(strict_types=1);

namespace Hookrail\Exception;

/** The signature is older than the tolerance allows. */
final class TimestampTooOldException extends VerificationException
{
}
