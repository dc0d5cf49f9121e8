<?php

declare(strict_types=1);

namespace Hookrail\Exception;

/** 404: there is no such event. */
final class NotFoundException extends ApiException
{
}
