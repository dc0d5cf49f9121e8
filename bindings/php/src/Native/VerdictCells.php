<?php

declare(strict_types=1);

namespace Hookrail\Native;

use FFI;
use FFI\CData;
use Hookrail\Verification;

/**
 * Where the library writes what it found; made once, for making them costs as much as a verification.
 *
 * @internal
 */
final class VerdictCells
{
    private readonly CData $secretIndex;

    private readonly CData $signedAt;

    private readonly CData $skew;

    /** @var list<CData> as the verifying functions take them */
    public readonly array $addresses;

    public function __construct(FFI $ffi)
    {
        $this->secretIndex = $ffi->new('size_t');
        $this->signedAt = $ffi->new('int64_t');
        $this->skew = $ffi->new('int64_t');
        $this->addresses = [FFI::addr($this->secretIndex), FFI::addr($this->signedAt), FFI::addr($this->skew)];
    }

    public function read(): Verification
    {
        return new Verification($this->secretIndex->cdata, $this->signedAt->cdata, $this->skew->cdata);
    }
}
