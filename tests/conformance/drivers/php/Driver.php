<?php

declare(strict_types=1);

namespace Hookrail\Conformance;

use Hookrail\Native\Library;

/** Answers requests. */
final class Driver
{
    /** @var array<string, callable(array<string, mixed>): ?array<string, mixed>> */
    private readonly array $commands;

    public function __construct()
    {
        $verification = new Verification();
        $clients = new Clients();
        $this->commands = [
            'hello' => $this->hello(...),
            'verify' => $verification->verify(...),
            'verify_chunks' => $verification->verifyChunks(...),
            'verify_request' => $verification->verifyRequest(...),
            'sign' => $verification->sign(...),
            'client_new' => $clients->create(...),
            'send' => $clients->send(...),
            'prepare' => $clients->prepare(...),
            'send_prepared' => $clients->sendPrepared(...),
            'get_event' => $clients->getEvent(...),
            'stats' => $clients->stats(...),
            'close' => $clients->close(...),
            'client_free' => $clients->free(...),
            'submit' => $clients->submit(...),
            'submit_prepared' => $clients->submitPrepared(...),
            'collect' => $clients->collect(...),
            'flush' => $clients->flush(...),
            'pending' => $clients->pending(...),
            'cancel_submitted' => $clients->cancelSubmitted(...),
            'purge' => $clients->purge(...),
        ];
    }

    /**
     * @param array<string, mixed> $request
     *
     * @return array<string, mixed> all of the answer but its id
     */
    public function answer(array $request): array
    {
        $command = $this->commands[$request['command']] ?? null;
        if ($command === null) {
            return ['unsupported' => "the PHP package has nothing for {$request['command']}"];
        }

        return ['ok' => (object) ($command($request) ?? [])];
    }

    /** @return array<string, mixed> */
    private function hello(): array
    {
        return [
            'protocol' => 1,
            'language' => 'php',
            'version' => Library::get()->version(),
            'cancellation' => 'error',
            'commands' => array_keys($this->commands),
        ];
    }
}
