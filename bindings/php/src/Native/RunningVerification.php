<?php

declare(strict_types=1);

namespace Hookrail\Native;

use Hookrail\Exception\HookrailException;
use Hookrail\Verification;

/**
 * A hookrail_verification.
 *
 * @internal
 */
final class RunningVerification
{
    public function __construct(
        private readonly Library $library,
        private readonly Handle $verification,
    ) {
    }

    /** @throws HookrailException */
    public function announce(int $length): void
    {
        $this->library->call('hookrail_verification_set_content_length', $this->verification, $length);
    }

    /** @throws HookrailException */
    public function update(string $chunk): void
    {
        $this->library->call(
            'hookrail_verification_update',
            $this->verification,
            $chunk,
        );
    }

    /** @throws HookrailException */
    public function finish(): Verification
    {
        return new Verification(...$this->library->call('hookrail_verification_finish', $this->verification));
    }
}
