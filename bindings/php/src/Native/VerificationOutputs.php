<?php

declare(strict_types=1);

namespace Hookrail\Native;

use FFI;
use FFI\CData;
use Hookrail\Exception\HookrailException;
use Hookrail\Verification;

/**
 * The outputs of a verification, and its error. They are reused, because making them costs as much as a verification.
 *
 * @internal
 */
final class VerificationOutputs
{
    private readonly CData $secretIndex;

    private readonly CData $signedAt;

    private readonly CData $skew;

    private readonly CData $error;

    /** The last arguments of the verifying functions, in this order. */
    public readonly CData $secretIndexPlace;

    public readonly CData $signedAtPlace;

    public readonly CData $skewPlace;

    public readonly CData $errorPlace;

    public function __construct(private readonly FFI $ffi)
    {
        $this->secretIndex = $ffi->new('size_t');
        $this->signedAt = $ffi->new('int64_t');
        $this->skew = $ffi->new('int64_t');
        $this->error = $ffi->new('hookrail_error *');
        $this->secretIndexPlace = FFI::addr($this->secretIndex);
        $this->signedAtPlace = FFI::addr($this->signedAt);
        $this->skewPlace = FFI::addr($this->skew);
        $this->errorPlace = FFI::addr($this->error);
    }

    /**
     * Returns the outputs of a verifying function that returned this status. After an error they cannot be reused.
     *
     * @throws HookrailException the error
     */
    public function read(int $status): Verification
    {
        if ($status !== Status::OK) {
            $number = $this->ffi->hookrail_pointer_keep(Signatures::HANDLES['error'], $this->error);

            throw ErrorReader::exception($status, ErrorReader::take($number));
        }

        return new Verification($this->secretIndex->cdata, $this->signedAt->cdata, $this->skew->cdata);
    }
}
