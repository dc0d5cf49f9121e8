<?php

declare(strict_types=1);

namespace Hookrail\Exception;

/** The signature is further in the future than the tolerance allows. */
final class TimestampTooNewException extends VerificationException
{
}
