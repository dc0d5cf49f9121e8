<?php

declare(strict_types=1);

namespace Hookrail\Exception;

/** 413, or a payload over the client's own limit; httpStatus() is null then. */
final class PayloadTooLargeException extends ApiException
{
}
