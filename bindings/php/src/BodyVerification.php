<?php

declare(strict_types=1);

namespace Hookrail;

use Hookrail\Exception\VerificationException;
use Hookrail\Native\RunningVerification;

/** A verification under way: nothing of the body may be acted on before finish() has returned. */
final class BodyVerification
{
    /** @internal */
    public function __construct(
        private readonly RunningVerification $native,
        public readonly string $deliveryId,
    ) {
    }

    /**
     * Takes the next piece of the body.
     *
     * @throws VerificationException as soon as the body is over its limit
     */
    public function update(string $chunk): void
    {
        $this->native->update($chunk);
    }

    /**
     * The verdict, the body being complete.
     *
     * @throws VerificationException when it is not to be trusted
     */
    public function finish(): Verification
    {
        return $this->native->finish();
    }
}
