<?php

declare(strict_types=1);

namespace Hookrail\Exception;

/** The request has no signature header or no delivery id. */
final class MissingSignatureException extends VerificationException
{
}
