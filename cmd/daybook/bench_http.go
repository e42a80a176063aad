package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"daybook.internal/commands"
	"daybook.internal/domain"
	"daybook.internal/ledger"
)

type benchHTTPReport struct {
	Floor        load   `json:"floor"`        // net/http in a process of its own that answers with fixed bytes, as many as a document has
	Reads        load   `json:"reads"`        // documents of all views in turn
	NotModified  load   `json:"notModified"`  // the same with If-None-Match
	Ballots      load   `json:"ballots"`      // cast-ballot commands, each acknowledged when it is durable
	Overload     load   `json:"overload"`     // reads of more connections than the server works for at once, and
	Beside       load   `json:"beside"`       // ballots beside them
	Connections  int    `json:"connections"`  // of the figures but overload
	Overloading  int    `json:"overloading"`  // connections that read in overload
	Bytes        int    `json:"bytes"`        // of a document, on average
	Acknowledged int    `json:"acknowledged"` // ballots of all runs
	Kept         int    `json:"kept"`         // of those are in the ledger once
	PeakRSSMB    int    `json:"peakRssMB"`    // of the server
	Machine      string `json:"machine"`
}

func (p *program) benchHTTPCommand() *cobra.Command {
	var dir string
	var connections, overloading int
	var during time.Duration
	var more []string
	c := args(&cobra.Command{
		Use:   "http",
		Short: "Measure HTTP: reads, answers 304, durable ballots, and what happens when too much is asked",
		Long: `Serves a directory of its own by a second process, 'daybook serve' as it is (with its log), and asks it over connections that are kept: documents of all views, the same with
If-None-Match, ballots that are cast by commands, and at last more than it can do at once. A third process answers with fixed bytes from net/http: the floor. All of them share the processors
with what asks. At the end the server is stopped, and every ballot that it acknowledged is looked up in the ledger.`,
		Example: "  daybook bench http -o json\n  daybook bench http --dir /srv/daybook --seconds 20s -- --no-log",
	}, cobra.ArbitraryArgs)
	c.RunE = func(c *cobra.Command, args []string) error {
		if connections < 1 || overloading < 1 || during < 100*time.Millisecond {
			return usageError{errors.New("--connections, --overloading: at least 1; --seconds: at least 100ms")}
		}
		more = args
		r, err := p.benchHTTP(c.Context(), dir, connections, overloading, during, more)
		if err != nil {
			return err
		}
		return printRows(p, r, []benchHTTPReport{r}, table.Row{"floor/s", "reads/s", "p99 µs", "304/s", "ballots/s", "p99 µs", "overload", "acknowledged", "kept"}, func(r benchHTTPReport) table.Row {
			return table.Row{r.Floor.PerSecond, r.Reads.PerSecond, r.Reads.P99Us, r.NotModified.PerSecond, r.Ballots.PerSecond, r.Ballots.P99Us, fmt.Sprint(r.Overload.Statuses), r.Acknowledged, r.Kept}
		})
	}
	c.Flags().StringVar(&dir, "dir", "", "where to measure (default: the system's directory for temporary files)")
	c.Flags().IntVar(&connections, "connections", 64, "connections that ask at once")
	c.Flags().IntVar(&overloading, "overloading", 2500, "connections that read at once when too much is asked")
	c.Flags().DurationVar(&during, "seconds", 5*time.Second, "how long each figure is measured")
	return c
}

// benchFloorCommand answers with fixed bytes, for benchHTTP.
func (p *program) benchFloorCommand() *cobra.Command {
	var bytes int
	c := args(&cobra.Command{Use: "floor", Short: "Answer with fixed bytes", Hidden: true}, cobra.NoArgs)
	c.RunE = func(c *cobra.Command, _ []string) error {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return err
		}
		body := []byte(strings.Repeat("x", bytes))
		s := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write(body)
		})}
		defer context.AfterFunc(c.Context(), func() { _ = s.Close() })()
		fmt.Fprintf(p.out, "floor is served at http://%s\n", l.Addr())
		if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	}
	c.Flags().IntVar(&bytes, "bytes", 1000, "of an answer")
	return c
}

// benchReadCommand reads what stands on stdin as requests, one after a blank line, for benchHTTP: what asks too much is a process of its own, so that it does not hold up the ballots beside it.
func (p *program) benchReadCommand() *cobra.Command {
	var address string
	var connections int
	var during time.Duration
	c := args(&cobra.Command{Use: "read", Short: "Read from a server", Hidden: true}, cobra.NoArgs)
	c.RunE = func(c *cobra.Command, _ []string) error {
		all, err := io.ReadAll(os.Stdin)
		if err != nil {
			return err
		}
		var requests [][]byte
		for r := range bytes.SplitAfterSeq(all, []byte("\r\n\r\n")) {
			if len(r) > 0 {
				requests = append(requests, r)
			}
		}
		if len(requests) == 0 {
			return usageError{errors.New("nothing is asked on stdin")}
		}
		l, err := press(c.Context(), address, connections, during, 200, turns(requests), nil)
		if err != nil {
			return err
		}
		return json.NewEncoder(p.out).Encode(l)
	}
	c.Flags().StringVar(&address, "address", "", "of the server")
	c.Flags().IntVar(&connections, "connections", 64, "that read at once")
	c.Flags().DurationVar(&during, "seconds", 5*time.Second, "how long")
	return c
}

