package main

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/hookrail/hookrail-go"
)

func (d *driver) submit(request []byte) (any, error) {
	var a struct {
		event
		Tag    int64  `json:"tag"`
		WaitMS *int64 `json:"wait_ms"`
	}
	decode(request, &a)
	c := d.client(request)
	topic, payload, opts := string(a.Topic), json.RawMessage(a.Payload), append(a.options(), hookrail.WithTag(a.Tag))
	if a.WaitMS == nil {
		submission, err := c.Submit(topic, payload, c.results, opts...)
		return c.keep(a.Tag, submission, err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), milliseconds(*a.WaitMS))
	defer cancel()
	submission, err := c.SubmitWait(ctx, topic, payload, c.results, opts...)
	return c.keep(a.Tag, submission, err)
}

func (d *driver) submitPrepared(request []byte) (any, error) {
	var a struct {
		event
		Tag int64 `json:"tag"`
	}
	decode(request, &a)
	c := d.client(request)
	submission, err := c.SubmitPrepared(a.Blob, c.results, append(a.options(), hookrail.WithTag(a.Tag))...)
	return c.keep(a.Tag, submission, err)
}

func (c *client) keep(tag int64, submission *hookrail.Submission, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	c.byTag[tag] = submission
	c.uncollected++
	return object{}, nil
}

func (d *driver) collect(request []byte) (any, error) {
	var a struct {
		Count     int   `json:"count"`
		TimeoutMS int64 `json:"timeout_ms"`
	}
	decode(request, &a)
	c := d.client(request)
	completions := []object{}
	timer := time.NewTimer(milliseconds(a.TimeoutMS))
	defer timer.Stop()
	for len(completions) < a.Count {
		select {
		case submission := <-c.results:
			completions = append(completions, c.describe(submission))
			continue
		default:
		}
		select {
		case submission := <-c.results:
			completions = append(completions, c.describe(submission))
		case <-timer.C:
			return object{"completions": completions}, nil
		}
	}
	return object{"completions": completions}, nil
}

func (c *client) describe(submission *hookrail.Submission) object {
	accepted, err := submission.Wait(context.Background())
	completion := object{"tag": submission.Tag(), "accepted": nil, "error": nil}
	c.uncollected--
	var failure *hookrail.Error
	if errors.As(err, &failure) {
		completion["outcome"] = failure.Outcome.String()
		completion["attempts"] = failure.Attempts
		completion["error"] = describeError(failure)
		return completion
	}
	completion["outcome"] = hookrail.OutcomeDelivered.String()
	completion["attempts"] = accepted.Attempts
	completion["accepted"] = describeAccepted(accepted)
	return completion
}

func (d *driver) flush(request []byte) (any, error) {
	var a struct {
		TimeoutMS int64 `json:"timeout_ms"`
	}
	decode(request, &a)
	c := d.client(request)
	ctx, cancel := context.WithTimeout(context.Background(), milliseconds(a.TimeoutMS))
	defer cancel()
	err := c.Flush(ctx)
	if err == nil {
		c.awaitResults()
	} else if !errors.Is(err, context.DeadlineExceeded) {
		return nil, err
	}
	pending, err := c.Pending()
	return object{"remaining": pending.Queued + pending.InFlight}, err
}

// awaitResults waits until the channel holds all results that were not collected: a goroutine of the package
// delivers them after an event has ended.
func (c *client) awaitResults() {
	end := time.Now().Add(20 * time.Second)
	for cap(c.results) > 0 && len(c.results) < c.uncollected && time.Now().Before(end) {
		time.Sleep(time.Millisecond)
	}
}

func (d *driver) pending(request []byte) (any, error) {
	pending, err := d.client(request).Pending()
	return object{"queued": pending.Queued, "in_flight": pending.InFlight}, err
}

func (d *driver) cancelSubmitted(request []byte) (any, error) {
	var a struct {
		Tag int64 `json:"tag"`
	}
	decode(request, &a)
	d.client(request).byTag[a.Tag].Cancel()
	return object{}, nil
}

func (d *driver) purge(request []byte) (any, error) {
	var a struct {
		InFlight bool `json:"in_flight"`
	}
	decode(request, &a)
	purged, err := d.client(request).Purge(a.InFlight)
	return object{"purged": purged}, err
}
