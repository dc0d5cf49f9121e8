<?php

declare(strict_types=1);

namespace Hookrail\Tests\Frameworks\Symfony;

use Hookrail\Symfony\VerifiedWebhook;
use Hookrail\Webhook;
use Symfony\Component\HttpFoundation\JsonResponse;
use Symfony\Component\HttpFoundation\Request;
use Symfony\Component\HttpFoundation\Response;
use Symfony\Component\HttpKernel\Attribute\AsController;
use Symfony\Component\Routing\Annotation\Route;

#[AsController]
final class ReceivingController
{
    #[Route('/orders')]
    #[VerifiedWebhook('orders')]
    public function orders(Webhook $webhook, Request $request): Response
    {
        return new JsonResponse([
            'delivery' => $webhook->deliveryId,
            'secret' => $webhook->verification->secretIndex,
            'body' => $request->getContent(),
        ]);
    }

    #[Route('/unguarded')]
    public function unguarded(Webhook $webhook): Response
    {
        return new Response($webhook->deliveryId);
    }

    #[Route('/unknown')]
    #[VerifiedWebhook('misspelt')]
    public function unknown(): Response
    {
        return new Response('reached');
    }
}
