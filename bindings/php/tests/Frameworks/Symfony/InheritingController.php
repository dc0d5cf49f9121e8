<?php

declare(strict_types=1);

namespace Hookrail\Tests\Frameworks\Symfony;

use Symfony\Component\HttpFoundation\Response;
use Symfony\Component\Routing\Annotation\Route;

/** As a proxy of the container would be. */
final class InheritingController extends GuardedController
{
    #[Route('/inherited')]
    public function inherited(): Response
    {
        return new Response('reached');
    }
}
