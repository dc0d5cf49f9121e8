<?php

declare(strict_types=1);

namespace Hookrail\Http;

/**
 * The answer to a request that is no verified delivery: the same for all reasons, so that it helps
 * nobody to find a signature. The service takes it as final and does not repeat the delivery.
 */
final class Refusal
{
    public const STATUS = 401;
    public const CONTENT_TYPE = 'application/problem+json';
    public const BODY = '{"title":"Not a verified delivery","status":401}';

    private function __construct()
    {
    }

    /** Answers with it, in plain PHP. */
    public static function send(): void
    {
        http_response_code(self::STATUS);
        header('Content-Type: ' . self::CONTENT_TYPE);
        echo self::BODY;
    }
}
