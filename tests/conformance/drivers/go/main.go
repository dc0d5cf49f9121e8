// The driver of the Go package for the conformance suite: reads requests from standard input, one per line,
// executes them with the package and writes the answers to standard output.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"sort"

	"github.com/hookrail/hookrail-go"
)

// command executes a request, whose members are its arguments, and returns the content of "ok".
type command func(d *driver, request []byte) (any, error)

// driver holds the state between requests.
type driver struct {
	clients map[string]*client
	signal  *canceller
}

// object is a JSON object for an answer.
type object map[string]any

func (d *driver) commands() map[string]command {
	return map[string]command{
		"hello":            (*driver).hello,
		"verify":           (*driver).verify,
		"verify_chunks":    (*driver).verifyChunks,
		"verify_request":   (*driver).verifyRequest,
		"sign":             (*driver).sign,
		"client_new":       (*driver).clientNew,
		"client_free":      (*driver).clientFree,
		"close":            (*driver).close,
		"send":             (*driver).send,
		"prepare":          (*driver).prepare,
		"send_prepared":    (*driver).sendPrepared,
		"get_event":        (*driver).getEvent,
		"stats":            (*driver).stats,
		"submit":           (*driver).submit,
		"submit_prepared":  (*driver).submitPrepared,
		"collect":          (*driver).collect,
		"flush":            (*driver).flush,
		"pending":          (*driver).pending,
		"cancel_submitted": (*driver).cancelSubmitted,
		"purge":            (*driver).purge,
	}
}

func (d *driver) hello([]byte) (any, error) {
	var names []string
	for name := range d.commands() {
		names = append(names, name)
	}
	sort.Strings(names)
	return object{
		"protocol": 1, "language": "go", "version": hookrail.LibraryVersion(), "cancellation": "error",
		"commands": names,
	}, nil
}

// answer executes one line.
func (d *driver) answer(line []byte) object {
	var request struct {
		ID      int64  `json:"id"`
		Command string `json:"command"`
	}
	decode(line, &request)
	carryOut, ok := d.commands()[request.Command]
	if !ok {
		return object{"id": request.ID, "unsupported": fmt.Sprintf("there is no command %q", request.Command)}
	}
	result, err := carryOut(d, line)
	var failure *hookrail.Error
	switch {
	case errors.As(err, &failure):
		return object{"id": request.ID, "error": describeError(failure)}
	case err != nil:
		log.Fatalf("%s: %v", request.Command, err)
	}
	return object{"id": request.ID, "ok": result}
}

// decode reads a request of the suite. An invalid one is a mistake of the suite and ends the driver.
func decode(line []byte, target any) {
	if err := json.Unmarshal(line, target); err != nil {
		log.Fatalf("%v in %.200s", err, line)
	}
}

func main() {
	log.SetFlags(0)
	log.SetPrefix("go driver: ")
	d := &driver{clients: make(map[string]*client), signal: newCanceller()}
	requests := bufio.NewReader(os.Stdin)
	answers := json.NewEncoder(os.Stdout)
	for {
		line, err := requests.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			log.Fatal(err)
		}
		if err := answers.Encode(d.answer(line)); err != nil {
			log.Fatal(err)
		}
	}
	for name := range d.clients {
		d.free(name)
	}
}
