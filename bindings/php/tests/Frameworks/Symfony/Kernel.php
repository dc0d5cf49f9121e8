<?php

declare(strict_types=1);

namespace Hookrail\Tests\Frameworks\Symfony;

use Hookrail\Symfony\HookrailBundle;
use Hookrail\Tests\Frameworks\Log;
use Hookrail\Tests\Support\Folder;
use Psr\Log\LoggerInterface;
use Symfony\Bundle\FrameworkBundle\FrameworkBundle;
use Symfony\Bundle\FrameworkBundle\Kernel\MicroKernelTrait;
use Symfony\Component\DependencyInjection\Loader\Configurator\ContainerConfigurator;
use Symfony\Component\HttpKernel\Kernel as SymfonyKernel;
use Symfony\Component\Routing\Loader\Configurator\RoutingConfigurator;

/** An application with the bundle, whose container is compiled into a folder of its own. */
final class Kernel extends SymfonyKernel
{
    use MicroKernelTrait;

    private readonly string $folder;

    /** @param array<string, mixed> $hookrail the configuration of the bundle */
    public function __construct(private readonly array $hookrail)
    {
        $this->folder = Folder::make();
        parent::__construct('test', false);
    }

    public function __destruct()
    {
        Folder::remove($this->folder);
    }

    public function registerBundles(): iterable
    {
        yield new FrameworkBundle();
        yield new HookrailBundle();
    }

    public function getProjectDir(): string
    {
        return $this->folder;
    }

    /** Returns a service, also one that only other services may use. */
    public function service(string $id): object
    {
        $this->boot();

        return $this->getContainer()->get('test.service_container')->get($id);
    }

    protected function getContainerClass(): string
    {
        // A process boots several kernels, whose containers differ.
        return 'Container_' . strtr(basename($this->folder), '-', '_');
    }

    protected function configureContainer(ContainerConfigurator $container): void
    {
        $container->extension('framework', ['test' => true, 'secret' => 's', 'http_method_override' => false]);
        $container->extension('hookrail', $this->hookrail);
        $services = $container->services()->defaults()->autowire()->autoconfigure()->public();
        $services->set(Log::class);
        $services->alias(LoggerInterface::class, Log::class);
        $services->alias('logger', Log::class);
        $services->load(__NAMESPACE__ . '\\', __DIR__ . '/*{Controller,Command,Services}.php');
    }

    protected function configureRoutes(RoutingConfigurator $routes): void
    {
        $routes->import(__DIR__ . '/*Controller.php', 'annotation');
        $routes->add('by_route', '/by-route')
            ->controller([ReceivingController::class, 'unguarded'])
            ->defaults(['_hookrail_webhook' => 'orders']);
    }
}
