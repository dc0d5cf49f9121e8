<?php

declare(strict_types=1);

namespace Hookrail;

use Hookrail\Native\Input;
use Hookrail\Native\RunningVerification;

/** A running verification of Verifier::begin(). */
final class BodyVerification implements BodyVerificationInterface
{
    /** @internal */
    public function __construct(
        private readonly RunningVerification $native,
        private readonly string $deliveryId,
    ) {
    }

    public function deliveryId(): string
    {
        return $this->deliveryId;
    }

    public function announce(int $contentLength): void
    {
        $this->native->announce(Input::size($contentLength, 'contentLength'));
    }

    public function update(string $chunk): void
    {
        $this->native->update($chunk);
    }

    public function finish(): Verification
    {
        return $this->native->finish();
    }
}
