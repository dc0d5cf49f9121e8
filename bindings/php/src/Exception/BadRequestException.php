<?php

declare(strict_types=1);

namespace Hookrail\Exception;

/** 400: malformed body, topic or payload missing, ordering key too long or contradictory. */
final class BadRequestException extends ApiException
{
}
