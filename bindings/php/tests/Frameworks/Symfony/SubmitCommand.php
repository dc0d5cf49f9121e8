<?php

declare(strict_types=1);

namespace Hookrail\Tests\Frameworks\Symfony;

use Hookrail\ProducerInterface;
use Symfony\Component\Console\Command\Command;
use Symfony\Component\Console\Input\InputInterface;
use Symfony\Component\Console\Output\OutputInterface;

final class SubmitCommand extends Command
{
    public function __construct(private readonly ProducerInterface $producer)
    {
        parent::__construct('app:submit');
    }

    protected function execute(InputInterface $input, OutputInterface $output): int
    {
        $this->producer->submit('symfony', ['id' => 10]);

        return self::SUCCESS;
    }
}
