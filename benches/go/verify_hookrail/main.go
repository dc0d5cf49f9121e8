// Verifies a delivery with the Go package.
package main

import (
	"github.com/hookrail/hookrail-go"
	"github.com/hookrail/libhookrail/benches/go/bench"
)

func main() {
	options := bench.ParseOptions()
	signature := bench.Signature(options.Payload)
	verifier, err := hookrail.NewVerifier([]string{bench.Secret})
	bench.Check(err)
	bench.Run(options, func() error {
		_, err := verifier.Verify(signature, bench.DeliveryID, options.Payload)
		return err
	})
}
