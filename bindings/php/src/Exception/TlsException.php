<?php

declare(strict_types=1);

namespace Hookrail\Exception;

/** The TLS handshake failed. */
final class TlsException extends ConnectionException
{
}
