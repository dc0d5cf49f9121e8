<?php

declare(strict_types=1);

namespace Hookrail\Framework;

use Hookrail\Diagnosis;
use Symfony\Component\Console\Attribute\AsCommand;
use Symfony\Component\Console\Command\Command;
use Symfony\Component\Console\Input\InputInterface;
use Symfony\Component\Console\Output\OutputInterface;
use Symfony\Contracts\Service\ServiceProviderInterface;
use Throwable;

/**
 * Reports whether the package works here, and whether each client and each webhook can be made as it is configured.
 *
 * @internal
 */
#[AsCommand(name: self::NAME, description: self::DESCRIPTION)]
final class DoctorCommand extends Command
{
    public const NAME = 'hookrail:doctor';
    public const DESCRIPTION = 'Report whether Hookrail works with this PHP and this configuration';

    /**
     * @param ServiceProviderInterface $clients   by name
     * @param ServiceProviderInterface $verifiers by name
     */
    public function __construct(
        private readonly ServiceProviderInterface $clients,
        private readonly ServiceProviderInterface $verifiers,
    ) {
        parent::__construct(self::NAME);
        $this->setDescription(self::DESCRIPTION);
    }

    protected function execute(InputInterface $input, OutputInterface $output): int
    {
        $diagnosis = Diagnosis::run();
        $output->write((string) $diagnosis, options: OutputInterface::OUTPUT_RAW);
        if (!$diagnosis->works) {
            return self::FAILURE;
        }
        $result = self::SUCCESS;
        foreach (['client' => $this->clients, 'webhook' => $this->verifiers] as $kind => $services) {
            foreach (array_keys($services->getProvidedServices()) as $name) {
                try {
                    $services->get($name);
                    $finding = 'can be made';
                } catch (Throwable $error) {
                    $finding = $error->getMessage();
                    $result = self::FAILURE;
                }
                $output->writeln("$kind $name: $finding", OutputInterface::OUTPUT_RAW);
            }
        }

        return $result;
    }
}
