<?php

declare(strict_types=1);

namespace Hookrail;

use Hookrail\Exception\VerificationException;

/** A running verification. Do not act on any part of the body before finish() has returned. */
interface BodyVerificationInterface
{
    /** Returns the value of hookrail-delivery-id. */
    public function deliveryId(): string;

    /**
     * Sets the body's length by the request's Content-Length, as VerifierInterface::begin() does with $contentLength.
     *
     * @throws VerificationException when the length is over the body's limit
     */
    public function announce(int $contentLength): void;

    /**
     * Takes the next piece of the body.
     *
     * @throws VerificationException as soon as the body is over its limit
     */
    public function update(string $chunk): void;

    /**
     * Ends the verification after the last piece of the body.
     *
     * @throws VerificationException             when the delivery does not verify
     * @throws Exception\BodyIncompleteException when the body is shorter than announced, and does not verify
     */
    public function finish(): Verification;
}
