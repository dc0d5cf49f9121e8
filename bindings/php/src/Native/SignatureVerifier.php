<?php

declare(strict_types=1);

namespace Hookrail\Native;

use Hookrail\Exception\HookrailException;
use Hookrail\Verification;

/**
 * A hookrail_verifier.
 *
 * @internal
 */
final class SignatureVerifier
{
    private readonly Handle $options;

    private readonly Handle $verifier;

    private readonly ?DirectVerifier $direct;

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
        $this->options = $library->make('verifier_options');
        foreach ($secrets as $index => $secret) {
            $text = Input::text($secret, "the secret at $index");
            $this->configure('add_secret', $text);
        }
        $this->configure('set_tolerance', $tolerance);
        $this->verifier = $library->obtain('verifier', 'hookrail_verifier_new', $this->options);
        $ffi = Gate::unrestricted();
        $this->direct = $ffi === null ? null : new DirectVerifier($ffi, $this->verifier);
    }

    /** @throws HookrailException */
    public function verify(string $body, string $signature, string $deliveryId, int $now): Verification
    {
        if ($this->direct !== null) {
            return $this->direct->verify($body, $signature, $deliveryId, $now);
        }

        return new Verification(...$this->library->call(
            'hookrail_verifier_verify',
            $this->verifier,
            $signature,
            $deliveryId,
            $body,
            $now,
        ));
    }

    /** @throws HookrailException */
    public function begin(string $signature, string $deliveryId, int $bodyLimit, int $now): RunningVerification
    {
        return new RunningVerification($this->library, $this->library->obtain(
            'verification',
            'hookrail_verifier_begin',
            $this->verifier,
            $signature,
            $deliveryId,
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
            'hookrail_explain_signature',
            $this->options,
            $signature,
            $deliveryId,
            $eventId,
            $body,
            $now,
        );
    }

    private function configure(string $setter, #[\SensitiveParameter] mixed $value): void
    {
        $this->library->call('hookrail_verifier_options_' . $setter, $this->options, $value);
    }
}
