package main

import (
	"context"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
)

// canceller ends the running call when SIGUSR1 comes.
type canceller struct {
	current atomic.Pointer[context.CancelFunc]
}

func newCanceller() *canceller {
	c := &canceller{}
	signals := make(chan os.Signal, 16)
	signal.Notify(signals, syscall.SIGUSR1)
	go func() {
		for range signals {
			if cancel := c.current.Load(); cancel != nil {
				(*cancel)()
			}
		}
	}()
	return c
}

// context returns the context for a call, cancelled in the given way, and a function to call after it.
func (c *canceller) context(how string) (context.Context, func()) {
	if how == "" {
		return context.Background(), func() {}
	}
	ctx, cancel := context.WithCancel(context.Background())
	if how == "before" {
		cancel()
		return ctx, cancel
	}
	c.current.Store(&cancel)
	return ctx, func() {
		c.current.Store(nil)
		cancel()
	}
}
