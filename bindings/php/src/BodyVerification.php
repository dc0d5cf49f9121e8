<?php

declare(strict_types=1);

namespace Hookrail;

use Hookrail\Exception\VerificationException;
use Hookrail\Native\Input;
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
     * Says how long the request's Content-Length says that the body is, as Verifier::begin() does with
     * $contentLength.
     *
     * @throws VerificationException when that is over the body's limit
     */
    public function announce(int $contentLength): void
    {
        $this->native->announce(Input::size($contentLength, 'contentLength'));
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
     * @throws VerificationException             when it is not to be trusted
     * @throws Exception\BodyIncompleteException when it is shorter than was announced, and does not verify
     */
    public function finish(): Verification
    {
        return $this->native->finish();
    }
}
