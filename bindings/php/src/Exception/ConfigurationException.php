<?php

declare(strict_types=1);

namespace Hookrail\Exception;

use InvalidArgumentException;

/** A client cannot be set up as asked: API key, base URL, proxy, certificates, limits. */
final class ConfigurationException extends InvalidArgumentException implements HookrailException
{
    use ErrorDetails;
}
