<?php

declare(strict_types=1);

namespace Hookrail\Native;

use FFI;
use FFI\CData;
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

    private readonly FFI $ffi;

    private readonly CData $pointer;

    /** For the next verification; null while they are in use. */
    private ?VerdictCells $cells;

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
        foreach ($secrets as $index => $secret) {
            $text = Input::text($secret, "the secret at $index");
            $this->configure('add_secret', $text, strlen($text));
        }
        $this->configure('set_tolerance', $tolerance);
        $this->verifier = $library->obtain('hookrail_verifier', 'hookrail_verifier_new', $this->options->pointer);
        $this->ffi = $library->ffi;
        $this->pointer = $this->verifier->pointer;
        $this->cells = new VerdictCells($this->ffi);
    }

    /** @throws HookrailException */
    public function verify(string $body, string $signature, string $deliveryId, int $now): Verification
    {
        // A signal handler may verify, too, before these are read.
        $cells = $this->cells ?? new VerdictCells($this->ffi);
        $this->cells = null;
        // Not by Library::call(): by name and with its arguments spread, the call would take half as long again.
        $status = $this->ffi->hookrail_verifier_verify(
            $this->pointer,
            $signature,
            strlen($signature),
            $deliveryId,
            strlen($deliveryId),
            $body,
            strlen($body),
            $now,
            $cells->secretIndexPlace,
            $cells->signedAtPlace,
            $cells->skewPlace,
            $cells->errorPlace,
        );
        $verification = $cells->read($status);
        $this->cells = $cells;

        return $verification;
    }

    /** @throws HookrailException */
    public function begin(string $signature, string $deliveryId, int $bodyLimit, int $now): RunningVerification
    {
        return new RunningVerification($this->library, $this->library->obtain(
            'hookrail_verification',
            'hookrail_verifier_begin',
            $this->pointer,
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