// overload reads over many connections, in another process.
func (b *httpBench) overload(ctx context.Context, connections int, requests [][]byte) (l load, _ error) {
	self, err := os.Executable()
	if err != nil {
		return l, err
	}
	c := exec.CommandContext(ctx, self, "bench", "read", "--address", b.address, "--connections", strconv.Itoa(connections), "--seconds", b.during.String())
	var words bytes.Buffer
	c.Stdin, c.Stderr = bytes.NewReader(bytes.Join(requests, nil)), &words
	out, err := c.Output()
	if err != nil {
		return l, fmt.Errorf("reading too much: %w: %s", err, words.String())
	}
	return l, json.Unmarshal(out, &l)
}

// child is a process of this program that serves.
type child struct {
	*exec.Cmd
	address string
}

func startChild(ctx context.Context, words *bytes.Buffer, args ...string) (*child, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	c := &child{Cmd: exec.CommandContext(ctx, self, args...)}
	c.Stderr = words
	out, err := c.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := c.Start(); err != nil {
		return nil, err
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	found := regexp.MustCompile(`served at http://(\S+)`).FindStringSubmatch(line)
	if err != nil || found == nil {
		return nil, errors.Join(fmt.Errorf("%v does not serve: %q %s", args, line, words), c.Process.Kill(), c.Wait())
	}
	c.address = found[1]
	return c, nil
}

// stop ends it as an operator does, and gives the most memory that it had.
func (c *child) stop() (rss int64, _ error) {
	if err := c.Process.Signal(syscall.SIGTERM); err != nil {
		return 0, err
	}
	err := c.Wait()
	if usage, ok := c.ProcessState.SysUsage().(*syscall.Rusage); ok {
		rss = usage.Maxrss << 10
	}
	return rss, err
}

func (p *program) benchHTTP(ctx context.Context, dir string, connections, overloading int, during time.Duration, more []string) (r benchHTTPReport, err error) {
	r.Connections, r.Overloading = connections, overloading
	r.Machine = fmt.Sprintf("%d cores, %s/%s, %s", runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, runtime.Version())
	if dir, err = os.MkdirTemp(dir, "daybook-bench-"); err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	data := filepath.Join(dir, "data")
	p.say("opening the rooms")
	o, err := openBooths(ctx, data)
	if err != nil {
		return r, err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var words bytes.Buffer
	server, err := startChild(ctx, &words, append([]string{"serve", "--data", data, "--listen", "127.0.0.1:0"}, more...)...)
	if err != nil {
		return r, err
	}
	b := &httpBench{address: server.address, connections: connections, during: during, booths: o, acknowledged: map[domain.EventID]bool{}}
	err = b.all(ctx, p, &r)
	rss, stopped := server.stop()
	if err = errors.Join(err, stopped); err != nil {
		return r, fmt.Errorf("%w: %s", err, words.String())
	}
	r.PeakRSSMB, r.Acknowledged = int(rss>>20), len(b.acknowledged)
	r.Kept, err = b.kept(ctx, data)
	if err == nil && r.Kept != r.Acknowledged {
		err = fmt.Errorf("%d ballots were acknowledged, and %d of them are in the ledger once", r.Acknowledged, r.Kept)
	}
	return r, err
}

// openBooths makes a data directory with rooms that are open, and some ballots.
func openBooths(ctx context.Context, data string) (_ *booths, err error) {
	n, err := openNode(ctx, data)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, n.Close()) }()
	o := &booths{service: n.service}
	if err := o.open(ctx); err != nil {
		return nil, fmt.Errorf("the rooms cannot be opened: %w", err)
	}
	for range 500 {
		if _, err := o.cast(ctx); err != nil {
			return nil, err
		}
	}
	return o, nil
}

type httpBench struct {
	address     string
	connections int
	during      time.Duration
	*booths

	mu           sync.Mutex
	acknowledged map[domain.EventID]bool
}

