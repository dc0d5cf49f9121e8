//! The command line.

use std::path::PathBuf;
use std::time::Duration;

use clap::{ArgAction, ArgMatches, CommandFactory, FromArgMatches, Parser};
use hookrail_devserver::{
    ApiKey, Config, ConfigError, DeliveryPolicy, Endpoint, RateLimit, SelfSigned, Tls,
};

/// A local stand-in for the Hookrail service, for development and tests.
///
/// It accepts events, delivers them signed, remembers everything and fails on command. It is not a
/// webhook service: it listens only on 127.0.0.1, and every program that can reach it can control it. It refuses
/// requests of web pages.
///
/// Its first and only line on standard output is `listening on http://127.0.0.1:PORT`.
#[derive(Debug, Parser)]
#[command(name = "hookrail-devserver", version, max_term_width = 100)]
#[command(after_long_help = "Examples:
  hookrail-devserver --port 8080 --api-key hk_dev
  hookrail-devserver --endpoint http://127.0.0.1:9000/hook --endpoint-secret whsec_dev
  hookrail-devserver --tls-self-signed ./tls     then trust ./tls/ca.pem

While it runs:
  curl http://127.0.0.1:8080/_control/summary
  curl --json '[{\"status\":503},{}]' http://127.0.0.1:8080/_control/faults")]
pub struct Cli {
    /// Port on 127.0.0.1; 0 takes a free one
    #[arg(long, default_value_t = 0)]
    port: u16,

    /// Producer key to accept, with its topic scopes if it has any; may be repeated
    #[arg(long, value_name = "hk_KEY[=SCOPE,…]", default_value = Config::DEFAULT_API_KEY)]
    api_key: Vec<ApiKey>,

    /// URL to deliver events to; may be repeated
    #[arg(long, value_name = "URL", requires = "endpoint_secret")]
    endpoint: Vec<String>,

    /// Signing secret of the --endpoint before it; repeat it, the newest last, for a rotation
    #[arg(long, value_name = "whsec_SECRET", requires = "endpoint")]
    endpoint_secret: Vec<String>,

    /// Keep the order of events with the same ordering key at the --endpoint before it; a dead letter
    /// stops its key until it is replayed or skipped
    #[arg(long, requires = "endpoint", action = ArgAction::Append, num_args = 0, default_missing_value = "true")]
    endpoint_ordered: Vec<bool>,

    /// Milliseconds before the first retry of a delivery; doubled for each further one
    #[arg(long, value_name = "MS", default_value_t = 100)]
    delivery_retry_ms: u64,

    /// Attempts before a delivery is dead-lettered
    #[arg(long, value_name = "N", default_value_t = 8)]
    delivery_max_attempts: u32,

    /// Milliseconds an endpoint may take to answer
    #[arg(long, value_name = "MS", default_value_t = 5_000)]
    delivery_timeout_ms: u64,

    /// Events per second that each producer key may send, with a burst of twice as many unless given:
    /// answers 429 `rate limited` beyond that. The service has 100:200; off by default
    #[arg(long, value_name = "RATE[:BURST]")]
    rate_limit: Option<RateLimit>,

    /// Events of an ordering key that may wait at an ordered endpoint: answers 429 `backlog full` beyond
    /// that; off by default
    #[arg(long, value_name = "N")]
    backlog_max: Option<usize>,

    /// Start as a service that has lost its database: 401 for every key, and 503 from /readyz.
    /// PUT /_control/outage ends it
    #[arg(long)]
    outage: bool,

    /// Milliseconds after which an idle connection is closed
    #[arg(long, value_name = "MS", default_value_t = 60_000)]
    idle_timeout_ms: u64,

    /// Seconds for which an idempotency key is known; afterwards the same bytes are a new event
    #[arg(long, value_name = "S", default_value_t = 86_400)]
    idempotency_retention_s: u64,

    /// Serve https with this certificate chain (PEM)
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,

    /// The key of --tls-cert (PEM)
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,

    /// Serve https with certificates made for localhost, 127.0.0.1 and ::1, kept in this directory
    /// as ca.pem, cert.pem and key.pem
    #[arg(long, value_name = "DIR", conflicts_with = "tls_cert")]
    tls_self_signed: Option<PathBuf>,

    /// Path that stands before /v1/events, as behind a reverse proxy
    #[arg(long, value_name = "/PREFIX", default_value = "")]
    path_prefix: String,

    /// Keep events and idempotency keys in this file, also when the server is killed
    #[arg(long, value_name = "FILE")]
    ledger: Option<PathBuf>,

    /// Requests to remember in full, the latest ones; 0 only counts them
    #[arg(long, value_name = "N", default_value_t = Config::DEFAULT_LEDGER_REQUESTS)]
    ledger_requests: usize,

