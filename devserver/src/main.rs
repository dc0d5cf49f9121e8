//! The `hookrail-devserver` command.

mod cli;

use std::io::{self, Read, Write};
use std::process::ExitCode;

use hookrail_devserver::{DevServer, Stopper};
use tokio::signal::unix::{SignalKind, signal};

fn main() -> ExitCode {
    let run = cli::parse();
    match serve(run) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("hookrail-devserver: {error}");
            ExitCode::FAILURE
        }
    }
}

fn serve(run: cli::Run) -> io::Result<()> {
    let server = DevServer::start(run.config)?;
    stop_on_signals(server.stopper())?;
    if run.exit_with_stdin {
        let stopper = server.stopper();
        std::thread::spawn(move || {
            let mut scratch = [0; 256];
            while io::stdin().read(&mut scratch).is_ok_and(|read| read > 0) {}
            stopper.stop();
        });
    }
    let mut stdout = io::stdout();
    writeln!(stdout, "listening on {}", server.url())?;
    stdout.flush()?;
    server.join();
    Ok(())
}

/// Watches for SIGTERM and SIGINT. The handlers are installed when this returns.
fn stop_on_signals(stopper: Stopper) -> io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build()?;
    let (mut terminate, mut interrupt) = {
        let _context = runtime.enter();
        (
            signal(SignalKind::terminate())?,
            signal(SignalKind::interrupt())?,
        )
    };
    std::thread::spawn(move || {
        runtime.block_on(async {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
        });
        stopper.stop();
    });
    Ok(())
}
