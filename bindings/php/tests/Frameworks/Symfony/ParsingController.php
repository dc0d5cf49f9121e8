<?php

declare(strict_types=1);

namespace Hookrail\Tests\Frameworks\Symfony;

use Hookrail\Symfony\Webhook\HookrailRequestParser;
use Symfony\Component\HttpFoundation\JsonResponse;
use Symfony\Component\HttpFoundation\Request;
use Symfony\Component\HttpFoundation\Response;
use Symfony\Component\HttpKernel\Attribute\AsController;
use Symfony\Component\Routing\Annotation\Route;

/** Uses a parser as the controller of Symfony's Webhook component does. */
#[AsController]
final class ParsingController
{
    public function __construct(private readonly HookrailRequestParser $parser)
    {
    }

    #[Route('/parse')]
    public function parse(Request $request): Response
    {
        $event = $this->parser->parse($request, 'whsec_new,whsec_old');

        return new JsonResponse([$event->getName(), $event->getId(), $event->getPayload()]);
    }
}
