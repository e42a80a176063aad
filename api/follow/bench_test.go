package follow

import (
	"bufio"
	"cmp"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"daybook.internal/ledger"
	ledgersqlite "daybook.internal/ledger/sqlite"
	"daybook.internal/projections"
	"daybook.internal/reactors/hints"
	"daybook.internal/readstore"
	storesqlite "daybook.internal/readstore/sqlite"
	"daybook.internal/replay/verify/verifytest"
)

// listeningTo is the address that this program listens to by many clients, where a benchmark has started it once more for that.
const listeningTo = "DAYBOOK_FOLLOW_ADDRESS"

func TestMain(m *testing.M) {
	if address := os.Getenv(listeningTo); address != "" {
		if err := listenByMany(address); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// an arrival is an event at one client: the position, and when it came.
type arrival struct{ Client, Position, At int64 }

// listenByMany opens streams until it is told to stop by the end of its input. It writes a line when all are open, and all arrivals at the end.
func listenByMany(address string) error {
	address, number, _ := strings.Cut(address, " ")
	n, err := strconv.Atoi(number)
	if err != nil {
		return err
	}
	host, path, _ := strings.Cut(strings.TrimPrefix(address, "http://"), "/")
	var opened, closed sync.WaitGroup
	conns, heard := make([]net.Conn, n), make([][]arrival, n)
	for i := range n {
		if conns[i], err = net.Dial("tcp", host); err != nil {
			return err
		}
		fmt.Fprintf(conns[i], "GET /%s HTTP/1.1\r\nHost: %s\r\n\r\n", path, host)
		opened.Add(1)
		closed.Go(func() {
			in, open := bufio.NewReader(conns[i]), sync.OnceFunc(opened.Done)
			for {
				line, err := in.ReadSlice('\n')
				if err != nil {
					open()
					return
				}
				if id, ok := strings.CutPrefix(string(line), "id: "); ok {
					id, _, _ = strings.Cut(id, "-")
					position, _ := strconv.ParseInt(id, 10, 64)
					heard[i] = append(heard[i], arrival{int64(i), position, time.Now().UnixNano()})
					open()
				}
			}
		})
	}
	opened.Wait()
	fmt.Println("open")
	_, _ = io.Copy(io.Discard, os.Stdin)
	for _, c := range conns {
		_ = c.Close()
	}
	closed.Wait()
	out := bufio.NewWriter(os.Stdout)
	for _, all := range heard {
		if err := binary.Write(out, binary.LittleEndian, all); err != nil {
			return err
		}
	}
	return out.Flush()
}

// BenchmarkLive is how long it takes from the acknowledgement of an append until each of 2,000 clients of another process has heard that a view has changed: with a ledger and a store on the disk, at some
// appends in a second. Each iteration is a run of ten seconds.
func BenchmarkLive(b *testing.B) {
	for _, perSecond := range []int{5, 50, 500} {
		for _, clients := range []int{2000} {
			b.Run(fmt.Sprintf("%d clients, %d appends per second", clients, perSecond), func(b *testing.B) {
				var all []time.Duration
				var memory uint64
				for b.Loop() {
					took, used := load(b, clients, perSecond)
					all, memory = append(all, took...), used
				}
				slices.Sort(all)
				require.NotEmpty(b, all)
				b.ReportMetric(0, "ns/op")
				for name, q := range map[string]float64{"p50-ms": 0.5, "p99-ms": 0.99, "max-ms": 1} {
					b.ReportMetric(float64(all[int(q*float64(len(all)-1))].Microseconds())/1000, name)
				}
				b.ReportMetric(float64(len(all)), "deliveries")
				b.ReportMetric(float64(memory)/float64(clients)/1024, "KiB/client")
			})
		}
	}
}

// load gives the time of each change at each client, and the memory that the clients took of the server.
func load(b *testing.B, clients, perSecond int) (took []time.Duration, memory uint64) {
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	dir := b.TempDir()
	l, err := ledgersqlite.Open(ctx, filepath.Join(dir, "ledger.db"), ledgersqlite.Options{Alone: true})
	require.NoError(b, err)
	store, err := storesqlite.Open(ctx, filepath.Join(dir, "views.db"), storesqlite.Options{})
	require.NoError(b, err)
	records := verifytest.Edition(b, verifytest.Small).Records
	head := 0
	add := func() {
		r := records[head]
		_, err := l.Append(ctx, r.Stream, r.Revision, ledger.Draft{ID: r.ID, Type: r.Type, Meta: r.Meta, Data: r.Data})
		require.NoError(b, err)
		head++
	}
	for head < len(records)/4 {
		add()
	}
	const view = "answers" // which nearly every append of the day changes
	hub, acknowledged := hints.NewHub(), make([]int64, len(records))
	var changes [][2]int64 // the position of a step that changes the view, and that of the first record that does
	projector := readstore.NewProjector(l, store, projections.All(), readstore.Options{Watch: func(ctx context.Context, s readstore.Step) error {
		if slices.ContainsFunc(s.Changed, func(d readstore.Doc) bool { return d.View == view || view == "" }) {
			changes = append(changes, [2]int64{int64(s.To.Seq), int64(s.From.Seq)})
		}
		return hub.Watch(ctx, s)
	}})
	server := NewLive(Options{Hub: hub, Store: store, Projector: projector})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(b, err)
	s := &http.Server{Handler: server, ReadTimeout: 30 * time.Second, WriteTimeout: 5 * time.Minute}
	var running sync.WaitGroup
	running.Go(func() { _ = s.Serve(listener) })
	running.Go(func() { _ = projector.Run(ctx) })
	running.Go(func() { _ = server.Run(ctx) })
	require.NoError(b, projector.Await(ctx, uint64(head-1)))
	before := inUse()

	other := exec.CommandContext(ctx, os.Args[0])
	other.Env = append(os.Environ(), fmt.Sprintf("%s=http://%s/?view=%s %d", listeningTo, listener.Addr(), view, clients))
	other.Stderr = os.Stderr
	in, err := other.StdinPipe()
	require.NoError(b, err)
	out, err := other.StdoutPipe()
	require.NoError(b, err)
	require.NoError(b, other.Start())
	answers := bufio.NewReader(out)
	line, err := answers.ReadString('\n')
	require.NoError(b, err)
	require.Equal(b, "open\n", line)
	require.Equal(b, clients, server.Streams())
	memory = inUse() - before

	beat := time.NewTicker(time.Second / time.Duration(perSecond))
	defer beat.Stop()
	first := head
	for over := time.After(10 * time.Second); head < len(records); {
		select {
		case <-beat.C:
			add()
			acknowledged[head-1] = time.Now().UnixNano()
			continue
		case <-over:
		}
		break
	}
	require.NoError(b, projector.Await(ctx, uint64(head-1)))
	time.Sleep(time.Second) // for what is on its way; what comes later is missed, and said to be
	require.NoError(b, in.Close())
	data, err := io.ReadAll(answers)
	require.NoError(b, err)
	require.NoError(b, other.Wait())
	arrivals := make([]arrival, len(data)/24)
	_, err = binary.Decode(data, binary.LittleEndian, arrivals)
	require.NoError(b, err)
	of := make([][]arrival, clients)
	for _, a := range arrivals {
		of[a.Client] = append(of[a.Client], a)
	}
	for i, all := range of {
		for _, c := range changes {
			if c[1] < int64(first) {
				continue
			}
			at, _ := slices.BinarySearchFunc(all, c[0], func(a arrival, position int64) int { return cmp.Compare(a.Position, position) })
			require.Less(b, at, len(all), "client %d has not heard of position %d", i, c[0])
			took = append(took, time.Duration(all[at].At-acknowledged[c[1]]))
		}
	}
	cancel()
	require.NoError(b, s.Close())
	running.Wait()
	require.NoError(b, store.Close())
	require.NoError(b, l.Close())
	return took, memory
}

// inUse is the memory that heap and stacks have.
func inUse() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapInuse + m.StackInuse
}
