//! Calls as futures, on tokio and on an executor of nothing but a thread.

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::Duration;

use hookrail::{Cancel, Outcome, Status};
use hookrail_devserver::{Point, Rule};
use tokio::runtime::Builder;

use super::{builder, client};
use crate::support::{SOON, server, server_with, timed};

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Runs a future in this thread. The wakings are the only reason to poll it again.
fn block_on<F: Future>(future: F) -> F::Output {
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
        thread::park();
    }
}

#[test]
fn any_executor_will_do() {
    let server = server();
    let client = client(&server);
    let accepted = block_on(client.send_async("t", &1)).unwrap();
    let event = block_on(client.get_event_async(&accepted.event_id)).unwrap();
    assert_eq!(event.topic, "t");
    let prepared = client.event("t", &2).prepare().unwrap();
    assert!(
        !block_on(client.send_prepared_async(prepared))
            .unwrap()
            .replayed
    );
}

#[test]
fn many_futures_run_at_the_same_time_on_one_thread() {
    let server = server();
    let client = client(&server);
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let sends: Vec<_> = (0..50)
            .map(|number| client.send_async("t", &number))
            .collect();
        let tasks: Vec<_> = sends.into_iter().map(tokio::spawn).collect();
        for task in tasks {
            task.await.unwrap().unwrap();
        }
    });
    assert_eq!(server.events().len(), 50);
}

#[test]
fn a_future_does_nothing_before_it_is_polled() {
    let server = server();
    let client = client(&server);
    drop(client.send_async("t", &1));
    assert_eq!(client.stats().requests, 0);
    assert!(server.requests().is_empty());
}

#[test]
fn a_dropped_future_ends_its_call() {
    let server = server_with([Rule::never_answer(Point::AfterReading)]);
    let client = client(&server);
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let (timed_out, took) = timed(|| {
        runtime.block_on(async {
            let send = client.send_async("t", &1);
            tokio::time::timeout(Duration::from_millis(100), send).await
        })
    });
    assert!(timed_out.is_err());
    assert!(took < SOON, "{took:?}");
    while client.stats().failures.get("cancelled") != Some(&1) {
        thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn the_errors_of_a_future_are_those_of_the_call() {
    let refusing = builder("http://127.0.0.1:1")
        .max_retries(0)
        .build()
        .unwrap();
    let error = block_on(refusing.send_async("t", &1)).unwrap_err();
    assert_eq!(error.status(), Status::RetriesExhausted);
    assert!(error.idempotency_key().is_some());

    let error = block_on(refusing.send_async("", &1)).unwrap_err();
    assert_eq!(
        (error.status(), error.outcome()),
        (Status::InvalidArgument, Outcome::NotSent)
    );

    let error = block_on(refusing.event("t", &1).timeout(Duration::ZERO).send_async());
    assert_eq!(error.unwrap_err().status(), Status::InvalidArgument);

    let cancel = Cancel::new().unwrap();
    let error = block_on(refusing.event("t", &1).cancel(&cancel).send_async()).unwrap_err();
    assert!(error.message().contains("takes no cancel token"), "{error}");

    let error = block_on(refusing.get_event_async("")).unwrap_err();
    assert_eq!(error.status(), Status::InvalidArgument);

    let mut over = refusing.send_async("t", &1);
    block_on(&mut over).unwrap_err();
    let error = block_on(&mut over).unwrap_err();
    assert_eq!(error.status(), Status::InvalidArgument);
}

#[test]
fn a_call_goes_on_when_its_client_is_dropped() {
    let server = server();
    let send = client(&server).send_async("t", &1);
    block_on(send).unwrap();
}