    /// Bytes that requests and events may take in memory, and the ledger file on disk: beyond that the oldest requests
    /// are forgotten, and then events are answered with 503
    #[arg(long, value_name = "N", default_value_t = Config::DEFAULT_LEDGER_BYTES)]
    ledger_bytes: u64,

    /// Name, without a port, by which the control API may be addressed besides localhost, *.localhost, 127.0.0.1
    /// and [::1]; may be repeated
    #[arg(long, value_name = "NAME")]
    allow_host: Vec<String>,

    /// End when standard input ends, and so with the program that started the server
    #[arg(long)]
    exit_with_stdin: bool,

    /// Log requests and deliveries to standard error
    #[arg(long, short)]
    verbose: bool,
}

/// The settings from the command line.
pub struct Run {
    pub config: Config,
    pub exit_with_stdin: bool,
}

/// Reads the command line. Help and errors end the process, as usual.
pub fn parse() -> Run {
    let mut command = Cli::command();
    let matches = command.get_matches_mut();
    let run = Cli::from_arg_matches(&matches).and_then(|cli| {
        cli.run(&matches)
            .map_err(|error| command.error(clap::error::ErrorKind::ValueValidation, error))
    });
    run.unwrap_or_else(|error| error.exit())
}

impl Cli {
    fn run(self, matches: &ArgMatches) -> Result<Run, ConfigError> {
        let endpoints = endpoints(
            &positions(matches, "endpoint", &self.endpoint),
            &positions(matches, "endpoint_secret", &self.endpoint_secret),
            &indices(matches, "endpoint_ordered"),
        )?;
        let files = self.tls_cert.zip(self.tls_key);
        let tls = match (files, self.tls_self_signed) {
            (Some((cert, key)), _) => Some(Tls::Files { cert, key }),
            (None, Some(dir)) => Some(Tls::SelfSigned(SelfSigned::default().in_dir(dir))),
            (None, None) => None,
        };
        let config = Config {
            port: self.port,
            api_keys: self.api_key,
            endpoints,
            delivery: DeliveryPolicy {
                retry: Duration::from_millis(self.delivery_retry_ms),
                max_attempts: self.delivery_max_attempts,
                timeout: Duration::from_millis(self.delivery_timeout_ms),
            },
            tls,
            rate_limit: self.rate_limit,
            backlog_max: self.backlog_max,
            outage: self.outage,
            idle_timeout: Duration::from_millis(self.idle_timeout_ms),
            idempotency_retention: Duration::from_secs(self.idempotency_retention_s),
            path_prefix: self.path_prefix,
            ledger_file: self.ledger,
            ledger_requests: self.ledger_requests,
            ledger_bytes: self.ledger_bytes,
            allowed_hosts: self.allow_host,
            verbose: self.verbose,
        };
        Ok(Run {
            config,
            exit_with_stdin: self.exit_with_stdin,
        })
    }
}

/// The values of an argument with their places on the command line.
fn positions<'a>(matches: &ArgMatches, id: &str, values: &'a [String]) -> Vec<(usize, &'a str)> {
    let indices = indices(matches, id).into_iter();
    indices.zip(values.iter().map(String::as_str)).collect()
}

/// The places of an argument on the command line.
fn indices(matches: &ArgMatches, id: &str) -> Vec<usize> {
    matches.indices_of(id).into_iter().flatten().collect()
}

/// Gives each endpoint the arguments between it and the next one.
fn endpoints(
    urls: &[(usize, &str)],
    secrets: &[(usize, &str)],
    ordered: &[usize],
) -> Result<Vec<Endpoint>, ConfigError> {
    let mut endpoints = Vec::new();
    for (position, (start, url)) in urls.iter().enumerate() {
        let end = urls.get(position + 1).map_or(usize::MAX, |(next, _)| *next);
        // An argument before the first endpoint can only be meant for that one.
        let start = if position == 0 { &0 } else { start };
        let mut own = secrets
            .iter()
            .filter(|(at, _)| (*start..end).contains(at))
            .map(|(_, secret)| *secret);
        let mut endpoint = Endpoint::new(url, own.next().unwrap_or_default())?;
        for newer in own {
            endpoint = endpoint.secret(newer)?;
        }
        if ordered.iter().any(|at| (*start..end).contains(at)) {
            endpoint = endpoint.ordered();
        }
        endpoints.push(endpoint);
    }
    Ok(endpoints)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_endpoint_needs_a_secret_of_its_own() {
        let urls = [(2, "http://a/"), (6, "http://b/")];
        assert!(endpoints(&urls, &[(4, "whsec_1")], &[]).is_err());
        let secrets = [(4, "whsec_1"), (8, "whsec_2"), (10, "whsec_3")];
        assert_eq!(endpoints(&urls, &secrets, &[]).unwrap().len(), 2);
    }
}
