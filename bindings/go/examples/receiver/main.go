// Command receiver receives deliveries, and prints each verified one once.
//
//	HOOKRAIL_SECRETS=whsec_new,whsec_old receiver -listen 127.0.0.1:9000
//
// Before a secret is rotated, start it with -mismatch-status 503: the service signs with the new secret at once, and
// drops deliveries that are answered with 401.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/hookrail/hookrail-go"
)

func main() {
	listen := flag.String("listen", "127.0.0.1:9000", "address to listen on")
	mismatch := flag.Int("mismatch-status", http.StatusUnauthorized, "answer to a mismatch or a stale time: 401, or 503 during a rotation")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := serve(ctx, *listen, strings.Split(os.Getenv("HOOKRAIL_SECRETS"), ","), *mismatch); err != nil {
		log.Fatal(err)
	}
}

func serve(ctx context.Context, address string, secrets []string, mismatch int) error {
	verifier, err := hookrail.NewVerifier(secrets,
		hookrail.WithMismatchStatus(mismatch),
		hookrail.WithRejectLog(func(r *http.Request, reason error) {
			log.Printf("refused a request from %s: %v", r.RemoteAddr, reason)
		}))
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.Handle("/hooks", verifier.Middleware(&orders{seen: make(map[string]bool)}))
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 30 * time.Second}
	fmt.Printf("listening on http://%s/hooks\n", listener.Addr())
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	if err := server.Shutdown(context.Background()); err != nil {
		return err
	}
	if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// orders handles deliveries. Deliveries come at least once, so it remembers the ones it has handled; a real service
// stores that in its database, in the transaction that does the work.
type orders struct {
	mu   sync.Mutex
	seen map[string]bool
}

func (o *orders) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	delivery, _ := hookrail.DeliveryFromContext(r.Context())
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.seen[delivery.ID] {
		o.seen[delivery.ID] = true
		fmt.Printf("%s: %s\n", delivery.Topic, delivery.Body)
	}
	w.WriteHeader(http.StatusNoContent)
}
