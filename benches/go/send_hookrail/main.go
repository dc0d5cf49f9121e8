// Sends events with the Go package.
package main

import (
	"context"

	"github.com/hookrail/hookrail-go"
	"github.com/hookrail/libhookrail/benches/go/bench"
)

func main() {
	options := bench.ParseOptions()
	order := options.Order()
	client, err := hookrail.New(hookrail.WithAPIKey(bench.APIKey), hookrail.WithBaseURL(options.URL),
		hookrail.WithIdleConnections(max(64, options.UnderWay)))
	bench.Check(err)
	defer client.Close()
	ctx := context.Background()
	bench.Run(options, func() error {
		_, err := client.SendEvent(ctx, bench.Topic, order)
		return err
	})
}
