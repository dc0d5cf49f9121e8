<?php

declare(strict_types=1);

namespace Hookrail\Exception;

/** 5xx: the service failed. */
final class ServerErrorException extends ApiException
{
}
