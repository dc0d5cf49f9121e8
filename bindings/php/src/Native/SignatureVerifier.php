<?php

declare(strict_types=1);

namespace Hookrail\Native;

use FFI;
use FFI\CData;
use FFI\CType;
use Hookrail\Exception\HookrailException;
use Hookrail\Verification;

use function strlen;

/**
 * A hookrail_verifier.
 *
 * @internal
 */
final class SignatureVerifier
{
    private readonly Handle $options;

    private readonly Handle $verifier;

    private readonly VerdictCells $cells;

    private readonly CType $errorType;

    /**
     * @param list<string> $secrets
     *
     * @throws HookrailException
     */
    public function __construct(
        private readonly Library $library,
        #[\SensitiveParameter] array $secrets,
        int $tolerance,
    ) {
        $this->options = $library->own(
            'hookrail_verifier_options',
            $library->ffi->hookrail_verifier_options_new(),
        );
        foreach ($secrets as $secret) {
            $this->configure('add_secret', $secret, strlen($secret));
        }
        $this->configure('set_tolerance', $tolerance);
        $this->verifier = $library->obtain('hookrail_verifier', 'hookrail_verifier_new', $this->options->pointer);
        $this->cells = new VerdictCells($library->ffi);
        $this->errorType = $library->ffi->type('hookrail_error *');
    }

    /** @throws HookrailException */
    public function verify(string $body, string $signature, string $deliveryId, int $now): Verification
    {
        // What Library::call() does, written out: by name and with its arguments spread, the call itself
        // would take half as long again.
        $ffi = $this->library->ffi;
        $error = $ffi->new($this->errorType);
        [$secretIndex, $signedAt, $skew] = $this->cells->addresses;
        $status = $ffi->hookrail_verifier_verify(
            $this->verifier->pointer,
            $signature,
            strlen($signature),
            $deliveryId,
            strlen($deliveryId),
            $body,
            strlen($body),
            $now,
            $secretIndex,
            $signedAt,
            $skew,
            FFI::addr($error),
        );
        if ($status !== Status::OK) {
            throw (new ErrorReader($ffi))->takeException($status, $error);
        }

        return $this->cells->read();
    }

    /** @throws HookrailException */
    public function begin(string $signature, string $deliveryId, int $bodyLimit, int $now): RunningVerification
    {
        return new RunningVerification($this->library, $this->library->obtain(
            'hookrail_verification',
            'hookrail_verifier_begin',
            $this->verifier->pointer,
            $signature,
            strlen($signature),
            $deliveryId,
            strlen($deliveryId),
            $bodyLimit,
            $now,
        ));
    }

    /** @throws HookrailException */
    public function explain(
        string $body,
        string $signature,
        string $deliveryId,
        ?string $eventId,
        int $now,
    ): string {
        return $this->library->text(
            fn (CData $buffer, int $size, CData $needed): int => $this->library->callExpecting(
                [Status::BUFFER_TOO_SMALL],
                'hookrail_explain_signature',
                $this->options->pointer,
                $signature,
                strlen($signature),
                $deliveryId,
                strlen($deliveryId),
                $eventId,
                strlen($eventId ?? ''),
                $body,
                strlen($body),
                $now,
                $buffer,
                $size,
                $needed,
            ),
        );
    }

    private function configure(string $setter, #[\SensitiveParameter] mixed ...$values): void
    {
        $this->library->call('hookrail_verifier_options_' . $setter, $this->options->pointer, ...$values);
    }
}
