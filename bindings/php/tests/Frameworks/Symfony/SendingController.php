<?php

declare(strict_types=1);

namespace Hookrail\Tests\Frameworks\Symfony;

use Hookrail\ClientInterface;
use Hookrail\ProducerInterface;
use Symfony\Component\HttpFoundation\Response;
use Symfony\Component\HttpKernel\Attribute\AsController;
use Symfony\Component\Routing\Annotation\Route;

#[AsController]
final class SendingController
{
    #[Route('/send')]
    public function send(ClientInterface $client): Response
    {
        return new Response($client->sendEvent('symfony', ['id' => 7])->eventId);
    }

    #[Route('/send-billing')]
    public function sendBilling(ClientInterface $billingClient): Response
    {
        return new Response($billingClient->sendEvent('symfony', ['id' => 8])->eventId);
    }

    #[Route('/submit')]
    public function submit(ProducerInterface $producer): Response
    {
        $producer->submit('symfony', ['id' => 9], idempotencyKey: 'submitted', tag: 9);

        return new Response('queued');
    }

    #[Route('/nothing')]
    public function nothing(): Response
    {
        return new Response('nothing');
    }
}