func (b *httpBench) all(ctx context.Context, p *program, r *benchHTTPReport) error {
	paths, tags, size, err := b.documents()
	if err != nil {
		return err
	}
	r.Bytes = size
	floor, err := startChild(ctx, &bytes.Buffer{}, "bench", "floor", "--bytes", strconv.Itoa(size))
	if err != nil {
		return err
	}
	plain, fresh := [][]byte{}, [][]byte{}
	for i, path := range paths {
		plain = append(plain, b.request(path))
		fresh = append(fresh, b.request(path, "If-None-Match", tags[i]))
	}
	for _, step := range []struct {
		what    string
		into    *load
		address string
		want    int
		next    func() []byte
	}{
		{"the floor", &r.Floor, floor.address, 200, turns(plain)},
		{"reads", &r.Reads, b.address, 200, turns(plain)},
		{"answers 304", &r.NotModified, b.address, 304, turns(fresh)},
	} {
		p.say("measuring %s", step.what)
		if *step.into, err = press(ctx, step.address, b.connections, b.during, step.want, step.next, nil); err != nil {
			return fmt.Errorf("%s: %w", step.what, err)
		}
	}
	if _, err := floor.stop(); err != nil {
		return err
	}
	p.say("measuring ballots")
	if r.Ballots, err = press(ctx, b.address, b.connections, b.during, 201, b.castRequest, b.answered); err != nil {
		return fmt.Errorf("ballots: %w", err)
	}
	p.say("asking too much")
	var both sync.WaitGroup
	var reading, casting error
	both.Go(func() {
		r.Overload, reading = b.overload(ctx, r.Overloading, plain)
	})
	both.Go(func() {
		r.Beside, casting = press(ctx, b.address, b.connections, b.during, 201, b.castRequest, b.answered)
	})
	both.Wait()
	return errors.Join(reading, casting)
}

// documents are up to 20 documents of each view: their paths, their tags, and how large they are on average.
func (b *httpBench) documents() (paths, tags []string, size int, _ error) {
	w, err := dialWire(b.address)
	if err != nil {
		return nil, nil, 0, err
	}
	defer func() { _ = w.Close() }()
	var body bytes.Buffer
	get := func(path string, v any) (string, error) {
		status, tag, err := w.ask(b.request(path), &body)
		if err != nil || status != 200 {
			return "", errors.Join(fmt.Errorf("GET %s: %d %s", path, status, body.Bytes()), err)
		}
		if v == nil {
			return tag, nil
		}
		return tag, json.Unmarshal(body.Bytes(), v)
	}
	var views struct{ Views []struct{ View string } }
	if _, err := get("/v1/views", &views); err != nil {
		return nil, nil, 0, err
	}
	for _, v := range views.Views {
		var page struct{ Documents []struct{ Key string } }
		if _, err := get("/v1/views/"+v.View+"?limit=20", &page); err != nil {
			return nil, nil, 0, err
		}
		for _, d := range page.Documents {
			path := "/v1/views/" + v.View + "/" + url.PathEscape(d.Key)
			tag, err := get(path, nil)
			if err != nil {
				return nil, nil, 0, err
			}
			paths, tags, size = append(paths, path), append(tags, tag), size+body.Len()
		}
	}
	if len(paths) == 0 {
		return nil, nil, 0, errors.New("there are no documents to read")
	}
	return paths, tags, size / len(paths), nil
}

func (b *httpBench) request(path string, headers ...string) []byte {
	var r bytes.Buffer
	fmt.Fprintf(&r, "GET %s HTTP/1.1\r\nHost: %s\r\nAccept: application/json\r\n", path, b.address)
	for i := 0; i < len(headers); i += 2 {
		fmt.Fprintf(&r, "%s: %s\r\n", headers[i], headers[i+1])
	}
	r.WriteString("\r\n")
	return r.Bytes()
}

// castRequest casts the next ballot; nil when everybody has answered everything.
func (b *httpBench) castRequest() []byte {
	if b.next.Load() >= boothRooms*boothCodes*boothQuestions-int64(b.connections) {
		return nil
	}
	by, c := b.ballot()
	content, err := json.Marshal(c)
	if err != nil {
		return nil
	}
	var r bytes.Buffer
	fmt.Fprintf(&r, "POST /v1/commands/cast-ballot HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nIdempotency-Key: %s\r\nDaybook-Actor: participant:%s\r\nContent-Length: %d\r\n\r\n",
		b.address, by.Command, c.Pseudonym, len(content))
	r.Write(content)
	return r.Bytes()
}

// answered notes what was acknowledged. An answer that says to come again is none; any other is a mistake.
func (b *httpBench) answered(status int, body []byte) error {
	if status == http.StatusServiceUnavailable || status == http.StatusTooManyRequests {
		return nil
	}
	var receipt commands.Receipt
	if err := json.Unmarshal(body, &receipt); err != nil || status != http.StatusCreated || len(receipt.Events) != 1 {
		return fmt.Errorf("a ballot is answered with %d: %s", status, body)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.acknowledged[receipt.Events[0].ID] = true
	return nil
}

// kept counts how many of the acknowledged ballots are in the ledger once.
func (b *httpBench) kept(ctx context.Context, data string) (int, error) {
	n, err := openReader(ctx, data)
	if err != nil {
		return 0, err
	}
	times := map[domain.EventID]int{}
	for e, err := range n.ledger.All(ctx, ledger.Cursor{}) {
		if err != nil {
			return 0, errors.Join(err, n.Close())
		}
		if b.acknowledged[e.ID] {
			times[e.ID]++
		}
	}
	once := 0
	for _, t := range times {
		if t == 1 {
			once++
		}
	}
	return once, n.Close()
}
