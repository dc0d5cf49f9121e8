<?php

declare(strict_types=1);

namespace Hookrail\Exception;

/** The signature header or the delivery id does not have the required form. */
final class MalformedSignatureException extends VerificationException
{
}
