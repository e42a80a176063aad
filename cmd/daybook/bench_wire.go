package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http/httputil"
	"slices"
	"strconv"
	"sync"
	"time"
)

// wire is one connection that sends requests as they are and reads answers with as little work as can be: what measures takes from the same processors as what is measured.
type wire struct {
	net.Conn
	in *bufio.Reader
}

func dialWire(address string) (*wire, error) {
	c, err := net.Dial("tcp", address)
	if err != nil {
		return nil, err
	}
	return &wire{c, bufio.NewReaderSize(c, 16<<10)}, nil
}

// ask sends a request and reads its answer. The body goes into body, or nowhere where that is nil; tag is the ETag.
func (w *wire) ask(request []byte, body *bytes.Buffer) (status int, tag string, _ error) {
	if _, err := w.Write(request); err != nil {
		return 0, "", err
	}
	line, err := w.in.ReadSlice('\n')
	if err != nil {
		return 0, "", err
	}
	if len(line) < len("HTTP/1.1 200 ") {
		return 0, "", fmt.Errorf("an answer begins with %q", line)
	}
	if status, err = strconv.Atoi(string(line[9:12])); err != nil {
		return 0, "", fmt.Errorf("an answer begins with %q", line)
	}
	size, chunked := int64(0), false
	for {
		if line, err = w.in.ReadSlice('\n'); err != nil {
			return 0, "", err
		}
		if line = bytes.TrimRight(line, "\r\n"); len(line) == 0 {
			break
		}
		name, value, _ := bytes.Cut(line, []byte(": "))
		switch string(name) {
		case "Content-Length":
			if size, err = strconv.ParseInt(string(value), 10, 64); err != nil {
				return 0, "", err
			}
		case "Transfer-Encoding":
			chunked = true
		case "Etag":
			tag = string(value)
		}
	}
	to := io.Discard
	if body != nil {
		body.Reset()
		to = body
	}
	switch {
	case status == 304:
	case chunked:
		if _, err = io.Copy(to, httputil.NewChunkedReader(w.in)); err == nil {
			_, err = w.in.ReadSlice('\n') // behind the last chunk
		}
	case body == nil && size <= int64(w.in.Buffered()):
		_, err = w.in.Discard(int(size))
	default:
		_, err = io.CopyN(to, w.in, size)
	}
	return status, tag, err
}

// load is what came of a number of connections that asked for a while.
type load struct {
	PerSecond int            `json:"perSecond"` // answers of the wanted status
	P50Us     float64        `json:"p50Us"`     // of those, as the client saw it
	P99Us     float64        `json:"p99Us"`
	Statuses  map[string]int `json:"statuses"` // of all answers; broken: no answer came
}

// press has connections ask one after the other for a while: each as soon as it has its last answer. next gives a connection's next request; answered, which may be nil, is told of each
// answer with its body.
func press(ctx context.Context, address string, connections int, during time.Duration, want int, next func() []byte, answered func(status int, body []byte) error) (load, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var mu sync.Mutex
	var took []time.Duration
	l := load{Statuses: map[string]int{}}
	var all sync.WaitGroup
	began := time.Now()
	for range connections {
		all.Go(func() {
			mine, statuses, err := pressOne(ctx, address, began.Add(during), want, next, answered)
			mu.Lock()
			defer mu.Unlock()
			took = append(took, mine...)
			for s, n := range statuses {
				l.Statuses[s] += n
			}
			if err != nil {
				cancel(err)
			}
		})
	}
	all.Wait()
	if len(took) == 0 {
		return l, errors.Join(fmt.Errorf("no answer %d came: %v", want, l.Statuses), context.Cause(ctx))
	}
	l.PerSecond = int(float64(len(took)) / time.Since(began).Seconds())
	l.P50Us, l.P99Us = quantile(took, 50), quantile(took, 99)
	return l, context.Cause(ctx)
}

func pressOne(ctx context.Context, address string, until time.Time, want int, next func() []byte, answered func(int, []byte) error) (took []time.Duration, statuses map[string]int, _ error) {
	statuses = map[string]int{}
	var w *wire
	defer func() {
		if w != nil {
			_ = w.Close()
		}
	}()
	var body *bytes.Buffer
	if answered != nil {
		body = &bytes.Buffer{}
	}
	for time.Now().Before(until) && ctx.Err() == nil {
		if w == nil {
			var err error
			if w, err = dialWire(address); err != nil {
				statuses["broken"]++
				time.Sleep(10 * time.Millisecond)
				continue
			}
		}
		request := next()
		if request == nil {
			return took, statuses, nil
		}
		began := time.Now()
		status, _, err := w.ask(request, body)
		if err != nil {
			statuses["broken"]++
			_ = w.Close()
			w = nil
			continue
		}
		statuses[strconv.Itoa(status)]++
		if status == want {
			took = append(took, time.Since(began))
		}
		if answered != nil {
			if err := answered(status, body.Bytes()); err != nil {
				return took, statuses, err
			}
		}
	}
	return took, statuses, nil
}

// turns gives requests in turn.
func turns(requests [][]byte) func() []byte {
	requests = slices.Clone(requests)
	var mu sync.Mutex
	n := 0
	return func() []byte {
		mu.Lock()
		defer mu.Unlock()
		n++
		return requests[n%len(requests)]
	}
}
