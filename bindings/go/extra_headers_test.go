package hookrail_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/hookrail/hookrail-go"
	"github.com/hookrail/hookrail-go/hookrailtest"
	"github.com/hookrail/hookrail-go/internal/devserver"
)

func TestExtraHeadersOfEachKindOfSend(t *testing.T) {
	server := devserver.Start(t)
	client := newClient(t, server, hookrail.WithHeader("CF-Access-Client-Id", "shop"), hookrail.WithHeader("X-Both", "client's"))
	own := []hookrail.SendOption{hookrail.WithSendHeader("Traceparent", "00-1-2-01"), hookrail.WithSendHeader("x-both", "the send's")}
	prepared, err := client.Prepare("t", 1, own...)
	if err != nil {
		t.Fatal(err)
	}
	for name, send := range map[string]func() error{
		"a send": func() error { _, err := client.SendEvent(background, "t", 1, own...); return err },
		"a send that can be cancelled": func() error {
			ctx, cancel := context.WithCancel(background)
			defer cancel()
			_, err := client.SendEvent(ctx, "t", 1, own...)
			return err
		},
		"a prepared event": func() error { _, err := client.SendPrepared(background, prepared.Blob); return err },
		"a submit": func() error {
			_, err := submit(t, client, 1, nil, own...).Wait(background)
			return err
		},
		"a prepared event that is submitted": func() error {
			submission, err := client.SubmitPrepared(prepared.Blob, nil)
			if err != nil {
				return err
			}
			if submission.Topic() != "t" || submission.IdempotencyKey() != prepared.IdempotencyKey {
				t.Errorf("the submission has %q, %q", submission.Topic(), submission.IdempotencyKey())
			}
			_, err = submission.Wait(background)
			return err
		},
	} {
		if err := send(); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		requests := server.Requests()
		request := requests[len(requests)-1]
		for header, want := range map[string]string{
			"cf-access-client-id": "shop", "traceparent": "00-1-2-01", "x-both": "the send's",
			"authorization": "Bearer " + devserver.APIKeyDigest,
		} {
			if got := request.Header(header); got != want {
				t.Errorf("%s: %s is %q, want %q", name, header, got, want)
			}
		}
	}
	accepted, err := client.SendEvent(background, "t", 1)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.GetEvent(background, accepted.EventID); err != nil {
		t.Fatal(err)
	}
	requests := server.Requests()
	for _, request := range requests[len(requests)-2:] {
		if request.Header("x-both") != "client's" || request.Header("traceparent") != "" {
			t.Errorf("%s without headers of its own has %q", request.Method, request.Headers)
		}
	}
}

func TestExtraHeadersThatAreRefused(t *testing.T) {
	server := devserver.Start(t)
	client := newClient(t, server)
	const secret = "not-for-errors"
	for _, header := range [][2]string{
		{"Authorization", secret}, {"idempotency-key", secret}, {"Host", secret}, {"X-Hookrail-Ordering-Key", secret},
		{"Content-Type", secret}, {"a b", secret}, {"", secret}, {"x", ""}, {"x", secret + "\r\nx-b: 1"}, {"x", secret + "\x00"},
		{"x", strings.Repeat(secret, 1000)}, {"x\x00y", secret},
	} {
		_, made := hookrail.New(hookrail.WithAPIKey("k"), hookrail.WithHeader(header[0], header[1]))
		option := hookrail.WithSendHeader(header[0], header[1])
		_, sent := client.SendEvent(background, "t", 1, option)
		_, submitted := client.Submit("t", 1, nil, option)
		_, prepared := client.Prepare("t", 1, option)
		for _, err := range []error{made, sent, submitted, prepared} {
			if !errors.Is(err, hookrail.ErrInvalidArgument) || strings.Contains(fmt.Sprintf("%+v", *asError(t, err)), secret) {
				t.Errorf("%q: got %v", header[0], err)
			}
		}
	}
	if n := len(server.Requests()); n != 0 {
		t.Errorf("%d requests were sent", n)
	}
}

func TestFakesShowExtraHeaders(t *testing.T) {
	server := hookrailtest.NewServer()
	defer server.Close()
	client, err := server.NewClient(hookrail.WithHeader("x-client", "1"))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	recorder := hookrailtest.NewRecorder()
	for _, sender := range []hookrail.Sender{client, recorder} {
		if _, err := sender.SendEvent(background, "t", 1, hookrail.WithSendHeader("traceparent", "00-1-2-01")); err != nil {
			t.Fatal(err)
		}
	}
	sent, recorded := server.Events()[0].Header, recorder.Events()[0].Header
	if sent.Get("X-Client") != "1" || sent.Get("Traceparent") != "00-1-2-01" {
		t.Errorf("the server has %q", sent)
	}
	if len(recorded) != 1 || recorded.Get("Traceparent") != "00-1-2-01" {
		t.Errorf("the recorder has %q", recorded)
	}
}
