<?php

declare(strict_types=1);

namespace Hookrail\Exception;

/** 403: the topic is outside the key's scopes. */
final class PermissionDeniedException extends ApiException
{
}
