<?php

declare(strict_types=1);

namespace Hookrail\Exception;

/** No secret matches any signature of the header. */
final class SignatureMismatchException extends VerificationException
{
}
