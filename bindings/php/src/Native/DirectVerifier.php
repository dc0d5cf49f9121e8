<?php

declare(strict_types=1);

namespace Hookrail\Native;

use FFI;
use Hookrail\Exception\HookrailException;
use Hookrail\Verification;

/**
 * Verifies without Gate if scripts may use FFI anyway: the checks of Gate would take longer than the verification.
 *
 * @internal
 */
final class DirectVerifier
{
    private readonly Place $place;

    /** For the next verification; null while in use. */
    private ?VerificationOutputs $outputs;

    public function __construct(private readonly FFI $ffi, Handle $verifier)
    {
        $this->place = $verifier->place;
        $this->outputs = new VerificationOutputs($ffi);
    }

    /** @throws HookrailException */
    public function verify(string $body, string $signature, string $deliveryId, int $now): Verification
    {
        // A signal handler may verify, too, before this verification has read them.
        $outputs = $this->outputs ?? new VerificationOutputs($this->ffi);
        $this->outputs = null;
        $status = $this->ffi->hookrail_verifier_verify(
            $this->place->pointer,
            $signature,
            \strlen($signature),
            $deliveryId,
            \strlen($deliveryId),
            $body,
            \strlen($body),
            $now,
            $outputs->secretIndexPlace,
            $outputs->signedAtPlace,
            $outputs->skewPlace,
            $outputs->errorPlace,
        );
        $verification = $outputs->read($status);
        $this->outputs = $outputs;

        return $verification;
    }
}
