<?php

declare(strict_types=1);

namespace Hookrail\Exception;

/** 404: unknown event. Ambiguous: the service answers the same when its store is down. */
final class NotFoundException extends ApiException
{
}
