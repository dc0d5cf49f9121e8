<?php

declare(strict_types=1);

namespace Hookrail\Conformance;

use Hookrail\Testing\WebhookSigner;
use Hookrail\Verifier;

/** The commands about signatures. */
final class Verification
{
    /**
     * @param array<string, mixed> $request
     *
     * @return array<string, mixed>
     */
    public function verify(array $request): array
    {
        return Results::verification($this->verifier($request)->verify(
            Bytes::of($request, 'body'),
            Bytes::of($request, 'header'),
            Bytes::of($request, 'delivery_id'),
            $request['now'] ?? null,
        ));
    }

    /**
     * @param array<string, mixed> $request
     *
     * @return array<string, mixed>
     */
    public function verifyChunks(array $request): array
    {
        $headers = [
            'hookrail-signature' => Bytes::of($request, 'header'),
            'hookrail-delivery-id' => Bytes::of($request, 'delivery_id'),
        ];
        $running = $this->verifier($request)->begin($headers, $request['body_limit'], $request['now'] ?? null);
        foreach ($request['chunks'] as $chunk) {
            $running->update(Bytes::decode($chunk));
        }

        return Results::verification($running->finish());
    }

    /**
     * @param array<string, mixed> $request
     *
     * @return array<string, mixed>
     */
    public function verifyRequest(array $request): array
    {
        $headers = [];
        foreach ($request['headers'] as [$name, $value]) {
            $headers[Bytes::decode($name)][] = Bytes::decode($value);
        }
        $webhook = $this->verifier($request)->verifyRequest($headers, Bytes::of($request, 'body'));

        return Results::verification($webhook->verification) + ['delivery_id' => $webhook->deliveryId];
    }

    /**
     * @param array<string, mixed> $request
     *
     * @return array<string, mixed>
     */
    public function sign(array $request): array
    {
        $signer = new WebhookSigner(Bytes::of($request, 'secret'));

        return ['header' => $signer->signature(
            Bytes::of($request, 'body'),
            Bytes::of($request, 'delivery_id'),
            $request['timestamp'],
        )];
    }

    /** @param array<string, mixed> $request */
    private function verifier(array $request): Verifier
    {
        return new Verifier(
            array_map(Bytes::decode(...), $request['secrets']),
            $request['tolerance'] ?? Verifier::DEFAULT_TOLERANCE,
        );
    }
}
