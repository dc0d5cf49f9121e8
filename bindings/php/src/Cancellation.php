<?php

declare(strict_types=1);

namespace Hookrail;

use Hookrail\Native\CancelToken;

/**
 * Ends calls early: a signal handler, for example, fires it. Once fired it stays fired, and a call that starts with
 * a fired cancellation does nothing.
 */
final class Cancellation
{
    private readonly CancelToken $token;

    public function __construct()
    {
        $this->token = new CancelToken();
    }

    public function fire(): void
    {
        $this->token->fire();
    }

    public function isFired(): bool
    {
        return $this->token->isFired();
    }

    /** @internal */
    public function token(): CancelToken
    {
        return $this->token;
    }
}
