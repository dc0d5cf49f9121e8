// Package bench has the common parts of the benchmarks in Go: the command line, the measurement, and the line
// of JSON with the result.
package bench

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// The constants that every program sends.
const (
	APIKey = "hk_bench"
	Topic  = "order.paid"
)

// Options is the command line.
type Options struct {
	URL    string
	Reused bool
	// UnderWay is how many goroutines send at the same time.
	UnderWay int
	// Payload is the content of the given file.
	Payload []byte

	count  int
	warmup int
}

// ParseOptions parses the command line; it ends the program if it is not as usage says.
func ParseOptions() Options {
	var options Options
	var path string
	flag.StringVar(&options.URL, "url", "", "where the server is")
	flag.IntVar(&options.count, "count", 1, "how many operations are measured")
	flag.IntVar(&options.warmup, "warmup", 0, "how many come before")
	flag.StringVar(&path, "payload", "", "a file: the payload, or the body that is verified")
	flag.IntVar(&options.UnderWay, "under-way", 1, "how many goroutines send at the same time")
	flag.BoolVar(&options.Reused, "reused", false, "keep the hash with its key and reset it")
	flag.Parse()
	payload, err := os.ReadFile(path)
	Check(err)
	options.Payload = payload
	return options
}

// Order is the payload as a Go struct.
type Order struct {
	Order    string `json:"order"`
	Customer string `json:"customer"`
	Items    []Item `json:"items"`
	Note     string `json:"note"`
}

// Item is a line of an [Order].
type Item struct {
	SKU      string  `json:"sku"`
	Quantity int     `json:"quantity"`
	Price    float64 `json:"price"`
}

// Order decodes the payload.
func (o Options) Order() Order {
	var order Order
	Check(json.Unmarshal(o.Payload, &order))
	return order
}

// Check ends the program after an error: a benchmark with a failure measures nothing.
func Check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// Run repeats the operation as often as the command line says, and reports.
func Run(options Options, once func() error) {
	repeat(options.UnderWay, options.warmup, once)
	startWall, startUsage := time.Now(), usage()
	repeat(options.UnderWay, options.count, once)
	seconds, endUsage := time.Since(startWall).Seconds(), usage()
	Check(json.NewEncoder(os.Stdout).Encode(map[string]any{
		"count":       options.count,
		"seconds":     seconds,
		"cpu_seconds": cpuSeconds(endUsage) - cpuSeconds(startUsage),
		"max_rss":     endUsage.Maxrss * 1024,
		"threads":     threads(),
	}))
}

// repeat runs the operation count times in all.
func repeat(goroutines, count int, once func() error) {
	if goroutines == 1 {
		for i := 0; i < count; i++ {
			Check(once())
		}
		return
	}
	var started atomic.Int64
	var ended sync.WaitGroup
	for i := 0; i < goroutines; i++ {
		ended.Add(1)
		go func() {
			defer ended.Done()
			for started.Add(1) <= int64(count) {
				Check(once())
			}
		}()
	}
	ended.Wait()
}

// threads returns the number of threads of the process.
func threads() int {
	entries, err := os.ReadDir("/proc/self/task")
	Check(err)
	return len(entries)
}

func usage() syscall.Rusage {
	var used syscall.Rusage
	Check(syscall.Getrusage(syscall.RUSAGE_SELF, &used))
	return used
}

func cpuSeconds(used syscall.Rusage) float64 {
	return time.Duration(used.Utime.Nano() + used.Stime.Nano()).Seconds()
}
